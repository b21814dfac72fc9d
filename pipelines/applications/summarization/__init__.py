"""Summarisation: extractive, by the most central sentences, and abstractive, learned from pairs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .abstractive import AbstractiveSummarizer as AbstractiveSummarizer
    from .results import (
        Summary as Summary,
        SummarySentence as SummarySentence,
    )
    from .summarizer import Summarizer as Summarizer

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
