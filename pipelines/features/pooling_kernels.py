"""Numba kernels that pool the word vectors of texts into text vectors.

====  ==========================================
V     words that have a vector
D     floats in a word vector
N     texts
K     directions that are removed
====  ==========================================

Text n is ``ids[starts[n]:starts[n + 1]]``; an id is a row of the table, -1 a word without a vector, which is
left out. Each text is pooled on its own, so that its vector does not depend on other texts.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.elementary import fma
from wordvec.kernels.tiles import PAD_FLOATS, dot, row_address


@njit(**KERNEL_OPTIONS)
def weighted_means(ids, starts, table_VD, weights_V, by_weight, out_ND):
    """Write the weighted mean of the word vectors of each text.

    Parameters
    ----------
    ids : int32 (n_tokens,)
    starts : int64 (N + 1,)
    table_VD : float32 (V, D), read-only
    weights_V : float32 (V,)
    by_weight : bool; divide by the sum of the weights, not by the number of words
    out_ND : float32 (N, D); overwritten, zeros for a text without known words
    """
    D = table_VD.shape[1]
    for n in range(len(starts) - 1):
        out = out_ND[n]
        out[:] = np.float32(0)
        total = np.float32(0)
        for t in range(starts[n], starts[n + 1]):
            row = ids[t]
            if row < 0:
                continue
            weight = weights_V[row]
            total += weight if by_weight else np.float32(1)
            for d in range(D):
                out[d] = fma(weight, table_VD[row, d], out[d])
        if total > 0:
            scale = np.float32(1) / total
            for d in range(D):
                out[d] *= scale


@njit(**KERNEL_OPTIONS)
def maxima(ids, starts, table_VD, out_ND):
    """Write the largest value of each dimension over the words of each text; zeros without known words."""
    D = table_VD.shape[1]
    for n in range(len(starts) - 1):
        out = out_ND[n]
        out[:] = np.float32(0)
        is_first = True
        for t in range(starts[n], starts[n + 1]):
            row = ids[t]
            if row < 0:
                continue
            if is_first:
                out[:] = table_VD[row]
                is_first = False
            else:
                for d in range(D):
                    out[d] = max(out[d], table_VD[row, d])


@njit(**KERNEL_OPTIONS)
def extremes(ids, starts, table_VD, out_N2D):
    """Write the smallest values of all dimensions, then the largest; zeros without known words."""
    D = table_VD.shape[1]
    for n in range(len(starts) - 1):
        low, high = out_N2D[n, :D], out_N2D[n, D:]
        out_N2D[n] = np.float32(0)
        is_first = True
        for t in range(starts[n], starts[n + 1]):
            row = ids[t]
            if row < 0:
                continue
            if is_first:
                low[:] = table_VD[row]
                high[:] = table_VD[row]
                is_first = False
            else:
                for d in range(D):
                    value = table_VD[row, d]
                    low[d] = min(low[d], value)
                    high[d] = max(high[d], value)


@njit(**KERNEL_OPTIONS)
def remove_directions(directions_KD, shares_K, out_ND):
    """Subtract from each row its projections on orthonormal directions, each times its share, in place."""
    K, D = directions_KD.shape
    # Zeros fill the rows up to whole vectors, whose products are summed in the same order on every processor.
    width = -(-D // PAD_FLOATS) * PAD_FLOATS
    row, padded_KD = np.zeros(width, np.float32), np.zeros((K, width), np.float32)
    padded_KD[:, :D] = directions_KD
    for n in range(len(out_ND)):
        row[:D] = out_ND[n]
        for k in range(K):
            length = dot(np.float32(1), width, row_address(row, 0), row_address(padded_KD, k)) * shares_K[k]
            for d in range(width):
                row[d] = fma(-length, padded_KD[k, d], row[d])
        out_ND[n] = row[:D]


@njit(**KERNEL_OPTIONS)
def count_texts(ids, starts, last_text_V, counts_V):
    """Count the texts in which each word occurs.

    Parameters
    ----------
    last_text_V : int64 (V,), all -1; scratch
    counts_V : int64 (V,), zeros; overwritten
    """
    for n in range(len(starts) - 1):
        for t in range(starts[n], starts[n + 1]):
            row = ids[t]
            if row >= 0 and last_text_V[row] != n:
                last_text_V[row] = n
                counts_V[row] += 1
