"""Applications of whole texts: translation, summaries, answers, dialogue."""

from __future__ import annotations

import sys

from wordvec._utils.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
