"""Numbering of the words of pieces of text, in any number of threads.

Each thread has a table of its own. The pieces are merged in their order, and the words that are new in one get the next
numbers, so that ids are the same with any number of threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeVar

import numpy as np

from wordvec._utils.threads import n_cores
from wordvec.kernels.text.tokenise import renumber
from wordvec.text.numbering.cutting import Piece, WordKinds
from wordvec.text.numbering.table import WordTable, enlarged

_T = TypeVar("_T")

# The table of a thread must fit a cache that cores share; beyond that the thread begins a new one.
_MOST_LOCAL_WORDS = 1 << 17
_MOST_LOCAL_BYTES = 1 << 22
_MOST_THREADS = 8  # the thread that merges the pieces keeps up with no more
# Of text for a thread; less is done before the thread has seen the common words.
_LEAST_BYTES = 1 << 21
# What a thread may need: its table, pieces of 512 KiB that wait for it, and their ids.
THREAD_BYTES = 32 << 20


class _LocalWords:
    """The table of a thread, and the numbers of its words in the table of all."""

    def __init__(self) -> None:
        self.table = WordTable()
        self._numbers = np.empty(0, np.int32)
        self._n_known = 0  # words that have a number

    def renumber(
        self, items: np.ndarray, spelling: tuple[np.ndarray, np.ndarray], everything: WordTable
    ) -> None:
        """Replace the ids of a piece by those of all; `spelling` is that of the words when it was done."""
        arena, word_starts = spelling
        n_words = len(word_starts) - 1
        if n_words > self._n_known:
            if n_words > len(self._numbers):
                self._numbers = enlarged(self._numbers, self._n_known, 2 * n_words)
            self._numbers[self._n_known : n_words] = everything.add(arena, word_starts[self._n_known :])
            self._n_known = n_words
        renumber(items, self._numbers)

    def add_counts(self, everything: WordTable) -> None:
        """Count the words in the table of all, which has counted each once."""
        everything.add_counts(self._numbers[: self._n_known], self.table.counts - 1)


class _Lane:
    """A thread, and the words that it has seen, which it forgets when there are too many."""

    def __init__(self, thread: ThreadPoolExecutor, kinds: WordKinds | None) -> None:
        self._thread = thread
        self._kinds = kinds
        self._words = _LocalWords()
        self._last_words = self._words  # of the last piece that was taken
        self._waiting: deque[Future[tuple[_LocalWords, np.ndarray, tuple[np.ndarray, np.ndarray]]]] = deque()

    def give(self, piece: Piece) -> None:
        """Let the thread encode a piece."""
        self._waiting.append(self._thread.submit(self._encode, piece))

    def take(self, everything: WordTable) -> np.ndarray:
        """Return the ids, in the table of all, of the first piece that was not taken yet."""
        words, items, spelling = self._waiting.popleft().result()
        if words is not self._last_words:
            self.finish(everything)
            self._last_words = words
        words.renumber(items, spelling, everything)
        return items

    def finish(self, everything: WordTable) -> None:
        """Count the words of the pieces that were taken."""
        self._last_words.add_counts(everything)

    def _encode(self, piece: Piece) -> tuple[_LocalWords, np.ndarray, tuple[np.ndarray, np.ndarray]]:
        table = self._words.table
        if table.n_words > _MOST_LOCAL_WORDS or table.n_bytes > _MOST_LOCAL_BYTES:
            self._words = _LocalWords()
        items = self._words.table.encode(piece, self._kinds)
        return self._words, items, self._words.table.spelling(0)


def number_pieces(
    pieces: Iterable[tuple[_T, Piece]], table: WordTable, n_threads: int, kinds: WordKinds | None = None
) -> Iterator[tuple[_T, np.ndarray]]:
    """Yield for each piece its note, and its ids and LINE_END, int32; the words are those of `table`.

    `kinds` are those of `WordTable.encode`. The counts of `table` are complete when all pieces have been yielded.
    """
    if n_threads == 1:
        for note, piece in pieces:
            yield note, table.encode(piece, kinds)
        return
    with ExitStack() as opened:
        lanes = [_Lane(opened.enter_context(ThreadPoolExecutor(1)), kinds) for _ in range(n_threads)]
        notes: deque[_T] = deque()
        n_taken = 0
        for number, (note, piece) in enumerate(pieces):
            if len(notes) == 2 * n_threads:
                yield notes.popleft(), lanes[n_taken % n_threads].take(table)
                n_taken += 1
            lanes[number % n_threads].give(piece)
            notes.append(note)
        while notes:
            yield notes.popleft(), lanes[n_taken % n_threads].take(table)
            n_taken += 1
        for lane in lanes:
            lane.finish(table)


def threads_for(n_bytes: int, max_memory: int) -> int:
    """Return how many threads number the words of a text of `n_bytes`; they take at most a quarter of `max_memory`."""
    return max(1, min(n_cores(), _MOST_THREADS, n_bytes // _LEAST_BYTES, max_memory // (4 * THREAD_BYTES)))
