"""Merging of co-occurrence counts and PPMI, both computed in blocks of rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy.sparse

from wordvec.counts.checks import BLOCK_ENTRIES, MAX_MULTIPLE, MAX_UNIT
from wordvec.text.vocabulary import Vocabulary


class CountArrays(NamedTuple):
    """The arrays of a `Cooccurrence`, with their words and their unit."""

    starts: np.ndarray  # int64 (V + 1,)
    col: np.ndarray  # int32 (nnz,)
    value: np.ndarray  # float64 (nnz,)
    vocabulary: Vocabulary
    unit: int

    def to_scipy(self) -> scipy.sparse.csr_array:
        """Return the counts as a CSR array (V, V) that shares their memory."""
        # SciPy brings both index arrays to the wider type of the two.
        starts = self.starts.astype(np.int32 if len(self.col) < 2**31 else np.int64)
        n_words = len(self.vocabulary)
        return scipy.sparse.csr_array(
            (np.asarray(self.value), np.asarray(self.col), starts), shape=(n_words, n_words)
        )


def row_blocks(starts: np.ndarray, limit: int) -> Iterator[tuple[int, int]]:
    """Group rows, where row r has the entries from starts[r], into runs of at most `limit` entries or of one row."""
    first, n_rows = 0, len(starts) - 1
    while first < n_rows:
        fitting = int(np.searchsorted(starts, starts[first] + limit, side="right")) - 1
        last = min(max(fitting, first + 1), n_rows)
        yield first, last
        first = last


class _Part:
    """One of two counts to be merged, with the ids of the merged vocabulary."""

    def __init__(self, counts: CountArrays, vocabulary: Vocabulary, unit: int) -> None:
        self.counts = counts
        self.unit = unit
        find = vocabulary.key_to_index
        self.new_ids = np.array([find[word] for word in counts.vocabulary.index_to_key], np.int64)
        self.row_starts = np.zeros(len(vocabulary), np.int64)  # of words that this part does not know, too
        self.row_starts[self.new_ids] = counts.starts[:-1]
        self.row_sizes = np.zeros(len(vocabulary), np.int64)
        self.row_sizes[self.new_ids] = np.diff(counts.starts)

    def entries(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the index (row - first) * V + column of the entries of new rows first to last, and their counts.

        If there is a unit, counts are integer multiples of 1 / unit, int64.
        """
        sizes = self.row_sizes[first:last]
        places = np.arange(sizes.sum())
        places += np.repeat(self.row_starts[first:last] - (np.cumsum(sizes) - sizes), sizes)
        keys = np.repeat(np.arange(last - first) * len(self.row_sizes), sizes)
        keys += self.new_ids[self.counts.col[places]]
        values = self.counts.value[places]
        if self.unit:
            values = np.rint(values * self.counts.unit).astype(np.int64) * (self.unit // self.counts.unit)
        return keys, values


def merged_counts(ours: CountArrays, theirs: CountArrays) -> CountArrays:
    """Return the counts of both, words joined by `Vocabulary.merge`."""
    vocabulary = ours.vocabulary.merge(theirs.vocabulary)
    unit = math.lcm(ours.unit, theirs.unit)
    largest = float(ours.value.max(initial=0)) + float(theirs.value.max(initial=0))
    if unit >= MAX_UNIT or largest * unit >= 2.0**62:
        unit = 0
    parts = [_Part(counts, vocabulary, unit) for counts in (ours, theirs)]
    bounds = np.zeros(len(vocabulary) + 1, np.int64)
    np.cumsum(parts[0].row_sizes + parts[1].row_sizes, out=bounds[1:])
    starts = np.zeros_like(bounds)
    col, value = np.empty(bounds[-1], np.int32), np.empty(bounds[-1])
    nnz, largest_multiple = 0, 0
    for first, last in row_blocks(bounds, BLOCK_ENTRIES):
        (keys, values), (more_keys, more_values) = (part.entries(first, last) for part in parts)
        keys = np.concatenate([keys, more_keys])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        # An entry has one or two terms, so that floats, too, add up the same in either order.
        heads = np.flatnonzero(np.diff(keys, prepend=-1))
        sums = np.concatenate([values, more_values])[order]
        with np.errstate(over="ignore"):  # the result is checked
            sums = np.add.reduceat(sums, heads) if len(heads) else sums
        largest_multiple = max(largest_multiple, int(sums.max(initial=0))) if unit else 0
        rows, cols = np.divmod(keys[heads], len(vocabulary))
        col[nnz : nnz + len(cols)] = cols
        value[nnz : nnz + len(cols)] = sums / (unit or 1)
        starts[first + 1 : last + 1] = nnz + np.searchsorted(rows, np.arange(1, last - first + 1))
        nnz += len(cols)
    # realloc gives the rest back without a copy; there is no view of either.
    col.resize(nnz, refcheck=False)
    value.resize(nnz, refcheck=False)
    return CountArrays(starts, col, value, vocabulary, unit if largest_multiple <= MAX_MULTIPLE else 0)


def ppmi_scores(counts: CountArrays, context_exponent: float, shift: float) -> scipy.sparse.csr_array:
    """Return the result of `Cooccurrence.ppmi` for checked parameters."""
    matrix = counts.to_scipy()
    n_entries = len(counts.col)
    ones = np.ones(len(counts.vocabulary))
    row_sums, col_sums = matrix @ ones, matrix.T @ ones
    # The logarithm of a word that never occurs is not used; 0 keeps it quiet.
    log_rows = np.log(row_sums, where=row_sums > 0, out=np.zeros_like(row_sums))
    log_cols = np.log(col_sums, where=col_sums > 0, out=np.zeros_like(col_sums))
    log_contexts = context_exponent * log_cols
    # log(P(w, c) / (P(w) P(c))) = log(x * sum of contexts / (row * context)): the total cancels.
    offset = np.log(np.exp(log_contexts[col_sums > 0]).sum()) - np.log(shift) if n_entries else 0.0
    log_contexts -= offset
    starts = np.zeros_like(counts.starts)
    col, score = np.empty(n_entries, np.int32), np.empty(n_entries, np.float32)
    nnz = 0
    for first, last in row_blocks(counts.starts, BLOCK_ENTRIES):
        places = counts.starts[first : last + 1] - counts.starts[first]
        block = slice(counts.starts[first], counts.starts[last])
        cols = counts.col[block]
        scores = np.log(counts.value[block])
        scores -= log_contexts[cols]
        scores -= np.repeat(log_rows[first:last], np.diff(places))
        scores = scores.astype(np.float32)
        kept = np.flatnonzero(scores > 0)
        col[nnz : nnz + len(kept)] = cols[kept]
        score[nnz : nnz + len(kept)] = scores[kept]
        starts[first + 1 : last + 1] = nnz + np.searchsorted(kept, places[1:])
        nnz += len(kept)
    col.resize(nnz, refcheck=False)
    score.resize(nnz, refcheck=False)
    starts = starts.astype(np.int32 if nnz < 2**31 else np.int64)
    return scipy.sparse.csr_array((score, col, starts), shape=matrix.shape)
