"""Training of n-grams: the input row of a word is composed of the rows of its n-grams, and its step goes back to them.

A *round* is a few supersteps. Before it, the input row of each word of the round becomes the mean of the word's own row
and of those of its n-grams (Bojanowski et al. 2017, arXiv:1607.04606); during it, words are trained as words without
n-grams are; after it, all that was added to a word's row is added to each of these rows, as fastText does: not divided
by their number, so that the word moves as far as one without n-grams. So the rows of a word's n-grams are read and
changed once a round, where fastText does both for each of its pairs.

Words are taken in the order of the text, and each row is changed by one thread, so that the result does not depend on
the number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import PART_OPTIONS
from wordvec.kernels.subwords import add_parts
from wordvec.kernels.threads import owner
from wordvec.kernels.tiles import VECTOR_BYTES, add_row, aligned_zeros, copy_row, prefetch, row_address

# Rows that are gathered before they are added up, and rows that are fetched before they are needed.
GATHERED = 1 << 13
_AHEAD = 24


class NGrams(NamedTuple):
    """The rows of n-grams, and the words of the rounds of a chunk."""

    table: np.ndarray  # float32 (R, D); changed in place
    rows: np.ndarray  # int32 (n,); of word w rows[starts[w]:starts[w + 1]]
    starts: np.ndarray  # int64 (V + 1,)
    round_steps: int  # supersteps of a round
    words: np.ndarray  # int32 (rounds, most words); the words of each round, none twice
    n_words: np.ndarray  # int64 (rounds,)
    before: np.ndarray  # float32 (most words, D); their rows at the beginning of the round
    rates: np.ndarray  # float32 (V,); factors of the words' steps; (0,) if all are 1
    # Racing mode only, where each thread has input rows of its own for the words of its round:
    own: np.ndarray  # float32 (most words, D); the input rows of the words of the round
    place: np.ndarray  # int32 (V,); their rows there, plus 1; zeros between rounds


def make_ngrams(
    table: np.ndarray,
    rows: np.ndarray,
    starts: np.ndarray,
    rates: np.ndarray,
    round_steps: int,
    n_steps: int,
    most_words: int,
    is_private: bool,
) -> NGrams:
    """Allocate the memory of rounds, for all threads or a private one.

    Parameters
    ----------
    most_words : int
        Places of a superstep; of a block, if it is private.
    """
    n_words = len(starts) - 1
    n_rounds = 1 if is_private else -(-n_steps // round_steps)
    most = min(most_words * round_steps, n_words)
    return NGrams(
        rates=rates,
        own=aligned_zeros((most if is_private else 0, table.shape[1]), np.float32),
        place=np.zeros(n_words if is_private else 0, np.int32),
        table=table,
        rows=rows,
        starts=starts,
        round_steps=round_steps,
        words=np.zeros((n_rounds, most), np.int32),
        n_words=np.zeros(n_rounds, np.int64),
        before=aligned_zeros((most, table.shape[1]), np.float32),
    )


@njit(**PART_OPTIONS)
def note_word(ngrams, r, word, n, uses):
    """Note a word of round r, if it is not noted yet, and its place, plus 1, in `uses`; returns how many are."""
    if uses[word] == 0:
        ngrams.words[r, n] = word
        n += 1
        uses[word] = n
    return n


@njit(**PART_OPTIONS)
def end_notes(ngrams, r, uses):
    """Make `uses`, int32 (V,), zeros again."""
    for i in range(ngrams.n_words[r]):
        uses[ngrams.words[r, i]] = 0


@njit(**PART_OPTIONS)
def compose_rows(ngrams, tables, r, thread, n_threads, addresses):
    """Compose the input rows of a thread's share of the words of round r: of `tables`, or the thread's own.

    addresses : int64 (GATHERED,); scratch
    """
    words, n = ngrams.words[r], ngrams.n_words[r]
    last = (thread + 1) * n // n_threads
    i = thread * n // n_threads
    while i < last:
        i = _compose_some(ngrams, tables, words, i, last, addresses)


@njit(**PART_OPTIONS)
def input_row(ngrams, tables, word, i):
    """Return the address of the input row of word i of a round."""
    if ngrams.own.shape[0] > 0:
        return row_address(ngrams.own, i)
    return row_address(tables, word)


@njit(**PART_OPTIONS)
def _compose_some(ngrams, tables, words, first, last, addresses):
    """Compose the rows of the words from `first` on whose n-grams fit `addresses`; returns the next word."""
    rows, starts, table, before = ngrams.rows, ngrams.starts, ngrams.table, ngrams.before
    n_bytes = 4 * table.shape[1]
    n = 0
    end = first
    while end < last:
        word = words[end]
        begin, count = starts[word], starts[word + 1] - starts[word]
        if n + count > addresses.shape[0]:
            break
        for k in range(count):
            addresses[n + k] = row_address(table, rows[begin + k])
        n += count
        end += 1
    if end == first:
        # A word with more n-grams than fit is composed by itself, more slowly.
        _compose_long(ngrams, input_row(ngrams, tables, words[first], first), words[first], first)
        return first + 1
    for k in range(min(_AHEAD, n)):
        prefetch(addresses[k], n_bytes)
    done = 0
    for i in range(first, end):
        word = words[i]
        count = starts[word + 1] - starts[word]
        for k in range(done + _AHEAD, min(done + _AHEAD + count, n)):
            prefetch(addresses[k], n_bytes)
        to = input_row(ngrams, tables, word, i)
        _set_mean(row_address(addresses, done), count, n_bytes, to)
        copy_row(table[0, 0], table.shape[1], row_address(before, i), to)
        done += count
    return end


@njit(**PART_OPTIONS)
def _compose_long(ngrams, to, word, i):
    table, before = ngrams.table, ngrams.before
    width, one = table.shape[1], table.dtype.type(1.0)
    row = before[i]
    for d in range(width):
        row[d] = 0
    begin, end = ngrams.starts[word], ngrams.starts[word + 1]
    for k in range(begin, end):
        add_row(one, width, row_address(row, 0), row_address(table, ngrams.rows[k]))
    scale = np.float32(1.0 / (end - begin))
    for d in range(width):
        row[d] *= scale
    copy_row(one, width, to, row_address(row, 0))


@njit(**PART_OPTIONS)
def _set_mean(rows, count, n_bytes, to):
    """Write the mean of the rows at `count` addresses, which begin at the address `rows`."""
    scale = np.float32(1.0 / count)
    for offset in range(0, n_bytes, VECTOR_BYTES):
        add_parts(rows, count, offset, to, scale)


@njit(**PART_OPTIONS)
def spread_steps(ngrams, tables, r, thread, n_threads, step):
    """Add what was added to the words of round r to those of their rows that a thread owns.

    step : float32 (D,); scratch
    """
    words, rows, starts, table, before = (
        ngrams.words[r],
        ngrams.rows,
        ngrams.starts,
        ngrams.table,
        ngrams.before,
    )
    width, n_bytes = table.shape[1], 4 * table.shape[1]
    one = table.dtype.type(1.0)
    n = ngrams.n_words[r]
    for i in range(n):
        word = words[i]
        if i + 2 < n:
            coming = words[i + 2]
            for k in range(starts[coming], starts[coming + 1]):
                if owner(rows[k], n_threads) == thread:
                    prefetch(row_address(table, rows[k]), n_bytes)
        rate = ngrams.rates[word] if ngrams.rates.shape[0] > 0 else one
        row = ngrams.own[i] if ngrams.own.shape[0] > 0 else tables[word]
        for d in range(width):
            step[d] = rate * (row[d] - before[i, d])
        for k in range(starts[word], starts[word + 1]):
            if owner(rows[k], n_threads) == thread:
                add_row(one, width, row_address(table, rows[k]), row_address(step, 0))
