"""Table of the words of UTF-8 text, numbered in order of first occurrence without an object per token."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wordvec.kernels.text.scanning import PADDING
from wordvec.kernels.text.tokenise import (
    BATCH_ROOM,
    BOUNDS_ROOM,
    copy_words,
    counts_of,
    encode_text,
    most_words,
    move_words,
    number_words,
)
from wordvec.kernels.text.unicode_words import encode_unicode_words
from wordvec.kernels.tiles import aligned_zeros
from wordvec.text.numbering.cutting import Piece, WordKinds

_FIRST_SLOTS = 1 << 14
_WORDS_BATCH = 1 << 16  # words that are decoded at a time


class WordTable:
    """The distinct words of UTF-8 text, counted and numbered in order of first occurrence.

    About 80 bytes and its own bytes for each distinct word.

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
        self._word_starts = np.zeros(most_words(len(self._slots_S4)) + 1, np.int64)
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

    def encode(self, piece: Piece, kinds: WordKinds | None = None) -> np.ndarray:
        """Return the ids of the words of a piece, and LINE_END, int32 (n,).

        Words are separated by white space; with `kinds`, they are those of `split_unicode_words` in valid UTF-8.
        """
        text, stop = piece
        self._make_room(stop, stop)
        pos, n_items, missing = 0, 0, -1
        while True:
            buffers = self._bounds, self._ends, *self._state(), self._items, n_items
            if kinds is None:
                pos, self.n_words, n_items = encode_text(text, pos, stop, *buffers)
            else:
                pos, self.n_words, n_items, missing = encode_unicode_words(
                    text, pos, stop, *kinds.tables, *buffers
                )
            if missing >= 0 and kinds is not None:
                kinds.add_page(missing)
            elif pos == stop:
                return self._items[:n_items].copy()
            else:
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
            if word == len(bounds) // 2 and end == len(ends):
                return self._items[:n_items].copy()
            self._grow_table()

    def add(self, arena: np.ndarray, word_starts: np.ndarray) -> np.ndarray:
        """Return the numbers of words of another table, int32 (n_words,); each is counted once."""
        bounds = np.empty((len(word_starts) - 1, 2), np.int64)
        bounds[:, 0] = word_starts[:-1]
        bounds[:, 1] = word_starts[1:] - 1
        return self.number(arena, bounds.reshape(-1), np.empty(0, np.int64))

    def add_counts(self, numbers: np.ndarray, counts: np.ndarray) -> None:
        """Add `counts`, int64 (n,), to the counts of words, no two of them equal."""
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
            self._arena = enlarged(self._arena, n_used, max(needed, len(self._arena) * 3 // 2))
        if n_items > len(self._items):
            self._items = np.empty(n_items, np.int32)

    def _grow_table(self) -> None:
        slots_S4 = aligned_zeros((2 * len(self._slots_S4), 4), np.uint64)
        move_words(self._slots_S4, slots_S4)
        self._slots_S4 = slots_S4
        self._word_starts = enlarged(self._word_starts, self.n_words + 1, most_words(len(slots_S4)) + 1)


def enlarged(values: np.ndarray, n_used: int, size: int) -> np.ndarray:
    """Return a copy of an array with room for `size` items, the first `n_used` of which are the same."""
    larger = np.empty(size, values.dtype)
    larger[:n_used] = values[:n_used]
    return larger
