"""Word embeddings: from text files to word vectors, fast and reproducible.

Public names are imported when they are first used, so that ``import wordvec`` takes milliseconds.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wordvec._utils.alias import find_beside
from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from wordvec.counts.cooccurrence import Cooccurrence as Cooccurrence
    from wordvec.counts.counting import count_cooccurrences as count_cooccurrences
    from wordvec.embeddings.documents import DocumentVectors as DocumentVectors
    from wordvec.embeddings.fasttext import FastText as FastText
    from wordvec.embeddings.glove import GloVe as GloVe
    from wordvec.embeddings.ppmi import PPMISVD as PPMISVD
    from wordvec.embeddings.word2vec import Word2Vec as Word2Vec
    from wordvec.supervised.classifier import EmbeddingClassifier as EmbeddingClassifier
    from wordvec.text.corpus import LineCorpus as LineCorpus
    from wordvec.text.phrases.estimator import Phrases as Phrases
    from wordvec.text.vocabulary import Vocabulary as Vocabulary
    from wordvec.vectors.keyed_vectors import KeyedVectors as KeyedVectors

__version__ = "0.1.0"

if not Path(__file__).with_name("pipelines").is_dir():  # in a checkout, where the folder lies beside this one
    find_beside("wordvec.pipelines", Path(__file__).parents[1] / "pipelines" / "__init__.py")

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
