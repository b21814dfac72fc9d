"""Document vectors for clustering: from word vectors, and from latent semantic analysis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer
from threadpoolctl import threadpool_limits

from ..features.vectorizer import EmbeddingVectorizer

__all__ = ["EMBEDDING", "LEXICAL", "fit_features", "join_parts", "new_tfidf", "transform_features"]

# The two parts of a document vector.
EMBEDDING, LEXICAL = "embedding", "lexical"

Tokens = Sequence[list[str]]

# A word of a single text says nothing about its similarity to others.
_MIN_TEXTS = 2


def fit_features(
    tokens: Tokens, vectors: Any, pooling: str, lexical_size: int, seed: int
) -> tuple[Pipeline, np.ndarray]:
    """Return a fitted vectorizer that makes document vectors of unit length, and those of `tokens`, float32 (n, D).

    Parameters
    ----------
    tokens : sequence of lists of str
    vectors : as for `EmbeddingVectorizer`, or None to leave word vectors out
    pooling : str
    lexical_size : int
        Dimensions of latent semantic analysis; 0 leaves it out.
    seed : int

    Raises
    ------
    TypeError, ValueError
        As for `EmbeddingVectorizer`, or if there is nothing to make vectors from.
    """
    embedding = lexical = None
    if vectors is not None:
        embedding = EmbeddingVectorizer(vectors, pooling=pooling, tokenizer="whitespace")
    n_words = _n_shared_words(tokens) if lexical_size else 0
    if n_words > 1:
        # There are no more directions than words, or texts.
        svd = TruncatedSVD(min(lexical_size, n_words, len(tokens)), random_state=seed)
        lexical = new_tfidf(), svd
    if embedding is None and lexical is None:
        raise ValueError(
            "Fewer than two words occur in more than one text, so latent semantic analysis is not possible. "
            "Pass vectors."
        )
    features = join_parts(embedding, lexical)
    # scikit-learn divides by the variance, which is 0 if all texts are equal.
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(invalid="ignore"):
        points = features.fit_transform(tokens)
    return features, np.asarray(points, np.float32)


def join_parts(
    embedding: EmbeddingVectorizer | None, lexical: tuple[TfidfVectorizer, TruncatedSVD] | None
) -> Pipeline:
    """Return the concatenation of the two parts, one of which may be missing; it is fitted if they are."""
    parts = []
    if embedding is not None:
        parts.append((EMBEDDING, make_pipeline(embedding, Normalizer())))
    if lexical is not None:
        parts.append((LEXICAL, make_pipeline(*lexical, Normalizer())))
    # Both parts have equal weight, whatever their sizes.
    return make_pipeline(FeatureUnion(parts), Normalizer())


def new_tfidf() -> TfidfVectorizer:
    """Return an unfitted TF-IDF vectorizer of lists of tokens."""
    return TfidfVectorizer(analyzer=_as_it_is, min_df=_MIN_TEXTS, sublinear_tf=True)


def transform_features(features: Pipeline, tokens: Tokens) -> np.ndarray:
    """Return document vectors of unit length, zeros for texts without known words, float32 (n, D)."""
    # scikit-learn's transformers refuse to take no text.
    given = tokens if len(tokens) else [[]]
    with threadpool_limits(limits=1, user_api="blas"):
        return np.asarray(features.transform(given), np.float32)[: len(tokens)]


def _n_shared_words(tokens: Tokens) -> int:
    n_texts = Counter(word for text in tokens for word in set(text))
    return sum(n >= _MIN_TEXTS for n in n_texts.values())


def _as_it_is(tokens: list[str]) -> list[str]:
    return tokens
