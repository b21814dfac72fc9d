"""Words of UTF-8 text, numbered in order of first occurrence without an object per token, by any number of threads.

A text comes in blocks; `TextCutter` makes pieces of them that end after white space, and a `WordTable` turns a piece
into ids. `number_pieces` shares the pieces among threads, each of which has a table of its own: the pieces come back in
their order, and the words that are new in one get the next numbers, so that ids are the same with any number of threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple, TypeVar

import numpy as np

from wordvec._utils.threads import n_cores
from wordvec.kernels.text.scanning import PADDING, last_cut
from wordvec.kernels.text.tokenise import (
    BATCH_ROOM,
    BOUNDS_ROOM,
    copy_words,
    counts_of,
    encode_text,
    move_words,
    number_words,
    renumber,
)
from wordvec.kernels.tiles import aligned_zeros

_T = TypeVar("_T")

_FIRST_SLOTS = 1 << 14
_WORDS_BATCH = 1 << 16  # words that are decoded at a time
# The table of a thread stays small enough for a cache that cores share; then the thread begins a new one.
_MOST_LOCAL_WORDS = 1 << 17
_MOST_LOCAL_BYTES = 1 << 22
_MOST_THREADS = 8  # the one that puts pieces together keeps up with no more
_LEAST_BYTES = 1 << 21  # of text for a thread; less is done before the thread has got to know the common words
THREAD_BYTES = 32 << 20  # what a thread may need: its table, pieces of 512 KiB that wait for it, and their ids


class Piece(NamedTuple):
    """Text that ends after white space."""

    text: np.ndarray  # uint8, with PADDING zeros after `stop` or later
    stop: int


class TextCutter:
    """Cutter of blocks of UTF-8 text into pieces that end after white space of `str.split`."""

    def __init__(self) -> None:
        self._cut_word = b""  # what the end of the last block cut off
        self._is_line_open = False
        self._blocks: list[bytes] = []

    def feed(self, block: bytes, at_end: bool = False) -> Iterator[Piece]:
        """Add the next bytes of the text; yield a piece, or none.

        A word that the end of the block may have cut waits for the next block; `at_end` ends word and line.
        """
        self._blocks.append(block)
        self._is_line_open = not block.endswith(b"\n") if block else self._is_line_open
        if at_end:
            self._blocks.append(b"\n" if self._is_line_open else b"")
            self._is_line_open = False
        elif sum(map(len, self._blocks)) < len(self._cut_word):
            return  # gather until the text has doubled: a word of 100 MB takes linear time
        data = b"".join([self._cut_word, *self._blocks, bytes(PADDING)])
        self._blocks.clear()
        text = np.frombuffer(data, np.uint8)
        stop = last_cut(text, len(data) - PADDING)
        self._cut_word = data[stop:-PADDING]
        if stop:
            yield Piece(text, stop)


class WordTable:
    """The distinct words of UTF-8 text, counted and numbered in order of first occurrence.

    About 90 bytes and its own bytes for each distinct word.

    Attributes
    ----------
    n_words : int
    n_bytes : int
        Of the words, and a space after each.
    counts : int64 (n_words,)
    """

    def __init__(self) -> None:
        self.n_words = 0
        self._slots_S4 = aligned_zeros((_FIRST_SLOTS, 4), np.uint64)
        self._word_starts = np.zeros(len(self._slots_S4) // 2 + 1, np.int64)
        self._arena = np.empty(1 << 18, np.uint8)
        self._other_counts = np.zeros(0, np.int64)
        self._n_checked = 0  # words that check_utf8 has seen
        self._bounds = np.empty(BOUNDS_ROOM, np.int64)
        self._ends = np.empty(BATCH_ROOM, np.int64)
        self._keys_N3 = np.empty((BATCH_ROOM, 3), np.uint64)
        self._items = np.empty(0, np.int32)

    @property
    def n_bytes(self) -> int:
        """Bytes of the words, and of a space after each."""
        return int(self._word_starts[self.n_words])

    @property
    def counts(self) -> np.ndarray:
        """How often each word has been seen, int64 (n_words,); a new array."""
        counts = np.zeros(self.n_words, np.int64)
        counts[: len(self._other_counts)] = self._other_counts
        counts_of(self._slots_S4, counts)
        return counts

    def encode(self, piece: Piece) -> np.ndarray:
        """Return the ids of the words of a piece, and LINE_END, int32 (n,)."""
        text, stop = piece
        self._make_room(stop, stop)
        pos = n_items = 0
        while True:
            pos, self.n_words, n_items = encode_text(
                text, pos, stop, self._bounds, self._ends, *self._state(), self._items, n_items
            )
            if pos == stop:
                return self._items[:n_items].copy()
            self._grow_table()

    def number(self, text: np.ndarray, bounds: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return the ids of words that were found already, and LINE_END, int32 (n,).

        Parameters
        ----------
        text : uint8
            With PADDING bytes after the last word.
        bounds : int64 (2 * n_words,)
            Where the words begin and end, in turn; none is empty.
        ends : int64 (n_ends,)
            The number of words before each LINE_END.
        """
        self._make_room(int((bounds[1::2] - bounds[::2]).sum()) + len(bounds), len(bounds) // 2 + len(ends))
        word = end = n_items = 0
        while True:
            word, end, self.n_words, n_items = number_words(
                text, bounds, word, ends, end, *self._state(), self._items, n_items
            )
            if word == len(bounds) // 2:
                return self._items[:n_items].copy()
            self._grow_table()

    def add(self, arena: np.ndarray, word_starts: np.ndarray) -> np.ndarray:
        """Return the numbers of words of another table, int32 (n_words,); each is counted once."""
        bounds = np.empty((len(word_starts) - 1, 2), np.int64)
        bounds[:, 0] = word_starts[:-1]
        bounds[:, 1] = word_starts[1:] - 1
        return self.number(arena, bounds.reshape(-1), np.empty(0, np.int64))

    def add_counts(self, numbers: np.ndarray, counts: np.ndarray) -> None:
        """Count words, no two of them equal, as often as `counts` says."""
        others = np.zeros(self.n_words, np.int64)
        others[: len(self._other_counts)] = self._other_counts
        others[numbers] += counts
        self._other_counts = others

    def check_utf8(self) -> None:
        """Raise UnicodeDecodeError if a word added since the last call is not valid UTF-8.

        White space is valid by itself, so text is valid when its words are.
        """
        first, self._n_checked = self._n_checked, self.n_words
        self._bytes(first, self.n_words).decode("utf-8")

    def words(self, errors: str = "strict", first: int = 0) -> Iterator[str]:
        """Yield the distinct words by id, from `first` on. With ``errors="ignore"`` some may be empty, or equal."""
        for start in range(first, self.n_words, _WORDS_BATCH):
            stop = min(start + _WORDS_BATCH, self.n_words)
            yield from self._bytes(start, stop).decode("utf-8", errors).split(" ")[:-1]

    def select(self, word_ids: np.ndarray) -> list[str]:
        """Return the words with these ids; all must be valid UTF-8."""
        lengths = self._word_starts[word_ids + 1] - self._word_starts[word_ids]
        out = np.empty(int(lengths.sum()), np.uint8)
        copy_words(self._arena, self._word_starts, word_ids, out)
        return out.tobytes().decode("utf-8").split(" ")[:-1]

    def spelling(self, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the bytes of all words, uint8, and where those from `first` on begin, int64 (n_words - first + 1,).

        A space follows each word. Both are views.
        """
        return self._arena, self._word_starts[first : self.n_words + 1]

    def _state(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
        return self._keys_N3, self._arena, self._word_starts, self._slots_S4, self.n_words

    def _bytes(self, first: int, stop: int) -> bytes:
        return self._arena[self._word_starts[first] : self._word_starts[stop]].tobytes()

    def _make_room(self, n_bytes: int, n_items: int) -> None:
        """Make room for new words of `n_bytes` and a space more, and for items."""
        n_used = self.n_bytes
        needed = n_used + n_bytes + 1 + PADDING
        if needed > len(self._arena):
            self._arena = _enlarged(self._arena, n_used, max(needed, len(self._arena) * 3 // 2))
        if n_items > len(self._items):
            self._items = np.empty(n_items, np.int32)

    def _grow_table(self) -> None:
        slots_S4 = aligned_zeros((2 * len(self._slots_S4), 4), np.uint64)
        move_words(self._slots_S4, slots_S4)
        self._slots_S4 = slots_S4
        self._word_starts = _enlarged(self._word_starts, self.n_words + 1, len(slots_S4) // 2 + 1)


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
                self._numbers = _enlarged(self._numbers, self._n_known, 2 * n_words)
            self._numbers[self._n_known : n_words] = everything.add(arena, word_starts[self._n_known :])
            self._n_known = n_words
        renumber(items, self._numbers)

    def add_counts(self, everything: WordTable) -> None:
        """Count the words in the table of all, which has counted each once."""
        everything.add_counts(self._numbers[: self._n_known], self.table.counts - 1)


class _Lane:
    """A thread, and the words that it has seen, which it forgets when they are many."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._words = _LocalWords()
        self._last_words = self._words  # of the last piece that was given back
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
        items = self._words.table.encode(piece)
        return self._words, items, self._words.table.spelling(0)


def number_pieces(
    pieces: Iterable[tuple[_T, Piece]], table: WordTable, n_threads: int
) -> Iterator[tuple[_T, np.ndarray]]:
    """Yield for each piece what comes with it, and its ids and LINE_END, int32; the words are those of `table`.

    The counts of `table` are whole when all pieces have been yielded.
    """
    if n_threads == 1:
        for note, piece in pieces:
            yield note, table.encode(piece)
        return
    with ExitStack() as opened:
        lanes = [_Lane(opened.enter_context(ThreadPoolExecutor(1))) for _ in range(n_threads)]
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


def _enlarged(values: np.ndarray, n_used: int, size: int) -> np.ndarray:
    larger = np.empty(size, values.dtype)
    larger[:n_used] = values[:n_used]
    return larger
