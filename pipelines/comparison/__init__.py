"""Comparison of word embedding systems, ours and gensim's, on the same text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .comparison import compare as compare
    from .measures import (
        ComparisonRun as ComparisonRun,
        Measure as Measure,
    )
    from .report import Comparison as Comparison
    from .systems import ComparisonSettings as ComparisonSettings

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
