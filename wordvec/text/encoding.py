"""Encoding of text as provisional ids: words are numbered in order of first occurrence, line ends are marked.

`WordSplitter` and `WordTable` do it for UTF-8 bytes without an object per token, `SentenceEncoder` for Python
strings. Both count.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sized

import numpy as np

from wordvec.kernels.hashing import move_slots
from wordvec.kernels.text.tokenise import LINE_END, number_words, split_words
from wordvec.text.lists import check_corpus, sentence_error

Progress = Callable[[int, int], object]

_WORDS_BATCH = 1 << 16  # words that are decoded at a time


class WordSplitter:
    """Splitter of blocks of UTF-8 text at the white space of `str.split`, into the places and keys of words.

    Parameters
    ----------
    max_words : int
        Words and line ends that are found at a time.
    """

    def __init__(self, max_words: int) -> None:
        self._found_N3 = np.empty((max_words, 3), np.uint64)
        self._cut_word = b""  # what the end of the last block cut off
        self._is_line_open = False
        self._blocks: list[bytes] = []

    def feed(self, block: bytes, at_end: bool = False) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Add the next bytes of the text; yield pairs for `WordTable.number`.

        A word that the end of the block may have cut waits for the next block; `at_end` ends word and line.

        Yields
        ------
        text : uint8
        found_N3 : uint64 (N, 3)
        """
        self._blocks.append(block)
        self._is_line_open = not block.endswith(b"\n") if block else self._is_line_open
        if at_end:
            self._blocks.append(b"\n" if self._is_line_open else b"")
            self._is_line_open = False
        elif sum(map(len, self._blocks)) < len(self._cut_word):
            return  # gather until the text has doubled: a word of 100 MB takes linear time
        data = b"".join([self._cut_word, *self._blocks])
        self._blocks.clear()
        text = np.frombuffer(data, np.uint8)
        pos, n_found = 0, len(self._found_N3)
        while n_found == len(self._found_N3):
            pos, n_found = split_words(text, pos, self._found_N3)
            yield text, self._found_N3[:n_found].copy()
        self._cut_word = data[pos:]


