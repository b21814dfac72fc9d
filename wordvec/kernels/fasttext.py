"""Files and texts of fastText: the entries of a dictionary, and the words of a line as rows of a supervised model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.hashing import find_slot, next_slot
from wordvec.kernels.subwords import (
    FNV_START,
    Scheme,
    add_rows,
    append_kept,
    append_ngrams,
    fnv_byte,
    most_rows_of,
)

_END = np.frombuffer(b"</s>", np.uint8).copy()
_END_HASH = np.uint64(3617362777)
_NGRAM_PRIME = np.uint64(116049371)


@njit(**KERNEL_OPTIONS)
def find_entries(data, at, starts, ends):
    """Find the words of a dictionary; each is followed by a NUL and 9 more bytes.

    Parameters
    ----------
    data : uint8 (n_bytes,)
    at : int; where the first word begins
    starts, ends : int64 (n,); overwritten: word k is data[starts[k]:ends[k]]

    Returns
    -------
    n : int; the entries that are whole
    at : int; the end of the last one
    """
    size = data.shape[0]
    for k in range(starts.shape[0]):
        end = at
        while end < size and data[end] != 0:
            end += 1
        if end + 10 > size:
            return k, at
        starts[k], ends[k] = at, end
        at = end + 10
    return starts.shape[0], at


@njit(**KERNEL_OPTIONS)
def copy_pieces(data, starts, ends, out, out_starts):
    """Copy data[starts[k]:ends[k]] one after the other; out_starts (int64 (n + 1,)) is overwritten."""
    n = 0
    for k in range(starts.shape[0]):
        out_starts[k] = n
        # A loop, because an assignment of slices takes Numba five seconds to compile.
        for i in range(starts[k], ends[k]):
            out[n] = data[i]
            n += 1
    out_starts[starts.shape[0]] = n


class RowTable(NamedTuple):
    """Rows of floats in memory, or quantised ones: see `fill_means` and `fill_quantized_means` of `subwords`."""

    address: int  # of float32 rows without gaps
    codes_RM: np.ndarray  # uint8 (R, M); (0, 0) if the rows are floats
    centroids_M256d: np.ndarray  # float32
    norm_of_row: np.ndarray  # float32 (R,) or (0,)


class Lines(NamedTuple):
    """Texts as bytes, and the dictionary and the tables of a supervised model."""

    data: np.ndarray  # uint8 (n_bytes,)
    starts: np.ndarray  # int64 (n + 1,); line k is data[starts[k]:starts[k + 1]]
    # uint64 (S, 2), see `hashing`; the key is fastText's hash, the entry the number plus 1
    slots_S2: np.ndarray
    words: np.ndarray  # uint8 (n_bytes,); words, then labels
    word_starts: np.ndarray  # int64 (n,)
    word_ends: np.ndarray  # int64 (n,)
    n_words: int
    end: int  # number of the end-of-line token, -1 if it is not in the dictionary
    prefix: np.ndarray  # uint8 (any,); tokens that begin with it are labels
    scheme: Scheme
    word_ngrams: int
    rows: RowTable


@njit(**KERNEL_OPTIONS)
def fill_dictionary(words, starts, slots_S2):
    """Enter words in an empty table, the first of equal ones; return the number of distinct words."""
    n, ends = 0, starts[1:]
    for k in range(ends.shape[0]):
        h = FNV_START
        for i in range(starts[k], ends[k]):
            h = fnv_byte(h, words[i])
        slot, number = _find(slots_S2, words, starts, ends, h, words, starts[k], ends[k])
        if number < 0:
            slots_S2[slot, 0] = h
            slots_S2[slot, 1] = np.uint64(k + 1)
            n += 1
    return n


@njit(**PART_OPTIONS)
def _are_equal(left, first, last, right, right_first, right_last):
    """Return whether left[first:last] and right[right_first:right_last] are the same bytes."""
    if last - first != right_last - right_first:
        return False
    for i in range(last - first):
        if left[first + i] != right[right_first + i]:
            return False
    return True


@njit(**PART_OPTIONS)
def _find(slots_S2, words, firsts, lasts, h, data, first, last):
    """Return slot and number of the token data[first:last] with the hash h; an empty slot and -1 if it is unknown.

    Word k is words[firsts[k]:lasts[k]].
    """
    slot = find_slot(slots_S2, h)
    while slots_S2[slot, 1] != np.uint64(0):
        k = np.int64(slots_S2[slot, 1]) - 1
        if _are_equal(words, firsts[k], lasts[k], data, first, last):
            return slot, k
        slot = next_slot(slots_S2, slot, h)
    return slot, np.int64(-1)


@njit(**PART_OPTIONS)
def _is_blank(byte):
    # NUL, tab, newline, vertical tab, form feed, return, space
    return byte == 32 or byte == 0 or (byte >= 9 and byte <= 13)


@njit(**PART_OPTIONS)
def _begins_with(data, first, last, prefix):
    if last - first < prefix.shape[0]:
        return False
    for i in range(prefix.shape[0]):
        if data[first + i] != prefix[i]:
            return False
    return prefix.shape[0] > 0


@njit(**PART_OPTIONS)
def _add_all(table, rows, n, addresses, hidden):
    """Add rows[:n] to `hidden`; `addresses` is scratch."""
    size = hidden.shape[0]
    if table.codes_RM.shape[0] == 0:
        add_rows(table.address, rows, n, addresses, hidden)
        return
    n_parts, width = table.codes_RM.shape[1], table.centroids_M256d.shape[2]
    for r in range(n):
        row = rows[r]
        norm = table.norm_of_row[row] if table.norm_of_row.shape[0] > 0 else np.float32(1.0)
        for m in range(n_parts):
            centroid = table.centroids_M256d[m, table.codes_RM[row, m]]
            first = m * width
            for d in range(min(width, size - first)):
                hidden[first + d] += norm * centroid[d]


@njit(**PART_OPTIONS)
def _next_token(data, at, stop):
    """Return where the next token begins and ends, and fastText's hash of it; both `stop` if there is none."""
    while at < stop and _is_blank(data[at]):
        at += 1
    first = at
    h = FNV_START
    while at < stop and not _is_blank(data[at]):
        h = fnv_byte(h, data[at])
        at += 1
    return first, at, h


