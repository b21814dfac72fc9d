"""What all word vectors have in common is lessened after training, in a way that can be undone."""

from __future__ import annotations

import numpy as np

from wordvec.kernels import rng
from wordvec.kernels.word2vec import components

# Chosen on wiki8 by RG-65 and MTurk-771 (tests/benchmarks/LOG.md).
_FACTOR = 0.5
# The vectors of rare words say little of the others.
_MAX_WORDS = 20_000
# Of fewer words for each float of a vector, the components are rather what sets the words apart.
_MIN_WORDS_A_FLOAT = 10
_ROWS_RESTORED = 4096


def no_components(n_components: int, vector_size: int) -> np.ndarray:
    """Return what `lessen` returns where it changes nothing, float32 (1 + n_components, D)."""
    return np.zeros((1 + n_components, vector_size), np.float32)


def lessen(vectors: np.ndarray, n_components: int) -> np.ndarray:
    """Take their mean out of vectors and halve their leading principal components, in place.

    Mu and Viswanath (2018), "All-but-the-top", take the components out altogether. Mean and components are those of
    the 20,000 most frequent words. Vectors of fewer than 10 x D words are left as they are.

    Parameters
    ----------
    vectors : float32 (V, D), C-contiguous
        By falling frequency of the words.
    n_components : int

    Returns
    -------
    common : float32 (1 + n_components, D)
        The mean and the components, for `restore`; zeros if nothing was changed.
    """
    n_words, size = vectors.shape
    common = no_components(n_components, size)
    if n_words >= _MIN_WORDS_A_FLOAT * size:
        start = np.empty((min(n_components, size), size), np.float32)
        rng.fill_uniform(np.uint64(rng.stream_key(0, rng.INITIAL, 0)), start)
        components.find_components(vectors, min(n_words, _MAX_WORDS), start, common)
        components.shift_components(vectors, common, False, _FACTOR)
    return common


def restore(vectors: np.ndarray, common: np.ndarray, to: np.ndarray) -> None:
    """Write what `lessen` changed as it was before, but for rounding.

    Parameters
    ----------
    vectors : float32 (V, D)
        After `lessen`.
    common : float32 (1 + n_components, D)
        What it returned.
    to : float32 (V, D)
        Overwritten.
    """
    for first in range(0, len(vectors), _ROWS_RESTORED):
        rows = vectors[first : first + _ROWS_RESTORED].copy()
        components.shift_components(rows, common, True, 1 / _FACTOR)
        to[first : first + _ROWS_RESTORED] = rows
