"""Clusters of the rows of a table, for colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from wordvec.vectors.neighbors import row_blocks, unit_rows

from .columns import CategoryColumn

__all__ = ["N_SEEDS", "cluster_rows"]

N_CLUSTERS = 10
# Centres are computed from this many rows; the others go to the nearest centre.
N_SAMPLED = 10_000
# Those that scikit-learn, and what builds on it, takes.
N_SEEDS = 1 << 32


def cluster_rows(table_VD: Any, seed: int) -> CategoryColumn:
    """Return the cluster of each row at unit length, by k-means: "1" is the largest.

    Parameters
    ----------
    table_VD : float32 or float16 (V, D), or Int8Table
    seed : int
    """
    # Here, as scikit-learn takes a second to load.
    from sklearn.cluster import KMeans

    from ..topics.clusters import distances, draw_rows

    rows = draw_rows(np.arange(len(table_VD)), N_SAMPLED, seed)
    points = unit_rows(table_VD[rows])
    n_clusters = min(N_CLUSTERS, len(np.unique(points, axis=0)))
    # With several threads sums would depend on which is done first.
    with threadpool_limits(limits=1):
        centers = KMeans(n_clusters, n_init=1, random_state=seed % N_SEEDS).fit(points).cluster_centers_
    labels_V = np.empty(len(table_VD), np.int64)
    for start, stop in row_blocks(*table_VD.shape):
        labels_V[start:stop] = distances(unit_rows(table_VD[start:stop]), centers).argmin(axis=1)
    order = np.argsort(-np.bincount(labels_V, minlength=n_clusters), kind="stable")
    codes = np.empty(n_clusters, np.int32)
    codes[order] = np.arange(n_clusters)
    return CategoryColumn([str(number) for number in range(1, n_clusters + 1)], codes[labels_V])