@njit(**KERNEL_OPTIONS)
def measure_lines(lines, first_line, last_line, most_rows):
    """Write an upper bound of the rows of each line to `most_rows`, int64 (n,).

    Returns
    -------
    longest : int; bytes of the longest token
    most_tokens : int; the most tokens in a line, its end included
    """
    data, longest, most_tokens = lines.data, 0, 0
    for k in range(first_line, last_line):
        length, tokens, n = 0, 1, 1
        for i in range(lines.starts[k], lines.starts[k + 1]):
            if _is_blank(data[i]):
                n += most_rows_of(lines.scheme, length)
                length = 0
                tokens += 1
            else:
                length += 1
                longest = max(longest, length)
        most_rows[k - first_line] = n + most_rows_of(lines.scheme, length) + tokens * lines.word_ngrams
        most_tokens = max(most_tokens, tokens)
    return longest, most_tokens


@njit(**KERNEL_OPTIONS)
def append_line(lines, k, marked, hashes, rows, n):
    """Write the rows of line k: its words and their n-grams, then its n-grams of words; return the next place.

    As in fastText, a line ends with the token ``</s>``: the first one in the text, or one added at its end.

    Parameters
    ----------
    marked, hashes : uint8, uint64; scratch for the longest token with its marks, and for the tokens and one more
    rows : int32; there is room for the rows of the line from place n on
    """
    data, scheme = lines.data, lines.scheme
    n_tokens = 0
    at, stop = lines.starts[k], lines.starts[k + 1]
    is_open = True
    while is_open:
        first, at, h = _next_token(data, at, stop)
        if first == at:
            is_open = False
            number, h = lines.end, _END_HASH
        else:
            _, number = _find(
                lines.slots_S2, lines.words, lines.word_starts, lines.word_ends, h, data, first, at
            )
            if number >= lines.n_words or (number < 0 and _begins_with(data, first, at, lines.prefix)):
                continue
            if h == _END_HASH and _is_end(data, first, at):
                is_open = False
        hashes[n_tokens] = h
        n_tokens += 1
        if number >= 0:
            rows[n] = number
            n += 1
        if is_open:
            n = append_ngrams(scheme, data, first, at, marked, lines.n_words, rows, n)
    if lines.word_ngrams > 1:
        for i in range(n_tokens):
            h = _extended(hashes[i])
            for j in range(i + 1, min(n_tokens, i + lines.word_ngrams)):
                h = h * _NGRAM_PRIME + _extended(hashes[j])
                n = append_kept(scheme, h % scheme.bucket, lines.n_words, rows, n)
    return n


