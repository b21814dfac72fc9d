"""Splitting of UTF-8 texts into the words that a subword tokenizer processes one by one, and means of their vectors.

What a code point c becomes, and how it cuts, is its *unit*, ``pages_P256[page_of[c >> 8], c & 255]``, uint64:

- bits 0 to 2: its kind
- bits 3 to 10: how many bytes it becomes
- from bit 11: where these bytes begin in ``bytes_B``

Kinds of words, as of BERT, WordLevel and Unigram: `DROPPED` leaves no trace, `SPACE` ends a word, `LETTER` is part of
one, `SINGLE` is a word by itself, `MARK` is one with the marks beside it, `START` begins a word and is its first
letter. Kinds of GPT-2's pattern: `SPACE`, `LETTER`, `NUMBER` and `MARK`. `OTHER` is what the tables do not cover: a
text that contains it is left to the library.

Words are returned as `tokenise.number_words` takes them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.text.tokenise import LINE_END

DROPPED, SPACE, LETTER, SINGLE, MARK, START, NUMBER, OTHER = range(8)

_KIND_BITS, _LENGTH_BITS = np.uint64(3), np.uint64(8)
_KIND_MASK, _LENGTH_MASK = np.uint64(7), np.uint64(255)
_BLANK, _APOSTROPHE = 32, 39


@njit(**KERNEL_OPTIONS)
def code_point(text, pos):
    """Return the code point at `pos` of valid UTF-8, and the number of its bytes."""
    lead = np.int64(text[pos])
    if lead < 0x80:
        return lead, 1
    second = np.int64(text[pos + 1]) & 0x3F
    if lead < 0xE0:
        return ((lead & 0x1F) << 6) | second, 2
    third = np.int64(text[pos + 2]) & 0x3F
    if lead < 0xF0:
        return ((lead & 0x0F) << 12) | (second << 6) | third, 3
    return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (np.int64(text[pos + 3]) & 0x3F), 4


@njit(**KERNEL_OPTIONS)
def _add_word(begin, end, bounds_M2, n_found):
    """Write where a word begins and ends; return the number of words."""
    if begin == end:
        return n_found
    bounds_M2[n_found, 0] = begin
    bounds_M2[n_found, 1] = end
    return n_found + 1


@njit(**KERNEL_OPTIONS)
def cut_words(text, starts, first, page_of, pages_P256, bytes_B, prefix, out, bounds_M2, ends, is_other):
    """Cut texts into words of normalised text.

    Parameters
    ----------
    text : uint8; valid UTF-8
    starts : int64 (N + 1,); text n is text[starts[n] : starts[n + 1]]
    first : int; text to begin with
    page_of : int32 (0x1100,); page of each 256 code points, -1 for one that is not made yet
    pages_P256 : uint64 (P, 256); units
    bytes_B : uint8
    prefix : uint8; what is put before a text that does not begin with START
    out : uint8; overwritten with the words
    bounds_M2 : int64 (M, 2); overwritten: where each word begins and ends
    ends : int64 (N,); overwritten with the number of words up to the end of each text, from the first one on
    is_other : bool (N,); set where a text holds OTHER, and no words of it are given

    Returns
    -------
    n_done : int; texts that are done
    n_found : int; words
    missing : int; the page that the next text needs; -1 if there was no more room, or nothing is missing
    """
    n_found, used = 0, np.int64(0)
    for n in range(first, len(starts) - 1):
        pos, stop = starts[n], starts[n + 1]
        n_before = n_found
        if n_found + stop - pos + 2 > len(bounds_M2):
            return n, n_before, -1
        begin, is_marks, is_first = used, False, True
        while pos < stop:
            code, width = code_point(text, pos)
            page = page_of[code >> 8]
            if page < 0:
                return n, n_before, code >> 8
            unit = pages_P256[page, code & 255]
            kind = np.int64(unit & _KIND_MASK)
            length = np.int64((unit >> _KIND_BITS) & _LENGTH_MASK)
            if used + length + len(prefix) > len(out):
                return n, n_before, -1
            pos += width
            if kind == DROPPED:
                continue
            if kind == OTHER:
                is_other[n] = True
                n_found = n_before
                begin = used
                break
            if is_first:
                is_first = False
                if kind != START:
                    for k in range(len(prefix)):
                        out[used] = prefix[k]
                        used += 1
            goes_on = not is_marks if kind == LETTER else kind == MARK and is_marks
            if not goes_on:
                n_found = _add_word(begin, used, bounds_M2, n_found)
                begin = used
            is_marks = kind == MARK
            if kind != SPACE:
                place = np.int64(unit >> (_KIND_BITS + _LENGTH_BITS))
                for k in range(length):
                    out[used + k] = bytes_B[place + k]
                used += length
                if kind == SINGLE:
                    n_found = _add_word(begin, used, bounds_M2, n_found)
                    begin = used
        n_found = _add_word(begin, used, bounds_M2, n_found)
        ends[n - first] = n_found
    return len(starts) - 1, n_found, -1


@njit(**KERNEL_OPTIONS)
def _kind_at(text, pos, page_of, pages_P256):
    """Return the kind of the code point at `pos`, and the number of its bytes; -1 and the page if that is missing."""
    code, width = code_point(text, pos)
    page = page_of[code >> 8]
    if page < 0:
        return -1, code >> 8
    return np.int64(pages_P256[page, code & 255] & _KIND_MASK), width


@njit(**KERNEL_OPTIONS)
def _contraction(text, pos, stop):
    """Return the length of 's, 't, 're, 've, 'm, 'll or 'd at `pos`, or 0."""
    if pos + 1 >= stop or text[pos] != _APOSTROPHE:
        return 0
    one = text[pos + 1]
    if one == 115 or one == 116 or one == 109 or one == 100:  # s t m d
        return 2
    if pos + 2 < stop:
        two = text[pos + 2]
        if ((one == 114 or one == 118) and two == 101) or (one == 108 and two == 108):  # re ve ll
            return 3
    return 0


