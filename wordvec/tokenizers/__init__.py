"""Subword tokenizers: BPE, WordPiece, characters and words; training, encoding and files. No PyTorch is needed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from wordvec._utils.lazy import lazy_names
from wordvec._utils.validation import import_optional

if TYPE_CHECKING:
    from wordvec.tokenizers.tokenizer import Tokenizer as Tokenizer

_get, __dir__, __all__ = lazy_names(sys.modules[__name__])


def __getattr__(name: str) -> Any:
    if name in __all__:
        import_optional("tokenizers", pip="wordvec[transformer]", purpose="Tokenizer")
    return _get(name)
