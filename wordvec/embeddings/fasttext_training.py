"""Training of word vectors with character n-grams: the rows in use, and a run of Word2Vec's supersteps over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wordvec.embeddings.fasttext_options import FastTextOptions
from wordvec.embeddings.shards import Shards
from wordvec.embeddings.word2vec_training import (
    MAX_CROWDING,
    Word2VecRun,
    pairs_per_position,
    without_padding,
)
from wordvec.kernels import changes, rng
from wordvec.kernels.tiles import aligned_zeros, padded_width
from wordvec.kernels.word2vec.jobs import make_positions
from wordvec.kernels.word2vec.ngram_rows import NGrams, make_ngrams
from wordvec.text.corpus import EncodedCorpus
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.subwords.table import SubwordTable, table_of_words

# Supersteps of 512 words between two exchanges with the rows of n-grams at most; in racing mode, blocks of one thread.
ROUND_STEPS = 8
OWN_ROUND_STEPS = 64
# What the words of a round add to the rows of one of them, on average over the text, in steps that all point in one
# direction, which those of different words do not. English has 12 after four supersteps with the defaults; texts of a
# few words that are written alike diverge at 48, and learn best up to 12 (tests/benchmarks/LOG.md).
MAX_NGRAM_CROWDING = 12.0
# The square of the weights of the nearest positions after some epochs (1.7 to 2 on wiki8).
POSITION_AMPLIFICATION = 4.0
_BLOCK_ROWS = 1 << 13


@dataclass(frozen=True)
class Start:
    """The initial state of a run.

    Attributes
    ----------
    output : float32 (V_old, D), or None
        The output rows of the first words; the others start from zeros.
    rows : float32 (R, D), or None
        All rows; if None, those in use are uniform in (-0.5 / D, 0.5 / D), a function of the seed and the row.
    words, vectors : int64 (n,), float32 (n, D), optional
        Words that start from these vectors: their own rows are set so that the means equal the vectors.
    positions : float32 (2 * window, D), or None
        The weights of positions; if None, all are 1.
    """

    output: np.ndarray | None = None
    rows: np.ndarray | None = None
    words: np.ndarray | None = None
    vectors: np.ndarray | None = None
    positions: np.ndarray | None = None


def subword_table(
    options: FastTextOptions, words: list[str], rows: np.ndarray, context: np.ndarray | None = None
) -> SubwordTable:
    """Return the subword table of these words, made of all rows, float32 (R, D), and an output table (V, D)."""
    return table_of_words(options.scheme, words, rows, 0 if options.has_hashed_words else len(words), context)


class FastTextRun(Word2VecRun):
    """One training run; its parameters are those of `Word2VecRun`, except that `tables` is a Start.

    It works only on the rows that the vocabulary uses, a fraction of all hash rows, with the most frequent first, so
    that these share memory pages and caches.
    """

    def __init__(
        self,
        options: FastTextOptions,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        tables: Start,
        n_threads: int,
        row_rates: np.ndarray | None = None,
        shards: Shards | None = None,
    ) -> None:
        n_words, size = len(vocabulary), options.vector_size
        width = padded_width(size)
        nothing = np.empty((0, size), np.float32)
        numbers, starts = subword_table(options, vocabulary.index_to_key, nothing).row_numbers()
        self.used, places = rows_in_use(numbers, starts, vocabulary.counts)
        self._places, self._starts = places, starts
        super().__init__(
            options,
            vocabulary,
            encoded,
            aligned_zeros((2 * n_words, width), np.float32),
            n_threads,
            shards=shards,
        )
        if tables.output is not None:
            self.tables[n_words : n_words + len(tables.output), :size] = tables.output
        self.rows = aligned_zeros((len(self.used), width), np.float32)
        if tables.rows is None:
            key = np.uint64(rng.stream_key(options.seed, rng.INITIAL, 0))
            rng.fill_uniform_rows(key, self.used, self.rows[:, :size])
        else:
            self.rows[:, :size] = tables.rows[self.used]
        if tables.words is not None and tables.vectors is not None:
            self._start_from(tables.words, tables.vectors, places, starts)
        n_segments, n_steps = self.chunk.negative_id.shape[:2]
        n_places = self.settings.n_block + (2 * options.window if options.is_cbow else 0)
        # Output rows take all of a step, also those of words that were known before.
        rates = np.empty(0, np.float32) if row_rates is None else row_rates[:n_words]
        is_private = not options.deterministic
        round_steps = self._round_steps(
            OWN_ROUND_STEPS if is_private else ROUND_STEPS, 1 if is_private else n_segments
        )
        self.ngrams = [
            make_ngrams(
                self.rows,
                places,
                starts,
                rates,
                round_steps,
                n_steps,
                n_places if is_private else n_segments * n_places,
                is_private,
            )
            for _ in range(n_threads if is_private else 1)
        ]
        self._n_all = options.n_rows(n_words)
        if options.position_weights:
            positions = make_positions(options.window, self.rows.shape[1], n_segments)
            self._positions = positions
            # Those of words: the row in the middle is never used.
            self._is_context = np.arange(len(positions.weights)) != options.window
            self._weights = positions.weights[:, : options.vector_size]
            if tables.positions is not None:
                self._weights[self._is_context] = tables.positions

    @property
    def amplification(self) -> float:
        """The amplification by position weights, which scale an input row's steps and its effect on scores."""
        return POSITION_AMPLIFICATION if self.options.position_weights else 1.0

    def _crowding_of_ngrams(self, kept_counts: np.ndarray, shape: np.ndarray) -> float:
        share = kept_counts / kept_counts.sum()
        lengths = np.diff(self._starts)
        # How often the rows of a word are used per kept position, on average over its rows.
        of_row = np.bincount(self._places, np.repeat(share, lengths), len(self.used))
        uses = np.add.reduceat(of_row[self._places], self._starts[:-1]) / lengths
        options = self.options
        per_use = pairs_per_position(options, shape) * (1 + options.negative)
        self._crowding_of_rows = of_row * per_use
        self._crowding = float(uses @ share) * per_use
        return self._crowding * MAX_CROWDING / MAX_NGRAM_CROWDING

    def replicated(self) -> list[np.ndarray]:
        """Return the rows of words and n-grams, the output table, and the position weights, as views."""
        weights = [] if self._positions is None else [self._positions.weights]
        return [self.rows, self.tables[len(self.tables) // 2 :], *weights]

    def crowding(self) -> list[np.ndarray]:
        """Return the expected pair weight of each of these rows per kept position, float64."""
        found = [self._crowding_of_rows, self._crowding_of_words[1]]
        # Each position of the window is met at each position of the text.
        return found if self._positions is None else [*found, np.full(len(self._positions.weights), 1.0)]

    def touched_rows(self) -> list[np.ndarray]:
        """Return the rows of `replicated` that the last call with `shards` changed, int32, ascending."""
        is_input, is_output = np.split(self._noted(), 2)
        is_row = np.zeros(len(self.rows), bool)
        changes.mark_rows_of_words(is_input, self._places, self._starts, is_row)
        found = [np.flatnonzero(touched).astype(np.int32) for touched in (is_row, is_output)]
        if self._positions is not None:
            found.append(np.arange(len(self._positions.weights), dtype=np.int32))
        return found

    def _round_steps(self, most: int, n_segments: int) -> int:
        """Return the supersteps of a round, fewer where n-grams are shared by most of the text."""
        settings = self.settings
        one = settings.rate_first * self.amplification * self._crowding * n_segments * settings.n_block
        return max(1, min(most, int(MAX_NGRAM_CROWDING / one)))

    def _ngrams_of(self, thread: int) -> NGrams:
        return self.ngrams[thread if len(self.ngrams) > 1 else 0]

    def checked_arrays(self) -> list[np.ndarray]:
        """Return the rows, the tables and the weights of positions."""
        weights = [] if self._positions is None else [self._positions.weights]
        return [self.rows, self.tables, *weights]

    def tensors(self) -> dict[str, np.ndarray]:
        """Return all tables, float32.

        All rows (R, D), with zeros for those not in use, the output table (V, D), and the position weights (2 * window,
        D), if there are any.
        """
        n_words, size = len(self.tables) // 2, self.options.vector_size
        rows = np.zeros((self._n_all, size), np.float32)
        # In the order of the large table, whose pages are touched one after the other.
        order = np.argsort(self.used)
        for first in range(0, len(order), _BLOCK_ROWS):
            block = order[first : first + _BLOCK_ROWS]
            rows[self.used[block]] = self.rows[block, :size]
        found = {"rows": rows, "output": self.tables[n_words:, :size]}
        return found if self._positions is None else {**found, "positions": self._weights[self._is_context]}

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Restore the tables from what `tensors` returned."""
        n_words, size = len(self.tables) // 2, self.options.vector_size
        self.rows[:, :size] = tensors["rows"][self.used]
        self.tables[n_words:, :size] = tensors["output"]
        if self._positions is not None:
            self._weights[self._is_context] = tensors["positions"]

    def finished_tensors(self) -> dict[str, np.ndarray]:
        """Return the same; the tables must not be used afterwards."""
        found = self.tensors()
        n_words = len(self.tables) // 2
        return {**found, "output": without_padding(self.tables[n_words:], self.options.vector_size)}

    def _start_from(
        self, words: np.ndarray, vectors: np.ndarray, places: np.ndarray, starts: np.ndarray
    ) -> None:
        """Set the words' own rows, the first of each, so that the means of all their rows are these vectors."""
        size = self.options.vector_size
        for word, vector in zip(words.tolist(), vectors):
            own, *others = places[starts[word] : starts[word + 1]].tolist()
            self.rows[own, :size] = vector * (len(others) + 1) - self.rows[others, :size].sum(axis=0)


def rows_in_use(numbers: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that words use, int64 (U,), the most frequent first, and `numbers` as indices into them, int32.

    Parameters
    ----------
    numbers, starts : int32 (n,), int64 (V + 1,)
        Word k has the rows numbers[starts[k]:starts[k + 1]].
    counts : int64 (V,)
        The counts of the words.
    """
    used, places = np.unique(numbers, return_inverse=True)
    weights = np.bincount(places, np.repeat(counts, np.diff(starts)).astype(np.float64), len(used))
    order = np.argsort(-weights, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return used[order].astype(np.int64), rank[places]
