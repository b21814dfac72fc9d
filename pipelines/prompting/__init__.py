"""Prompts for language models: demonstrations chosen for each query."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .demonstrations.templates import PromptTemplate as PromptTemplate

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
