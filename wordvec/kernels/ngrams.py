"""Word n-grams as rows of a table: counted by a 64-bit hash of their words, looked up the same way.

An n-gram is two or more words that stand next to each other, all of them known. Two that differ have the same
hash once in 2**64; nothing else tells them apart.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from . import KERNEL_OPTIONS
from .rng import draw

# Marks an empty slot of the counting table; the one n-gram in 2**64 with this hash is counted as the next one.
EMPTY = np.uint64(0)


@njit(**KERNEL_OPTIONS)
def _slot_of(key, keys):
    """Return where `key` is in an open-addressing table, or the empty slot where it belongs."""
    mask = np.uint64(keys.shape[0] - 1)
    slot = key & mask
    while keys[slot] != EMPTY and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit(**KERNEL_OPTIONS)
def _longer(key, word_id):
    """Return the key of an n-gram with one more word at its end; that of one word is its id."""
    longer = draw(key, word_id)
    return longer if longer != EMPTY else np.uint64(1)


@njit(**KERNEL_OPTIONS)
def count_ngrams(word_ids, starts, longest, first_text, n_used, keys, counts):
    """Count the n-grams of texts from `first_text` on until the table is half full.

    Parameters
    ----------
    word_ids : int32 (n_tokens,), starts : int64 (n_texts + 1,); -1 is an unknown word
    longest : int; words of the longest n-gram
    n_used : int64; slots in use
    keys : uint64 (power of two,), counts : int64 (the same,); the table

    Returns
    -------
    next_text : int64; the first text that is not counted: all of them are if it is their number
    n_used : int64
    """
    n_slots = keys.shape[0]
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
                slot = _slot_of(key, keys)
                if keys[slot] == EMPTY:
                    keys[slot] = key
                    n_used += 1
                counts[slot] += 1
    return starts.shape[0] - 1, n_used


@njit(**KERNEL_OPTIONS)
def move_counts(keys, counts, new_keys, new_counts):
    """Bring the counts into another, larger table."""
    for old in range(keys.shape[0]):
        if keys[old] != EMPTY:
            slot = _slot_of(keys[old], new_keys)
            new_keys[slot] = keys[old]
            new_counts[slot] = counts[old]


@njit(**KERNEL_OPTIONS)
def fill_slots(ngram_keys, keys, numbers):
    """Enter n-grams (uint64 (n,), no key twice) in a table: `numbers` gets their places in `ngram_keys`."""
    for number in range(ngram_keys.shape[0]):
        slot = _slot_of(ngram_keys[number], keys)
        keys[slot] = ngram_keys[number]
        numbers[slot] = number


@njit(**KERNEL_OPTIONS)
def find_rows(word_ids, starts, longest, keys, numbers, n_words, rows, row_starts):
    """Write the rows of each text: its known words, then its known n-grams, as often as they occur.

    Parameters
    ----------
    word_ids, starts, longest : as for `count_ngrams`
    keys, numbers : filled by `fill_slots`
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
                slot = _slot_of(key, keys)
                if keys[slot] == key:
                    rows[n] = n_words + numbers[slot]
                    n += 1
    row_starts[starts.shape[0] - 1] = n
