"""Unit-length sentence vectors, by TF-IDF or from word vectors, and sentence scores derived from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from wordvec._utils.errors import AdvisedError
from wordvec.text.tokenized_texts import TokenizedTexts

from .documents import Documents

__all__ = ["SentenceVectors", "centroid_scores", "embedded_sentences", "page_ranks", "tfidf_sentences"]

DAMPING = 0.85
# After them the error is below 1e-7. A fixed number: a document's bits do not depend on those beside it.
_ITERATIONS = 100
# Similarities of one document that are held at once, float32: 1 GiB.
MOST_COMPARED = 16_384


@dataclass(frozen=True)
class SentenceVectors:
    """A unit-length vector for each sentence; zeros if it has no known word.

    Attributes
    ----------
    matrix : csr_array or float32 (n_sentences, D)
        In a sparse matrix, each document has its own columns.
    starts : int64 (n_documents + 1,)
        The sentences of document d are rows ``starts[d]`` to ``starts[d + 1]``.
    """

    matrix: Any
    starts: np.ndarray

    def sum_by_document(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the sentences' values, for each document, float64 (n_documents,)."""
        owners = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return np.bincount(owners, values, len(self.starts) - 1)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return the values of documents, repeated for each of their sentences, (n_sentences,)."""
        return np.repeat(values, np.diff(self.starts))

    def products(self, weights: np.ndarray) -> np.ndarray:
        """Return each sentence's dot product with the weighted sum of its document, float64 (n_sentences,)."""
        if not isinstance(self.matrix, np.ndarray):
            return self.matrix @ (self.matrix.T @ weights)
        found = np.empty(len(weights))
        for begin, end in zip(self.starts[:-1], self.starts[1:]):
            rows = self.matrix[begin:end].astype(np.float64)
            found[begin:end] = rows @ (weights[begin:end] @ rows)
        return found

    def similarities(self, document: int) -> Callable[[int], np.ndarray]:
        """Return a function from a sentence of a document to its cosines with all of the document's sentences."""
        rows = self.matrix[self.starts[document] : self.starts[document + 1]]
        if isinstance(rows, np.ndarray):
            return lambda row: (rows @ rows[row]).astype(np.float64)
        # The document's columns stand side by side.
        columns = rows.indices - rows.indices.min(initial=rows.shape[1])
        width = int(columns.max(initial=-1)) + 1
        own = csr_array((rows.data, columns, rows.indptr), (rows.shape[0], width))

        def cosines(row: int) -> np.ndarray:
            part = slice(own.indptr[row], own.indptr[row + 1])
            sentence = np.zeros(width)
            sentence[columns[part]] = own.data[part]
            return own @ sentence

        return cosines


