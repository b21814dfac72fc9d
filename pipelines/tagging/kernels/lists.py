"""Numba kernels of lists of numbers: counting, transposing, gathering, taking apart.

List k is ``items[indptr[k]:indptr[k + 1]]``, see `sparse.Lists`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS


@njit(**KERNEL_OPTIONS)
def count_items(items, n):
    """Return how often each number below `n` occurs, int64 (n,); `bincount` makes an int64 copy of the items."""
    counts = np.zeros(n, np.int64)
    for item in items:
        counts[item] += 1
    return counts


@njit(**KERNEL_OPTIONS)
def fill_transpose(indptr, indices, values, ends, rows, new_values):
    """Write the row of each entry, and its value if there are any, after the others of its column.

    Parameters
    ----------
    ends : int64 (n_columns,); where each column begins; advanced to where it ends
    """
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            place = ends[indices[k]]
            rows[place] = row
            if len(values):
                new_values[place] = values[k]
            ends[indices[k]] += 1


@njit(**KERNEL_OPTIONS)
def count_in_chunks(indptr, indices, bounds, n_columns):
    """Return how many columns have an entry in each chunk of rows, int64 (n_chunks,).

    Parameters
    ----------
    bounds : int64 (n_chunks + 1,); the rows of each chunk
    """
    counts, seen = np.zeros(len(bounds) - 1, np.int64), np.full(n_columns, -1, np.int8)
    for chunk in range(len(counts)):
        for k in range(indptr[bounds[chunk]], indptr[bounds[chunk + 1]]):
            if seen[indices[k]] != chunk:
                seen[indices[k]] = chunk
                counts[chunk] += 1
    return counts


@njit(**KERNEL_OPTIONS)
def fill_chunks(indptr, indices, values, bounds, n_columns, columns, new_indptr, rows, new_values):
    """Transpose each chunk of rows by itself; columns, and the rows of each, are in rising order.

    Parameters
    ----------
    bounds : int64 (n_chunks + 1,); the rows of each chunk
    columns : int32 (n,), new_indptr : int (n + 1,); overwritten: the columns that have an entry, chunk by chunk
    rows : int32 (nnz,); overwritten; counted from the first row of the chunk
    new_values : float32 (nnz,), or empty without values; overwritten
    """
    ends = np.zeros(n_columns, new_indptr.dtype)
    n, place = 0, 0
    new_indptr[0] = 0
    for chunk in range(len(bounds) - 1):
        first = n
        for k in range(indptr[bounds[chunk]], indptr[bounds[chunk + 1]]):
            ends[indices[k]] += 1
        for column in range(n_columns):
            if ends[column]:
                columns[n] = column
                n += 1
                count = ends[column]
                ends[column] = place
                place += count
                new_indptr[n] = place
        for row in range(bounds[chunk], bounds[chunk + 1]):
            for k in range(indptr[row], indptr[row + 1]):
                end = ends[indices[k]]
                rows[end] = row - bounds[chunk]
                if len(values):
                    new_values[end] = values[k]
                ends[indices[k]] = end + 1
        for i in range(first, n):
            ends[columns[i]] = 0


@njit(**KERNEL_OPTIONS)
def gather_lists(indptr, items, chosen):
    """Return the items of the chosen lists, one list after the other."""
    size = 0
    for k in range(len(chosen)):
        size += indptr[chosen[k] + 1] - indptr[chosen[k]]
    gathered = np.empty(size, items.dtype)
    place = 0
    for k in range(len(chosen)):
        for i in range(indptr[chosen[k]], indptr[chosen[k] + 1]):
            gathered[place] = items[i]
            place += 1
    return gathered


@njit(**KERNEL_OPTIONS)
def count_apart(indptr, bundles, bundle_indptr, new_ids):
    """Return how many columns each token gets of bundles that are taken apart, and how many bundles it keeps.

    Parameters
    ----------
    indptr, bundles : the bundles of each token
    new_ids : int32 (B,); -1 for bundles that are taken apart

    Returns
    -------
    n_columns, n_bundles : int64 (T,)
    """
    n_columns, n_bundles = np.zeros(len(indptr) - 1, np.int64), np.zeros(len(indptr) - 1, np.int64)
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            bundle = bundles[k]
            if new_ids[bundle] < 0:
                n_columns[row] += bundle_indptr[bundle + 1] - bundle_indptr[bundle]
            else:
                n_bundles[row] += 1
    return n_columns, n_bundles


@njit(**KERNEL_OPTIONS)
def take_apart(indptr, bundles, values, bundle_indptr, columns, new_ids, own, shared, shared_values):
    """Write what `count_apart` counts: columns, and the new ids of bundles with their values."""
    n_own, n_shared = 0, 0
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            bundle = bundles[k]
            if new_ids[bundle] >= 0:
                shared[n_shared] = new_ids[bundle]
                if len(values):
                    shared_values[n_shared] = values[k]
                n_shared += 1
                continue
            for i in range(bundle_indptr[bundle], bundle_indptr[bundle + 1]):
                own[n_own] = columns[i]
                n_own += 1
