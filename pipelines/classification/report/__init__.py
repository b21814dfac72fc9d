"""Classification reports: scores, curves, tables for a terminal, and an HTML page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .report import ClassificationReport as ClassificationReport

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
