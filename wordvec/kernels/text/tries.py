"""Byte tries of vocabularies, and the cutting of words into their longest tokens, as WordPiece does it.

A trie is a tuple ``(slots_S2, token_ids)``:

- ``slots_S2`` is a table of `hashing`: the key is ``node << 8 | byte``, the entry the node that follows
- ``token_ids``, int32, has the id of the token that ends at each node, or -1; the root is node 0

Words are stored as by `tokenise.number_words`: word ``w`` is ``arena[starts[w] : starts[w + 1] - 1]``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.hashing import find_slot

NO_NODE = NO_TOKEN = -1


@njit(**PART_OPTIONS)
def follow(slots_S2, node, byte):
    """Return the node (int64) after `node` for a byte, or NO_NODE."""
    key = (np.uint64(node) << np.uint64(8)) | np.uint64(byte)
    following = slots_S2[find_slot(slots_S2, key), 1]
    return np.int64(following) if following != np.uint64(0) else np.int64(NO_NODE)


@njit(**KERNEL_OPTIONS)
def find_node(trie, data, start, stop):
    """Return the node (int64) of the bytes ``data[start:stop]``, or NO_NODE."""
    node = np.int64(0)
    for pos in range(start, stop):
        node = follow(trie[0], node, data[pos])
        if node == NO_NODE:
            break
    return node


@njit(**KERNEL_OPTIONS)
def grow_trie(data, starts, ids, trie):
    """Add tokens to an empty trie.

    Parameters
    ----------
    data : uint8; the bytes of the tokens, one after the other
    starts : int64 (V + 1,)
    ids : int32 (V,)
    trie : slots uint64 (S, 2), zeros, S above the number of bytes; ids int32, NO_TOKEN, room for a node a byte and one

    Returns
    -------
    n_nodes : int
    """
    slots_S2, token_ids = trie
    n_nodes = 1
    for token in range(len(ids)):
        node = np.int64(0)
        for pos in range(starts[token], starts[token + 1]):
            key = (np.uint64(node) << np.uint64(8)) | np.uint64(data[pos])
            slot = find_slot(slots_S2, key)
            if slots_S2[slot, 1] == np.uint64(0):
                slots_S2[slot, 0] = key
                slots_S2[slot, 1] = np.uint64(n_nodes)
                n_nodes += 1
            node = np.int64(slots_S2[slot, 1])
        token_ids[node] = ids[token]
    return n_nodes


@njit(**KERNEL_OPTIONS)
def cut_longest(arena, starts, trie, inner_root, most_chars, unknown_id, ends, ids):
    """Cut each word into the longest tokens from left to right, or into the unknown token if a part of it remains.

    Wu et al. (2016), arXiv:1609.08144, section 4.1.

    Parameters
    ----------
    arena : uint8
    starts : int64 (W + 1,)
    trie : slots uint64 (S, 2), ids int32
    inner_root : int; node where tokens within a word begin, NO_NODE if words are not cut
    most_chars : int; a longer word becomes the unknown token
    unknown_id : int
    ends : int64 (W,); overwritten, tokens of word w end there
    ids : int32, room for a token a byte; overwritten
    """
    slots_S2, token_ids = trie
    n_ids = 0
    for word in range(len(starts) - 1):
        pos, stop, first = starts[word], starts[word + 1] - 1, n_ids
        n_chars = 0
        for k in range(pos, stop):
            n_chars += (arena[k] & 0xC0) != 0x80
        node = np.int64(0)
        while pos < stop and n_chars <= most_chars:
            token, end = np.int32(NO_TOKEN), pos
            for k in range(pos, stop):
                if node == NO_NODE:
                    break
                node = follow(slots_S2, node, arena[k])
                if node != NO_NODE and token_ids[node] != NO_TOKEN:
                    token, end = token_ids[node], k + 1
            if token == NO_TOKEN:
                break
            ids[n_ids] = token
            n_ids += 1
            pos = end
            node = np.int64(inner_root)
        if pos < stop:
            ids[first] = unknown_id
            n_ids = first + 1
        ends[word] = n_ids
