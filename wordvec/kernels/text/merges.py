"""Byte-pair encoding of words: the pair of neighbours with the lowest rank is merged, until none has a rank.

Ranks are those of the list of merges. ``pairs`` is a tuple ``(slots_S2, merged_ids)``: a table of `hashing` whose key
is ``left_id << 32 | right_id`` and whose entry is the rank plus 1, and the token that each merge makes, int32.

The pairs of a word wait in a heap, by rank and, of one rank, from left to right. An entry is out of date if a
neighbour has been merged since; it stays in the heap and is skipped. A word of n symbols takes O(n log n) steps.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.hashing import find_slot
from wordvec.kernels.text.tries import NO_NODE, NO_TOKEN, find_node

_NO_RANK = -1
_NONE = -1  # no neighbour
_LOW = np.int64(0xFFFFFFFF)


@njit(**KERNEL_OPTIONS)
def add_pairs(left_ids, right_ids, slots_S2):
    """Add the pair of each merge to a table; of a pair that comes twice, the later rank counts."""
    for rank in range(len(left_ids)):
        key = (np.uint64(left_ids[rank]) << np.uint64(32)) | np.uint64(right_ids[rank])
        slot = find_slot(slots_S2, key)
        slots_S2[slot, 0] = key
        slots_S2[slot, 1] = np.uint64(rank + 1)


@njit(**PART_OPTIONS)
def _queue(slots_S2, symbols, left, right, ranks, heap, size):
    """Note the rank of two neighbours, and add it to the heap, if there is one; return the size of the heap."""
    key = (np.uint64(symbols[left]) << np.uint64(32)) | np.uint64(symbols[right])
    rank = np.int64(slots_S2[find_slot(slots_S2, key), 1]) - 1
    ranks[left] = rank
    if rank == _NO_RANK:
        return size
    entry = (rank << 32) | left
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if heap[above] <= entry:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = entry
    return size + 1


@njit(**PART_OPTIONS)
def _pop(heap, size):
    """Remove the smallest entry, which is on top; return the size of the heap."""
    size -= 1
    entry = heap[size]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= entry:
            break
        heap[place] = heap[below]
        place = below
    heap[place] = entry
    return size


@njit(**KERNEL_OPTIONS)
def _write_symbols(arena, start, stop, by_bytes, alphabet, trie, unknown, symbols):
    """Write the tokens of the characters of a word, or of its bytes; return their number."""
    byte_ids, fallback_ids = alphabet
    unknown_id, fuses = unknown
    n_symbols, after_unknown = 0, False
    pos = start
    while pos < stop:
        width, token = 1, byte_ids[arena[pos]]
        if not by_bytes and arena[pos] >= 0x80:
            width = 2 + (arena[pos] >= 0xE0) + (arena[pos] >= 0xF0)
            node = find_node(trie, arena, pos, pos + width)
            token = trie[1][node] if node != NO_NODE else np.int32(NO_TOKEN)
        is_unknown = token == NO_TOKEN and len(fallback_ids) == 0
        if token != NO_TOKEN:
            symbols[n_symbols] = token
            n_symbols += 1
        elif not is_unknown:
            for k in range(width):
                symbols[n_symbols + k] = fallback_ids[arena[pos + k]]
            n_symbols += width
        elif unknown_id != NO_TOKEN and not (fuses and after_unknown):
            symbols[n_symbols] = unknown_id
            n_symbols += 1
        after_unknown = is_unknown
        pos += width
    return n_symbols


@njit(**KERNEL_OPTIONS)
def _merge_symbols(slots_S2, merged_ids, n_symbols, symbols, heap, links_3L):
    """Merge the symbols of a word; what is left begins at 0 and goes on at ``links_3L[0]``."""
    following, before, ranks = links_3L[0], links_3L[1], links_3L[2]
    size = 0
    for k in range(n_symbols):
        following[k], before[k] = k + 1, k - 1
        if k + 1 < n_symbols:
            size = _queue(slots_S2, symbols, k, k + 1, ranks, heap, size)
    following[n_symbols - 1] = _NONE
    ranks[n_symbols - 1] = _NO_RANK
    while size > 0:
        rank, left = heap[0] >> 32, heap[0] & _LOW
        size = _pop(heap, size)
        # Pairs that make the same token are not distinguished, as in the library `tokenizers`.
        if ranks[left] == _NO_RANK or merged_ids[ranks[left]] != merged_ids[rank]:
            continue
        right = following[left]
        after = following[left] = following[right]
        symbols[left] = merged_ids[rank]
        ranks[right] = ranks[left] = _NO_RANK
        if after != _NONE:
            before[after] = left
            size = _queue(slots_S2, symbols, left, after, ranks, heap, size)
        if before[left] != _NONE:
            size = _queue(slots_S2, symbols, before[left], left, ranks, heap, size)


@njit(**KERNEL_OPTIONS)
def merge_words(arena, starts, takes_whole, by_bytes, alphabet, trie, unknown, pairs, ends, ids):
    """Merge the characters of each word to tokens.

    Sennrich, Haddow and Birch (2016), arXiv:1508.07909, section 3.2.

    Parameters
    ----------
    arena : uint8
    starts : int64 (W + 1,); word w is arena[starts[w] : starts[w + 1] - 1]
    takes_whole : bool; whether a word that is a token itself is not merged
    by_bytes : bool; whether bytes are merged instead of characters
    alphabet : int32 (256,), int32 (256,) or (0,); the token of each character of one byte or of each byte, or NO_TOKEN;
        tokens for the bytes of characters that are no tokens
    trie : slots uint64 (S, 2), ids int32; of all tokens
    unknown : int32, bool; the token of characters that are no tokens, NO_TOKEN to leave them out; whether neighbours
        share it
    pairs : slots uint64 (S, 2), merged ids int32
    ends : int64 (W,); overwritten, tokens of word w end there
    ids : int32, room for a token a byte; overwritten
    """
    longest = 0
    for word in range(len(starts) - 1):
        longest = max(longest, starts[word + 1] - 1 - starts[word])
    symbols, links_3L = np.empty(longest, np.int32), np.empty((3, longest), np.int32)
    heap = np.empty(2 * longest, np.int64)  # a merge removes one pair and adds at most two
    slots_S2, merged_ids = pairs
    n_ids = 0
    for word in range(len(starts) - 1):
        start, stop = starts[word], starts[word + 1] - 1
        if takes_whole:
            node = find_node(trie, arena, start, stop)
            if node != NO_NODE and trie[1][node] != NO_TOKEN:
                ids[n_ids] = trie[1][node]
                n_ids += 1
                ends[word] = n_ids
                continue
        n_symbols = _write_symbols(arena, start, stop, by_bytes, alphabet, trie, unknown, symbols)
        if n_symbols > 0:
            _merge_symbols(slots_S2, merged_ids, n_symbols, symbols, heap, links_3L)
            place = 0
            while place != _NONE:
                ids[n_ids] = symbols[place]
                n_ids += 1
                place = links_3L[0, place]
        ends[word] = n_ids
