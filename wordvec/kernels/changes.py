"""Changes that several copies of a table make to its rows: summed exactly, scaled, and applied.

Sums are of integers, multiples of a small unit, so that they are the same in any order and grouping. Steps beyond
`limit`, which occur only in a training that diverges, are clipped to it.

====  =====================================================================
R     rows of the table
D     floats in a row; padding is not sent
n     rows that were touched
====  =====================================================================
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.tiles import prefetch, row_address

_AHEAD = 4  # rows that are fetched before they are needed
_INFINITE = np.float32(np.inf)


@njit(**KERNEL_OPTIONS)
def mark_rows_of_words(is_word_V, rows, starts, is_touched_R):
    """Mark the rows of the n-grams of some words; word w has ``rows[starts[w]:starts[w + 1]]``."""
    for word in range(is_word_V.shape[0]):
        if is_word_V[word]:
            for k in range(starts[word], starts[word + 1]):
                is_touched_R[rows[k]] = True


@njit(**KERNEL_OPTIONS)
def add_changes(table_RD, copy_RD, rows_n, per_unit, limit, sums_RD, counts_R):
    """Add the differences of some rows of a copy to the sums, and reset these rows; return whether all were finite.

    per_unit, limit : float32; units in a step of 1, and the largest step
    sums_RD, counts_R : int32; of all rows
    """
    n_bytes = table_RD.itemsize * table_RD.shape[1]
    is_bad = np.int32(0)
    for i in range(rows_n.shape[0]):
        if i + _AHEAD < rows_n.shape[0]:
            coming = rows_n[i + _AHEAD]
            prefetch(row_address(table_RD, coming), n_bytes)
            prefetch(row_address(copy_RD, coming), n_bytes)
            prefetch(row_address(sums_RD, coming), n_bytes)
        row = rows_n[i]
        table_D, copy_D, sums_D = table_RD[row], copy_RD[row], sums_RD[row]
        for d in range(table_D.shape[0]):
            step = copy_D[d] - table_D[d]
            copy_D[d] = table_D[d]
            is_bad |= np.int32(not (abs(step) < _INFINITE))
            sums_D[d] += np.int32(min(max(step, -limit), limit) * per_unit)
        counts_R[row] += 1
    return is_bad == 0


@njit(**KERNEL_OPTIONS)
def take_sums(sums_RD, counts_R, rows_n, out_nD, counts_n):
    """Move the sums and counts of some rows to `out_nD` and `counts_n`, leaving zeros."""
    for i in range(rows_n.shape[0]):
        row = rows_n[i]
        counts_n[i] = counts_R[row]
        counts_R[row] = 0
        for d in range(out_nD.shape[1]):
            out_nD[i, d] = sums_RD[row, d]
            sums_RD[row, d] = 0


@njit(**KERNEL_OPTIONS)
def take_scaled(sums_RD, counts_R, rows_n, scales_n, out_nD):
    """Move the sums of some rows, times `scales_n` (float32), to `out_nD`, leaving zeros; clear their counts."""
    for i in range(rows_n.shape[0]):
        row, scale = rows_n[i], scales_n[i]
        counts_R[row] = 0
        for d in range(out_nD.shape[1]):
            out_nD[i, d] = scale * np.float32(sums_RD[row, d])
            sums_RD[row, d] = 0


@njit(**KERNEL_OPTIONS)
def add_sums(rows_n, sums_nD, counts_n, sums_RD, counts_R):
    """Add the sums and counts that `take_sums` wrote elsewhere."""
    for i in range(rows_n.shape[0]):
        row = rows_n[i]
        counts_R[row] += counts_n[i]
        for d in range(sums_nD.shape[1]):
            sums_RD[row, d] += sums_nD[i, d]


@njit(**KERNEL_OPTIONS)
def apply_sums(sums_RD, counts_R, rows_n, scales_n, table_RD, copy_RD):
    """Add the sums of some rows, times `scales_n` (float32), to a table; update its copy, and clear sums and counts."""
    for i in range(rows_n.shape[0]):
        row, scale = rows_n[i], scales_n[i]
        counts_R[row] = 0
        for d in range(table_RD.shape[1]):
            table_RD[row, d] += scale * np.float32(sums_RD[row, d])
            copy_RD[row, d] = table_RD[row, d]
            sums_RD[row, d] = 0


@njit(**KERNEL_OPTIONS)
def apply_steps(rows_n, steps_nD, table_RD, copy_RD):
    """Add steps to some rows of a table, and update its copy."""
    for i in range(rows_n.shape[0]):
        row = rows_n[i]
        for d in range(steps_nD.shape[1]):
            table_RD[row, d] += steps_nD[i, d]
            copy_RD[row, d] = table_RD[row, d]
