"""The mean and the principal components of vectors by NumPy's eigenvalues, and both lessened. Imports only NumPy."""

from __future__ import annotations

import numpy as np


def lessened(vectors, n_words, n_components, factor):
    """The vectors without the mean of the first `n_words`, whose leading principal components are scaled."""
    vectors = np.asarray(vectors, np.float64)
    centred = vectors - vectors[:n_words].mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(vectors[:n_words].T))
    leading = directions[:, ::-1][:, :n_components]
    return centred - (1 - factor) * centred @ leading @ leading.T
