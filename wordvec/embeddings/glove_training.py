"""Training of GloVe: pairs grouped in blocks, and rounds of blocks that share no row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from wordvec._io.spill import empty_array
from wordvec._utils.threads import workers
from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.embeddings.glove_options import GloVeOptions
from wordvec.embeddings.training_loop import Chunk, TrainingRun
from wordvec.kernels import elementary, glove, rng
from wordvec.kernels.tiles import aligned_zeros, padded_width

# Both tables' rows of a stripe are to fit the cache that cores share, those of a column group the core's own.
_STRIPE_BYTES = 4 << 20
_GROUP_BYTES = 512 << 10
# Blocks of a round: enough for the threads of a machine, few enough that a block is worth its start.
_MIN_STRIPES = 16
_MIN_STRIPE_WORDS = 4
_MAX_STRIPE_WORDS = 1 << 16  # offsets in a stripe are uint16
# AdaGrad's sums before the first step: effective learning rates start at `learning_rate` and only fall.
_INITIAL_SUM = 1.0
PAIR_BYTES = 12
_STRIPES, _ROUNDS = 0, 1  # what a stream of rng.ORDER is for
WORDS, CONTEXTS = 0, 1  # the tables

# Of a stripe: vectors and sums, float32 (n, 2 * width), and biases and theirs, float32 (n, 2).
StripeRows = tuple[np.ndarray, np.ndarray]


@dataclass
class GloVeState:
    """The progress of training: together with the model's tensors, everything that a resumed run needs."""

    epoch: int = 0
    n_rounds_done: int = 0  # of this epoch
    n_pairs_done: int = 0  # of this epoch
    loss_sum: float = 0.0  # of this epoch
    loss_curve: list[float] = field(default_factory=list)


