"""Subword tokenizers: trained, saved, loaded, and read from Hugging Face's files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.tokenizers.tokenizer import Tokenizer as Tokenizer

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
