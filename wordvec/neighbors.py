"""Cosine similarity over the rows of a table: plain functions, arrays in, arrays out.

Axes: V rows of the table, D floats in a row, Q queries. Tables are float32 or float16, sums are float32.
A row of zeros has similarity 0 with everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Queries in one matrix product. More brings nothing once the product is bound by arithmetic, and the
# scores of 128 queries over 68,000 words (35 MB) are written and read again while still near the core.
QUERY_BATCH = 128
BLOCK_FLOATS = 1 << 21
N_SUBSETS = 64


def row_norms(table_VD: np.ndarray) -> np.ndarray:
    """Return the Euclidean norms of the rows, float64 sums as float32 (V,).

    Raises
    ------
    ValueError
        If a row holds NaN or infinity; the message names the row.
    """
    norms_V = np.empty(len(table_VD), np.float32)
    for start, stop in row_blocks(*table_VD.shape):
        block = table_VD[start:stop].astype(np.float64)
        squares = np.einsum("ij,ij->i", block, block)
        if not np.isfinite(squares).all():
            row = start + int(np.argmin(np.isfinite(squares)))
            raise ValueError(f"vectors[{row}] holds NaN or infinity.")
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
    """Return the indices of the `topn` largest scores, falling; equal scores by rising index.

    The scores are cut into 64 interleaved subsets per column and only the columns' maxima are partitioned:
    the topn-th largest maximum bounds the topn-th largest score from below, so every row of the answer is
    at or above it. Three times as fast as `np.argpartition` over 68,000 scores, and exact with ties.
    """
    n_maxima = len(scores_V) // N_SUBSETS
    if n_maxima > 2 * topn:
        maxima = scores_V[: n_maxima * N_SUBSETS].reshape(N_SUBSETS, n_maxima).max(axis=0)
    else:
        maxima = scores_V
    if topn < len(maxima):
        threshold = np.partition(maxima, len(maxima) - topn)[len(maxima) - topn]
        candidates = np.flatnonzero(scores_V >= threshold)
    else:
        candidates = np.arange(len(scores_V))
    return candidates[np.argsort(-scores_V[candidates], kind="stable")[:topn]]


def nearest(
    table_VD: np.ndarray,
    norms_V: np.ndarray,
    queries_QD: np.ndarray,
    excluded: Sequence[Sequence[int]],
    topn: int,
    max_memory: int,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each query, the indices and the similarities of the `topn` nearest rows.

    Parameters
    ----------
    table_VD, norms_V : float32 or float16 (V, D), float32 (V,)
    queries_QD : float32 (Q, D); similarities are cosines if these rows have unit length
    excluded : for each query, the rows that may not be answers
    topn : int
    max_memory : bytes that scores and converted rows may take

    Returns
    -------
    list of (int64 (n,), float32 (n,)), n <= topn, falling similarity, ties by rising index
    """
    n_rows, n_columns = table_VD.shape
    n_queries = min(len(queries_QD), QUERY_BATCH)
    step = min(n_rows, max(1, max_memory // 4 // (n_queries + n_columns)))
    scratch = np.empty(n_queries * step, np.float32)
    row_divisors = divisors(norms_V)
    best: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0, np.int64), np.empty(0, np.float32))] * len(queries_QD)
    for start in range(0, n_rows, step):
        block_RD = np.asarray(table_VD[start : start + step], np.float32)
        for first in range(0, len(queries_QD), n_queries):
            batch_QD = queries_QD[first : first + n_queries]
            scores_QR = scratch[: len(batch_QD) * len(block_RD)].reshape(len(batch_QD), len(block_RD))
            np.matmul(batch_QD, block_RD.T, out=scores_QR)
            for query, scores_R in enumerate(scores_QR, start=first):
                scores_R /= row_divisors[start : start + step]
                for row in excluded[query]:
                    if start <= row < start + len(scores_R):
                        scores_R[row - start] = -np.inf
                best[query] = _merged(best[query], top_rows(scores_R, topn), scores_R, start, topn)
    return best


def _merged(
    best: tuple[np.ndarray, np.ndarray], top: np.ndarray, scores_R: np.ndarray, start: int, topn: int
) -> tuple[np.ndarray, np.ndarray]:
    scores = scores_R[top]
    top, scores = top[scores > -np.inf] + start, scores[scores > -np.inf]
    if not len(best[0]):
        return top, scores
    # Earlier blocks hold lower indices, so a stable sort keeps ties in the order of the table.
    rows, scores = np.concatenate([best[0], top]), np.concatenate([best[1], scores])
    order = np.argsort(-scores, kind="stable")[:topn]
    return rows[order], scores[order]
