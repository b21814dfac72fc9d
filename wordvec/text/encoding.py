"""Encoding of sentences of Python strings as provisional ids: words are numbered in order of first occurrence.

Line ends are marked, and words counted. `numbering` does the same for UTF-8 bytes, without an object per token.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sized

import numpy as np

from wordvec.kernels.text.tokenise import LINE_END
from wordvec.text.lists import check_corpus, sentence_error

Progress = Callable[[int, int], object]


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
            If it is not an iterable of str, or is a str; `sentence_error` gives the full message.
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
            counts = np.zeros(len(self.index) * 3 // 2, np.int64)
            counts[:n_old] = self._counts
            self._counts = counts
        seen = np.bincount(items[items != LINE_END])
        self._counts[: len(seen)] += seen
        return items
