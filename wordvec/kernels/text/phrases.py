"""Phrases: the pairs of neighbours of a text are listed and counted, and pairs that are phrases are joined.

A text is a stream of units, int32, with LINE_END after each line. A pair is ``pair_key(node, unit)``: the node is a
unit, or, after a unit that connector words follow ("bank of"), the number of that run, from the number of units on.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.hashing import GOLDEN, find_slot
from wordvec.kernels.text.tokenise import LINE_END

_NO_NODE = -1
_ZERO, _ONE = np.uint64(0), np.uint64(1)


@njit(**KERNEL_OPTIONS)
def pair_key(node, unit):
    """Return the key (uint64) of a unit after a node, both of 32 bits."""
    return (np.uint64(node) << np.uint64(32)) | np.uint64(unit)


@njit(**KERNEL_OPTIONS)
def list_pairs(items, node, is_connector, runs_S2, n_runs, keys):
    """List the pairs of neighbours in a part of a text.

    Connector words begin and end no pair, but may stand within one.

    Parameters
    ----------
    items : int32 (n,); units and LINE_END
    node : int; the node before the part: what the last call returned, -1 at first
    is_connector : bool (n_units,)
    runs_S2 : uint64 (S, 2); number + 1 of each run of a unit and connectors by its key, with room for n more
    n_runs : int
    keys : uint64, room for n; overwritten

    Returns
    -------
    n_keys, node, n_runs : int
    """
    n_keys = 0
    n_units = len(is_connector)
    for k in range(len(items)):
        unit = items[k]
        if unit == LINE_END:
            node = _NO_NODE
        elif node == _NO_NODE:
            if not is_connector[unit]:
                node = np.int64(unit)
        else:
            key = pair_key(node, unit)
            if is_connector[unit]:
                slot = find_slot(runs_S2, key)
                if runs_S2[slot, 1] == _ZERO:
                    n_runs += 1
                    runs_S2[slot, 0] = key
                    runs_S2[slot, 1] = np.uint64(n_runs)
                node = n_units + np.int64(runs_S2[slot, 1]) - 1
            else:
                keys[n_keys] = key
                n_keys += 1
                node = np.int64(unit)
    return n_keys, node, n_runs


@njit(**KERNEL_OPTIONS)
def _part_of(key, shift):
    return (key * GOLDEN) >> np.uint64(shift)


@njit(**KERNEL_OPTIONS)
def count_parts(keys, shift, sizes):
    """Add to `sizes`, int64 (2 ** (64 - shift),), the number of keys that fall into each part."""
    for k in range(len(keys)):
        sizes[_part_of(keys[k], shift)] += 1


@njit(**KERNEL_OPTIONS)
def group_keys(keys, shift, first, last, ends, grouped):
    """Put the keys of parts first to last - 1 side by side.

    Parameters
    ----------
    keys : uint64 (n,)
    shift, first, last : int
    ends : int64 (last - first,); where the next key of each part goes, moved on
    grouped : uint64; changed in place
    """
    for k in range(len(keys)):
        part = np.int64(_part_of(keys[k], shift))
        if first <= part < last:
            grouped[ends[part - first]] = keys[k]
            ends[part - first] += 1


@njit(**KERNEL_OPTIONS)
def count_keys(keys, slots_S2, min_count, kept_keys, kept_counts):
    """Count equal keys.

    Parameters
    ----------
    keys : uint64 (n,)
    slots_S2 : uint64 (S, 2); overwritten, S > n
    min_count : int
    kept_keys : uint64; kept_counts : int64; room for n / min_count; overwritten with what is at least that frequent

    Returns
    -------
    n_distinct, n_kept : int
    """
    for slot in range(len(slots_S2)):
        slots_S2[slot, 1] = _ZERO
    n_distinct = 0
    for k in range(len(keys)):
        slot = find_slot(slots_S2, keys[k])
        if slots_S2[slot, 1] == _ZERO:
            slots_S2[slot, 0] = keys[k]
            n_distinct += 1
        slots_S2[slot, 1] += _ONE
    n_kept = 0
    for slot in range(len(slots_S2)):
        count = np.int64(slots_S2[slot, 1])
        if count > 0 and count >= min_count:
            kept_keys[n_kept] = slots_S2[slot, 0]
            kept_counts[n_kept] = count
            n_kept += 1
    return n_distinct, n_kept


@njit(**KERNEL_OPTIONS)
def enter_keys(keys, entries, slots_S2):
    """Put keys, uint64 (n,), no two equal, with their entries, uint64 (n,), into an empty table."""
    for k in range(len(keys)):
        slot = find_slot(slots_S2, keys[k])
        slots_S2[slot, 0] = keys[k]
        slots_S2[slot, 1] = entries[k]


@njit(**KERNEL_OPTIONS)
def join_pairs(items, starts_phrase, is_connector, slots_S2, out):
    """Join the phrases of a part of a text, from left to right.

    Parameters
    ----------
    items : int32 (n,); units and LINE_END
    starts_phrase, is_connector : bool (n_known,); units from n_known on are neither
    slots_S2 : uint64 (S, 2); 1 more than the node after a node and a connector, or than the unit of a phrase, by key
    out : int32, room for n; overwritten. May be `items` itself: writing never overtakes reading

    Returns
    -------
    n_done : int; items that were processed: the others may begin a phrase that continues after them
    n_out : int
    """
    n_known = len(starts_phrase)
    n_out = 0
    start = -1  # of what may become a phrase
    node = np.int64(0)
    for k in range(len(items)):
        unit = items[k]
        if start >= 0 and unit != LINE_END and unit < n_known:
            slot = find_slot(slots_S2, pair_key(node, unit))
            entry = np.int64(slots_S2[slot, 1]) - 1
            if entry >= 0 and is_connector[unit]:
                node = entry
                continue
            if entry >= 0:
                out[n_out] = entry
                n_out += 1
                start = -1
                continue
        if start >= 0:
            for j in range(start, k):
                out[n_out] = items[j]
                n_out += 1
            start = -1
        if unit != LINE_END and unit < n_known and starts_phrase[unit]:
            start = k
            node = np.int64(unit)
        else:
            out[n_out] = unit
            n_out += 1
    return (len(items) if start < 0 else start), n_out


@njit(**KERNEL_OPTIONS)
def number_units(items, numbers, units, counts, n_numbers):
    """Replace units by numbers in order of first occurrence, and count them.

    Parameters
    ----------
    items : int32 (n,); units and LINE_END; overwritten
    numbers : int32 (n_units,); the number of each unit, -1 for none yet
    units : int32 (n_units,); the unit of each number
    counts : int64 (n_units,); by number
    n_numbers : int

    Returns
    -------
    n_numbers : int
    """
    for k in range(len(items)):
        unit = items[k]
        if unit == LINE_END:
            continue
        if numbers[unit] < 0:
            numbers[unit] = n_numbers
            units[n_numbers] = unit
            n_numbers += 1
        counts[numbers[unit]] += 1
        items[k] = numbers[unit]
    return n_numbers