@njit(**KERNEL_OPTIONS)
def fill_hidden(lines, first_line, last_line, hidden_nD, n_rows):
    """Write the mean row of each line, see `append_line`.

    Parameters
    ----------
    lines : Lines
    first_line, last_line : int
    hidden_nD : float32 (n, D); one row for each of these lines; overwritten
    n_rows : int64 (n,); how many rows each is the mean of; overwritten
    """
    longest, most_tokens = measure_lines(lines, first_line, last_line, n_rows)
    most = 0
    for k in range(n_rows.shape[0]):
        most = max(most, n_rows[k])
    scheme = lines.scheme
    marked = np.empty(longest + scheme.before.shape[0] + scheme.after.shape[0], np.uint8)
    hashes = np.empty(most_tokens + 1, np.uint64)
    rows, addresses = np.empty(most, np.int32), np.empty(most, np.int64)
    for k in range(first_line, last_line):
        hidden = hidden_nD[k - first_line]
        for d in range(hidden.shape[0]):
            hidden[d] = 0
        n = append_line(lines, k, marked, hashes, rows, 0)
        _add_all(lines.rows, rows, n, addresses, hidden)
        n_rows[k - first_line] = n
        if n > 1:
            scale = np.float32(1.0 / n)
            for d in range(hidden.shape[0]):
                hidden[d] *= scale


@njit(**KERNEL_OPTIONS)
def fill_rows(lines, first_line, longest, most_tokens, most_rows, rows, row_starts):
    """Write the rows of lines from `first_line` on, one after the other, while there is room; return the next line.

    Parameters
    ----------
    lines : Lines
    longest, most_tokens, most_rows : from `measure_lines`, for all lines
    rows : int32 (any,); overwritten
    row_starts : int64 (n_lines + 1,); line k has rows[row_starts[k]:row_starts[k + 1]]; set from `first_line` on
    """
    scheme = lines.scheme
    marked = np.empty(longest + scheme.before.shape[0] + scheme.after.shape[0], np.uint8)
    hashes = np.empty(most_tokens + 1, np.uint64)
    n = 0
    for k in range(first_line, most_rows.shape[0]):
        row_starts[k] = n
        if n + most_rows[k] > rows.shape[0]:
            return k
        n = append_line(lines, k, marked, hashes, rows, n)
    row_starts[most_rows.shape[0]] = n
    return most_rows.shape[0]


@njit(**KERNEL_OPTIONS)
def count_words(data, starts, prefix, first_line, slots_S2, firsts, lasts, counts, n):
    """Count the words of lines; return the next line and the number of distinct words.

    Stops before a line whose words might fill more than half of the slots, or have no room.

    Parameters
    ----------
    data, starts, prefix : see `Lines`
    slots_S2 : uint64 (S, 2); key: fastText's hash, entry: the number of the word plus 1
    firsts, lasts, counts : int64 (any,); word k is data[firsts[k]:lasts[k]], its first occurrence
    n : int; the words so far
    """
    most = min(slots_S2.shape[0] // 2, counts.shape[0])
    for k in range(first_line, starts.shape[0] - 1):
        # A line is counted whole or not at all, so that counting never resumes within one.
        if n + starts[k + 1] - starts[k] > most:
            return k, n
        at, stop = starts[k], starts[k + 1]
        is_open = True
        while is_open:
            first, at, h = _next_token(data, at, stop)
            if first == at or (h == _END_HASH and _is_end(data, first, at)):
                is_open = False
            elif not _begins_with(data, first, at, prefix):
                slot, number = _find(slots_S2, data, firsts, lasts, h, data, first, at)
                if number < 0:
                    number = n
                    slots_S2[slot, 0], slots_S2[slot, 1] = h, np.uint64(n + 1)
                    firsts[n], lasts[n], counts[n] = first, at, 0
                    n += 1
                counts[number] += 1
    return starts.shape[0] - 1, n


@njit(**PART_OPTIONS)
def _is_end(data, first, last):
    """Return whether a token is ``</s>``, the end of a line."""
    return _are_equal(data, first, last, _END, 0, _END.shape[0])


@njit(**PART_OPTIONS)
def _extended(h):
    """Return a hash as fastText keeps it, in 32 bits with a sign, extended to 64."""
    return np.uint64(np.int64(np.int32(h)))