def tfidf_sentences(
    documents: Documents, idf: Mapping[str, float] | None, unseen: float = 1.0
) -> SentenceVectors:
    """Return TF-IDF vectors, with logarithmic frequencies, float64.

    Parameters
    ----------
    documents : Documents
    idf : mapping of str to float, optional
        The idf of each word; by default log((1 + n) / (1 + df)) + 1 from the sentences of the same document.
    unseen : float
        The idf of words that `idf` lacks.
    """
    n_words = max(1, len(documents.vocabulary))
    owners, lengths = documents.owners, documents.lengths
    keys = np.repeat(np.arange(len(lengths)) * n_words, lengths) + documents.words.ids
    keys, frequencies = np.unique(keys, return_counts=True)
    rows, words = keys // n_words, keys % n_words
    terms, columns = np.unique(owners[rows] * n_words + words, return_inverse=True)
    if idf is None:
        n_holding = np.bincount(columns, minlength=len(terms))
        n_sentences = documents.n_sentences[terms // n_words]
        weights = (np.log((1 + n_sentences) / (1 + n_holding)) + 1)[columns]
    else:
        weights = np.array([idf.get(word, unseen) for word in documents.vocabulary])[words]
    values = (1 + np.log(frequencies)) * weights
    norms = np.sqrt(np.bincount(rows, values**2, len(lengths)))
    bounds = np.searchsorted(rows, np.arange(len(lengths) + 1))
    matrix = csr_array((values / norms[rows], columns, bounds), (len(lengths), len(terms)))
    return SentenceVectors(matrix, documents.starts)


def embedded_sentences(documents: Documents, vectorizer: Any) -> SentenceVectors:
    """Return the vectors of a fitted `EmbeddingVectorizer`, float32."""
    rows = vectorizer.transform(TokenizedTexts(documents.words, documents.vocabulary))
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return SentenceVectors(rows / np.where(norms > 0, norms, 1), documents.starts)


def centroid_scores(vectors: SentenceVectors, weights: np.ndarray) -> np.ndarray:
    """Return the cosine of each sentence with its document's centroid, float64 (n_sentences,).

    Parameters
    ----------
    vectors : SentenceVectors
    weights : float64 (n_sentences,)
        The weight of each sentence in the centroid.

    References
    ----------
    Radev, Jing, Styś and Tam (2004), "Centroid-based summarization of multiple documents", Information Processing
    and Management 40. Their score sums words above a threshold; this one is the cosine, and the first sentences count
    more.
    """
    products = vectors.products(weights)
    # |c|^2 is the sum of w_i (x_i . c); never below 0 but for rounding.
    norms = np.sqrt(np.maximum(vectors.sum_by_document(weights * products), 0))
    return np.maximum(products, 0) / vectors.spread(np.where(norms > 0, norms, 1))


def page_ranks(vectors: SentenceVectors, weights: np.ndarray) -> np.ndarray:
    """Return the LexRank of each sentence, float64 (n_sentences,); those of a document add up to 1.

    The stationary distribution of a random walk that, with probability 0.85, moves to a sentence in proportion to its
    similarity (negative ones count as 0), and otherwise jumps to one in proportion to its weight. From a sentence that
    is similar to none, it always jumps.

    Parameters
    ----------
    vectors : SentenceVectors
    weights : float64 (n_sentences,), positive
        All equal in the original LexRank.

    Raises
    ------
    AdvisedError
        If there are word vectors and too many sentences to compare with each other.

    References
    ----------
    Erkan and Radev (2004), "LexRank: Graph-based lexical centrality as salience in text summarization", JAIR 22,
    section 3.3 (continuous LexRank).
    """
    if not isinstance(vectors.matrix, np.ndarray):
        return _walk(vectors, weights, vectors.products)
    most = int(np.diff(vectors.starts).max(initial=0))
    if most > MOST_COMPARED:
        raise AdvisedError(
            f"LexRank on word vectors compares each sentence with each other, and a text has {most:,}: "
            f"{most**2 * 4 / 2**30:,.0f} GiB of similarities, more than the 1 GiB that it may take.",
            "{method='mmr'} or {method='centroid'}",
            "no {vectors}, as TF-IDF does without these",
        )
    found = np.empty(len(weights))
    for begin, end in zip(vectors.starts[:-1], vectors.starts[1:]):
        rows = vectors.matrix[begin:end]
        graph = np.maximum(rows @ rows.T, 0)
        one = SentenceVectors(rows, np.array([0, end - begin]))
        found[begin:end] = _walk(one, weights[begin:end], lambda values, graph=graph: graph @ values)
    return found


def _walk(vectors: SentenceVectors, weights: np.ndarray, products: Any) -> np.ndarray:
    """Return the stationary distributions; `products` multiplies by the symmetric similarity matrix."""
    jumps = weights / vectors.spread(vectors.sum_by_document(weights))
    degrees = products(np.ones(len(weights)))
    shares = np.divide(1, degrees, out=np.zeros(len(weights)), where=degrees > 0)
    is_alone = degrees <= 0
    ranks = jumps
    for _ in range(_ITERATIONS):
        lost = vectors.spread(vectors.sum_by_document(np.where(is_alone, ranks, 0)))
        ranks = DAMPING * (products(ranks * shares) + lost * jumps) + (1 - DAMPING) * jumps
    return ranks
