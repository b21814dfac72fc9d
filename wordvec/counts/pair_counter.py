"""Counting of word pairs chunk by chunk in threads, and summation of the chunks' counts.

A chunk of the text is counted row by row (see `kernels.cooccurrence`), several blocks of rows at a time. If one chunk
is the whole text, its rows are the result. Otherwise each chunk writes a run, its rows in order, to a temporary file,
and the runs are added up at the end. Sums are of integers, so the result depends neither on chunks nor on threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from wordvec._io.spill import GrowingArray
from wordvec.counts.blocks import row_blocks
from wordvec.kernels import cooccurrence as kernels
from wordvec.text.corpus import EncodedCorpus

Progress = Callable[[int, int], object]

ENTRY_BYTES = 12  # a column and a count


class Plan(NamedTuple):
    """The allocation of `max_memory`."""

    n_threads: int
    block_entries: int  # room for a block of rows; each thread has one, and one result is on its way
    chunk_tokens: int
    result_bytes: int  # what finished rows may take in memory


class _Block(NamedTuple):
    """Some finished rows."""

    col: np.ndarray  # int32
    value: np.ndarray  # int64
    ends: np.ndarray  # int64; by row


class _Scratch(NamedTuple):
    """The memory of a thread."""

    row: kernels.Accumulator
    col: np.ndarray
    value: np.ndarray


# Rows first to last, a thread's memory, where rows end: fills the memory.
CountRows = Callable[[int, int, _Scratch, np.ndarray], None]


class PairCounter:
    """Counts chunks and merges them, with threads and memory of its own."""

    def __init__(
        self, encoded: EncodedCorpus, n_words: int, weights: np.ndarray, symmetric: bool, plan: Plan
    ) -> None:
        self.encoded = encoded
        self.n_words = n_words
        self.weights = weights
        self.symmetric = symmetric
        self.plan = plan
        self.pool = ThreadPoolExecutor(plan.n_threads)
        self.scratch = deque(
            _Scratch(
                kernels.make_accumulator(n_words),
                np.empty(plan.block_entries, np.int32),
                np.empty(plan.block_entries, np.int64),
            )
            for _ in range(plan.n_threads)
        )

    def __enter__(self) -> PairCounter:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def count(self, progress: Progress | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the multiples int64 (n,), the columns int32 (n,), and where each row ends int64 (V,)."""
        n_tokens, step = len(self.encoded.token_ids), self.plan.chunk_tokens
        if step == n_tokens:
            rows = _Rows(self.plan.result_bytes)
            self._count_chunk(0, n_tokens, rows, progress)
            return rows.value.finish(), rows.col.finish(), np.concatenate(rows.ends)
        # Runs stand one after the other; `bounds` tells where each row of each run is.
        runs = _Rows(0)
        bounds = GrowingArray(np.int64, "the counts of word pairs")
        bounds.spill()
        for first in range(0, n_tokens, step):
            start = np.array([runs.value.size])
            self._count_chunk(first, min(first + step, n_tokens), runs, progress)
            bounds.append(np.concatenate([start, *runs.ends]))
            runs.ends.clear()
        run_bounds = bounds.finish().reshape(-1, self.n_words + 1)
        run_value, run_col = runs.value.finish(), runs.col.finish()
        most = np.zeros(self.n_words, np.int64)
        for bound in run_bounds:
            most += np.diff(bound)

        def merge(first: int, last: int, scratch: _Scratch, ends: np.ndarray) -> None:
            kernels.merge_rows(
                run_col, run_value, run_bounds, first, last, scratch.row, scratch.col, scratch.value, ends
            )

        rows = _Rows(self.plan.result_bytes)
        for _, block in self._blocks(merge, most):
            rows.append(block)
        return rows.value.finish(), rows.col.finish(), np.concatenate(rows.ends)

    def _count_chunk(self, first: int, last: int, rows: _Rows, progress: Progress | None) -> None:
        """Count tokens first..last - 1 with the context around them, and append the rows of all words."""
        encoded, window = self.encoded, len(self.weights) - 1
        n_sentences = int(np.diff(np.searchsorted(encoded.starts, [first - window, last + window]))[0])
        text = np.empty((last - first) + 2 * window + n_sentences + 3, np.int32)
        center_first, center_last, n_items = kernels.fill_text(
            encoded.token_ids, encoded.starts, first, last, window, text
        )
        bounds = np.empty(self.n_words + 1, np.int64)
        positions = np.empty(last - first, np.int32)
        kernels.index_positions(text, center_first, center_last, bounds, positions)
        column = text[:n_items].reshape(-1, 1)

        def count(first_word: int, last_word: int, scratch: _Scratch, ends: np.ndarray) -> None:
            kernels.count_rows(
                column, positions, bounds, first_word, last_word, self.weights, self.symmetric,
                scratch.row, scratch.col, scratch.value, ends,
            )  # fmt: skip

        sides = 2 if self.symmetric else 1
        for last_word, block in self._blocks(count, sides * window * np.diff(bounds)):
            rows.append(block)
            if progress is not None:
                progress(first + int(bounds[last_word]), len(encoded.token_ids))

    def _blocks(self, count_rows: CountRows, most: np.ndarray) -> Iterator[tuple[int, _Block]]:
        """Yield blocks of rows in order, each with the row after its last one; `most` bounds a row's entries."""
        under_way: deque[tuple[int, Future[_Block]]] = deque()
        bounds = np.concatenate([[0], np.cumsum(np.minimum(most, self.n_words))])
        for first, last in row_blocks(bounds, self.plan.block_entries):
            if len(under_way) == self.plan.n_threads:
                yield _finished(under_way)
            under_way.append((last, self.pool.submit(self._count_block, count_rows, first, last)))
        while under_way:
            yield _finished(under_way)

    def _count_block(self, count_rows: CountRows, first: int, last: int) -> _Block:
        scratch = self.scratch.pop()
        ends = np.empty(last - first, np.int64)
        count_rows(first, last, scratch, ends)
        n = int(ends[-1])
        block = _Block(scratch.col[:n].copy(), scratch.value[:n].copy(), ends)
        self.scratch.append(scratch)
        return block


