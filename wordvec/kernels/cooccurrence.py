"""Counting of co-occurrences, row by row.

All occurrences of a word are visited one after the other, and their contexts are added to one accumulator for the whole
vocabulary, which fits into the processor's caches. So a row of the matrix is complete when its word is done: there is
no hash table, no sorting of pairs, and no memory for pending pairs.

Weights are integers, multiples of 1 / unit, so that sums do not depend on their order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.tiles import prefetch, row_address

# Stands between sentences, at the start and at the end of the text that is counted.
SENTENCE_END = -1
# Occurrences between the prefetch of a neighbourhood and its use: the text does not fit the caches.
_AHEAD = 16
# A row with more than one nonzero column in 32 is written by scanning all columns, a sparser one by sorting.
_DENSE = 32


class Accumulator(NamedTuple):
    """The row that is being counted, and its nonzero columns."""

    sums: np.ndarray  # int64 (V,), all zero between rows
    touched: np.ndarray  # int32 (V,), in order of first occurrence


def make_accumulator(n_words: int) -> Accumulator:
    """Allocate; 12 bytes a word."""
    return Accumulator(np.zeros(n_words, np.int64), np.zeros(n_words, np.int32))


@njit(**KERNEL_OPTIONS)
def fill_text(token_ids, starts, first, last, window, text):
    """Copy tokens first..last - 1 with `window` tokens of context on each side, sentences kept apart.

    Parameters
    ----------
    token_ids, starts : see `EncodedCorpus`
    text : int32; large enough for 2 * window + 2 more items than there are tokens, and one per sentence

    Returns
    -------
    center_first, center_last : int64; the tokens first..last - 1 are among the items center_first..center_last - 1
    n_items : int64; items that were written, sentence ends included
    """
    n_tokens = token_ids.shape[0]
    from_token = max(first - window, 0)
    to_token = min(last + window, n_tokens)
    sentence = np.searchsorted(starts, from_token, side="right")
    text[0] = SENTENCE_END
    n = 1
    center_first, center_last = n, n
    for i in range(from_token, to_token):
        if i == starts[sentence]:
            text[n] = SENTENCE_END
            n += 1
            sentence += 1
        if i == first:
            center_first = n
        text[n] = token_ids[i]
        n += 1
        if i == last - 1:
            center_last = n
    text[n] = SENTENCE_END
    return center_first, center_last, n + 1


@njit(**KERNEL_OPTIONS)
def index_positions(text, first, last, bounds, positions):
    """Find the positions of each word among the items first..last - 1 of a text.

    Parameters
    ----------
    text : int32 (n,)
    bounds : int64 (V + 1,); receives the bounds: word w stands at positions[bounds[w]:bounds[w + 1]]
    positions : int32; receives the positions, ascending for each word
    """
    bounds[:] = 0
    n_words = bounds.shape[0] - 1
    for i in range(first, last):
        if text[i] != SENTENCE_END:
            bounds[text[i] + 1] += 1
    for word in range(n_words):
        bounds[word + 1] += bounds[word]
    for i in range(first, last):
        word = text[i]
        if word != SENTENCE_END:
            positions[bounds[word]] = i
            bounds[word] += 1
    # Each word's start has become its end.
    for word in range(n_words, 0, -1):
        bounds[word] = bounds[word - 1]
    bounds[0] = 0


@njit(**KERNEL_OPTIONS)
def count_rows(text, positions, bounds, first_word, last_word, weights, is_symmetric, row, col, value, ends):
    """Count the rows of words first_word..last_word - 1.

    Parameters
    ----------
    text : int32 (n, 1); from `fill_text`
    positions, bounds : from `index_positions`
    weights : int64 (window + 1,); by distance
    is_symmetric : whether words to the right count as well as those to the left
    row : Accumulator
    col : int32, value : int64; receive the entries, columns ascending within a row
    ends : int64 (last_word - first_word,); receives where each row ends in them
    """
    n = 0
    n_weights = weights.shape[0]
    for word in range(first_word, last_word):
        n_touched = 0
        last = bounds[word + 1]
        for k in range(bounds[word], last):
            prefetch(row_address(text, np.int64(positions[min(k + _AHEAD, last - 1)])), np.int64(4))
            p = np.int64(positions[k])
            for distance in range(1, n_weights):
                other = text[p - distance, 0]
                if other < 0:
                    break
                n_touched = _add(row, n_touched, other, weights[distance])
            if is_symmetric:
                for distance in range(1, n_weights):
                    other = text[p + distance, 0]
                    if other < 0:
                        break
                    n_touched = _add(row, n_touched, other, weights[distance])
        n = _emit(row, n_touched, col, value, n)
        ends[word - first_word] = n


@njit(**KERNEL_OPTIONS)
def merge_rows(run_col, run_value, run_bounds, first_word, last_word, row, col, value, ends):
    """Add up the rows of words first_word..last_word - 1 over several runs.

    Parameters
    ----------
    run_col : int32, run_value : int64; the entries of all runs
    run_bounds : int64 (n_runs, V + 1); entries of word w in run r: run_bounds[r, w] to run_bounds[r, w + 1]
    row, col, value, ends : as for `count_rows`
    """
    n = 0
    for word in range(first_word, last_word):
        n_touched = 0
        for run in range(run_bounds.shape[0]):
            for k in range(run_bounds[run, word], run_bounds[run, word + 1]):
                n_touched = _add(row, n_touched, run_col[k], run_value[k])
        n = _emit(row, n_touched, col, value, n)
        ends[word - first_word] = n


@njit(**KERNEL_OPTIONS)
def _add(row, n_touched, other, amount):
    """Add to a column of the row; return the number of nonzero columns."""
    if row.sums[other] == 0:
        row.touched[n_touched] = other
        n_touched += 1
    row.sums[other] += amount
    return n_touched


@njit(**KERNEL_OPTIONS)
def _emit(row, n_touched, col, value, n):
    """Write the accumulated row to col[n:] and value[n:], and clear it; return where it ends."""
    sums, touched = row.sums, row.touched
    if n_touched * _DENSE > sums.shape[0]:
        for other in range(sums.shape[0]):
            if sums[other] != 0:
                col[n] = other
                value[n] = sums[other]
                sums[other] = 0
                n += 1
        return n
    columns = touched[:n_touched]
    columns.sort()
    for i in range(n_touched):
        other = columns[i]
        col[n] = other
        value[n] = sums[other]
        sums[other] = 0
        n += 1
    return n


@njit(**KERNEL_OPTIONS)
def to_float(multiples, unit, value):
    """Turn multiples of 1 / unit (int64) into float64, in `value`, which may share their memory.

    Returns
    -------
    largest : int64; the largest multiple
    """
    largest = np.int64(0)
    for i in range(multiples.shape[0]):
        largest = max(largest, multiples[i])
        value[i] = np.float64(multiples[i]) / unit
    return largest