class WordTable:
    """The distinct words of UTF-8 text, counted and numbered in order of first occurrence.

    About 60 bytes and its own bytes for each distinct word.

    Attributes
    ----------
    n_words : int
    n_bytes : int
        Of the words, and a space after each.
    counts : int64 (n_words,)
    """

    def __init__(self) -> None:
        self.n_words = 0
        self._slots_S2 = np.zeros((1 << 16, 2), np.uint64)
        self._counts = np.zeros(len(self._slots_S2) // 2, np.int64)
        self._word_starts = np.zeros(len(self._counts) + 1, np.int64)
        self._arena = np.empty(1 << 20, np.uint8)
        self._n_checked = 0  # words that check_utf8 has seen

    @property
    def n_bytes(self) -> int:
        """Bytes of the words, and of a space after each."""
        return int(self._word_starts[self.n_words])

    @property
    def counts(self) -> np.ndarray:
        """How often each word has been seen, int64 (n_words,)."""
        return self._counts[: self.n_words]

    def number(self, text: np.ndarray, found_N3: np.ndarray) -> np.ndarray:
        """Return the ids of the words that `WordSplitter` found, and LINE_END, int32 (N,)."""
        n_used = int(self._word_starts[self.n_words])
        if n_used + len(text) >= len(self._arena):
            self._arena = _enlarged(
                self._arena, n_used, max(n_used + len(text) + 1, len(self._arena) * 3 // 2)
            )
        items = np.empty(len(found_N3), np.int32)
        n_done = 0
        while True:
            table = self._arena, self._word_starts, self._counts, self._slots_S2, self.n_words
            n_done, self.n_words = number_words(text, found_N3, n_done, *table, items)
            if n_done == len(found_N3):
                return items
            self._grow_table()

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
        starts, stops = self._word_starts[word_ids], self._word_starts[word_ids + 1] - 1
        return [
            self._arena[start:stop].tobytes().decode("utf-8")
            for start, stop in zip(starts.tolist(), stops.tolist())
        ]

    def spelling(self, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the bytes of all words, uint8, and where those from `first` on begin, int64 (n_words - first + 1,).

        A space follows each word. Both are views.
        """
        return self._arena, self._word_starts[first : self.n_words + 1]

    def _bytes(self, first: int, stop: int) -> bytes:
        return self._arena[self._word_starts[first] : self._word_starts[stop]].tobytes()

    def _grow_table(self) -> None:
        slots_S2 = np.zeros((2 * len(self._slots_S2), 2), np.uint64)
        move_slots(self._slots_S2, slots_S2)
        self._slots_S2 = slots_S2
        self._counts = _enlarged(self._counts, self.n_words, len(slots_S2) // 2)
        self._word_starts = _enlarged(self._word_starts, self.n_words + 1, len(self._counts) + 1)


def _enlarged(values: np.ndarray, n_used: int, size: int) -> np.ndarray:
    larger = np.empty(size, values.dtype)
    larger[:n_used] = values[:n_used]
    return larger


class WordIndex(dict[str, int]):
    """Distinct words, numbered in order of first occurrence: ``index[word]`` gives a new word the next number."""

    def __missing__(self, word: str) -> int:
        if not isinstance(word, str):
            raise TypeError
        # A subclass of str, NumPy's for example, is kept as a plain str.
        number = len(self)
        self[str(word)] = number
        return number


class SentenceEncoder:
    """Encoder of sentences of Python strings as provisional ids, with their counts.

    About 150 bytes and its own bytes for each distinct word.

    Attributes
    ----------
    index : WordIndex
    counts : int64 (n_words,)
    """

    def __init__(self, buffer_items: int = 1 << 18) -> None:
        self.index = WordIndex()
        self._counts = np.zeros(1 << 12, np.int64)
        self._buffer_items = buffer_items
        self._buffer = array("i")

    @property
    def counts(self) -> np.ndarray:
        """How often each word has been seen, int64 (n_words,)."""
        return self._counts[: len(self.index)]

    def encode(self, corpus: Iterable[Iterable[str]], progress: Progress | None) -> Iterator[np.ndarray]:
        """Yield the ids and LINE_END of a corpus in int32 arrays.

        Raises
        ------
        TypeError
            If `corpus` is not a re-iterable of sentences; the message names the sentence and the token.
        """
        check_corpus(corpus)
        n_sentences = len(corpus) if isinstance(corpus, Sized) else 0
        n_done = 0
        for number, sentence in enumerate(corpus):
            try:
                self.feed(sentence)
            except TypeError as error:
                raise sentence_error(sentence, f"sentences[{number}]", error) from error
            n_done = number + 1
            if self.is_full:
                yield self.flush()
                if progress is not None:
                    progress(n_done, n_sentences)
        yield self.flush()
        if progress is not None:
            progress(n_done, n_done)

    def feed(self, sentence: Iterable[str], ends_line: bool = True) -> None:
        """Add a sentence, or a part of one.

        Raises
        ------
        TypeError
            If it is not an iterable of str, or is a str; `sentence_error` says it better.
        """
        if isinstance(sentence, (str, bytes)):
            raise TypeError
        self._buffer.extend(map(self.index.__getitem__, sentence))
        if ends_line:
            self._buffer.append(LINE_END)

    @property
    def is_full(self) -> bool:
        """Whether it is time to `flush`."""
        return len(self._buffer) >= self._buffer_items

    def flush(self) -> np.ndarray:
        """Return the ids and LINE_END added since the last call, int32."""
        items = np.array(self._buffer, np.int32)
        del self._buffer[:]
        if len(self.index) > len(self._counts):
            n_old = len(self._counts)
            self._counts = _enlarged(self._counts, n_old, len(self.index) * 3 // 2)
            self._counts[n_old:] = 0
        seen = np.bincount(items[items != LINE_END])
        self._counts[: len(seen)] += seen
        return items
