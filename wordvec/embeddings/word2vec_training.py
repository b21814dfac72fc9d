"""Training of skip-gram and CBOW: tables, chunks, supersteps, and learning rates that do not diverge."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import numpy as np

from wordvec._utils.errors import AdvisedError, AdvisedWarning
from wordvec.embeddings.shards import Shards
from wordvec.embeddings.training_loop import Chunk, TrainingRun
from wordvec.embeddings.word2vec_options import Word2VecOptions
from wordvec.kernels import rng
from wordvec.kernels.tiles import aligned_zeros, padded_width
from wordvec.kernels.word2vec import blocks, cbow, jobs, supersteps
from wordvec.kernels.word2vec.ngram_rows import NGrams
from wordvec.text.corpus import EncodedCorpus
from wordvec.text.vocabulary import Vocabulary

# 16 blocks of 32 words make a superstep; more blocks make the steps staler, fewer keep fewer threads busy.
MAX_SEGMENTS = 16
MAX_BLOCK = 32
# Words that share their negative samples. 32 is 5 % faster and a little worse (tests/benchmarks/LOG.md).
MAX_GROUP = 16
SEGMENT_TOKENS = 4096
# Racing threads take one segment after the other; many of them keep all threads busy to the end of a chunk.
RACING_SEGMENTS = 64
# A call of the deterministic kernel takes at most MAX_CALL_CHUNKS chunks, of a few milliseconds each; an epoch has at
# least MIN_CALLS calls, between which training can be interrupted.
MAX_CALL_CHUNKS = 8
MIN_CALLS = 32
# No row is to take more than this many full steps at once: over a superstep, whose blocks are of different
# places in the text, and over a block. Supersteps four times as large diverged on wiki8.
MAX_CROWDING = 8.0
MAX_BLOCK_CROWDING = 2.0
# The same for the words of one block, counted where they are instead of expected: a text that repeats a word
# has blocks with hundreds, ordinary text passes this bound in one of 300 blocks. See tests/benchmarks/LOG.md.
MAX_LOCAL_CROWDING = 4.0
# The loss is taken on one block in 64 at most, but on 2,000 blocks an epoch where there are that many.
MAX_LOSS_EVERY = 64
MIN_LOSS_BLOCKS = 2000
_ROWS_MOVED = 4096


@dataclass
class Word2VecState:
    """The progress of training; with the tables, everything that a resumed run needs."""

    epoch: int = 0
    n_tokens_done: int = 0  # of this epoch
    loss_sum: float = 0.0  # of this epoch, in nats
    loss_weight: float = 0.0
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)

    def end_epoch(self, stacklevel: int) -> None:
        """Reset the sums of the epoch; warn if the first one had nothing to learn from."""
        self.n_tokens_done, self.loss_sum, self.loss_weight = 0, 0.0, 0.0
        if math.isnan(self.loss_curve[-1]) and self.epoch == 1:
            advised = AdvisedError(
                "There was no pair of words to learn from in the first epoch, so the vectors are untrained.",
                "more text",
                "a lower {min_count}",
                "a higher {sample} (0 keeps all words)",
            )
            warnings.warn(AdvisedWarning(advised), stacklevel=stacklevel)


def new_tables(n_words: int, vector_size: int, seed: int) -> np.ndarray:
    """Return the tables before the first step, float32 (2 * V, padded width), input rows then output rows.

    Input vectors are uniform in (-0.5 / D, 0.5 / D), a function of the seed and the row; output vectors and
    the padding are zero. Needs 8 * V * D bytes.
    """
    tables = aligned_zeros((2 * n_words, padded_width(vector_size)), np.float32)
    # Python gets uint64 as an int, which Numba would take for int64.
    key = np.uint64(rng.stream_key(seed, rng.INITIAL, 0))
    rng.fill_uniform(key, tables[:n_words, :vector_size])
    return tables


def without_padding(table: np.ndarray, size: int) -> np.ndarray:
    """Return the rows of a table without what follows their `size` floats, in its memory, which is overwritten."""
    n_rows, width = table.shape
    flat = table.reshape(-1)
    if width > size:
        # Rows only move towards the start, so that none is written over before it is moved.
        for first in range(0, n_rows, _ROWS_MOVED):
            rows = table[first : first + _ROWS_MOVED, :size].copy()
            flat[first * size : first * size + rows.size] = rows.reshape(-1)
    return flat[: n_rows * size].reshape(n_rows, size)


class Word2VecRun(TrainingRun):
    """One training run over an encoded corpus: constants, memory and the training of a chunk.

    Parameters
    ----------
    options : Word2VecOptions
    vocabulary : Vocabulary
    encoded : EncodedCorpus
    tables : float32 (2 * V, padded width); changed in place
    n_threads : int; the result does not depend on it in deterministic mode
    row_rates : float32 (2 * V,), optional
        The learning rate of each row of `tables`, as a share of that of `options`; 1 for all by default.
    shards : Shards, optional
        Where `encoded` is one of several shards of a text, which are trained with `run_call`, a call a round.
    """

    advice_on_divergence = " or epochs, or raise min_count"

    def __init__(
        self,
        options: Word2VecOptions,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        tables: np.ndarray,
        n_threads: int,
        row_rates: np.ndarray | None = None,
        shards: Shards | None = None,
    ) -> None:
        super().__init__(options, Word2VecState(), len(encoded.token_ids), n_threads)
        self.encoded = encoded
        self.shards = shards
        self.tables = tables
        self.row_rates = np.zeros(0, np.float32) if row_rates is None else row_rates
        n_words = len(vocabulary)
        window = options.window
        keep = vocabulary.keep_probabilities(options.sample)
        noise = vocabulary.noise_probabilities(options.ns_exponent)
        shape = window_shape(window, options.window_kind)
        kept_counts = vocabulary.counts * keep
        crowding = crowding_per_position(options, kept_counts, noise, shape)
        self.kept_share = float(kept_counts.sum() / vocabulary.counts.sum())
        self._crowding_of_words = crowding
        most = max(float(crowding.max()), self._crowding_of_ngrams(kept_counts, shape))
        n_segments, n_block, rate = superstep_size(options.learning_rate, self.amplification * most)
        if rate < options.learning_rate:
            advised = AdvisedError(
                f"With this text, window and negative, a learning rate of {options.learning_rate:g} would diverge: "
                f"it is lowered to {rate:.2g}.",
                "a lower {learning_rate}",
                "a lower {sample}, which drops more of the frequent words",
            )
            warnings.warn(AdvisedWarning(advised), stacklevel=4)
        n_group = min(n_block, MAX_GROUP)
        if not options.deterministic:
            n_segments = RACING_SEGMENTS

        n_tokens = len(encoded.token_ids) if shards is None else shards.longest
        n_segments = max(1, min(n_segments, n_tokens // n_block))
        segment_tokens = SEGMENT_TOKENS
        if shards is not None:
            segment_tokens = max(n_block, min(segment_tokens, shards.round_tokens // n_segments))
        self.segment_tokens = max(1, min(segment_tokens, -(-n_tokens // n_segments)))
        self.chunk_tokens = n_segments * self.segment_tokens
        if shards is not None:
            n_chunks = max(1, shards.round_tokens // self.chunk_tokens)
        elif options.deterministic:
            n_chunks = max(1, min(MAX_CALL_CHUNKS, n_tokens // self.chunk_tokens // MIN_CALLS))
        else:
            n_chunks = 1
        self.call_tokens = self.chunk_tokens * n_chunks
        n_all = n_tokens if shards is None else shards.n_tokens
        n_blocks = int(n_all * self.kept_share) // n_block
        self.settings = jobs.Settings(
            size=options.vector_size,
            n_block=n_block,
            n_group=n_group,
            n_negatives=options.shared_negatives,
            window=window,
            span=blocks.band_width(window),
            is_random=options.window_kind == blocks.WINDOW_RANDOM,
            combine=options.combine if options.is_cbow else None,
            share=np.float32(options.negative / options.shared_negatives),
            center_offset=n_words if options.is_cbow else 0,
            context_offset=0 if options.is_cbow else n_words,
            negative_offset=n_words,
            rate_first=rate,
            rate_last=min(options.min_learning_rate, rate),
            n_planned=float(n_tokens * options.epochs),
            rate_bound=MAX_LOCAL_CROWDING
            / (self.amplification * pairs_per_position(options, shape) * (1 + options.negative)),
            loss_every=max(1, min(MAX_LOSS_EVERY, n_blocks // MIN_LOSS_BLOCKS)),
        )
        self.draws = jobs.Draws(
            keep_below=np.minimum(keep * 2.0**32, 2.0**32 - 1).astype(np.uint32),
            noise=rng.noise_strata(noise, options.shared_negatives),
            shape=shape,
            keys=np.zeros(3, np.uint64),
        )
        self.chunk = jobs.make_chunk(
            self.settings,
            n_segments,
            self.segment_tokens,
            tables.shape[1],
            options.deterministic,
            row_rates is not None,
            n_threads,
        )
        self._positions: jobs.Positions | None = None
        self.scratch = [
            blocks.make_scratch(n_block, n_group, options.shared_negatives, window, tables.shape[1])
            for _ in range(n_threads)
        ]
        self.uses = [np.zeros(n_words, np.int32) for _ in range(n_threads)]
        n_seen = 2 * n_words if options.deterministic else 0
        self.seen = [np.zeros(n_seen, np.int32) for _ in range(n_threads)]

    @property
    def amplification(self) -> float:
        """How much larger steps are than those of the vectors by themselves."""
        return 1.0

    @property
    def learning_rate(self) -> float:
        """The learning rate at the start, lowered where the text needs it."""
        return self.settings.rate_first

    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train the chunks of text that remain of the epoch."""
        state, n_tokens = self.state, self.n_items
        for number, first in enumerate(range(0, n_tokens, self.call_tokens)):
            if first < state.n_tokens_done:
                continue
            loss_sum, loss_weight = self.run_call(pool, number, state.epoch, self.encoded, self.options.seed)
            state.loss_sum += loss_sum
            state.loss_weight += loss_weight
            state.n_tokens_done = last = min(first + self.call_tokens, n_tokens)
            yield Chunk(number + 1, last, state.loss_sum, state.loss_weight, last == n_tokens)

    def end_epoch(self) -> None:
        """Reset the sums of the epoch; warn if the first one had nothing to learn from."""
        self.state.end_epoch(stacklevel=7)

    def replicated(self) -> list[np.ndarray]:
        """Return the tables that all shards train, views."""
        return [self.tables]

    def crowding(self) -> list[np.ndarray]:
        """Return the pair weight that each row of `replicated` meets per kept position, in expectation, float64."""
        return [self._crowding_of_words.reshape(-1)]

    def touched_rows(self) -> list[np.ndarray]:
        """Return the rows of `replicated` that the last call with `shards` changed, int32, ascending."""
        return [np.flatnonzero(self._noted()).astype(np.int32)]

    def _noted(self) -> np.ndarray:
        """Return which rows of both tables the last call changed, bool (2 * V,)."""
        is_touched = np.zeros(len(self.tables), bool)
        for seen in self.seen:
            is_touched |= seen != 0
        return is_touched

    def checked_arrays(self) -> list[np.ndarray]:
        """Return both tables, in one array."""
        return [self.tables]

    def tensors(self) -> dict[str, np.ndarray]:
        """Return both tables without padding, float32 (V, D) each, views."""
        n_words, size = len(self.tables) // 2, self.options.vector_size
        return {"input": self.tables[:n_words, :size], "output": self.tables[n_words:, :size]}

    def finished_tensors(self) -> dict[str, np.ndarray]:
        """Return the same as `tensors` in the memory of the tables, which are no more afterwards."""
        both = without_padding(self.tables, self.options.vector_size)
        return {"input": both[: len(both) // 2], "output": both[len(both) // 2 :]}

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Bring the tables into the state that `tensors` returned."""
        for name, table in self.tensors().items():
            table[:] = tensors[name]

    def loss(self, encoded: EncodedCorpus) -> float:
        """Return the loss on other text with the tables as they are; NaN if there is no pair in it.

        The same draws are used at each call, so that losses of different epochs can be compared.
        """
        settings = self.settings._replace(rate_first=0.0, rate_last=0.0, loss_every=1)
        total = np.zeros(2)
        with ThreadPoolExecutor(self.n_threads) as pool:
            for number in range(-(-len(encoded.token_ids) // self.call_tokens)):
                total += self.run_call(pool, number, 0, encoded, self.options.seed, settings)
        return float(total[0] / total[1]) if total[1] else math.nan

    def _crowding_of_ngrams(self, kept_counts: np.ndarray, shape: np.ndarray) -> float:
        """Return the crowding of rows that words share, as `crowding_per_position` has that of words."""
        return 0.0

    def _ngrams_of(self, thread: int) -> NGrams | None:
        """Return what a thread composes words of."""
        return None

    def run_call(
        self,
        pool: ThreadPoolExecutor,
        number: int,
        epoch: int,
        text: EncodedCorpus,
        seed: int,
        settings: jobs.Settings | None = None,
    ) -> tuple[float, float]:
        """Train on `call_tokens` tokens, the text's last call on fewer; return the summed loss and pair weights.

        Parameters
        ----------
        pool : ThreadPoolExecutor
            Of as many threads as the run has.
        number, epoch : int
            Which call of which epoch.
        text : EncodedCorpus
        seed : int
            Of the draws.
        settings : Settings, optional
            Others than those of the run.
        """
        settings = settings or self.settings
        chunk, keys, n_tokens = self.chunk, self.draws.keys, len(text.token_ids)
        for i, purpose in enumerate((rng.KEEP, rng.NOISE, rng.LOSS_SAMPLE)):
            keys[i] = rng.stream_key(seed, purpose, epoch)
        first = number * self.call_tokens
        chunk.bounds[:] = np.minimum(first + self.segment_tokens * np.arange(len(chunk.bounds)), n_tokens)
        chunk.place[:] = epoch * n_tokens, first // self.chunk_tokens
        chunk.total[:] = 0.0
        chunk.counters[:] = 0
        chunk.claims[:] = 0
        n_chunks = -(-(min(first + self.call_tokens, n_tokens) - first) // self.chunk_tokens)
        model = jobs.Model(self.tables, text.token_ids, text.starts, self.row_rates)
        # What a call of another epoch or shard noted there could be mistaken for a note of this one.
        if number == 0 or self.shards is not None:
            for seen in self.seen:
                seen[:] = 0
        run = supersteps.run_deterministic if self.options.deterministic else supersteps.run_racing
        tasks = []
        for t, (scratch, uses, seen) in enumerate(zip(self.scratch, self.uses, self.seen)):
            job = jobs.Job(settings, self.draws, model, chunk, scratch, self._ngrams_of(t), self._positions)
            tasks.append(pool.submit(run, job, uses, seen, n_chunks, t, self.n_threads))
        wait(tasks)
        for task in tasks:
            task.result()
        loss, weight = chunk.total if self.options.deterministic else chunk.loss.sum(axis=0)
        return float(loss), float(weight)


def rates_of_rows(old_counts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the rates of rows for training on with more text, float32 (2 * V,), as shares of the learning rate.

    The input vector of a word that occurred c times before and n times in the new text gets n / (n + 2 c): what
    was learned from many occurrences is not given up for a few, and a new word learns at the full rate. Output rows
    all take it: they follow how often words are predicted in the new text, which would otherwise be made up for by a
    common shift of all input vectors (tests/benchmarks/LOG.md).

    Parameters
    ----------
    old_counts : int64 (V_old,)
        Before the new text; its words are the first ones.
    counts : int64 (V,)
        With the new text.
    """
    rates = np.ones(2 * len(counts), np.float32)
    n_old = len(old_counts)
    rates[:n_old] = (counts[:n_old] - old_counts) / (counts[:n_old] + old_counts)
    return rates


def window_shape(window: int, kind: int) -> np.ndarray:
    """Return pair weights by distance, float32 (T,): entry t is for distance |t - window|, the rest is zero."""
    shape = np.zeros(blocks.band_width(window), np.float32)
    distance = np.abs(np.arange(2 * window + 1) - window)
    weight = (window + 1 - distance) / window if kind == blocks.WINDOW_EXPECTED else np.ones(2 * window + 1)
    shape[: 2 * window + 1] = np.where(distance == 0, 0.0, weight)
    return shape


def pairs_per_position(options: Word2VecOptions, shape: np.ndarray) -> float:
    """Return the pair weight of a position whose window is whole, in expectation."""
    if options.is_cbow and options.combine == cbow.MEAN_EXACT:
        return 1.0
    return options.window + 1.0 if options.window_kind == blocks.WINDOW_RANDOM else float(shape.sum())


def crowding_per_position(
    options: Word2VecOptions, kept_counts: np.ndarray, noise: np.ndarray, shape: np.ndarray
) -> np.ndarray:
    """Return the pair weight that each row of both tables meets per kept position, in expectation, float64 (2, V).

    All pairs of a superstep pull at the rows as they stood before it. For a word that is everywhere the sum
    of all these steps overshoots, which `superstep_size` prevents.
    """
    share = kept_counts / kept_counts.sum()
    as_center = share * (1 + options.negative)
    as_target = share + options.negative * noise
    return pairs_per_position(options, shape) * np.stack([as_center, as_target])


def superstep_size(rate: float, crowding: float) -> tuple[int, int, float]:
    """Return the number of blocks in a superstep, of words in a block, and a safe learning rate.

    All steps of a superstep are taken from the same place. For a row that most of its pairs share, their sum
    overshoots, and training diverges. `crowding` is the pair weight that the busiest row meets per position.
    Text in a natural language keeps the sizes that were asked for; a vocabulary of a few words, or no
    subsampling, does not.
    """
    n_segments, n_block = MAX_SEGMENTS, MAX_BLOCK
    while n_segments > 1 and rate * crowding * n_segments * n_block > MAX_CROWDING:
        n_segments //= 2
    if n_segments == 1:
        while n_block > 2 and rate * crowding * n_block > MAX_BLOCK_CROWDING:
            n_block //= 2
    return n_segments, n_block, min(rate, MAX_BLOCK_CROWDING / (2 * crowding)) if n_block == 2 else rate
