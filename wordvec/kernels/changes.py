"""Changes of the rows of a table: found, added up in a tree, scaled, and applied.

A copy of a table that was trained differs from it in the rows that were touched. How they differ are the *changes* of
the copy. Those of two copies are merged into one, which has a row where either has one; its step is the sum, its count
the number of copies that touched the row.

====  =====================================================================
R     rows of the table
D     floats in a row
n     rows that were touched, ascending
====  =====================================================================
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS


@njit(**KERNEL_OPTIONS)
def mark_noted(noted, is_touched):
    """Set which rows a thread noted, int32 (R,): those with another number than 0; others stay as they are."""
    for row in range(noted.shape[0]):
        is_touched[row] |= noted[row] != 0


@njit(**KERNEL_OPTIONS)
def mark_rows_of_words(is_word, rows, starts, is_touched):
    """Set the rows of n-grams of some words, bool (V,); word w has rows[starts[w]:starts[w + 1]]."""
    for word in range(is_word.shape[0]):
        if is_word[word]:
            for k in range(starts[word], starts[word + 1]):
                is_touched[rows[k]] = True


@njit(**KERNEL_OPTIONS)
def take_steps(table_RD, copy_RD, rows_n, steps_nD):
    """Write what the rows of a copy have changed by, and set them back to the table's."""
    for i in range(rows_n.shape[0]):
        row = rows_n[i]
        for d in range(table_RD.shape[1]):
            steps_nD[i, d] = copy_RD[row, d] - table_RD[row, d]
            copy_RD[row, d] = table_RD[row, d]


@njit(**KERNEL_OPTIONS)
def count_union(left_n, right_n):
    """Return the number of rows that are in either of two ascending lists."""
    i = j = n = 0
    while i < left_n.shape[0] and j < right_n.shape[0]:
        left, right = left_n[i], right_n[j]
        i += left <= right
        j += right <= left
        n += 1
    return n + left_n.shape[0] - i + right_n.shape[0] - j


@njit(**KERNEL_OPTIONS)
def merge(left_n, left_steps, left_counts, right_n, right_steps, right_counts, rows, steps, counts):
    """Merge two changes into a third, whose arrays have the length of their union; sums are float32."""
    i = j = 0
    n_left, n_right, size = left_n.shape[0], right_n.shape[0], steps.shape[1]
    for n in range(rows.shape[0]):
        has_left = j == n_right or (i < n_left and left_n[i] <= right_n[j])
        has_right = i == n_left or (j < n_right and right_n[j] <= left_n[i])
        if has_left and has_right:
            rows[n], counts[n] = left_n[i], left_counts[i] + right_counts[j]
            for d in range(size):
                steps[n, d] = np.float32(left_steps[i, d]) + np.float32(right_steps[j, d])
        elif has_left:
            rows[n], counts[n] = left_n[i], left_counts[i]
            for d in range(size):
                steps[n, d] = left_steps[i, d]
        else:
            rows[n], counts[n] = right_n[j], right_counts[j]
            for d in range(size):
                steps[n, d] = right_steps[j, d]
        i += has_left
        j += has_right


@njit(**KERNEL_OPTIONS)
def apply_steps(table_RD, copy_RD, rows_n, steps_nD):
    """Add steps to the rows of a table, and set its copy to the same."""
    for i in range(rows_n.shape[0]):
        row = rows_n[i]
        for d in range(table_RD.shape[1]):
            table_RD[row, d] += steps_nD[i, d]
            copy_RD[row, d] = table_RD[row, d]
