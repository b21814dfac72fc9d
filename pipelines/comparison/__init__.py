"""Comparison of word-embedding systems: ours, gensim's and each other's, on the same text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .comparison import (
        Comparison as Comparison,
        compare as compare,
    )
    from .systems import Settings as Settings

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