class GloVeRun(TrainingRun):
    """One training run over given counts: constants, memory, and the training of rounds, its chunks.

    The counts are read here and not kept. Needs 12 bytes per pair and, for D floats per vector, 16 * D * V bytes.

    Parameters
    ----------
    options : GloVeOptions
    counts : Cooccurrence
    n_threads : int; the result does not depend on it
    max_memory : int; bytes of memory for the pairs; beyond it they go to a mapped temporary file
    stripes : sequence of int, optional; those whose pairs are trained here, all by default

    Raises
    ------
    ValueError
        If there is no pair.
    OSError
        If the disk for temporary files is full.
    """

    def __init__(
        self,
        options: GloVeOptions,
        counts: Cooccurrence,
        n_threads: int,
        max_memory: int,
        stripes: Sequence[int] | None = None,
    ) -> None:
        if counts.nnz == 0:
            raise ValueError(
                "There is no pair of words to learn from. Pass more text with several words a line, or lower min_count."
            )
        super().__init__(options, GloVeState(), counts.nnz, n_threads)
        self.layout = _make_layout(len(counts.vocabulary), options)
        chosen = range(self.n_stripes) if stripes is None else stripes
        self.pairs = _arrange_pairs(counts, self.layout, options, n_threads, max_memory, chosen)
        self.model = _make_model(counts, self.layout, options)
        self.targets: np.ndarray | None = None
        self.is_target = np.zeros(len(counts.vocabulary), np.bool_)

    @property
    def n_stripes(self) -> int:
        """Stripes of words, and rounds of an epoch."""
        return len(self.layout.stripe_starts) - 1

    def start_from(self, words: np.ndarray, vectors: np.ndarray) -> None:
        """Initialise words from given vectors, half of each in either table.

        Parameters
        ----------
        words : int64 (n,); ids
        vectors : float32 (n, D)
        """
        size = self.options.vector_size
        targets = np.zeros((len(self.is_target), size), np.float32)
        targets[words] = vectors
        self.is_target[words] = True
        places = self.is_target[self.layout.order]
        for table in (self.model.word_table, self.model.context_table):
            table[places, :size] = targets[self.layout.order[places]] / 2
        if self.options.retrofit_penalty:
            self.targets = targets

    def tensors(self, *, with_sums: bool) -> dict[str, np.ndarray]:
        """Return copies of the model's state by word: vectors (V, D), [bias, sum] (V, 2), and sums (V, D).

        The sums of squares take as much memory as the vectors and are needed only to continue training.
        """
        size, width, order = self.options.vector_size, self.width, self.layout.order
        found = {}
        for name, table, bias in self._parts():
            for kind, start in (("vectors", 0), ("sums", width)):
                if kind == "vectors" or with_sums:
                    found[f"{name}_{kind}"] = by_word = np.empty((len(order), size), np.float32)
                    by_word[order] = table[:, start : start + size]
            found[f"{name}_bias"] = by_word = np.empty((len(order), 2), np.float32)
            by_word[order] = bias
        return found

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Restore the model from what `tensors` returned, sums included."""
        size, width, order = self.options.vector_size, self.width, self.layout.order
        for name, table, bias in self._parts():
            table[:, :size] = tensors[f"{name}_vectors"][order]
            table[:, width : width + size] = tensors[f"{name}_sums"][order]
            bias[:] = tensors[f"{name}_bias"][order]

    def rows(self, table: int, stripe: int) -> StripeRows:
        """Return the rows of a stripe of WORDS or CONTEXTS, as views."""
        _, vectors, bias = self._parts()[table]
        place = slice(self.layout.stripe_starts[stripe], self.layout.stripe_starts[stripe + 1])
        return vectors[place], bias[place]

    def set_rows(self, table: int, stripe: int, given: StripeRows) -> None:
        """Restore the rows of a stripe from what `rows` returned."""
        for own, other in zip(self.rows(table, stripe), given):
            own[:] = other

    @property
    def width(self) -> int:
        """Floats in a padded vector."""
        return self.model.word_table.shape[1] // 2

    def _parts(self) -> list[tuple[str, np.ndarray, np.ndarray]]:
        model = self.model
        return [
            ("word", model.word_table, model.word_bias),
            ("context", model.context_table, model.context_bias),
        ]

    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train the rounds that remain of the epoch."""
        state = self.state
        key = np.uint64(rng.stream_key(self.options.seed, rng.ORDER, 2 * state.epoch + _ROUNDS))
        shifts = np.empty(self.n_stripes, np.int64)
        rng.fill_permutation(key, shifts)
        for n_round in range(state.n_rounds_done, self.n_stripes):
            self._run_round(pool, int(shifts[n_round]), np.uint64(rng.draw(key, n_round)))
            state.n_rounds_done = n_round + 1
            is_last = state.n_rounds_done == self.n_stripes
            yield Chunk(n_round + 1, state.n_pairs_done, state.loss_sum, state.n_pairs_done, is_last)

    def end_epoch(self) -> None:
        """Reset the sums of the epoch."""
        self.state.n_rounds_done, self.state.n_pairs_done, self.state.loss_sum = 0, 0, 0.0

    def checked_arrays(self) -> list[np.ndarray]:
        """Return tables and biases, and the loss.

        The loss is evaluated before each step and in float64, so it may be finite where the tables are not.
        """
        return [*self.model, np.array([self.state.loss_sum])]

    def _run_round(self, pool: ThreadPoolExecutor, shift: int, key: np.uint64) -> None:
        """Train on the blocks of a round, then take the step of the penalty."""
        losses, n_pairs = self.train_blocks(pool, shift, key)
        if self.targets is not None:
            penalty = np.float32(self.options.retrofit_penalty / self.n_stripes)
            rate = np.float32(self.options.learning_rate)
            bounds = self.layout.stripe_starts

            def pull(stripe: int) -> float:
                return glove.retrofit(
                    self.layout.order, bounds[stripe], bounds[stripe + 1], self.model,
                    self.targets, self.is_target, penalty, rate,
                )  # fmt: skip

            losses += list(pool.map(pull, range(self.n_stripes)))
        self.state.loss_sum += float(losses.sum())
        self.state.n_pairs_done += n_pairs

    def train_blocks(self, pool: ThreadPoolExecutor, shift: int, key: np.uint64) -> tuple[np.ndarray, int]:
        """Train on the blocks (I, I + shift); return the loss of each stripe I, and the number of pairs."""
        starts, n_stripes = self.layout.block_starts, self.n_stripes
        rate = np.float32(self.options.learning_rate)
        claims, losses = np.zeros(1, np.int64), np.zeros(n_stripes)

        def work(_: int) -> None:
            glove.run_round(self.layout, self.pairs, self.model, shift, key, rate, claims, losses)

        list(pool.map(work, range(self.n_threads)))
        n_groups = (starts.shape[1] - 1) // n_stripes
        rows = np.arange(n_stripes)
        cols = (rows + shift) % n_stripes
        return losses, int((starts[rows, (cols + 1) * n_groups] - starts[rows, cols * n_groups]).sum())


