"""Rows of sparse matrices at unit length."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def unit_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    """Divide each row by its Euclidean norm, in place, and return the matrix; zero rows are kept.

    The bits are those of scikit-learn's `normalize`, whose package takes a while to import
    (test_unit_rows_are_scikit_learns_to_the_bit).
    """
    squares = sparse.csr_array((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)
    lengths = np.sqrt(squares @ np.ones(matrix.shape[1]))  # sums from left to right, as theirs
    lengths[lengths == 0] = 1.0
    matrix.data /= np.repeat(lengths, np.diff(matrix.indptr))
    return matrix
