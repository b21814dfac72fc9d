"""Word embeddings: from text files to word vectors, fast and reproducible.

Public names are imported when they are first used, so that ``import wordvec`` takes milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wordvec.cooccurrence import Cooccurrence
    from wordvec.corpus import LineCorpus
    from wordvec.counting import count_cooccurrences
    from wordvec.glove import GloVe
    from wordvec.ppmi import PPMISVD
    from wordvec.supervised import EmbeddingClassifier
    from wordvec.vectors import KeyedVectors
    from wordvec.vocabulary import Vocabulary
    from wordvec.word2vec import Word2Vec

__version__ = "0.1.0"

_HOMES = {
    "Cooccurrence": "wordvec.cooccurrence",
    "EmbeddingClassifier": "wordvec.supervised",
    "GloVe": "wordvec.glove",
    "KeyedVectors": "wordvec.vectors",
    "LineCorpus": "wordvec.corpus",
    "PPMISVD": "wordvec.ppmi",
    "Vocabulary": "wordvec.vocabulary",
    "Word2Vec": "wordvec.word2vec",
    "count_cooccurrences": "wordvec.counting",
}

__all__ = [
    "PPMISVD",
    "Cooccurrence",
    "EmbeddingClassifier",
    "GloVe",
    "KeyedVectors",
    "LineCorpus",
    "Vocabulary",
    "Word2Vec",
    "count_cooccurrences",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'wordvec' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
