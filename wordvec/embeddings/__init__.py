"""Estimators of word and document embeddings: skip-gram, CBOW, FastText, GloVe, PPMI with SVD, and document vectors."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.embeddings.documents import DocumentVectors as DocumentVectors
    from wordvec.embeddings.fasttext import FastText as FastText
    from wordvec.embeddings.glove import GloVe as GloVe
    from wordvec.embeddings.ppmi import PPMISVD as PPMISVD
    from wordvec.embeddings.word2vec import Word2Vec as Word2Vec

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
