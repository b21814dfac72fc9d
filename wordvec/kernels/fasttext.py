"""Files and texts of fastText: the entries of a dictionary, and the words of a line as rows of a supervised model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.elementary import exp, log
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
_BUFFER = 512  # rows that are gathered before they are added


@njit(**KERNEL_OPTIONS)
def find_entries(data, at, starts, ends):
    """Find the words of a dictionary, each with a NUL after it, then 9 bytes.

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
        # A loop, as Numba compiles an assignment of slices for five seconds.
        for i in range(starts[k], ends[k]):
            out[n] = data[i]
            n += 1
    out_starts[starts.shape[0]] = n


class RowTable(NamedTuple):
    """Rows of floats in memory, or quantised ones: `fill_means` and `fill_quantized_means` of `subwords`."""

    address: int  # of float32 rows without gaps
    codes_RM: np.ndarray  # uint8 (R, M); (0, 0) if the rows are floats
    centroids_M256d: np.ndarray  # float32
    norm_of_row: np.ndarray  # float32 (R,) or (0,)


class Lines(NamedTuple):
    """Texts as bytes, and the dictionary and the tables of a supervised model."""

    data: np.ndarray  # uint8 (n_bytes,)
    starts: np.ndarray  # int64 (n + 1,); line k is data[starts[k]:starts[k + 1]]
    slots_S2: (
        np.ndarray
    )  # uint64 (S, 2), see `hashing`; the key is fastText's hash, the entry the number plus 1
    words: np.ndarray  # uint8 (n_bytes,); words, then labels
    word_starts: np.ndarray  # int64 (n + 1,)
    n_words: int
    end: int  # number of the end of a line, -1 if it is not known
    prefix: np.ndarray  # uint8 (any,); tokens that begin so are labels
    scheme: Scheme
    word_ngrams: int
    rows: RowTable


@njit(**KERNEL_OPTIONS)
def fill_dictionary(words, starts, slots_S2):
    """Enter words in an empty table, of equal ones the first; return how many different ones there are."""
    n = 0
    for k in range(starts.shape[0] - 1):
        h = FNV_START
        for i in range(starts[k], starts[k + 1]):
            h = fnv_byte(h, words[i])
        slot, number = _find(slots_S2, words, starts, h, words, starts[k], starts[k + 1])
        if number < 0:
            slots_S2[slot, 0] = h
            slots_S2[slot, 1] = np.uint64(k + 1)
            n += 1
    return n


@njit(**PART_OPTIONS)
def _find(slots_S2, words, starts, h, data, first, last):
    """Return slot and number of the token data[first:last] with the hash h; an empty slot and -1 if it is unknown."""
    slot = find_slot(slots_S2, h)
    while slots_S2[slot, 1] != np.uint64(0):
        k = np.int64(slots_S2[slot, 1]) - 1
        if starts[k + 1] - starts[k] == last - first:
            i = 0
            while i < last - first and words[starts[k] + i] == data[first + i]:
                i += 1
            if i == last - first:
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


