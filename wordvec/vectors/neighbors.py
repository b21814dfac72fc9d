"""Cosine similarity over the rows of a table: plain functions, arrays in, arrays out.

Axes: V rows of the table, D floats in a row, Q queries. Tables are float32, float16 or Int8Table. A row of zeros has
similarity 0 with everything. The similarities of nearest rows are those of `exact_scores`, however they are found: by
one query or many, on any number of threads.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from wordvec._utils.threads import n_cores, workers

# Rows are looked at, and those of float16 and int8 converted, in blocks of 2 MB as float32.
BLOCK_FLOATS = 1 << 19
# Exact scores are computed in blocks of 1 MB as float64, whose columns are then read from the second cache.
EXACT_FLOATS = 1 << 17
# Products of float32 with a row that is shorter or longer than that may vanish or overflow.
SHORT, LONG = 1e-30, 1e37


def row_norms(table_VD: np.ndarray) -> np.ndarray:
    """Return the Euclidean norms of the rows, float32 (V,) from float64 sums.

    A norm is NaN or infinite only if the row is, or if it exceeds the range of float32.
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
    """Return (start, stop) of consecutive blocks of rows with about half a million floats each."""
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


def exact_scores(rows_ND: np.ndarray, norms_N: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return the dot product of each row, at unit length in float32, with a query (D,) or its own (N, D), float32 (N,).

    Products are exact in float64; column d is added to sum d mod 4, in order, and then the four sums are added. So the
    bits depend on the row and the query alone, while those of a matrix product depend on its shape.
    """
    scores_N = np.empty(len(rows_ND), np.float32)
    step = max(1, EXACT_FLOATS // rows_ND.shape[1])
    for start in range(0, len(rows_ND), step):
        stop = min(start + step, len(rows_ND))
        products = unit_rows(rows_ND[start:stop], norms_N[start:stop]).astype(np.float64)
        products *= queries if queries.ndim == 1 else queries[start:stop]
        sums_4R = np.zeros((4, stop - start))
        for column in range(products.shape[1]):
            sums_4R[column % 4] += products[:, column]
        scores_N[start:stop] = (sums_4R[0] + sums_4R[1]) + (sums_4R[2] + sums_4R[3])
    return scores_N


def top_rows(scores_V: np.ndarray, topn: int) -> np.ndarray:
    """Return the indices of the `topn` largest scores, descending; equal scores by increasing index."""
    candidates = np.arange(len(scores_V))
    if topn < len(scores_V):
        threshold = np.partition(scores_V, len(scores_V) - topn)[len(scores_V) - topn]
        candidates = np.flatnonzero(scores_V >= threshold)
    return candidates[np.argsort(-scores_V[candidates], kind="stable")[:topn]]


def nearest_to(
    table_VD: np.ndarray, norms_V: np.ndarray, query_D: np.ndarray, barred: np.ndarray, topn: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices and the `exact_scores` of the `topn` rows nearest to one query, as `nearest` does.

    Parameters
    ----------
    table_VD, norms_V, query_D, topn : as of `nearest`
    barred : int64 (n,), rows excluded as answers
    """
    with np.errstate(over="ignore", invalid="ignore"):
        scores_V = similarities(table_VD, norms_V, query_D)
    extreme = np.flatnonzero((norms_V < SHORT) | (norms_V > LONG))
    scores_V[extreme] = exact_scores(table_VD[extreme], norms_V[extreme], query_D)
    scores_V[barred] = -np.inf
    # A sum of D rounded products is off by less than D 2^-24 times both lengths (Higham 2002, "Accuracy and Stability
    # of Numerical Algorithms", eq. 3.5); the rest is for quotients, which are rounded, too.
    error = np.float32((table_VD.shape[1] + 8) * 2.0**-23)
    n_kept = min(topn, len(scores_V) - len(np.unique(barred)))
    if n_kept == 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    worst = np.partition(scores_V, len(scores_V) - n_kept)[len(scores_V) - n_kept]
    rows = np.flatnonzero(scores_V >= worst - 2 * error)
    scores = exact_scores(table_VD[rows], norms_V[rows], query_D)
    best = top_rows(scores, n_kept)
    return rows[best], scores[best]


def nearest(
    table_VD: np.ndarray,
    norms_V: np.ndarray,
    queries_QD: np.ndarray,
    barred_Q: np.ndarray,
    topn: int,
    max_memory: int,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each query, the indices and the `exact_scores` of the `topn` nearest rows.

    The answers do not depend on the number of threads (one for each processor).

    Rows are found by a scan in integers with a proven error bound, so that none is missed: `wordvec.kernels.selection`.

    Parameters
    ----------
    table_VD, norms_V : float32 or float16 (V, D) or Int8Table, float32 (V,)
        The table, and norms such that rows divided by them have a length of at most 1.
    queries_QD : float32 (Q, D)
        Of a length of at most 1.
    barred_Q : int64 (Q,), the row excluded as an answer to each query, or -1
    topn : int
    max_memory : bytes to use in addition to the table and the answers

    Returns
    -------
    list of (int64 (n,), float32 (n,)), n <= topn, by decreasing similarity, ties by increasing index
    """
    from wordvec.kernels.selection import TILE_QUERIES, rounded_tiles  # here, as one query needs no kernel

    n_kept = min(topn, len(table_VD))
    n_threads = min(n_cores(), len(table_VD))
    # Each thread keeps n_kept float32 scores and int64 rows for a query, and they are sorted at the end.
    query_bytes = 6 * queries_QD.shape[1] + n_threads * 3 * 12 * n_kept
    converted_bytes = 0 if table_VD.dtype == np.float32 else n_threads * 4 * BLOCK_FLOATS
    batch = max(TILE_QUERIES, (max_memory - converted_bytes) // query_bytes)
    row_divisors = divisors(norms_V)
    bounds = np.linspace(0, len(table_VD), n_threads + 1).astype(int).tolist()
    answers: list[tuple[np.ndarray, np.ndarray]] = []
    with workers(n_threads) as pool:
        for first in range(0, len(queries_QD), batch):
            queries = np.ascontiguousarray(queries_QD[first : first + batch], np.float32)
            barred = barred_Q[first : first + batch]
            tiles = rounded_tiles(queries)
            search = partial(_nearest_in_rows, table_VD, row_divisors, queries, tiles, barred, n_kept)
            answers += _merged(pool.map(search, zip(bounds, bounds[1:])), n_kept)
    return answers


def _nearest_in_rows(
    table_VD: np.ndarray,
    divisors_V: np.ndarray,
    queries_QD: np.ndarray,
    tiles: np.ndarray,
    barred_Q: np.ndarray,
    n_kept: int,
    rows: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows int64 (Q, n_kept) and scores float32 (Q, n_kept), -inf where there are fewer, unsorted."""
    from wordvec.kernels.selection import error_of_scan, keep_best

    start, stop = rows
    error = error_of_scan(table_VD.shape[1])
    scores_QK = np.full((len(barred_Q), n_kept), -np.inf, np.float32)
    rows_QK = np.zeros(scores_QK.shape, np.int64)
    for offset, end in row_blocks(stop - start, table_VD.shape[1]):
        block = slice(start + offset, start + end)
        rows_RD = np.asarray(table_VD[block], np.float32)
        divisors_R = divisors_V[block]
        keep_best(rows_RD, divisors_R, block.start, queries_QD, tiles, error, barred_Q, scores_QK, rows_QK)
    return rows_QK, scores_QK


def _merged(parts: list[tuple[np.ndarray, np.ndarray]], n_kept: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rows_QK, scores_QK = (np.concatenate(arrays, axis=1) for arrays in zip(*parts))
    order = np.lexsort((rows_QK, -scores_QK))[:, :n_kept]
    rows_QK = np.take_along_axis(rows_QK, order, axis=1)
    scores_QK = np.take_along_axis(scores_QK, order, axis=1)
    n_found = (scores_QK > -np.inf).sum(axis=1).tolist()
    return [(rows[:n], scores[:n]) for rows, scores, n in zip(rows_QK, scores_QK, n_found)]
