"""Tokenisation of UTF-8 bytes: text is split at white space, words are numbered in order of first occurrence.

The table of words, ``slots_S4``, uint64 (S, 4), S a power of two, has open addressing and linear probing as those of
`hashing`, and is at most three quarters full:

- columns 0 and 1, the key: the bytes of a word of up to 15 bytes and its length; of a longer one a hash, whose first
  byte is 0
- column 2, the entry: id + 1, 0 in an empty slot
- column 3, the count: how often the word was seen

A short word is its own key, so that nearly all look-ups compare two integers in one cache line and touch neither the
bytes of known words nor another table; where the first byte is 0, words are compared byte by byte. Words come in
batches: all are found, then all are packed while their slots are prefetched, then all are looked up; none of the three
loops has a branch that is often mispredicted.

The bytes of the words stand one after the other in ``arena``, each followed by a space: word ``w`` is
``arena[word_starts[w] : word_starts[w + 1] - 1]``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.bits import STEP, eight_at
from wordvec.kernels.hashing import GOLDEN, fold
from wordvec.kernels.text.scanning import AT_ONCE, find_words
from wordvec.kernels.tiles import prefetch, row_address

LINE_END = -1  # marks the end of a line in the stream of ids

BATCH = 256  # words that are looked up together: their slots fill half of a first-level cache
BATCH_ROOM = BATCH + STEP  # more words than a batch can have
BOUNDS_ROOM = 2 * BATCH + STEP + AT_ONCE

_SPACE_BYTE = 32
_KEY_BYTES = 15
_ZERO, _ONE, _BYTE, _FIRST_BYTE, _LENGTH_SHIFT = map(np.uint64, (0, 1, 8, 255, 56))
_MULTIPLIER = np.uint64(0xC2B2AE3D27D4EB4F)  # of XXH64; odd, and unlike GOLDEN
# By the length of a word: masks of what belongs to it in its first and in its second 8 bytes.
_FIRST_BITS = np.array([(1 << 8 * min(n, 8)) - 1 for n in range(_KEY_BYTES + 1)], np.uint64)
_SECOND_BITS = np.array([(1 << 8 * max(n - 8, 0)) - 1 for n in range(_KEY_BYTES + 1)], np.uint64)


@njit(**KERNEL_OPTIONS)
def most_words(n_slots):
    """Return how many words a table of `n_slots` holds before it grows."""
    # Frequent words come first and get their home slots: only one token in fifty is found in another one.
    return n_slots // 4 * 3


@njit(**PART_OPTIONS)
def shift_of(slots_S4):
    """Return by how many bits a hash is shifted right to give a slot."""
    shift = np.uint64(64)
    size = len(slots_S4)
    while size > 1:
        size >>= 1
        shift -= _ONE
    return shift


@njit(**PART_OPTIONS)
def _home_slot(first, second, shift):
    # The highest bits of a product depend on all bits of its factors.
    return ((first ^ (second * _MULTIPLIER)) * GOLDEN) >> shift


@njit(**KERNEL_OPTIONS)
def _long_key(address, length):
    """Return the two halves of the key of a word of more than 15 bytes."""
    first = np.uint64(length)
    second = _ZERO
    for k in range(0, length - 7, 8):
        first = fold(first, eight_at(address + k))
        second = fold(second, first)
    # The last 8 bytes, some of them once more.
    first = fold(first, eight_at(address + length - 8))
    return first << _BYTE, fold(second, first)


@njit(**PART_OPTIONS)
def _pack_words(text, bounds, first, last, slots_S4, shift, keys_N3):
    """Write the key and the home slot of words, uint64 (N, 3), and prefetch the slots."""
    base, table = row_address(text, 0), row_address(slots_S4, 0)
    for word in range(first, last):
        begin = bounds[2 * word]
        length = bounds[2 * word + 1] - begin
        if length <= _KEY_BYTES:
            one = eight_at(base + begin) & _FIRST_BITS[length]
            two = (eight_at(base + begin + 8) & _SECOND_BITS[length]) | (np.uint64(length) << _LENGTH_SHIFT)
        else:
            one, two = _long_key(base + begin, length)
        slot = _home_slot(one, two, shift)
        prefetch(table + 32 * np.int64(slot), 1)
        keys_N3[word - first, 0] = one
        keys_N3[word - first, 1] = two
        keys_N3[word - first, 2] = slot


@njit(**PART_OPTIONS)
def _same_bytes(text, pos, arena, start, length):
    for k in range(length):
        if text[pos + k] != arena[start + k]:
            return False
    return True


@njit(**KERNEL_OPTIONS)
def _find_or_add(text, begin, end, one, two, slot, arena, word_starts, slots_S4, n_words):
    """Return the slot of a word, which is added if it is new, and the number of words then."""
    last = np.uint64(len(slots_S4) - 1)
    length = end - begin
    while slots_S4[slot, 2] != _ZERO:
        if slots_S4[slot, 0] == one and slots_S4[slot, 1] == two:
            if (one & _FIRST_BYTE) != _ZERO:
                return slot, n_words
            known = np.int64(slots_S4[slot, 2]) - 1
            start = word_starts[known]
            if word_starts[known + 1] - start == length + 1 and _same_bytes(
                text, begin, arena, start, length
            ):
                return slot, n_words
        slot = (slot + _ONE) & last
    start = word_starts[n_words]
    for k in range(length):
        arena[start + k] = text[begin + k]
    arena[start + length] = _SPACE_BYTE
    n_words += 1
    word_starts[n_words] = start + length + 1
    slots_S4[slot, 0] = one
    slots_S4[slot, 1] = two
    slots_S4[slot, 2] = np.uint64(n_words)
    slots_S4[slot, 3] = _ZERO
    return slot, n_words


@njit(**PART_OPTIONS)
def number_batch(
    text,
    bounds,
    first,
    last,
    ends,
    end,
    n_ends,
    keys_N3,
    arena,
    word_starts,
    slots_S4,
    shift,
    n_words,
    items,
    n_items,
):
    """Write the ids of words `first` to `last`, at most BATCH_ROOM, and LINE_END for the ends of lines up to there.

    Parameters and what is returned are those of `number_words`.
    """
    _pack_words(text, bounds, first, last, slots_S4, shift, keys_N3)
    word = first
    while True:
        line_end = ends[end] if end < n_ends else last + 1
        stop = min(line_end, last)
        for word in range(word, stop):  # noqa: B020 - goes on where the last line has ended
            one, two, slot = keys_N3[word - first, 0], keys_N3[word - first, 1], keys_N3[word - first, 2]
            if slots_S4[slot, 0] != one or slots_S4[slot, 1] != two or (one & _FIRST_BYTE) == _ZERO:
                slot, n_words = _find_or_add(
                    text, bounds[2 * word], bounds[2 * word + 1], one, two, slot,
                    arena, word_starts, slots_S4, n_words,
                )  # fmt: skip
            slots_S4[slot, 3] += _ONE
            items[n_items] = np.int64(slots_S4[slot, 2]) - 1
            n_items += 1
        if line_end > last:
            break
        word = stop
        items[n_items] = LINE_END
        n_items += 1
        end += 1
    return end, n_words, n_items


@njit(**KERNEL_OPTIONS)
def encode_text(
    text, start, stop, bounds, ends, keys_N3, arena, word_starts, slots_S4, n_words, items, n_items
):
    """Split text[start : stop] at white space, look the words up, add new ones to the table, and count.

    Stops before words for which the table might have no room; the caller enlarges it and calls again.

    Parameters
    ----------
    text : uint8; need not be valid UTF-8; PADDING zeros follow `stop`
    start, stop : int; between two words; white space precedes `stop`
    bounds : int64 (BOUNDS_ROOM,); ends : int64 (BATCH_ROOM,); keys_N3 : uint64 (BATCH_ROOM, 3)
        Overwritten.
    arena : uint8; room for n + 1 bytes after the last word
    word_starts : int64 (most_words(S) + 1,); [0] is 0
    slots_S4 : uint64 (S, 4)
    n_words : int; words in the table
    items : int32; ids and LINE_END are written from `n_items` on, one for each byte of text or less

    Returns
    -------
    pos : int; first byte that was not processed
    n_words : int; words in the table now
    n_items : int
    """
    shift = shift_of(slots_S4)
    pos = start
    while pos < stop and n_words + BATCH_ROOM <= most_words(len(slots_S4)):
        pos, n_found, n_ends = find_words(text, pos, stop, bounds, ends)
        _, n_words, n_items = number_batch(
            text, bounds, 0, n_found, ends, 0, n_ends,
            keys_N3, arena, word_starts, slots_S4, shift, n_words, items, n_items,
        )  # fmt: skip
    return pos, n_words, n_items


@njit(**KERNEL_OPTIONS)
def number_words(
    text, bounds, first, ends, first_end, keys_N3, arena, word_starts, slots_S4, n_words, items, n_items
):
    """Look up words that have already been found, add new ones to the table, and count.

    Parameters
    ----------
    text : uint8; 16 bytes or more follow the last word
    bounds : int64 (2 N,); where words begin and end, in turn; no word is empty
    first : int; word to begin with
    ends : int64; the number of words before each line end
    first_end : int; line end to begin with
    others : as for `encode_text`

    Returns
    -------
    n_done : int; first word that was not processed
    n_ends : int; first line end that was not processed
    n_words, n_items : int
    """
    shift = shift_of(slots_S4)
    n_found, n_ends = len(bounds) // 2, len(ends)
    word, end = first, first_end
    while (word < n_found or end < n_ends) and n_words + BATCH_ROOM <= most_words(len(slots_S4)):
        last = min(word + BATCH, n_found)
        end, n_words, n_items = number_batch(
            text, bounds, word, last, ends, end, n_ends,
            keys_N3, arena, word_starts, slots_S4, shift, n_words, items, n_items,
        )  # fmt: skip
        word = last
    return word, end, n_words, n_items


@njit(**KERNEL_OPTIONS)
def move_words(old_S4, new_S4):
    """Copy the words of a table to an empty, larger one."""
    shift = shift_of(new_S4)
    last = np.uint64(len(new_S4) - 1)
    for k in range(len(old_S4)):
        if old_S4[k, 2] != _ZERO:
            slot = _home_slot(old_S4[k, 0], old_S4[k, 1], shift)
            while new_S4[slot, 2] != _ZERO:
                slot = (slot + _ONE) & last
            for column in range(4):
                new_S4[slot, column] = old_S4[k, column]


@njit(**KERNEL_OPTIONS)
def counts_of(slots_S4, counts):
    """Add how often each word was seen to `counts`, int64 (n_words,)."""
    for k in range(len(slots_S4)):
        if slots_S4[k, 2] != _ZERO:
            counts[np.int64(slots_S4[k, 2]) - 1] += np.int64(slots_S4[k, 3])


@njit(**KERNEL_OPTIONS)
def copy_words(arena, word_starts, word_ids, out):
    """Copy words, each with the space after it, to `out`, one after the other."""
    n = 0
    for word in word_ids:
        for k in range(word_starts[word], word_starts[word + 1]):
            out[n] = arena[k]
            n += 1


@njit(**KERNEL_OPTIONS)
def renumber(items, numbers):
    """Replace ids, not LINE_END, by their numbers, int32."""
    for k in range(len(items)):
        item = items[k]
        items[k] = item if item == LINE_END else numbers[item]


@njit(**KERNEL_OPTIONS)
def finish_items(items, final_ids, n_before, last_end, tokens, ends):
    """Turn provisional ids and line ends into final ids and the ends of sentences.

    Parameters
    ----------
    items : int32 (n,); provisional ids and LINE_END
    final_ids : int32; final id of each provisional one, -1 for a word to drop
    n_before : int; tokens that earlier calls wrote
    last_end : int; end of the last sentence so far; a line without tokens gives no sentence
    tokens : int32, room for n; overwritten. May be `items` itself: writing never overtakes reading
    ends : int64, room for the LINE_END in `items`; overwritten

    Returns
    -------
    n_tokens : int; written to `tokens`
    n_ends : int; written to `ends`
    last_end : int
    """
    n_tokens = 0
    n_ends = 0
    for k in range(len(items)):
        item = items[k]
        if item == LINE_END:
            if n_before + n_tokens > last_end:
                last_end = n_before + n_tokens
                ends[n_ends] = last_end
                n_ends += 1
        else:
            # Dropped words cannot be predicted, so that a branch would cost more than a needless store.
            token = final_ids[item]
            tokens[n_tokens] = token
            n_tokens += token >= 0
    return n_tokens, n_ends, last_end
