"""The best rows of each query, kept while blocks of scores come and go."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS

# Scores that are compared before looking at one of them. Nearly all chunks hold nothing good enough.
CHUNK = 64
# Comparing score > bound * norm saves the division, but rounds differently: the bound is lowered by more than
# that, and what passes is divided and compared again.
MARGIN = 1e-6


@njit(**KERNEL_OPTIONS)
def keep_best(scores_QR, norms_R, first_row, best_scores_QK, best_rows_QK):
    """Put every score / norm that is among a query's K best into its heap.

    Call it for blocks of rising rows: of equal scores the lower row stays.

    Parameters
    ----------
    scores_QR : float32 (Q, R), dot products; -inf for rows that are no answers
    norms_R : float32 (R,), greater than 0
    first_row : int, the row of the table that column 0 stands for
    best_scores_QK : float32 (Q, K), in and out, heaps with the worst at [q, 0]; all -inf at first
    best_rows_QK : int64 (Q, K), in and out
    """
    n_rows = scores_QR.shape[1]
    margin = np.float32(MARGIN)
    for query in range(scores_QR.shape[0]):
        scores_R = scores_QR[query]
        best_scores_K = best_scores_QK[query]
        best_rows_K = best_rows_QK[query]
        bound = best_scores_K[0] - abs(best_scores_K[0]) * margin
        for start in range(0, n_rows, CHUNK):
            stop = min(start + CHUNK, n_rows)
            hit = np.int32(0)
            for row in range(start, stop):
                hit |= np.int32(scores_R[row] > bound * norms_R[row])
            if hit == 0:
                continue
            for row in range(start, stop):
                if scores_R[row] > bound * norms_R[row]:
                    score = scores_R[row] / norms_R[row]
                    if score > best_scores_K[0]:
                        replace_worst(best_scores_K, best_rows_K, score, first_row + row)
                        bound = best_scores_K[0] - abs(best_scores_K[0]) * margin


@njit(**KERNEL_OPTIONS)
def replace_worst(scores_K, rows_K, score, row):
    """Replace the root of a heap, whose root has the lowest score, of equal scores the highest row."""
    n_kept = scores_K.size
    place = 0
    while True:
        child = 2 * place + 1
        if child >= n_kept:
            break
        right = child + 1
        if right < n_kept and (
            scores_K[right] < scores_K[child]
            or (scores_K[right] == scores_K[child] and rows_K[right] > rows_K[child])
        ):
            child = right
        if scores_K[child] > score or (scores_K[child] == score and rows_K[child] < row):
            break
        scores_K[place] = scores_K[child]
        rows_K[place] = rows_K[child]
        place = child
    scores_K[place] = score
    rows_K[place] = row
