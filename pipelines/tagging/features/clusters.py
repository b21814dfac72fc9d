"""Clusters of word vectors: the discrete features that help a linear tagger (Turian et al. 2010)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_int
from wordvec.vectors.keyed_vectors import KeyedVectors


def cluster_vectors(
    vectors: KeyedVectors, sizes: Sequence[int] = (100, 300, 1000), *, random_state: int = 0
) -> np.ndarray:
    """Return the cluster of each word at several granularities, by mini-batch k-means on vectors of length 1.

    For `TokenFeatures`, pair the words with the rows:
    ``dict(zip(vectors.index_to_key, cluster_vectors(vectors).tolist()))``.

    Parameters
    ----------
    vectors : KeyedVectors
    sizes : sequence of int
        Numbers of clusters, from 2 to the number of words.
    random_state : int
        Seed of k-means, from 0 to 2**32 - 1.

    Returns
    -------
    clusters : int32 (V, n_sizes)

    Raises
    ------
    ParameterError
        If a size or the seed is out of range.
    TypeError
        If `vectors` are not KeyedVectors, or `sizes` not a list.

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec import KeyedVectors
    >>> table = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]], np.float32)
    >>> vectors = KeyedVectors(table, ["cat", "dog", "Rome", "Oslo"])
    >>> clusters = cluster_vectors(vectors, sizes=[2])[:, 0]
    >>> bool(clusters[0] == clusters[1] != clusters[2] == clusters[3])
    True

    References
    ----------
    Turian, Ratinov and Bengio (2010), "Word representations: a simple and general method for semi-supervised
    learning", ACL.
    """
    from sklearn.cluster import MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    from wordvec.vectors.neighbors import unit_rows

    if not isinstance(vectors, KeyedVectors):
        raise ParameterError("vectors", "cluster_vectors", "be KeyedVectors", vectors)
    if not isinstance(sizes, (list, tuple, np.ndarray)) or not len(sizes):
        rule = "be a list of numbers of clusters, such as (64, 256)"
        raise ParameterError("sizes", "cluster_vectors", rule, sizes)
    n_words = len(vectors.index_to_key)
    for size in sizes:
        check_int("sizes", size, "cluster_vectors", 2, n_words)
    check_int("random_state", random_state, "cluster_vectors", 0, 2**32 - 1)
    table = unit_rows(vectors.vectors)
    clusters = np.empty((n_words, len(sizes)), np.int32)
    # Sums of several threads differ in the last bits, and clusters with them.
    with threadpool_limits(1):
        for place, size in enumerate(sizes):
            means = MiniBatchKMeans(size, batch_size=4096, n_init=1, random_state=random_state)
            clusters[:, place] = means.fit_predict(table)
    return clusters
