"""Numba kernels of `learning.sharing`: equal columns, columns that always occur together, bundles.

The hash tables hold int32 numbers only, for their keys are kept elsewhere: a quarter of the memory of those of
`wordvec.kernels.hashing`, in the phase of training that takes the most.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.hashing import GOLDEN, mix
from wordvec.kernels.tiles import prefetch_shared, row_address

# Entries of the matrix, and rows of a sample, between a prefetch and the read.
_AHEAD, _ROWS_AHEAD = 32, 3
_LINE = 64


@njit(**KERNEL_OPTIONS)
def _key_of(number):
    """Return 64 bits that stand for an integer in sums: SplitMix64's output for that state."""
    return mix(np.uint64(number) + GOLDEN)


@njit(**KERNEL_OPTIONS)
def _propose_leaders(keys, counts, is_numeric):
    """Return int32 (A,): the first column with the same key and count; -1 without any row."""
    n_columns = len(keys)
    leaders = np.full(n_columns, -1, np.int32)
    size = np.int64(1)
    while size < 2 * n_columns:
        size *= 2
    slots = np.full(size, -1, np.int32)
    for column in range(n_columns):
        if counts[column] == 0:
            continue
        if is_numeric[column]:
            leaders[column] = column
            continue
        slot = np.int64(_key_of(keys[column]) & np.uint64(size - 1))
        while slots[slot] >= 0 and (
            keys[slots[slot]] != keys[column] or counts[slots[slot]] != counts[column]
        ):
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot] = column
        leaders[column] = slots[slot]
    return leaders


@njit(**KERNEL_OPTIONS)
def find_leaders(indptr, indices, n_columns, is_numeric):
    """Return the first column that has the same rows as each column, and the number of its rows.

    Columns whose values differ from one stay by themselves.

    Parameters
    ----------
    indptr, indices : the matrix by rows
    n_columns : int
    is_numeric : bool (A,)

    Returns
    -------
    leaders : int32 (A,); itself if none; -1 without any row
    counts : int32 (A,)
    """
    keys, counts = np.zeros(n_columns, np.uint64), np.zeros(n_columns, np.int32)
    for row in range(len(indptr) - 1):
        key = _key_of(row)
        for k in range(indptr[row], indptr[row + 1]):
            keys[indices[k]] += key
            counts[indices[k]] += 1
    leaders = _propose_leaders(keys, counts, is_numeric)
    separate_groups(indptr, indices, leaders)
    return leaders, counts


@njit(**KERNEL_OPTIONS)
def separate_groups(indptr, indices, leaders):
    """Make columns their own leaders, in place, if the rows of their group differ: their keys agree by chance.

    Parameters
    ----------
    indptr, indices : the matrix by rows
    leaders : int32 (A,)
    """
    n_columns = len(leaders)
    n_members, n_here = np.zeros(n_columns, np.int32), np.zeros(n_columns, np.int32)
    is_group = np.ones(n_columns, np.bool_)
    for column in range(n_columns):
        if leaders[column] >= 0:
            n_members[leaders[column]] += 1
    for row in range(len(indptr) - 1):
        # Where one column of a group is, all must be.
        for k in range(indptr[row], indptr[row + 1]):
            n_here[leaders[indices[k]]] += 1
        for k in range(indptr[row], indptr[row + 1]):
            leader = leaders[indices[k]]
            if n_here[leader] > 0 and n_here[leader] != n_members[leader]:
                is_group[leader] = False
            n_here[leader] = 0
    for column in range(n_columns):
        if leaders[column] >= 0 and not is_group[leaders[column]]:
            leaders[column] = column


@njit(**KERNEL_OPTIONS)
def keep_leaders(indptr, indices, values, column_of, new_indptr):
    """Turn a matrix of attributes into one of columns, in place; attributes whose column is -1 are dropped.

    Parameters
    ----------
    indices : int32 (nnz,), values : float32 (nnz,) or (0,); overwritten from the front
    column_of : int32 (A,)
    new_indptr : int (T + 1,); overwritten: the rows of what was written
    """
    place = 0
    new_indptr[0] = 0
    for row in range(len(indptr) - 1):
        for k in range(indptr[row], indptr[row + 1]):
            column = column_of[indices[k]]
            if column >= 0:
                indices[place] = column
                if len(values):
                    values[place] = values[k]
                place += 1
        new_indptr[row + 1] = place


