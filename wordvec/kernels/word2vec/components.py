"""The mean and the leading principal components of word vectors: finding and scaling them.

All sums are float64 and in a fixed order, so that every processor gets the same bits; LAPACK's would differ.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS

# Enough for float32's precision where an eigenvalue is .97 of the one before.
_N_ROUNDS = 500


@njit(**KERNEL_OPTIONS)
def find_components(vectors, n_words, start, common):
    """Find the mean and the leading principal components of the first `n_words` vectors.

    Orthogonal iteration (Golub and Van Loan 2013, Matrix Computations, algorithm 8.2.8) on their covariance.

    Parameters
    ----------
    vectors : float32 (V, D)
    start : float32 (k, D); where the iteration starts; random rows
    common : float32 (1 + k, D); overwritten by the mean and the components, unit vectors by falling eigenvalue; a
        component that does not exist is zero
    """
    n_components, size = start.shape
    mean = np.zeros(size)
    for n in range(n_words):
        for i in range(size):
            mean[i] += vectors[n, i]
    for i in range(size):
        mean[i] /= n_words
    row = np.empty(size)
    covariance = np.zeros((size, size))
    for n in range(n_words):
        for i in range(size):
            row[i] = vectors[n, i] - mean[i]
        for i in range(size):
            factor = row[i]
            for j in range(size):
                covariance[i, j] += factor * row[j]

    found = start.astype(np.float64)
    for _ in range(_N_ROUNDS):
        for c in range(n_components):
            _orthogonalise(covariance, found, c, row)
    for i in range(size):
        common[0, i] = mean[i]
        for c in range(n_components):
            common[1 + c, i] = found[c, i]


@njit(**PART_OPTIONS)
def _orthogonalise(matrix, rows, c, product):
    """Multiply row c by a symmetric matrix, take out the rows before it, and make it a unit vector or zero."""
    size = matrix.shape[0]
    for j in range(size):
        product[j] = 0.0
    for i in range(size):
        factor = rows[c, i]
        for j in range(size):
            product[j] += factor * matrix[i, j]
    length_before = _length(product)
    for before in range(c):
        share = 0.0
        for j in range(size):
            share += product[j] * rows[before, j]
        for j in range(size):
            product[j] -= share * rows[before, j]
    length = _length(product)
    # What is left may be rounding errors alone, which have no direction.
    scale = 1.0 / length if length > 1e-12 * length_before else 0.0
    for j in range(size):
        rows[c, j] = scale * product[j]


@njit(**PART_OPTIONS)
def _length(row):
    total = 0.0
    for x in row:
        total += x * x
    return np.sqrt(total)


@njit(**KERNEL_OPTIONS)
def shift_components(vectors, common, is_mean_added, factor):
    """Multiply the components of vectors by `factor`, in place; their mean is subtracted before, or added afterwards.

    vectors : float32 (V, D)
    common : float32 (1 + k, D); the mean, and orthogonal unit vectors
    """
    n_words, size = vectors.shape
    row = np.empty(size)
    for n in range(n_words):
        for i in range(size):
            row[i] = np.float64(vectors[n, i])
            if not is_mean_added:
                row[i] -= common[0, i]
        for c in range(1, common.shape[0]):
            share = 0.0
            for i in range(size):
                share += row[i] * common[c, i]
            share *= factor - 1.0
            for i in range(size):
                row[i] += share * common[c, i]
        for i in range(size):
            if is_mean_added:
                row[i] += common[0, i]
            vectors[n, i] = row[i]
