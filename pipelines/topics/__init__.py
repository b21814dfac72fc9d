"""Topic models of unlabelled texts: clusters of document vectors, with key words and a chart."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .model import TopicModel as TopicModel
    from .report import (
        Topic as Topic,
        TopicReport as TopicReport,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