@njit(**KERNEL_OPTIONS)
def _sample_rows(row_indptr, row_columns, counts, is_numeric, n_compared):
    """Return some rows of each column, spread evenly: the lists of int64 (C + 1,) and int32 (n,).

    Columns of values, and those of one row, have none.
    """
    n_columns = len(counts)
    starts = np.zeros(n_columns + 1, np.int64)
    for column in range(n_columns):
        is_compared = counts[column] > 1 and not is_numeric[column]
        starts[column + 1] = starts[column] + (min(counts[column], n_compared) if is_compared else 0)
    samples = np.empty(starts[-1], np.int32)
    n_seen, n_taken = np.zeros(n_columns, np.int32), np.zeros(n_columns, np.int8)
    for row in range(len(row_indptr) - 1):
        for k in range(row_indptr[row], row_indptr[row + 1]):
            column = row_columns[k]
            n_looked, taken = starts[column + 1] - starts[column], n_taken[column]
            if taken < n_looked and n_seen[column] == taken * np.int64(counts[column] - 1) // (n_looked - 1):
                samples[starts[column] + taken] = row
                n_taken[column] += 1
            n_seen[column] += 1
    return starts, samples


@njit(**KERNEL_OPTIONS)
def close_columns(row_indptr, row_columns, counts, is_numeric, n_compared):
    """Return the columns that are in all sampled rows of each column, itself included.

    Parameters
    ----------
    row_indptr, row_columns : the matrix by rows
    counts : int32 (C,); rows of each column
    is_numeric : bool (C,); such columns are left out
    n_compared : sampled rows of a column, spread evenly; at most 127

    Returns
    -------
    indptr : int64 (C + 1,)
    closures : int32 (n,); empty for a column with a single row or without companions
    """
    n_columns = len(counts)
    starts, samples = _sample_rows(row_indptr, row_columns, counts, is_numeric, n_compared)
    n_seen = np.zeros(n_columns, np.int8)
    indptr = np.zeros(n_columns + 1, np.int64)
    closures = np.empty(max(1, len(row_columns) // 4), np.int32)
    place = 0
    for column in range(n_columns):
        n_looked = starts[column + 1] - starts[column]
        if n_looked > 0:
            first = samples[starts[column]]
            for k in range(row_indptr[first], row_indptr[first + 1]):
                n_seen[row_columns[k]] = 1
            for look in range(1, n_looked):
                row = samples[starts[column] + look]
                ahead = samples[min(starts[column] + look + _ROWS_AHEAD, len(samples) - 1)]
                coming = np.int64(row_indptr[ahead])
                prefetch_shared(
                    row_address(row_columns, coming), np.int64(4 * (row_indptr[ahead + 1] - coming))
                )
                for k in range(row_indptr[row], row_indptr[row + 1]):
                    if n_seen[row_columns[k]] == look:
                        n_seen[row_columns[k]] = look + 1
            size = row_indptr[first + 1] - row_indptr[first]
            if place + size > len(closures):
                larger = np.empty(2 * len(closures) + size, np.int32)
                larger[:place] = closures[:place]
                closures = larger
            before = place
            for k in range(row_indptr[first], row_indptr[first + 1]):
                other = row_columns[k]
                if n_seen[other] == n_looked and not is_numeric[other]:
                    closures[place] = other
                    place += 1
                n_seen[other] = 0
            if place - before < 2:
                place = before
        indptr[column + 1] = place
    return indptr, closures[:place].copy()


@njit(**KERNEL_OPTIONS)
def _rank_heads(columns, closure_indptr, counts, costs, heads):
    """Write the columns that may head a bundle, best first; return their number.

    A bundle of s columns in n rows costs 1/s + 1/n a row and column: the entry that refers to it, and its
    share of the bundle's own entries.
    """
    n_heads = 0
    for k in range(len(columns)):
        size = closure_indptr[columns[k] + 1] - closure_indptr[columns[k]]
        if size < 2:
            continue
        cost = 1.0 / size + 1.0 / counts[columns[k]]
        place = n_heads
        while place > 0 and costs[place - 1] > cost:
            costs[place] = costs[place - 1]
            heads[place] = heads[place - 1]
            place -= 1
        costs[place] = cost
        heads[place] = columns[k]
        n_heads += 1
    return n_heads


@njit(**KERNEL_OPTIONS)
def _grown(slots, bundle_keys, n_bundles):
    """Return a hash table of twice the size that holds the same bundles."""
    larger = np.full(2 * len(slots), -1, np.int32)
    mask = len(larger) - 1
    for bundle in range(n_bundles):
        slot = np.int64(bundle_keys[bundle]) & mask
        while larger[slot] >= 0:
            slot = (slot + 1) & mask
        larger[slot] = bundle
    return larger


@njit(**KERNEL_OPTIONS)
def _is_marked(columns, begin, end, state, mark):
    k = begin
    while k < end and state[columns[k]] == mark:
        k += 1
    return k == end


@njit(**KERNEL_OPTIONS)
def split_rows(
    row_indptr, row_columns, row_values, closure_indptr, closures, counts, is_numeric, indptr, bundle_indptr
):
    """Split each row into disjoint bundles of columns; equal bundles are one.

    Parameters
    ----------
    row_indptr, row_columns, row_values : the matrix by rows; no values if all are one
    closure_indptr, closures : see `close_columns`
    counts : int32 (C,); rows of each column
    is_numeric : bool (C,); such a column is a bundle of its own, and its value stays with the row
    indptr : int (T + 1,), bundle_indptr : int (nnz + 1,); overwritten: lists of the bundles of rows, and of the
        columns of bundles

    Returns
    -------
    bundles : int32 (n,)
    values : float32 (n,), or empty
    n_bundles : int
    columns : int32 (m,)
    """
    n_rows, n_columns = len(row_indptr) - 1, len(counts)
    longest = 1
    for row in range(n_rows):
        longest = max(longest, row_indptr[row + 1] - row_indptr[row])
    costs, heads, chosen = np.empty(longest), np.empty(longest, np.int32), np.empty(longest, np.int32)
    state = np.zeros(n_columns, np.int8)  # 1: in the row, not in a bundle so far; 2: in the current bundle
    # Room for a bundle and a column for each entry: pages that are never written are never allocated.
    size = len(row_columns)
    bundles, values = np.empty(size, np.int32), np.empty(len(row_values), np.float32)
    slots = np.full(1 << 16, -1, np.int32)
    bundle_keys, columns = np.empty(size, np.uint32), np.empty(size, np.int32)
    indptr[0], bundle_indptr[0] = 0, 0
    n_entries, n_bundles = 0, 0
    for row in range(n_rows):
        begin, end = row_indptr[row], row_indptr[row + 1]
        for k in range(begin, end):
            state[row_columns[k]] = 1
            ahead = np.int64(row_columns[min(k + _AHEAD, len(row_columns) - 1)])
            prefetch_shared(row_address(closure_indptr, ahead), np.int64(_LINE))
            prefetch_shared(row_address(counts, ahead), np.int64(_LINE))
        n_heads = _rank_heads(row_columns[begin:end], closure_indptr, counts, costs, heads)
        for turn in range(n_heads + end - begin):
            # Bundles first, then each column that is left by itself.
            value = np.float32(1)
            size = 0
            if turn < n_heads:
                head = heads[turn]
                for k in range(closure_indptr[head], closure_indptr[head + 1]):
                    if state[closures[k]] == 1:
                        chosen[size] = closures[k]
                        size += 1
                if size < 2:
                    continue
            else:
                place = begin + turn - n_heads
                if state[row_columns[place]] != 1:
                    continue
                chosen[0] = row_columns[place]
                size = 1
                if is_numeric[chosen[0]]:
                    value = row_values[place]
            key = np.uint64(size)
            for k in range(size):
                key += _key_of(chosen[k])
                state[chosen[k]] = 2
            key = _key_of(key) >> np.uint64(32)
            slot = np.int64(key & np.uint64(len(slots) - 1))
            while slots[slot] >= 0:
                other = slots[slot]
                if (
                    bundle_keys[other] == key
                    and bundle_indptr[other + 1] - bundle_indptr[other] == size
                    and _is_marked(columns, bundle_indptr[other], bundle_indptr[other + 1], state, 2)
                ):
                    break
                slot = (slot + 1) & (len(slots) - 1)
            if slots[slot] < 0:
                slots[slot] = n_bundles
                stored = bundle_indptr[n_bundles]
                for k in range(size):
                    columns[stored + k] = chosen[k]
                bundle_keys[n_bundles] = key
                bundle_indptr[n_bundles + 1] = stored + size
                bundles[n_entries] = n_bundles
                n_bundles += 1
                if 2 * n_bundles > len(slots):
                    slots = _grown(slots, bundle_keys, n_bundles)
            else:
                bundles[n_entries] = slots[slot]
            if len(values):
                values[n_entries] = value
            n_entries += 1
            for k in range(size):
                state[chosen[k]] = 0
        indptr[row + 1] = n_entries
    return bundles[:n_entries], values[:n_entries], n_bundles, columns[: bundle_indptr[n_bundles]]
