"""Tokenisation of UTF-8 bytes: text is split at white space, words are numbered in order of first occurrence.

The table of words, ``slots_S2``, is one of `hashing`, at most half full:

- column 0, the key: the bytes of a word of up to 8 bytes, packed; a hash of a longer one
- column 1, the entry: (id + 1) * 2, plus 1 if the word is longer than 8 bytes

A short word is its own key, so nine look-ups in ten compare two integers and never touch the bytes: 15 % less
time than a hash and a comparison byte by byte. The text holds no NUL byte (the caller sees to it), so packed
words of different lengths differ. Splitting and numbering are two kernels, about equally long, so that two
threads can share the work and the ids are the same as with one.

The bytes of the words stand one after the other in ``arena``, each followed by a space: word ``w`` is
``arena[word_starts[w] : word_starts[w + 1] - 1]``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.hashing import find_slot, fold, next_slot

LINE_END = -1  # stands in the stream of ids where a line of the text ended

_WORD, _SPACE, _NEWLINE, _MAYBE_SPACE = 0, 1, 2, 3
_SPACE_BYTE = 32


def _byte_kinds() -> np.ndarray:
    """Return what a byte can be, uint8 (256,); `_MAYBE_SPACE` may start a white-space character."""
    kinds = np.full(256, _WORD, np.uint8)
    kinds[[9, 11, 12, 13, 28, 29, 30, 31, 32]] = _SPACE
    kinds[10] = _NEWLINE
    kinds[[0xC2, 0xE1, 0xE2, 0xE3]] = _MAYBE_SPACE
    return kinds


_KINDS = _byte_kinds()
_KEY_BYTES = 8


@njit(**KERNEL_OPTIONS)
def _space_length(text, pos, stop):
    """Return the length of the white-space character outside ASCII at `pos`: 0 for none, -1 if cut by `stop`.

    U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000: those of `str.split`.
    """
    if pos + 1 >= stop:
        return -1
    first, second = text[pos], text[pos + 1]
    if first == 0xC2:
        return 2 if second == 0x85 or second == 0xA0 else 0
    if not (
        (first == 0xE1 and second == 0x9A)
        or (first == 0xE2 and (second == 0x80 or second == 0x81))
        or (first == 0xE3 and second == 0x80)
    ):
        return 0
    if pos + 2 >= stop:
        return -1
    third = text[pos + 2]
    if first == 0xE2 and second == 0x80:
        return 3 if 0x80 <= third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF else 0
    if first == 0xE2:
        return 3 if third == 0x9F else 0
    return 3 if third == 0x80 else 0


@njit(**KERNEL_OPTIONS)
def _same_bytes(text, pos, arena, start, length):
    for k in range(length):
        if text[pos + k] != arena[start + k]:
            return False
    return True


@njit(**KERNEL_OPTIONS)
def split_words(text, start, found_N3):
    """Find the words and line ends of `text` from `start` on.

    Stops before a word that may go on after the end of `text` (the caller brings it back with what follows),
    and when `found_N3` is full.

    Parameters
    ----------
    text : uint8 (n,); UTF-8 without NUL; need not be valid
    start : int; where to begin, between two words
    found_N3 : uint64 (N, 3); overwritten with the key, the place and the length of each word; length 0 for
        a line end

    Returns
    -------
    pos : int; first byte that was not dealt with
    n_found : int; rows written
    """
    stop = len(text)
    n_found = 0
    pos = start
    while pos < stop and n_found < len(found_N3):
        kind = _KINDS[text[pos]]
        if kind == _MAYBE_SPACE:
            width = _space_length(text, pos, stop)
            if width < 0:
                break
            if width > 0:
                pos += width
                continue
        elif kind != _WORD:
            if kind == _NEWLINE:
                found_N3[n_found, 2] = 0
                n_found += 1
            pos += 1
            continue

        # The first bytes of the word are packed into the key, the others are hashed into it.
        end = pos
        key = np.uint64(0)
        width = 0
        while end < stop:
            byte = text[end]
            kind = _KINDS[byte]
            if kind != _WORD:
                width = _space_length(text, end, stop) if kind == _MAYBE_SPACE else 1
                if width != 0:
                    break
            if end - pos < _KEY_BYTES:
                key |= np.uint64(byte) << np.uint64(8 * (end - pos))
            else:
                key = fold(key, np.uint64(byte))
            end += 1
        if end == stop or width < 0:
            break
        found_N3[n_found, 0] = key
        found_N3[n_found, 1] = pos
        found_N3[n_found, 2] = end - pos
        n_found += 1
        pos = end
    return pos, n_found


@njit(**KERNEL_OPTIONS)
def number_words(text, found_N3, first, arena, word_starts, counts, slots_S2, n_words, items):
    """Look up what `split_words` found, from row `first` on, add new words to the table, and count.

    Stops before a new word when the table is half full; the caller makes it grow.

    Parameters
    ----------
    text : uint8 (n,)
    found_N3 : uint64 (N, 3); from `split_words` on the same text
    first : int; row to begin with
    arena : uint8; room for n + 1 bytes after the last word
    word_starts : int64 (S / 2 + 1,); [0] is 0
    counts : int64 (S / 2,); how often each word was seen
    slots_S2 : uint64 (S, 2)
    n_words : int; words in the table
    items : int32 (N,); ids and LINE_END are written from `first` on

    Returns
    -------
    n_done : int; first row that was not dealt with
    n_words : int; words in the table now
    """
    max_words = len(slots_S2) // 2
    for row in range(first, len(found_N3)):
        length = np.int64(found_N3[row, 2])
        if length == 0:
            items[row] = LINE_END
            continue
        key = found_N3[row, 0]
        pos = np.int64(found_N3[row, 1])
        is_long = np.uint64(length > _KEY_BYTES)
        slot = find_slot(slots_S2, key)
        while True:
            entry = slots_S2[slot, 1]
            if entry == np.uint64(0):
                if n_words == max_words:
                    return row, n_words
                word_id = n_words
                n_words += 1
                begin = word_starts[word_id]
                for k in range(length):
                    arena[begin + k] = text[pos + k]
                arena[begin + length] = _SPACE_BYTE
                word_starts[n_words] = begin + length + 1
                counts[word_id] = 0
                slots_S2[slot, 0] = key
                slots_S2[slot, 1] = (np.uint64(n_words) << np.uint64(1)) | is_long
                break
            if (entry & np.uint64(1)) == is_long:
                word_id = np.int64(entry >> np.uint64(1)) - 1
                if is_long == np.uint64(0):
                    break
                begin = word_starts[word_id]
                if word_starts[word_id + 1] - begin == length + 1 and _same_bytes(
                    text, pos, arena, begin, length
                ):
                    break
            slot = next_slot(slots_S2, slot, key)
        counts[word_id] += 1
        items[row] = word_id
    return len(found_N3), n_words


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
        elif final_ids[item] >= 0:
            tokens[n_tokens] = final_ids[item]
            n_tokens += 1
    return n_tokens, n_ends, last_end
