"""Pooling of word vectors into text vectors: weights and removed directions of each method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from wordvec.text.tokenized_texts import EncodedTexts
from wordvec.vectors.keyed_vectors import KeyedVectors

from .pooling_kernels import count_texts, extremes, maxima, remove_directions, weighted_means

POOLINGS = ("mean", "max", "minmax", "idf", "sif", "usif")
# How many directions the papers remove.
N_COMPONENTS = {"sif": 1, "usif": 5}
# Texts that are pooled at a time. The sums that the directions come from are cut here, so it decides their last bits.
BLOCK_TEXTS = 4096


@dataclass(frozen=True)
class Pooling:
    """The weights and directions learned by `fit_pooling`.

    Attributes
    ----------
    name : {"mean", "max", "minmax", "idf", "sif", "usif"}
    word_weights : float32 (V,)
        The weight of each word; for "usif" divided by the length of its vector. Ones for "mean", "max", "minmax".
    a : float or None
        The a of SIF or uSIF; infinite if no word is frequent enough for uSIF to lower its weight.
    directions : float32 (K, D), orthonormal
        The directions that are removed; none except for "sif" and "usif".
    shares : float32 (K,)
        The share of each projection that is removed.
    """

    name: str
    word_weights: np.ndarray
    a: float | None
    directions: np.ndarray
    shares: np.ndarray

    @property
    def n_features(self) -> int:
        """Floats in the vector of a text."""
        return self.directions.shape[1] * (2 if self.name == "minmax" else 1)

    def apply(self, encoded: EncodedTexts, vectors: KeyedVectors) -> np.ndarray:
        """Return the vectors of texts, float32 (n_texts, n_features); ids are rows of `vectors`."""
        out = np.empty((len(encoded), self.n_features), np.float32)
        for begin in range(0, len(encoded), BLOCK_TEXTS):
            starts = encoded.starts[begin : begin + BLOCK_TEXTS + 1]
            self._pool(encoded.ids, starts, vectors, out[begin : begin + BLOCK_TEXTS])
        return out

    def _pool(self, ids: np.ndarray, starts: np.ndarray, vectors: KeyedVectors, out: np.ndarray) -> None:
        table, weights = np.asarray(vectors.vectors), self.word_weights
        if table.dtype != np.float32:
            # float16 is for storage: only the rows that these texts need are widened.
            rows, ids = np.unique(ids[starts[0] : starts[-1]], return_inverse=True)
            n_unknown_rows = int(len(rows) > 0 and rows[0] < 0)
            rows, ids = rows[n_unknown_rows:], (ids - n_unknown_rows).astype(np.int32)
            table, weights, starts = table[rows].astype(np.float32), weights[rows], starts - starts[0]
            table.flags.writeable = False  # as KeyedVectors' own, so that kernels are compiled once
        if self.name == "max":
            maxima(ids, starts, table, out)
        elif self.name == "minmax":
            extremes(ids, starts, table, out)
        else:
            weighted_means(ids, starts, table, weights, self.name == "idf", out)
            remove_directions(self.directions, self.shares, out)


def fit_pooling(
    name: str,
    encoded: EncodedTexts,
    vectors: KeyedVectors,
    probabilities: np.ndarray,
    a: float,
    n_components: int | None,
    sample_weight: np.ndarray | None = None,
) -> Pooling:
    """Learn from training texts the weights and directions of a method.

    Parameters
    ----------
    name : {"mean", "max", "minmax", "idf", "sif", "usif"}
    encoded : EncodedTexts
        The training texts; ids are rows of `vectors`.
    probabilities : float64 (V,)
        p(w); for "sif" and "usif".
    a : float
        For "sif".
    n_components : int, optional
        Directions to remove, for "sif" and "usif"; the papers' number if None.
    sample_weight : float64 (n_texts,), optional
        The weight of each text; 2 counts a text twice.
    """
    n_words, size = vectors.vectors.shape
    weights, used_a = np.ones(n_words), None
    if name == "idf":
        weights = idf_weights(encoded, n_words, sample_weight)
    elif name == "sif":
        weights, used_a = a / (a + probabilities), a
    elif name == "usif":
        used_a = usif_a(encoded, probabilities, sample_weight)
        # Each word counts with its unit vector. A vector of zeros has no direction and stays zeros.
        norms = vectors.norms.astype(np.float64)
        weights = 1 / (0.5 + probabilities / used_a) / np.where(norms > 0, norms, 1)
    none = np.empty((0, size), np.float32)
    pooling = Pooling(name, weights.astype(np.float32), used_a, none, none[:, 0])
    n_removed = min(N_COMPONENTS.get(name, 0) if n_components is None else n_components, size)
    if name not in N_COMPONENTS or not n_removed:
        return pooling
    directions, shares = _principal_directions(pooling, encoded, vectors, n_removed, sample_weight)
    return Pooling(name, pooling.word_weights, used_a, directions, shares)


def word_counts(encoded: EncodedTexts, n_words: int, sample_weight: np.ndarray | None = None) -> np.ndarray:
    """Return how often each word occurs in the texts, int64 (V,); float64 for weighted texts."""
    is_known = encoded.ids >= 0
    weights = None if sample_weight is None else np.repeat(sample_weight, np.diff(encoded.starts))[is_known]
    return np.bincount(encoded.ids[is_known], weights, n_words)


def idf_weights(encoded: EncodedTexts, n_words: int, sample_weight: np.ndarray | None = None) -> np.ndarray:
    """Return log((1 + n) / (1 + df)) + 1 of each word, float64 (V,).

    n is the number of texts, df the number of those that contain the word: the smoothed idf of scikit-learn's
    TfidfTransformer.
    """
    if sample_weight is not None:
        n_texts = np.arange(len(encoded), dtype=np.int64)
        pairs = np.unique(np.repeat(n_texts, np.diff(encoded.starts)) * (n_words + 1) + encoded.ids + 1)
        texts, words = np.divmod(pairs, n_words + 1)
        held = np.bincount(words, sample_weight[texts], n_words + 1)[1:]
        return np.log((1 + sample_weight.sum()) / (1 + held)) + 1
    n_holding = np.zeros(n_words, np.int64)
    count_texts(encoded.ids, encoded.starts, np.full(n_words, -1), n_holding)
    return np.log((1 + len(encoded)) / (1 + n_holding)) + 1


def usif_a(
    encoded: EncodedTexts, probabilities: np.ndarray, sample_weight: np.ndarray | None = None
) -> float:
    """Return the a of uSIF: (1 - alpha) / (alpha Z), Ethayarajh (2018), section 3.

    alpha is the share of words with a probability above 1 - (1 - 1 / |V|) ** n, and Z = |V| / 2. n is the mean number
    of known words in the texts that have any, |V| the number of words with p(w) > 0. With alpha = 0 it is infinite, and
    all words have equal weight.
    """
    n_words = np.count_nonzero(probabilities)
    is_known = np.concatenate([[0], np.cumsum(encoded.ids >= 0)])
    lengths = np.diff(is_known[encoded.starts])
    has_any = lengths > 0
    length = np.average(lengths[has_any], weights=None if sample_weight is None else sample_weight[has_any])
    # Never below 1 / |V|, where rounding puts it for texts of one word: then all words would be likelier.
    threshold = max(1 - (1 - 1 / n_words) ** length, 1 / n_words)
    alpha = np.count_nonzero(probabilities > threshold) / n_words
    return float((1 - alpha) / (alpha * n_words / 2)) if alpha else np.inf


def _principal_directions(
    pooling: Pooling,
    encoded: EncodedTexts,
    vectors: KeyedVectors,
    n_removed: int,
    sample_weight: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first right singular vectors of the training texts' vectors, and the share of each to remove.

    The singular vectors of X (texts x D, not centred) are the eigenvectors of X^T X, which takes D x D numbers for any
    number of texts. SIF removes the whole projection, uSIF the share s_i ** 2 / sum(s ** 2), with the sum over the
    removed directions.
    """
    size = vectors.vector_size
    gram_DD = np.zeros((size, size))
    # BLAS adds up in another order with another number of threads.
    with threadpool_limits(limits=1, user_api="blas"):
        for begin in range(0, len(encoded), BLOCK_TEXTS):
            block = EncodedTexts(encoded.ids, encoded.starts[begin : begin + BLOCK_TEXTS + 1])
            rows_ND = pooling.apply(block, vectors).astype(np.float64)
            weighted_ND = rows_ND
            if sample_weight is not None:
                weighted_ND = rows_ND * sample_weight[begin : begin + BLOCK_TEXTS, None]
            gram_DD += weighted_ND.T @ rows_ND
        squares, columns = np.linalg.eigh(gram_DD)
    # In descending order; those that are rounding noise beside the largest are not directions of the texts.
    squares, directions = squares[::-1][:n_removed], columns.T[::-1][:n_removed]
    is_real = squares > np.finfo(np.float32).eps ** 2 * squares[0]
    squares, directions = squares[is_real], directions[is_real]
    shares = np.ones(len(squares)) if pooling.name == "sif" else squares / squares.sum()
    return np.ascontiguousarray(directions, np.float32), shares.astype(np.float32)
