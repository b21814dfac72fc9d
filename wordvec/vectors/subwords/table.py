"""`SubwordTable`: vectors of known and unknown words as means of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wordvec._io.strings import pack_strings, places_of
from wordvec._utils.threads import n_threads_for, workers
from wordvec.vectors.subwords.rows import DenseRows, Rows
from wordvec.vectors.subwords.scheme import NGramScheme

_BLOCK_WORDS, _ROUND = 4096, 48


@dataclass(frozen=True, eq=False)
class SubwordTable:
    """The rows of words and n-grams whose means are the word vectors (Bojanowski et al. 2017).

    Attributes
    ----------
    scheme : NGramScheme
    rows : DenseRows or QuantizedRows
    first_row : int
        The row of the first bucket, after those of words.
    words, starts : uint8 (n_bytes,), int64 (V + 1,)
        The known words in the form in which they are hashed.
    own_rows : int64 (V,)
        The rows of the known words themselves, -1 for none.
    encoding : str
        The encoding in which words are hashed.
    context : DenseRows, optional
        The output table, a row for each known word, where there is one.
    """

    scheme: NGramScheme
    rows: Rows
    first_row: int
    words: np.ndarray
    starts: np.ndarray
    own_rows: np.ndarray
    encoding: str = "utf-8"
    context: DenseRows | None = None

    @property
    def vector_size(self) -> int:
        """Floats in a vector, D."""
        return self.rows.shape[1]

    def known_vectors(self, first: int = 0, last: int | None = None) -> np.ndarray:
        """Return the vectors of the known words first..last - 1, float32 (n, D)."""
        last = len(self.own_rows) if last is None else last
        found = np.empty((last - first, self.vector_size), np.float32)

        def work(begin: int) -> None:
            end = min(begin + _BLOCK_WORDS, last)
            block = slice(begin - first, end - first)
            starts = self.starts[begin : end + 1]
            words = self.words[starts[0] : starts[-1]]
            own = self.own_rows[begin:end]
            found[block] = self.rows.means(*self._rows_of(words, starts - starts[0], own))

        blocks = range(first, last, _BLOCK_WORDS)
        with workers(n_threads_for(-1) if len(blocks) > 1 else 1) as pool:
            for begin in range(0, len(blocks), _ROUND):
                pool.map(work, blocks[begin : begin + _ROUND])
                if len(blocks) > _ROUND:
                    self.rows.release()  # words' own rows of a mapped file are needed once
        return found

    def row_numbers(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of all known words, int32 (n,), and where each word's rows begin, int64 (V + 1,)."""
        return self._rows_of(self.words, self.starts, self.own_rows)

    def unknown_vectors(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of words that are not known, float32 (n, D), and of how many n-grams each is the mean.

        Words without n-grams get zeros.
        """
        packed, starts = self._packed(words)
        rows, row_starts = self._rows_of(packed, starts, np.full(len(words), -1))
        return self.rows.means(rows, row_starts), np.diff(row_starts)

    def _packed(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        if self.encoding == "utf-8":
            return pack_strings(words, "surrogatepass")
        encoded = [word.encode(self.encoding, "ignore") for word in words]
        starts = np.cumsum([0, *map(len, encoded)])
        return np.frombuffer(b"".join(encoded), np.uint8), starts

    def _rows_of(
        self, words: np.ndarray, starts: np.ndarray, own_rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        with_ngrams = np.full(len(own_rows), self.scheme.has_ngrams)
        if self.scheme.whole_word:
            with_ngrams[places_of(words, starts, self.scheme.whole_word.encode())] = False
        return self.scheme.rows_of(words, starts, own_rows, with_ngrams, self.first_row)


def table_of_words(
    scheme: NGramScheme, words: Sequence[str], rows: np.ndarray, n_own: int, context: np.ndarray | None = None
) -> SubwordTable:
    """Return the table for words whose own rows, if they have any, come first.

    Parameters
    ----------
    scheme : NGramScheme
    words : sequence of str
        Distinct words.
    rows : float32 (R, D)
    n_own : int
        The number of words' own rows, at least as many as there are words; 0 if they have none.
    context : float32 (V, D), optional
        The output table.
    """
    packed, starts = pack_strings(words, "surrogatepass")
    return SubwordTable(
        scheme=scheme,
        rows=DenseRows.of(rows),
        first_row=n_own,
        words=packed,
        starts=starts,
        own_rows=np.arange(len(words)) if n_own else np.full(len(words), -1),
        context=None if context is None else DenseRows.of(context),
    )


def whole_words(vectors: np.ndarray, words: Sequence[str]) -> SubwordTable:
    """Return the table of words without n-grams, whose rows are their vectors, float (V, D)."""
    return table_of_words(NGramScheme(0, 0, 0), words, vectors, len(words))
