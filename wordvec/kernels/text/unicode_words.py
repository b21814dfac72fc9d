"""Words and numbers of any script in UTF-8 bytes, as `tokenizers.split_unicode_words` finds them, numbered.

The kind of a code point c is ``kinds_P256[page_of[c >> 8], c & 255]``, uint8: `LETTER` or `DIGIT` is part of a word,
`MARK` after one too; `JOINER` between two of them, and `POINT` between two digits; `LINE` ends a line, and `OTHER` is
none of these. Pages are made when a text needs them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.text.pieces import code_point
from wordvec.kernels.text.tokenise import BATCH, BATCH_ROOM, most_words, number_batch, shift_of

OTHER, LETTER, DIGIT, MARK, JOINER, POINT, LINE = range(7)


@njit(**PART_OPTIONS)
def _kind_at(text, pos, page_of, kinds_P256):
    """Return the kind of the code point at `pos`, and its bytes; -1 and its page if that is missing."""
    code, width = code_point(text, pos)
    page = page_of[code >> 8]
    if page < 0:
        return np.int64(-1), code >> 8
    return np.int64(kinds_P256[page, code & 255]), np.int64(width)


@njit(**PART_OPTIONS)
def _next_kind(text, pos, stop, page_of, kinds_P256):
    """Return what `_kind_at` does; OTHER at the end of the text."""
    if pos >= stop:
        return np.int64(OTHER), np.int64(0)
    return _kind_at(text, pos, page_of, kinds_P256)


@njit(**KERNEL_OPTIONS)
def find_unicode_words(text, start, stop, page_of, kinds_P256, bounds, ends):
    """Find words in text[start : stop], and ends of lines, until there are BATCH of either.

    Returns
    -------
    pos : int; first byte that was not processed, between two words
    n_words, n_ends : int
    missing : int; the page that is needed at `pos`, -1 for none
    """
    pos = start
    n_words = n_ends = 0
    while pos < stop and n_words < BATCH and n_ends < BATCH:
        kind, width = _kind_at(text, pos, page_of, kinds_P256)
        if kind < 0:
            return pos, n_words, n_ends, width
        if kind != LETTER and kind != DIGIT:
            if kind == LINE:
                ends[n_ends] = n_words
                n_ends += 1
            pos += width
            continue
        end = pos
        while True:
            last = kind
            while kind == LETTER or kind == DIGIT or kind == MARK:
                last = kind
                end += width
                kind, width = _next_kind(text, end, stop, page_of, kinds_P256)
            if kind < 0:
                return pos, n_words, n_ends, width
            if kind != JOINER and (kind != POINT or last != DIGIT):
                break
            is_point = kind == POINT
            after = end + width
            kind, width = _next_kind(text, after, stop, page_of, kinds_P256)
            if kind < 0:
                return pos, n_words, n_ends, width
            if kind != DIGIT and (is_point or kind != LETTER):
                break
            end = after
        bounds[2 * n_words] = pos
        bounds[2 * n_words + 1] = end
        n_words += 1
        pos = end
    return pos, n_words, n_ends, np.int64(-1)


@njit(**KERNEL_OPTIONS)
def encode_unicode_words(
    text,
    start,
    stop,
    page_of,
    kinds_P256,
    bounds,
    ends,
    keys_N3,
    arena,
    word_starts,
    slots_S4,
    n_words,
    items,
    n_items,
):
    """Find the words of text[start : stop], look them up, add new ones to the table, and count.

    Parameters
    ----------
    text : uint8; valid UTF-8
    page_of : int32 (0x1100,); page of each 256 code points, -1 for one that is not made yet
    kinds_P256 : uint8 (P, 256)
    others : as for `tokenise.encode_text`

    Returns
    -------
    pos, n_words, n_items : int; as there
    missing : int; the page that is needed at `pos`, -1 for none
    """
    shift = shift_of(slots_S4)
    pos, missing = start, np.int64(-1)
    while pos < stop and missing < 0 and n_words + BATCH_ROOM <= most_words(len(slots_S4)):
        pos, n_found, n_ends, missing = find_unicode_words(text, pos, stop, page_of, kinds_P256, bounds, ends)
        _, n_words, n_items = number_batch(
            text, bounds, 0, n_found, ends, 0, n_ends,
            keys_N3, arena, word_starts, slots_S4, shift, n_words, items, n_items,
        )  # fmt: skip
    return pos, n_words, n_items, missing
