"""Exact neighbours of rows, and the share of them that a map preserves.

Axes: V rows of the table, S rows that are asked, K neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.neighbors import nearest, unit_rows

__all__ = ["N_KEPT", "neighbor_rows", "neighbors_kept", "sampled_neighbors"]

# How many neighbours are compared, of how many rows.
N_KEPT, N_SAMPLED = 15, 1000
_BATCH, _MEMORY = 4096, 1 << 28


def neighbor_rows(
    vectors: KeyedVectors,
    n_neighbors: int,
    rows_S: np.ndarray | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows nearest to each row by cosine, and the cosines; no row is among its own.

    Parameters
    ----------
    vectors : KeyedVectors
    n_neighbors : int
        K is at most one less than there are rows.
    rows_S : int (S,), optional
        The rows that are asked, all by default.
    on_progress : callable, optional
        Takes the share that is done; what it raises ends the search.

    Returns
    -------
    int32 (S, K), float32 (S, K), descending
    """
    table: Any = vectors.quantized or np.asarray(vectors.vectors)
    asked = np.arange(len(table)) if rows_S is None else np.asarray(rows_S, np.int64)
    n_kept = min(n_neighbors, len(table) - 1)
    rows_SK = np.zeros((len(asked), n_kept), np.int32)
    cosines_SK = np.zeros((len(asked), n_kept), np.float32)
    if not n_kept:
        return rows_SK, cosines_SK
    for first in range(0, len(asked), _BATCH):
        rows = asked[first : first + _BATCH]
        # Twice, as most_similar does with the mean of one word: the same bits.
        queries = unit_rows(unit_rows(table[rows]))
        answers = nearest(table, vectors.norms, queries, rows, n_kept, _MEMORY)
        for place, (near, cosines) in enumerate(answers, first):
            rows_SK[place], cosines_SK[place] = near, cosines
        if on_progress is not None:
            on_progress(min(1.0, (first + _BATCH) / len(asked)))
    return rows_SK, cosines_SK


def sampled_neighbors(vectors: KeyedVectors, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a sample of rows, int64 (S,), and their nearest ones, int32 (S, N_KEPT)."""
    rows_S = np.arange(len(vectors))
    if len(rows_S) > N_SAMPLED:
        rows_S = np.sort(np.random.default_rng(seed).choice(len(rows_S), N_SAMPLED, replace=False))
    return rows_S, neighbor_rows(vectors, N_KEPT, rows_S)[0]


def neighbors_kept(points_V2: np.ndarray, rows_S: np.ndarray, neighbors_SK: np.ndarray) -> float:
    """Return the share of the true neighbours of some rows that are among as many nearest ones on a map.

    Parameters
    ----------
    points_V2 : float (V, 2)
    rows_S : int (S,)
    neighbors_SK : int (S, K)
    """
    from scipy.spatial import cKDTree

    n_kept = neighbors_SK.shape[1]
    if not n_kept:
        return 1.0
    near = cKDTree(points_V2).query(points_V2[rows_S], k=n_kept + 1)[1]
    shared = 0
    for row, true, found in zip(rows_S.tolist(), neighbors_SK.tolist(), near.tolist()):
        # Where several points lie at one place, the row itself need not be among its nearest.
        shared += len({other for other in found if other != row} & set(true))
    return shared / neighbors_SK.size
