"""Text classification: sentiment and topics, with calibrated probabilities, explanations and reports."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .classifier import TextClassifier as TextClassifier
    from .nbsvm import NBSVMClassifier as NBSVMClassifier
    from .report.report import ClassificationReport as ClassificationReport

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