def merged_runs(
    col: np.ndarray, value: np.ndarray, bounds: np.ndarray, n_words: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum the same rows of several runs.

    Parameters
    ----------
    col : int32, value : int64
        The entries of all runs.
    bounds : int64 (n_runs, n_rows + 1)
        Row r of a run is the entries from bounds[run, r] to bounds[run, r + 1].
    n_words : int
        Columns.

    Returns
    -------
    col : int32 (n,)
    value : int64 (n,)
    ends : int64 (n_rows,); where each row ends
    """
    row = kernels.make_accumulator(n_words)
    merged_col, merged_value = np.empty_like(col), np.empty_like(value)
    ends = np.zeros(bounds.shape[1] - 1, np.int64)
    kernels.merge_rows(col, value, bounds, 0, len(ends), row, merged_col, merged_value, ends)
    n = int(ends[-1]) if len(ends) else 0
    return merged_col[:n].copy(), merged_value[:n].copy(), ends


class _Rows:
    """Finished rows, which move to disk when they exceed `max_bytes`."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.col = GrowingArray(np.int32, "the counts of word pairs")
        self.value = GrowingArray(np.int64, "the counts of word pairs")
        self.ends: list[np.ndarray] = []

    def append(self, block: _Block) -> None:
        self.ends.append(block.ends + self.col.size)
        self.col.append(block.col)
        self.value.append(block.value)
        if ENTRY_BYTES * self.col.size > self.max_bytes:
            self.col.spill()
            self.value.spill()


def _finished(under_way: deque[tuple[int, Future[_Block]]]) -> tuple[int, _Block]:
    last, future = under_way.popleft()
    return last, future.result()