@njit(**KERNEL_OPTIONS)
def fill_hidden(lines, first_line, last_line, hidden_nD, n_rows):
    """Write the mean row of each line: its words and their n-grams, then its n-grams of words.

    A line ends where fastText ends it: at the end, of which it makes a word, or at that word itself.

    Parameters
    ----------
    lines : Lines
    first_line, last_line : int
    hidden_nD : float32 (n, D); one row for each of these lines; overwritten
    n_rows : int64 (n,); how many rows each is the mean of; overwritten
    """
    data, scheme = lines.data, lines.scheme
    longest, most_tokens = 0, 0
    for k in range(first_line, last_line):
        length, tokens = 0, 1
        for i in range(lines.starts[k], lines.starts[k + 1]):
            if _is_blank(data[i]):
                length = 0
                tokens += 1
            else:
                length += 1
                longest = max(longest, length)
        most_tokens = max(most_tokens, tokens)
    marked = np.empty(longest + scheme.before.shape[0] + scheme.after.shape[0], np.uint8)
    room = most_rows_of(scheme, longest)
    rows, addresses = np.empty(room + _BUFFER, np.int32), np.empty(room + _BUFFER, np.int64)
    hashes = np.empty(most_tokens + 1, np.uint64)
    for k in range(first_line, last_line):
        hidden = hidden_nD[k - first_line]
        for d in range(hidden.shape[0]):
            hidden[d] = 0
        n = n_all = n_tokens = 0
        at, stop = lines.starts[k], lines.starts[k + 1]
        is_open = True
        while is_open:
            while at < stop and _is_blank(data[at]):
                at += 1
            first = at
            h = FNV_START
            while at < stop and not _is_blank(data[at]):
                h = fnv_byte(h, data[at])
                at += 1
            if first == at:
                is_open = False
                number, h = lines.end, _END_HASH
            else:
                _, number = _find(lines.slots_S2, lines.words, lines.word_starts, h, data, first, at)
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
            if n >= _BUFFER:
                _add_all(lines.rows, rows, n, addresses, hidden)
                n_all += n
                n = 0
        if lines.word_ngrams > 1:
            for i in range(n_tokens):
                h = _extended(hashes[i])
                for j in range(i + 1, min(n_tokens, i + lines.word_ngrams)):
                    h = h * _NGRAM_PRIME + _extended(hashes[j])
                    n = append_kept(scheme, h % scheme.bucket, lines.n_words, rows, n)
                    if n >= _BUFFER:
                        _add_all(lines.rows, rows, n, addresses, hidden)
                        n_all += n
                        n = 0
        _add_all(lines.rows, rows, n, addresses, hidden)
        n_all += n
        n_rows[k - first_line] = n_all
        if n_all > 1:
            scale = np.float32(1.0 / n_all)
            for d in range(hidden.shape[0]):
                hidden[d] *= scale


@njit(**PART_OPTIONS)
def _is_end(data, first, last):
    """Return whether a token is that of the end of a line."""
    if last - first != _END.shape[0]:
        return False
    for i in range(_END.shape[0]):
        if data[first + i] != _END[i]:
            return False
    return True


@njit(**PART_OPTIONS)
def _extended(h):
    """Return a hash as fastText keeps it, in 32 bits with a sign, extended to 64."""
    return np.uint64(np.int64(np.int32(h)))


@njit(**PART_OPTIONS)
def _log(p):
    """Return fastText's logarithm of a probability, float32."""
    return np.float32(log(np.float64(p) + 1e-5))


