"""Numba kernels of feature extraction: loops over arrays of codes.

====  ==========================================================
K     templates
C     columns of codes
====  ==========================================================
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.hashing import find_slot


@njit(**KERNEL_OPTIONS)
def number_pairs(starts, left, right, distance, slots_S2, codes, first_pos):
    """Give a number to every pair (left[t], right[t + distance]) within a sentence, in order of first occurrence.

    Parameters
    ----------
    starts : int64 (n_sentences + 1,)
    left, right : int32 (n_tokens,); codes, -1 for none
    distance : int64, at least 0
    slots_S2 : uint64 (S, 2), all 0; scratch, S a power of two and at least 2 * n_tokens; see `hashing`
    codes : int32 (n_tokens,); overwritten: the number of each token's pair, -1 for none
    first_pos : int32 (n_tokens,); overwritten: where pair 0, 1, 2, ... was first seen

    Returns
    -------
    n_pairs : int64
    """
    n_pairs = 0
    for s in range(len(starts) - 1):
        for t in range(starts[s], starts[s + 1]):
            codes[t] = -1
            if t + distance >= starts[s + 1] or left[t] < 0 or right[t + distance] < 0:
                continue
            key = np.uint64((np.int64(left[t]) << 32) | np.int64(right[t + distance]))
            slot = find_slot(slots_S2, key)
            if slots_S2[slot, 1] == np.uint64(0):
                first_pos[n_pairs] = t
                n_pairs += 1
                slots_S2[slot, 0] = key
                slots_S2[slot, 1] = n_pairs
            codes[t] = np.int64(slots_S2[slot, 1]) - 1
    return n_pairs


# The look-up of a code stands in both loops: as a function, inlined or not, it takes 6 to 11 times as long (5 ms became
# 33 and 57 for the 47,000 tokens of CoNLL-2000's test texts).
@njit(**KERNEL_OPTIONS)
def count_codes(starts, type_ids, by_type_VC, by_token_NC, templates_K2, table_starts, counts):
    """Count for how many tokens each template takes each value.

    Parameters are those of `fill_attributes`, but for

    counts : int32 (n_entries,); added to
    """
    n_type_columns = by_type_VC.shape[1]
    for s in range(len(starts) - 1):
        for t in range(starts[s], starts[s + 1]):
            for k in range(len(templates_K2)):
                column, pos = templates_K2[k, 0], t + templates_K2[k, 1]
                if pos < starts[s] or pos >= starts[s + 1]:
                    continue
                if column < n_type_columns:
                    code = by_type_VC[type_ids[pos], column]
                else:
                    code = by_token_NC[pos, column - n_type_columns]
                if code >= 0:
                    counts[table_starts[k] + code] += 1


@njit(**KERNEL_OPTIONS)
def fill_attributes(
    starts, type_ids, by_type_VC, by_token_NC, templates_K2, table_starts, table, indptr, indices
):
    """Write the attributes of every token: for each template, that of the value at its offset.

    Parameters
    ----------
    starts : int64 (n_sentences + 1,)
    type_ids : int32 (n_tokens,)
    by_type_VC : int32 (n_types, C1); values that depend on the word alone, -1 for none
    by_token_NC : int32 (n_tokens, C2); other values, -1 for none
    templates_K2 : int64 (K, 2); column, of by_type then of by_token, and offset
    table_starts : int64 (K,); where each template's attributes start in `table`
    table : int32 (n_entries,); the attribute of each value, -1 for none
    indptr : int64 (n_tokens + 1,); overwritten
    indices : int32 (n_tokens * K,); overwritten from the front

    Returns
    -------
    n_written : int64
    """
    n_type_columns = by_type_VC.shape[1]
    n_written = 0
    indptr[0] = 0
    for s in range(len(starts) - 1):
        for t in range(starts[s], starts[s + 1]):
            for k in range(len(templates_K2)):
                column, pos = templates_K2[k, 0], t + templates_K2[k, 1]
                if pos < starts[s] or pos >= starts[s + 1]:
                    continue
                if column < n_type_columns:
                    code = by_type_VC[type_ids[pos], column]
                else:
                    code = by_token_NC[pos, column - n_type_columns]
                if code >= 0:
                    attribute = table[table_starts[k] + code]
                    if attribute >= 0:
                        indices[n_written] = attribute
                        n_written += 1
            indptr[t + 1] = n_written
    return n_written


@njit(**KERNEL_OPTIONS)
def mark_longest(lengths, kinds, codes):
    """Mark phrases from left to right, the longest that begins at a token first.

    Parameters
    ----------
    lengths : int32 (n_tokens,); of the longest phrase that begins at each token, 0 for none
    kinds : int32 (n_tokens,); its kind
    codes : int32 (n_tokens,); overwritten where there are phrases: four times the kind, and 0 for the first token,
        1 for one inside, 2 for the last one, 3 for a single one
    """
    t = 0
    while t < len(lengths):
        length = lengths[t]
        if length == 1:
            codes[t] = 4 * kinds[t] + 3
        elif length > 1:
            codes[t] = 4 * kinds[t]
            codes[t + 1 : t + length - 1] = 4 * kinds[t] + 1
            codes[t + length - 1] = 4 * kinds[t] + 2
        t += max(length, 1)


@njit(**KERNEL_OPTIONS)
def merge_features(indptr, ids, values, places, new_indptr, indices, sums):
    """Drop ids of -1 and sum the values of ids that a token has more than once.

    Parameters
    ----------
    indptr : int64 (n_tokens + 1,)
    ids : int32 (nnz,)
    values : float32 (nnz,), or (0,) if all are 1
    places : int64 (n_attributes,); scratch, need not be initialised
    new_indptr : int64 (n_tokens + 1,); overwritten
    indices : int32 (nnz,); overwritten from the front
    sums : float32, as long as `values`; overwritten from the front

    Returns
    -------
    n_written : int64; -1 if a token has an id twice and there are no values to sum
    """
    n_written = 0
    new_indptr[0] = 0
    for t in range(len(indptr) - 1):
        for k in range(indptr[t], indptr[t + 1]):
            attribute = ids[k]
            if attribute < 0:
                continue
            # A place counts only if it lies within this token and holds this attribute, so whatever the
            # scratch held before does no harm and a single sentence need not clear it (Briggs and Torczon 1993).
            place = places[attribute]
            if new_indptr[t] <= place < n_written and indices[place] == attribute:
                if len(values) == 0:
                    return -1
                sums[place] += values[k]
                continue
            places[attribute] = n_written
            indices[n_written] = attribute
            if len(values):
                sums[n_written] = values[k]
            n_written += 1
        new_indptr[t + 1] = n_written
    return n_written
