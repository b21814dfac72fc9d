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
    ends : int64 (n_columns,); where each column begins; moves on
    """
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            place = ends[indices[k]]
            rows[place] = row
            if len(values):
                new_values[place] = values[k]
            ends[indices[k]] += 1


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
