"""Clustering of points by k-means, and silhouette scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_samples
from sklearn.metrics.pairwise import euclidean_distances
from threadpoolctl import threadpool_limits

__all__ = ["Clusters", "distances", "draw_rows"]

# A silhouette needs the distances between all pairs of points, so it is computed on a sample of this size.
_N_SILHOUETTE = 5000


@dataclass(frozen=True)
class Clusters:
    """Clusters of points, in descending order of size.

    Attributes
    ----------
    centers : float32 (K, D)
    labels : int64 (n,)
    silhouette : float
        The mean over all points, or over a sample if there are many.
    silhouettes : float64 (K,)
        The mean silhouette of each cluster.
    """

    centers: np.ndarray
    labels: np.ndarray
    silhouette: float
    silhouettes: np.ndarray

    @classmethod
    def find(cls, points: np.ndarray, n_clusters: int, n_init: int, seed: int) -> Clusters:
        """Find clusters by k-means.

        Parameters
        ----------
        points : float32 (n, D), more than `n_clusters` of them different
        n_clusters : int
        n_init : int
            Number of runs from different initial centres; the one with the smallest sum of squared distances is kept.
        seed : int
        """
        # With several threads sums would depend on which is done first.
        with threadpool_limits(limits=1):
            kmeans = KMeans(n_clusters, n_init=n_init, random_state=seed).fit(points)
            order = np.argsort(-np.bincount(kmeans.labels_, minlength=n_clusters), kind="stable")
            centers = kmeans.cluster_centers_[order]
            labels = distances(points, centers).argmin(axis=1)
            # One of each cluster, so that none is left out, however small.
            firsts = np.unique(labels, return_index=True)[1]
            rows = np.union1d(draw_rows(np.arange(len(points)), _N_SILHOUETTE, seed), firsts)
            values = silhouette_samples(points[rows], labels[rows])
        sums = np.bincount(labels[rows], values, minlength=n_clusters)
        means = sums / np.maximum(1, np.bincount(labels[rows], minlength=n_clusters))
        return cls(centers, labels, float(values.mean()), means)


def distances(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Return the distance of each point to each centre, (n, K)."""
    if not len(points):  # scikit-learn refuses to take none
        return np.empty((0, len(centers)), points.dtype)
    with threadpool_limits(limits=1, user_api="blas"):
        return euclidean_distances(points, centers)


def draw_rows(rows: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Return the indices of `n` random rows, or of all if there are no more, in ascending order."""
    if len(rows) <= n:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, n, replace=False))
