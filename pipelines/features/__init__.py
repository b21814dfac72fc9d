"""Document features: text vectors from word vectors, and BM25."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .vectorizer import EmbeddingVectorizer as EmbeddingVectorizer

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