def _make_layout(n_words: int, options: GloVeOptions) -> glove.Layout:
    """Distribute the words over stripes at random, rank by rank, so that stripes have similar numbers of pairs."""
    row_bytes = 8 * options.vector_size
    n_stripes = max(_MIN_STRIPES, -(-n_words * row_bytes // _STRIPE_BYTES), -(-n_words // _MAX_STRIPE_WORDS))
    n_stripes = max(1, min(n_stripes, n_words // _MIN_STRIPE_WORDS))
    key = np.uint64(rng.stream_key(options.seed, rng.ORDER, _STRIPES))
    stripe = np.empty(n_words, np.int64)
    dealt = np.empty(n_stripes, np.int64)
    for first in range(0, n_words, n_stripes):
        rng.fill_permutation(np.uint64(rng.draw(key, first)), dealt)
        stripe[first : first + n_stripes] = dealt[: n_words - first]
    order = np.argsort(stripe, kind="stable")
    starts = np.zeros(n_stripes + 1, np.int64)
    np.cumsum(np.bincount(stripe, minlength=n_stripes), out=starts[1:])
    offset = np.empty(n_words, np.int64)
    offset[order] = np.arange(n_words)
    offset -= starts[stripe]
    group_size = max(1, _GROUP_BYTES // row_bytes)
    n_groups = int(offset.max()) // group_size + 1
    return glove.Layout(
        order=order.astype(np.int32),
        stripe_starts=starts,
        offset=offset.astype(np.uint16),
        bucket=(stripe * n_groups + offset // group_size).astype(np.int32),
        block_starts=np.zeros((n_stripes, n_stripes * n_groups + 1), np.int64),
    )


def _arrange_pairs(
    counts: Cooccurrence,
    layout: glove.Layout,
    options: GloVeOptions,
    n_threads: int,
    max_memory: int,
    stripes: Sequence[int],
) -> glove.Pairs:
    """Sort the pairs of some stripes by block and set `layout.block_starts`."""
    starts, col, value = counts.starts, counts.col, counts.value
    n_pairs = 0
    for stripe in stripes:
        words = layout.order[layout.stripe_starts[stripe] : layout.stripe_starts[stripe + 1]]
        n_pairs += int((starts[words + 1] - starts[words]).sum())
    in_memory = PAIR_BYTES * n_pairs <= max_memory
    pairs = glove.Pairs(
        *(
            empty_array(n_pairs, dtype, in_memory, "the pairs of words")
            for dtype in (np.uint16, np.uint16, np.float32, np.float32)
        )
    )
    block_starts = layout.block_starts

    def count(stripe: int) -> None:
        glove.count_pairs(starts, col, layout, stripe)

    def place(stripe: int) -> None:
        glove.place_pairs(starts, col, value, layout, stripe, options.x_max, options.weight_exponent, pairs)

    with workers(n_threads) as pool:
        pool.map(count, stripes)
        n_before = np.cumsum(block_starts.sum(axis=1)) - block_starts.sum(axis=1)
        np.cumsum(block_starts, axis=1, out=block_starts)
        block_starts += n_before[:, None]
        pool.map(place, stripes)
    return pairs


def _make_model(counts: Cooccurrence, layout: glove.Layout, options: GloVeOptions) -> glove.Model:
    """Return the initial model.

    Vectors are uniform in (-0.5 / D, 0.5 / D), a function of the seed and the word. Biases start from the values that
    independent words would have, log(sum of the row or column) - log(sum of all) / 2: with zeros or tiny numbers, as in
    the authors' code, the errors of the most frequent words' first pairs, which follow one another here, all have the
    same sign, and their steps diverge.
    """
    n_words, size = len(counts.vocabulary), options.vector_size
    width = padded_width(size)
    tables, biases = [], []
    matrix = counts.to_scipy()
    ones = np.ones(n_words)
    for i, sums in enumerate((matrix @ ones, matrix.T @ ones)):
        table = aligned_zeros((n_words, 2 * width), np.float32)
        vectors = np.empty((n_words, size), np.float32)
        rng.fill_uniform(np.uint64(rng.stream_key(options.seed, rng.INITIAL, i)), vectors)
        table[:, :size] = vectors[layout.order]
        table[:, width:] = _INITIAL_SUM
        bias = np.full((n_words, 2), _INITIAL_SUM, np.float32)
        # Not counts.total, whose last bit depends on where the counts come from.
        log_total = elementary.logs(sums.sum())
        log_sums = np.full(n_words, log_total / 2)
        log_sums[sums > 0] = elementary.logs(sums[sums > 0])
        bias[:, 0] = (log_sums - log_total / 2)[layout.order]
        tables.append(table)
        biases.append(bias)
    return glove.Model(*tables, *biases)