@njit(**PART_OPTIONS)
def _sift_up(logs, ids, hole, key, label):
    """Put a label into the heap, whose least logarithm comes first, from place `hole` upwards."""
    while hole > 0 and logs[(hole - 1) // 2] > key:
        parent = (hole - 1) // 2
        logs[hole], ids[hole] = logs[parent], ids[parent]
        hole = parent
    logs[hole], ids[hole] = key, label


@njit(**PART_OPTIONS)
def _pop(logs, ids, n):
    """Move the first of n entries of the heap to the end, in the steps of C++'s standard library."""
    last = n - 1
    key, label = logs[last], ids[last]
    logs[last], ids[last] = logs[0], ids[0]
    hole = child = 0
    while child < (last - 1) // 2:
        child = 2 * (child + 1)
        if logs[child] > logs[child - 1]:
            child -= 1
        logs[hole], ids[hole] = logs[child], ids[child]
        hole = child
    if last % 2 == 0 and last > 0 and child == (last - 2) // 2:
        child = 2 * (child + 1) - 1
        logs[hole], ids[hole] = logs[child], ids[child]
        hole = child
    _sift_up(logs, ids, hole, key, label)


@njit(**PART_OPTIONS)
def _keep(logs, ids, n, k, key, label):
    """Keep a label if it is among the k best so far; returns how many are kept. There is room for k + 1."""
    _sift_up(logs, ids, n, key, label)
    if n < k:
        return n + 1
    _pop(logs, ids, n + 1)
    return n


@njit(**PART_OPTIONS)
def _sort(logs, ids, n):
    for last in range(n, 1, -1):
        _pop(logs, ids, last)


@njit(**KERNEL_OPTIONS)
def keep_best(probabilities_nC, threshold, ids_nk, n_kept):
    """Find the most probable labels of each text, falling, equal ones in the order of fastText.

    Parameters
    ----------
    probabilities_nC : float32 or float64
    threshold : float; the least probability
    ids_nk : int64 (n, k); overwritten
    n_kept : int64 (n,); how many there are; overwritten
    """
    k = ids_nk.shape[1]
    logs, ids = np.empty(k + 1, np.float32), np.empty(k + 1, np.int64)
    for row in range(probabilities_nC.shape[0]):
        n = 0
        for c in range(probabilities_nC.shape[1]):
            p = probabilities_nC[row, c]
            if p < threshold:
                continue
            key = _log(p)
            if n < k or key >= logs[0]:
                n = _keep(logs, ids, n, k, key, c)
        _sort(logs, ids, n)
        for i in range(n):
            ids_nk[row, i] = ids[i]
        n_kept[row] = n


@njit(**KERNEL_OPTIONS)
def best_leaves(children_N2, weights_ND, hidden_nD, least, ids_nk, logs_nk, n_kept):
    """Find the most probable leaves of a binary tree of sigmoids for each text, falling.

    Parameters
    ----------
    children_N2 : int32 (C - 1, 2); of inner nodes, of which the last is the root: a leaf, or C plus an inner node
    weights_ND : float32 (C - 1 or more, D); the logit of the second child
    hidden_nD : float32 (n, D)
    least : float; the least logarithm
    ids_nk, logs_nk : int64 and float32 (n, k); leaves and fastText's logarithms of their probabilities; overwritten
    n_kept : int64 (n,); how many there are; overwritten
    """
    n_inner, size = children_N2.shape[0], hidden_nD.shape[1]
    n_leaves, k = n_inner + 1, ids_nk.shape[1]
    nodes, scores = np.empty(n_leaves + 1, np.int64), np.empty(n_leaves + 1, np.float32)
    ids, logs = np.empty(k + 1, np.int64), np.empty(k + 1, np.float32)
    for row in range(hidden_nD.shape[0]):
        hidden = hidden_nD[row]
        nodes[0], scores[0] = n_leaves + n_inner - 1 if n_inner > 0 else 0, 0.0
        n_open, n = 1, 0
        while n_open > 0:
            n_open -= 1
            node, score = nodes[n_open], scores[n_open]
            if score < least or (n == k and score < logs[0]):
                continue
            if node < n_leaves:
                n = _keep(logs, ids, n, k, score, node)
                continue
            inner = node - n_leaves
            logit = _dot(weights_ND[inner], hidden, size)
            # In the steps of fastText, most of which are in float32.
            second = np.float32(1.0 / np.float64(np.float32(1.0) + np.float32(exp(-np.float64(logit)))))
            # What is noted last is looked at first. For one label that is the more probable child, so that the other
            # one is often left out; for several the first child, whose place among equal labels is then fastText's.
            is_last = 0 if k > 1 or second < np.float32(0.5) else 1
            for which in (1 - is_last, is_last):
                p = second if which == 1 else np.float32(1.0) - second
                nodes[n_open], scores[n_open] = children_N2[inner, which], score + _log(p)
                n_open += 1
        _sort(logs, ids, n)
        for i in range(n):
            ids_nk[row, i], logs_nk[row, i] = ids[i], logs[i]
        n_kept[row] = n


@njit(**PART_OPTIONS)
def _dot(left, right, size):
    """Return a dot product in float32: eight chains, and then their sum."""
    sums = np.zeros(8, np.float32)
    whole = size - size % 8
    for d in range(0, whole, 8):
        for lane in range(8):
            sums[lane] += left[d + lane] * right[d + lane]
    total = np.float32(0.0)
    for lane in range(8):
        total += sums[lane]
    for d in range(whole, size):
        total += left[d] * right[d]
    return total


@njit(**KERNEL_OPTIONS)
def fill_leaves(children_N2, logits_nN, probabilities_nC):
    """Write the probabilities of all leaves of the tree; `logits_nN`, float32 (n, C - 1), are those of its nodes."""
    n_inner = children_N2.shape[0]
    n_leaves = n_inner + 1
    reached = np.empty(n_inner)
    for k in range(logits_nN.shape[0]):
        if n_inner == 0:
            probabilities_nC[k, 0] = 1.0
            continue
        reached[n_inner - 1] = 1.0
        for inner in range(n_inner - 1, -1, -1):
            second = 1.0 / (1.0 + exp(-np.float64(logits_nN[k, inner])))
            for which in range(2):
                child = children_N2[inner, which]
                p = reached[inner] * (second if which == 1 else 1.0 - second)
                if child < n_leaves:
                    probabilities_nC[k, child] = p
                else:
                    reached[child - n_leaves] = p