@njit(**KERNEL_OPTIONS)
def cut_by_gpt2(text, starts, first, page_of, pages_P256, with_blank, out, bounds_M2, ends, is_other):
    r"""Cut texts by GPT-2's pattern: contractions, and runs of letters, of numbers and of others, a blank before them.

    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+

    Parameters
    ----------
    with_blank : bool; whether a space is put before a text that does not begin with one
    others : as for `cut_words`

    Returns
    -------
    As `cut_words`.
    """
    n_found = used = 0
    for n in range(first, len(starts) - 1):
        n_before = n_found
        size = starts[n + 1] - starts[n]
        if n_found + size + 3 > len(bounds_M2) or used + size + 1 > len(out):
            return n, n_before, -1
        # The text with its blank, as one piece of `out`.
        pos = used
        if with_blank and size > 0 and text[starts[n]] != _BLANK:
            out[used] = _BLANK
            used += 1
        for k in range(starts[n], starts[n + 1]):
            out[used] = text[k]
            used += 1
        stop = used
        while pos < stop:
            end = pos + _contraction(out, pos, stop)
            if end == pos:
                kind, width = _kind_at(out, pos, page_of, pages_P256)
                if kind < 0:
                    return n, n_before, width
                start = pos
                if out[pos] == _BLANK and pos + 1 < stop:
                    kind, width = _kind_at(out, pos + 1, page_of, pages_P256)
                    if kind < 0:
                        return n, n_before, width
                    if kind != SPACE:
                        start = pos + 1
                    else:
                        kind, width = SPACE, 1
                # A run of the kind; `last` is where its last code point begins.
                end, last, run = start, start, kind
                while end < stop:
                    kind, width = _kind_at(out, end, page_of, pages_P256)
                    if kind < 0:
                        return n, n_before, width
                    if kind == OTHER:
                        is_other[n] = True
                    if kind != run:
                        break
                    last = end
                    end += width
                if run == SPACE and end < stop and last > start:
                    end = last  # the last one belongs to what follows, or stands alone
            n_found = _add_word(pos, end, bounds_M2, n_found)
            pos = end
        if is_other[n]:
            n_found = n_before
        ends[n - first] = n_found
    return len(starts) - 1, n_found, -1


@njit(**KERNEL_OPTIONS)
def mean_rows(items, word_starts, word_ids, rows, weights, table_VD, most, normalize, out_ND):
    """Write the mean of the rows of each text's tokens.

    Parameters
    ----------
    items : int32; words of texts by number, and LINE_END after each text
    word_starts : int64 (W + 1,)
    word_ids : int32; tokens of word w: word_ids[word_starts[w] : word_starts[w + 1]]
    rows : int32; row of the table of each token, -1 for one that does not count
    weights : float32; of each token
    table_VD : float32 (V, D)
    most : int; the most tokens of a text that are used, including unknown ones
    normalize : bool; whether vectors are scaled to length 1
    out_ND : float32 (N, D); overwritten, zeros for a text without tokens
    """
    D = table_VD.shape[1]
    n, n_seen, n_known = 0, 0, 0
    if len(out_ND):
        out_ND[0, :] = np.float32(0)
    for item in items:
        if item == LINE_END:
            out = out_ND[n]
            if n_known:
                scale = np.float32(1) / np.float32(n_known)
                for d in range(D):
                    out[d] *= scale
                if normalize:
                    square = np.float32(0)
                    for d in range(D):
                        square += out[d] * out[d]
                    scale = np.float32(1) / (np.sqrt(square) + np.float32(1e-32))
                    for d in range(D):
                        out[d] *= scale
            n += 1
            n_seen = n_known = 0
            if n < len(out_ND):
                out_ND[n, :] = np.float32(0)
            continue
        for token in range(word_starts[item], min(word_starts[item + 1], word_starts[item] + most - n_seen)):
            n_seen += 1
            row = rows[word_ids[token]]
            if row >= 0:
                n_known += 1
                weight = weights[word_ids[token]]
                out = out_ND[n]
                for d in range(D):
                    out[d] += weight * table_VD[row, d]
