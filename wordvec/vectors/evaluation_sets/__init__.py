"""Readers of evaluation sets: word pairs with human judgements, and analogies, in all published formats."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.vectors.evaluation_sets.analogies import (
        Analogies as Analogies,
        read_analogies as read_analogies,
    )
    from wordvec.vectors.evaluation_sets.pairs import (
        WordPairs as WordPairs,
        read_word_pairs as read_word_pairs,
    )
    from wordvec.vectors.evaluation_sets.reading import read_evaluation_set as read_evaluation_set

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
