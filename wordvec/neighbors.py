"""Cosine similarity over the rows of a table: plain functions, arrays in, arrays out.

Axes: V rows of the table, D floats in a row, Q queries. Tables are float32 or float16, sums are float32.
A row of zeros has similarity 0 with everything.
"""

from __future__ import annotations

import numpy as np

from wordvec.kernels.selection import keep_best

# Scores of one matrix product, 512 x 8,192 floats: 16 MB that are still in the cache when they are read again,
# and enough queries for the product to run at full speed.
QUERY_BATCH = 512
SCORE_ROWS = 8192
BLOCK_FLOATS = 1 << 21
PARALLEL_QUERIES = 10**9
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)


def row_norms(table_VD: np.ndarray) -> np.ndarray:
    """Return the Euclidean norms of the rows, float32 (V,) from float64 sums.

    A norm is NaN or infinite only if the row is, or if it is longer than any float32.
    """
    norms_V = np.empty(len(table_VD), np.float32)
    for start, stop in row_blocks(*table_VD.shape):
        block = table_VD[start:stop].astype(np.float64)
        squares = np.einsum("ij,ij->i", block, block)
        with np.errstate(over="ignore"):
            norms_V[start:stop] = np.sqrt(squares)
    return norms_V


def first_nonfinite_row(table_VD: np.ndarray) -> int | None:
    """Return the number of the first row that holds NaN or infinity, or None."""
    for start, stop in row_blocks(*table_VD.shape):
        finite = np.isfinite(table_VD[start:stop])
        if not finite.all():
            return start + int(np.argmin(finite.all(axis=1)))
    return None


def row_blocks(n_rows: int, n_columns: int) -> list[tuple[int, int]]:
    """Return (start, stop) of consecutive blocks of rows with about two million floats each."""
    step = max(1, BLOCK_FLOATS // max(1, n_columns))
    return [(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


def unit_rows(rows_ND: np.ndarray, norms_N: np.ndarray | None = None) -> np.ndarray:
    """Return the rows at unit length, float32 (N, D), as a copy; rows of zeros stay zeros."""
    if norms_N is None:
        norms_N = row_norms(rows_ND)
    return rows_ND.astype(np.float32) / divisors(norms_N)[:, None]


def divisors(norms_V: np.ndarray) -> np.ndarray:
    """Return the norms with 1 in place of 0, so that dividing a row of zeros leaves zeros."""
    return np.where(norms_V == 0, np.float32(1), norms_V)


def similarities(table_VD: np.ndarray, norms_V: np.ndarray, query_D: np.ndarray) -> np.ndarray:
    """Return each row's dot product with `query_D`, divided by the row's norm, float32 (V,)."""
    if table_VD.dtype == np.float32:
        scores_V = table_VD @ query_D
    else:
        scores_V = np.empty(len(table_VD), np.float32)
        for start, stop in row_blocks(*table_VD.shape):
            scores_V[start:stop] = table_VD[start:stop].astype(np.float32) @ query_D
    scores_V /= divisors(norms_V)
    return scores_V


def top_rows(scores_V: np.ndarray, topn: int) -> np.ndarray:
    """Return the indices of the `topn` largest scores, falling; equal scores by rising index."""
    candidates = np.arange(len(scores_V))
    if topn < len(scores_V):
        threshold = np.partition(scores_V, len(scores_V) - topn)[len(scores_V) - topn]
        candidates = np.flatnonzero(scores_V >= threshold)
    return candidates[np.argsort(-scores_V[candidates], kind="stable")[:topn]]


def nearest(
    table_VD: np.ndarray,
    norms_V: np.ndarray,
    queries_QD: np.ndarray,
    barred: tuple[np.ndarray, np.ndarray],
    topn: int,
    max_memory: int,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each query, the indices and the similarities of the `topn` nearest rows.

    Parameters
    ----------
    table_VD, norms_V : float32 or float16 (V, D), float32 (V,)
    queries_QD : float32 (Q, D); similarities are cosines if these rows have unit length
    barred : int64 (n,) and int64 (n,), queries and the rows that may not answer them
    topn : int
    max_memory : bytes that scores and converted rows may take

    Returns
    -------
    list of (int64 (n,), float32 (n,)), n <= topn, falling similarity, ties by rising index
    """
    n_rows, n_columns = table_VD.shape
    n_queries = min(len(queries_QD), QUERY_BATCH)
    step = min(n_rows, SCORE_ROWS, max(1, max_memory // 4 // (n_queries + n_columns)))
    scratch = np.empty(n_queries * step, np.float32)
    row_divisors = divisors(norms_V)
    best_scores = np.full((len(queries_QD), min(topn, n_rows)), -np.inf, np.float32)
    best_rows = np.zeros(best_scores.shape, np.int64)
    for start in range(0, n_rows, step):
        block_RD = np.asarray(table_VD[start : start + step], np.float32)
        for first in range(0, len(queries_QD), n_queries):
            batch = slice(first, first + n_queries)
            shape = (len(queries_QD[batch]), len(block_RD))
            scores_QR = scratch[: shape[0] * shape[1]].reshape(shape)
            np.matmul(queries_QD[batch], block_RD.T, out=scores_QR)
            queries, rows = barred[0] - first, barred[1] - start
            inside = (queries >= 0) & (queries < shape[0]) & (rows >= 0) & (rows < shape[1])
            scores_QR[queries[inside], rows[inside]] = -np.inf
            block_divisors = row_divisors[start : start + step]
            if len(scores_QR) < PARALLEL_QUERIES:
                keep_best(scores_QR, block_divisors, start, best_scores[batch], best_rows[batch])
            else:
                h = len(scores_QR) // 2
                list(pool.map(lambda p: keep_best(scores_QR[p], block_divisors, start, best_scores[batch][p], best_rows[batch][p]), (slice(0, h), slice(h, None))))
    order = np.lexsort((best_rows, -best_scores))
    best_rows = np.take_along_axis(best_rows, order, axis=1)
    best_scores = np.take_along_axis(best_scores, order, axis=1)
    n_found = (best_scores > -np.inf).sum(axis=1).tolist()
    return [(rows[:n], scores[:n]) for rows, scores, n in zip(best_rows, best_scores, n_found)]
