"""Word n-grams as rows of a table: counted by a 64-bit hash of their words, looked up the same way.

An n-gram is two or more words that stand next to each other, all of them known. Two different ones
have the same hash with probability 2**-64; nothing else distinguishes them. Tables are those of `hashing`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.hashing import find_slot
from wordvec.kernels.rng import draw


@njit(**KERNEL_OPTIONS)
def _longer(key, word_id):
    """Return the key of an n-gram with one more word at its end; that of one word is its id, no other's is 0."""
    longer = draw(key, word_id)
    return longer if longer != np.uint64(0) else np.uint64(1)


@njit(**KERNEL_OPTIONS)
def count_ngrams(word_ids, starts, longest, first_text, n_used, slots_S2):
    """Count the n-grams of texts from `first_text` on until the table is half full.

    Parameters
    ----------
    word_ids : int32 (n_tokens,), starts : int64 (n_texts + 1,); -1 is an unknown word
    longest : int; words of the longest n-gram
    n_used : int64; slots in use
    slots_S2 : uint64 (S, 2); the entry of an n-gram is its count

    Returns
    -------
    next_text : int64; the first text that was not counted, the number of texts if all were
    n_used : int64
    """
    n_slots = slots_S2.shape[0]
    for text in range(first_text, starts.shape[0] - 1):
        first, last = starts[text], starts[text + 1]
        if 2 * (n_used + (last - first) * (longest - 1)) > n_slots:
            return text, n_used
        for i in range(first, last):
            if word_ids[i] < 0:
                continue
            key = np.uint64(word_ids[i])
            for j in range(i + 1, min(i + longest, last)):
                if word_ids[j] < 0:
                    break
                key = _longer(key, word_ids[j])
                slot = find_slot(slots_S2, key)
                if slots_S2[slot, 1] == np.uint64(0):
                    slots_S2[slot, 0] = key
                    n_used += 1
                slots_S2[slot, 1] += np.uint64(1)
    return starts.shape[0] - 1, n_used


@njit(**KERNEL_OPTIONS)
def fill_slots(ngram_keys, slots_S2):
    """Enter n-grams (uint64 (n,), no key twice) in an empty table; an entry is the n-gram's place plus 1."""
    for number in range(ngram_keys.shape[0]):
        slot = find_slot(slots_S2, ngram_keys[number])
        slots_S2[slot, 0] = ngram_keys[number]
        slots_S2[slot, 1] = np.uint64(number + 1)


@njit(**KERNEL_OPTIONS)
def find_rows(word_ids, starts, longest, slots_S2, n_words, rows, row_starts):
    """Write the rows of each text: its known words, then its known n-grams, as often as they occur.

    Parameters
    ----------
    word_ids, starts, longest : as for `count_ngrams`
    slots_S2 : filled by `fill_slots`
    n_words : int; the row of n-gram k is n_words + k
    rows : int32, long enough; row_starts : int64 (n_texts + 1,); overwritten
    """
    n = 0
    for text in range(starts.shape[0] - 1):
        first, last = starts[text], starts[text + 1]
        row_starts[text] = n
        for i in range(first, last):
            if word_ids[i] >= 0:
                rows[n] = word_ids[i]
                n += 1
        for i in range(first, last):
            if word_ids[i] < 0:
                continue
            key = np.uint64(word_ids[i])
            for j in range(i + 1, min(i + longest, last)):
                if word_ids[j] < 0:
                    break
                key = _longer(key, word_ids[j])
                entry = slots_S2[find_slot(slots_S2, key), 1]
                if entry != np.uint64(0):
                    rows[n] = n_words + np.int64(entry) - 1
                    n += 1
    row_starts[starts.shape[0] - 1] = n
