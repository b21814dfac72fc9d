"""Bias in word vectors: association tests, word scores, and hard debiasing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .association import (
        TEMPLATES as TEMPLATES,
        AssociationTest as AssociationTest,
        seat as seat,
        weat as weat,
    )
    from .debiasing import (
        bias_direction as bias_direction,
        debias as debias,
        direct_bias as direct_bias,
    )
    from .word_lists import word_sets as word_sets
    from .word_scores import (
        RIPAScores as RIPAScores,
        RNSBScores as RNSBScores,
        WordScores as WordScores,
        ripa as ripa,
        rnd as rnd,
        rnsb as rnsb,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
