"""Layouts: positions of rows in the plane, from principal components or t-SNE (the library openTSNE)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from wordvec._utils.validation import import_optional
from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.neighbors import row_blocks, unit_rows

from .clusters import N_SEEDS
from .neighborhoods import neighbor_rows

__all__ = ["LAYOUTS", "N_LEAST", "has_layouts", "pca_layout", "tsne_layout", "tsne_of_neighbors", "turned"]

LAYOUTS = ("auto", "pca", "tsne")
# Fewer rows than this have nothing that principal components would hide.
N_LEAST = 50
# Axes are computed from this many rows, evenly spaced, and all rows are projected on them.
N_AXIS_ROWS = 50_000
# Points beyond this share of the distances from the centre may lie outside [-1, 1].
_INSIDE = 0.999
# Kobak and Berens (2019), "The art of using t-SNE for single-cell transcriptomics": PCA for a start, of this size,
# then exaggerated attraction, then none.
_START, _EXAGGERATION, _EARLY, _LATE = 1e-4, 12, 250, 500
_STEPS = 10
N_NEIGHBORS = 15
# Shares of the time, about, that neighbours and iterations take.
_SEARCH = 0.3


def pca_layout(table_VD: Any) -> np.ndarray:
    """Return the first two principal components of the rows at unit length, float32 (V, 2).

    Parameters
    ----------
    table_VD : float32 or float16 (V, D), or Int8Table
    """
    n_rows, n_columns = table_VD.shape
    sample = table_VD
    if n_rows > N_AXIS_ROWS:
        sample = table_VD[np.linspace(0, n_rows - 1, N_AXIS_ROWS).astype(int)]
    # Sums of several threads would depend on their number.
    with threadpool_limits(limits=1, user_api="blas"):
        total_D, products_DD = np.zeros(n_columns), np.zeros((n_columns, n_columns))
        for start, stop in row_blocks(*sample.shape):
            unit = unit_rows(np.asarray(sample[start:stop])).astype(np.float64)
            total_D += unit.sum(axis=0)
            products_DD += unit.T @ unit
        mean_D = total_D / len(sample)
        covariance_DD = products_DD / len(sample) - np.outer(mean_D, mean_D)
        axes_DA = np.linalg.eigh(covariance_DD)[1][:, ::-1][:, :2]
        # An axis and its opposite are the same: the largest entry is positive.
        largest = np.abs(axes_DA).argmax(axis=0)
        axes_DA = axes_DA * np.where(axes_DA[largest, np.arange(axes_DA.shape[1])] < 0, -1, 1)
        points = np.zeros((n_rows, 2), np.float32)
        for start, stop in row_blocks(n_rows, n_columns):
            unit = unit_rows(np.asarray(table_VD[start:stop])).astype(np.float64)
            points[start:stop, : axes_DA.shape[1]] = (unit - mean_D) @ axes_DA
    return _scaled(points)


def has_layouts() -> bool:
    """Return whether the library for t-SNE is installed."""
    return importlib.util.find_spec("openTSNE") is not None


def tsne_layout(
    vectors: KeyedVectors, start_V2: np.ndarray, seed: int, on_progress: Callable[[float], None]
) -> np.ndarray:
    """Return the places of rows by t-SNE over their exact nearest neighbours by cosine, float32 (V, 2).

    Each row is attracted to its 15 nearest neighbours with equal force: a map should show the nearest neighbours, and a
    perplexity of 30 would need 90 (figures: tests/benchmarks/bench_layouts.py).

    Parameters
    ----------
    vectors : KeyedVectors
    start_V2 : float32 (V, 2)
        Where the rows begin, as `pca_layout` returns it.
    seed : int
    on_progress : callable
        Takes the share that is done; what it raises ends the work.

    Raises
    ------
    ImportError
        Without openTSNE: pip install "wordvec[explorer]".

    References
    ----------
    van der Maaten and Hinton (2008), "Visualizing Data using t-SNE", JMLR 9; Policar, Strazar and Zupan (2024),
    "openTSNE: A Modular Python Library for t-SNE Dimensionality Reduction and Embedding", Journal of Statistical
    Software 109; Linderman et al. (2019), "Fast interpolation-based t-SNE for improved visualization of single-cell
    RNA-seq data", Nature Methods 16.
    """
    rows, cosines = neighbor_rows(
        vectors, N_NEIGHBORS, on_progress=lambda share: on_progress(_SEARCH * share)
    )

    def step(share: float) -> None:
        on_progress(_SEARCH + (1 - _SEARCH) * share)

    return tsne_of_neighbors(rows, cosines, start_V2, seed, step)


def tsne_of_neighbors(
    rows_VK: np.ndarray,
    cosines_VK: np.ndarray,
    start_V2: np.ndarray,
    seed: int,
    on_progress: Callable[[float], None],
) -> np.ndarray:
    """Return `tsne_layout` of rows whose neighbours are known, as `neighbor_rows` returns them."""
    opentsne: Any = import_optional("openTSNE", pip="wordvec[explorer]", purpose='The layout "tsne"')
    distances = np.maximum(0, 1 - cosines_VK.astype(np.float64))
    found = opentsne.nearest_neighbors.PrecomputedNeighbors(rows_VK, distances)
    # One thread: sums of several depend on which is done first.
    affinities = opentsne.affinity.Uniform(knn_index=found, n_jobs=1)
    n_steps = 0

    def step(iteration: int, error: float, embedding: Any) -> None:
        nonlocal n_steps
        n_steps += _STEPS
        on_progress(min(1.0, n_steps / (_EARLY + _LATE)))

    embedding = opentsne.TSNEEmbedding(
        start_V2.astype(np.float64) * (_START / max(float(start_V2[:, 0].std()), 1e-12)),
        affinities,
        n_jobs=1,
        random_state=seed % N_SEEDS,
        callbacks=step,
        callbacks_every_iters=_STEPS,
    )
    embedding = embedding.optimize(_EARLY, exaggeration=_EXAGGERATION, momentum=0.8)
    return _scaled(np.asarray(embedding.optimize(_LATE, momentum=0.8)))


def turned(points_V2: np.ndarray, rows_S: np.ndarray, onto_S2: np.ndarray) -> np.ndarray:
    """Return points rotated, and reflected if necessary, to bring some of them as close as possible to given places.

    Parameters
    ----------
    points_V2 : float32 (V, 2)
    rows_S : int (S,)
        The rows with a given place.
    onto_S2 : float (S, 2)
        Their places.

    Returns
    -------
    float32 (V, 2)

    References
    ----------
    Schoenemann (1966), "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31.
    """
    centered = points_V2[rows_S].astype(np.float64)
    centered -= centered.mean(axis=0)
    left, _, right = np.linalg.svd(centered.T @ (onto_S2 - onto_S2.mean(axis=0, dtype=np.float64)))
    return (points_V2 @ (left @ right)).astype(np.float32)


def _scaled(points_V2: np.ndarray) -> np.ndarray:
    """Return points moved and shrunk alike in both directions, so that all but a few are within [-1, 1], float32."""
    centered = points_V2.astype(np.float64) - np.median(points_V2, axis=0)
    reach = np.quantile(np.abs(centered).max(axis=1), _INSIDE)
    return (centered / (reach or 1.0)).astype(np.float32)
