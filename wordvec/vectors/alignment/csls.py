"""CSLS: nearest neighbours in another space, by similarities corrected for hubs, words that are near to everything.

Axes: S rows of the source, V rows of the target, D floats in a row, Q queries, K answers of each.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_int
from wordvec.vectors.neighbors import nearest, row_norms, unit_rows

__all__ = [
    "MAX_MEMORY",
    "MIN_MEMORY",
    "corrected_neighbors",
    "csls_neighbors",
    "mean_similarities",
    "nearest_rows",
]

MIN_MEMORY, MAX_MEMORY = 1 << 24, 1 << 28
# Answers are arrays of each query, so they are gathered from blocks of queries.
_BLOCK_QUERIES = 1 << 13


def csls_neighbors(
    queries_QD: np.ndarray,
    source_SD: np.ndarray,
    target_VD: np.ndarray,
    *,
    topn: int = 10,
    n_neighbors: int = 10,
    max_memory: int = MAX_MEMORY,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the target that are nearest to queries by CSLS.

    CSLS(x, y) = 2 cos(x, y) - r_T(x) - r_S(y), where r_T(x) is the mean cosine of x and the `n_neighbors` rows of the
    target that are nearest to it, and r_S(y) is that of y and the rows of the source (Conneau et al. 2018, "Word
    Translation Without Parallel Data", ICLR, eq. 6 and 7). The result does not depend on the number of threads (one
    for each processor).

    Parameters
    ----------
    queries_QD : float32 or float16 (Q, D)
        Rows of the source, or others in its space.
    source_SD : float32 or float16 (S, D)
        The rows over which r_S(y) is a mean: the vectors of the source, mapped into the space of the target.
    target_VD : float32 or float16 (V, D)
    topn : int
    n_neighbors : int
        The number of rows over which r_S and r_T are means.
    max_memory : int
        Bytes to use in addition to unit-length copies of the three tables and the answers, 16 MiB or more.

    Returns
    -------
    rows : int64 (Q, K), of the target; K = min(topn, V)
    scores : float32 (Q, K), descending; ties by increasing row

    Raises
    ------
    ValueError
        If a table is not two-dimensional or is empty, or the tables differ in width.
    """
    tables = {"queries_QD": queries_QD, "source_SD": source_SD, "target_VD": target_VD}
    queries_QD, source_SD, target_VD = (unit_rows(_checked(name, table)) for name, table in tables.items())
    width = target_VD.shape[1]
    for name, table in (("queries_QD", queries_QD), ("source_SD", source_SD)):
        if table.shape[1] != width:
            raise ParameterError(name, "csls_neighbors", f"have {width} columns, as target_VD has", table)
    topn = check_int("topn", topn, "csls_neighbors", 1)
    n_neighbors = check_int("n_neighbors", n_neighbors, "csls_neighbors", 1)
    max_memory = check_int("max_memory", max_memory, "csls_neighbors", MIN_MEMORY)
    hubness_V = mean_similarities(target_VD, source_SD, n_neighbors, max_memory)
    rows_QK, scores_QK = corrected_neighbors(queries_QD, target_VD, hubness_V, topn, max_memory)
    scores_QK -= mean_similarities(queries_QD, target_VD, n_neighbors, max_memory)[:, None]
    return rows_QK, scores_QK


def corrected_neighbors(
    queries_QD: np.ndarray, target_VD: np.ndarray, hubness_V: np.ndarray, topn: int, max_memory: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows y with the largest 2 cos(x, y) - r_S(y), and these values; all rows have unit length."""
    # It is a dot product, too: that of (2 x, -1) and (y, r_S(y)).
    table_VE = np.column_stack([target_VD, hubness_V])
    queries_QE = np.column_stack([2 * queries_QD, np.full(len(queries_QD), -1, np.float32)])
    return nearest_rows(queries_QE, table_VE, topn, max_memory)


def mean_similarities(
    queries_QD: np.ndarray, table_VD: np.ndarray, n_neighbors: int, max_memory: int
) -> np.ndarray:
    """Return the mean of each query's dot products with its `n_neighbors` nearest rows, float32 (Q,)."""
    means_Q = np.empty(len(queries_QD), np.float32)
    for start in range(0, len(queries_QD), _BLOCK_QUERIES):
        block = slice(start, start + _BLOCK_QUERIES)
        _, scores_QK = nearest_rows(queries_QD[block], table_VD, n_neighbors, max_memory)
        means_Q[block] = scores_QK.mean(axis=1, dtype=np.float64)
    return means_Q


def nearest_rows(
    queries_QD: np.ndarray, table_VD: np.ndarray, topn: int, max_memory: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows with the largest dot products, int64 (Q, K), and the products, float32 (Q, K), descending."""
    n_kept = min(topn, len(table_VD))
    rows_QK = np.empty((len(queries_QD), n_kept), np.int64)
    scores_QK = np.empty((len(queries_QD), n_kept), np.float32)
    ones_V = np.ones(len(table_VD), np.float32)
    # `nearest` wants rows of length 1 or less; powers of two take no bits away.
    scale_Q, scale_V = _power_of_two(queries_QD), _power_of_two(table_VD)
    queries_QD, table_VD = queries_QD / scale_Q, table_VD / scale_V
    for start in range(0, len(queries_QD), _BLOCK_QUERIES):
        queries = queries_QD[start : start + _BLOCK_QUERIES]
        answers = nearest(table_VD, ones_V, queries, np.full(len(queries), -1), n_kept, max_memory)
        block = slice(start, start + len(queries))
        rows_QK[block] = [rows for rows, _ in answers]
        scores_QK[block] = [scores for _, scores in answers]
    return rows_QK, scores_QK * (scale_Q * scale_V)


def _power_of_two(rows_ND: np.ndarray) -> np.float32:
    """Return a power of two that is at least the length of the longest row."""
    longest = float(row_norms(rows_ND).max(initial=1.0))
    return np.float32(2.0 ** math.ceil(math.log2(longest)))


def _checked(name: str, table: Any) -> np.ndarray:
    if not isinstance(table, np.ndarray) or table.ndim != 2 or table.dtype.kind != "f" or not table.size:
        rule = "be a table of floats, two-dimensional and not empty"
        raise ParameterError(name, "csls_neighbors", rule, table)
    return table
