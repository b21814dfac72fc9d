"""Numba kernels of `string_table`: strings to numbers, by a hash table over their UTF-8 bytes.

``slots_S2`` is a table of `wordvec.kernels.hashing`, at most half full: column 0 is the hash of a string, column 1
its number + 1. A look-up waits for memory about once; a dict waits for its index, its entry, the key and the string
that is looked up. The bytes of string k are ``arena[begins[k]:begins[k + 1]]``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.hashing import GOLDEN, find_slot, fold, home_slot, next_slot

# Between two strings of a text; where strings contain it themselves, their ends are passed.
SEPARATOR = "\0"
# Bytes after texts and arenas, so that every byte begins a word of 8 bytes.
PADDING = 8
# Strings that are hashed before the first of them is looked up: then look-ups wait for memory in parallel.
_TILE = 32
_ONES, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_ONE = np.uint64(1)


@njit(**KERNEL_OPTIONS)
def _next_separator(words, begin):
    """Return the place of the first zero byte from `begin` on."""
    zeros = np.uint64(0)
    while True:
        # The lowest bit that is left belongs to the first zero byte (Warren, Hacker's Delight, section 6-1).
        zeros = (words[begin] - _ONES) & ~words[begin] & _HIGH_BITS
        if zeros:
            break
        begin += 8
    below = (zeros & (~zeros + _ONE)) - _ONE
    return begin + np.int64(((below & _ONES) * _ONES) >> np.uint64(56)) - 1


@njit(**KERNEL_OPTIONS)
def _first_bytes(word, n):
    """Return a word with all but its first `n` bytes, fewer than 8, set to 0."""
    return word & ((_ONE << np.uint64(8 * n)) - _ONE)


@njit(**KERNEL_OPTIONS)
def _hash_string(words, begin, end):
    key = GOLDEN ^ np.uint64(end - begin)
    while end - begin >= 8:
        key = fold(key, words[begin])
        begin += 8
    key = fold(key, _first_bytes(words[begin], end - begin))
    return fold(key, GOLDEN)


@njit(**KERNEL_OPTIONS)
def _is_same(words, begin, end, other_words, other):
    while end - begin >= 8:
        if words[begin] != other_words[other]:
            return False
        begin += 8
        other += 8
    return _first_bytes(words[begin] ^ other_words[other], end - begin) == np.uint64(0)


@njit(**KERNEL_OPTIONS)
def _find(words, begin, end, key, arena_words, begins, slots_S2):
    """Return the slot of a string, or the empty one where it belongs."""
    slot = find_slot(slots_S2, key)
    while slots_S2[slot, 1] != np.uint64(0):
        place = np.int64(slots_S2[slot, 1]) - 1
        if begins[place + 1] - begins[place] == end - begin and _is_same(
            words, begin, end, arena_words, begins[place]
        ):
            break
        slot = next_slot(slots_S2, slot, key)
    return slot


@njit(**KERNEL_OPTIONS)
def number_strings(words, ends, arena, arena_words, begins, slots_S2, n_known, grow, ids):
    """Look up strings, and add those that are new if the table is to grow.

    Parameters
    ----------
    words : uint64 (n,); the 8 bytes from each byte of the text on: the strings, a separator after each
    ends : int64 (n_strings,), or empty if no string holds a separator
    arena : uint8; room for the text after the known strings, if the table is to grow
    arena_words : uint64; the 8 bytes from each byte of the arena on
    begins : int64; [0] is 0; room for n_strings more
    slots_S2 : uint64 (S, 2); at most half full, with n_strings more if the table is to grow
    n_known : int; strings in the table
    grow : bool
    ids : int32 (n_strings,); overwritten; -1 for strings that are not known and not added

    Returns
    -------
    n_known : int; strings in the table now
    """
    tile_begins, tile_ends = np.empty(_TILE, np.int64), np.empty(_TILE, np.int64)
    keys, touched = np.empty(_TILE, np.uint64), np.empty(_TILE, np.uint64)
    begin = 0
    for first in range(0, len(ids), _TILE):
        size = min(_TILE, len(ids) - first)
        for k in range(size):
            tile_begins[k] = begin
            end = ends[first + k] if len(ends) else _next_separator(words, begin)
            tile_ends[k], keys[k] = end, _hash_string(words, begin, end)
            begin = end + 1
        # Loads that no branch waits for, so that the memory of all look-ups is fetched at once.
        for k in range(size):
            touched[k] = slots_S2[home_slot(slots_S2, keys[k]), 1]
        for k in range(size):
            touched[k] = arena_words[begins[max(np.int64(touched[k]) - 1, 0)]]
        for k in range(size):
            slot = _find(words, tile_begins[k], tile_ends[k], keys[k], arena_words, begins, slots_S2)
            if grow and slots_S2[slot, 1] == np.uint64(0):
                place = begins[n_known]
                for i in range(tile_begins[k], tile_ends[k]):
                    arena[place] = words[i] & np.uint64(255)
                    place += 1
                n_known += 1
                begins[n_known] = place
                slots_S2[slot, 0] = keys[k]
                slots_S2[slot, 1] = np.uint64(n_known)
            ids[first + k] = np.int64(slots_S2[slot, 1]) - 1
    return n_known
