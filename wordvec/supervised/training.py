"""Training of the supervised embedding classifier: tables, chunks, the best epoch; and its predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from wordvec._utils.loops import Report
from wordvec._utils.threads import workers
from wordvec.embeddings.training_loop import Chunk, TrainingRun
from wordvec.kernels import rng, supervised
from wordvec.kernels.elementary import logs
from wordvec.kernels.threads import CLAIM_STRIDE
from wordvec.kernels.tiles import aligned_zeros, padded_width
from wordvec.supervised.options import SupervisedOptions
from wordvec.text.tokenized_texts import EncodedTexts

# AdaGrad's sums keep the steps of a superstep bounded: from 8 to 128 texts the accuracy on held-out parts of six
# training sets differs by less than its noise (tests/benchmarks/LOG.md). More texts, fewer barriers.
STEP_TEXTS = 64
# So many supersteps pass between two looks at Ctrl-C.
_CHUNK_STEPS = 256
_INITIAL_SUM = 1e-10
_PREDICTED_TEXTS = 1024


@dataclass(frozen=True)
class Targets:
    """The targets of the labels, where the loss is not plain softmax; see `supervised.Texts`."""

    loss: int
    targets: np.ndarray
    starts: np.ndarray


SOFTMAX = Targets(supervised.SOFTMAX, np.empty(0, np.int32), np.zeros(1, np.int64))


@dataclass
class SupervisedState:
    """The progress of training."""

    n_earlier_epochs: int = 0  # of earlier calls, on other texts
    epoch: int = 0
    best_epoch: int = 0
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)


def new_model(
    n_rows: int, n_classes: int, size: int, seed: int, dtype: type = np.float32
) -> supervised.Model:
    """Return the initial model: vectors uniform in (-0.5 / D, 0.5 / D), weights zero."""
    width = padded_width(size + 1)
    table = aligned_zeros((n_rows, width), dtype)
    rng.fill_uniform(np.uint64(rng.stream_key(seed, rng.INITIAL, 0)), table[:, :size])
    weights = aligned_zeros((n_classes, width), dtype)
    table[:, size] = weights[:, size] = _INITIAL_SUM
    return supervised.Model(table, weights)


def model_of(
    vectors: np.ndarray, vector_sums: np.ndarray, weights: np.ndarray, weight_sums: np.ndarray
) -> supervised.Model:
    """Return the model of vectors (R, size) and weights (C, size) with their sums of squares, all float32."""
    size = vectors.shape[1]
    parts = []
    for rows, sums in ((vectors, vector_sums), (weights, weight_sums)):
        part = aligned_zeros((len(rows), padded_width(size + 1)), np.float32)
        part[:, :size], part[:, size] = rows, sums
        parts.append(part)
    return supervised.Model(*parts)


def probabilities(
    model: supervised.Model, size: int, rows: EncodedTexts, prior: np.ndarray, n_threads: int
) -> np.ndarray:
    """Return the class probabilities, float64 (n_texts, C); a text without rows gets `prior`."""
    found = np.tile(prior, (len(rows), 1))
    n_texts = len(rows)

    def work(first: int) -> None:
        last = min(first + _PREDICTED_TEXTS, n_texts)
        supervised.predict(rows.ids, rows.starts, model, size, first, last, found)

    firsts = range(0, n_texts, _PREDICTED_TEXTS)
    with workers(n_threads if len(firsts) > 1 else 1) as pool:
        pool.map(work, firsts)
    return found


class SupervisedRun(TrainingRun):
    """One training run.

    Parameters
    ----------
    options : SupervisedOptions
    rows : EncodedTexts
        Rows of each text; texts without any are left out.
    labels : int32 (n_texts,)
    class_weight : float64 (C,)
        Their logarithms are the margins by which frequent classes must win in training (Menon et al. 2021,
        arXiv:2007.07314, eq. 10): the optimal scores are those of the weighted likelihood. Weighting only the losses
        would be undone by AdaGrad's division by the magnitude of earlier gradients.
    model : supervised.Model
        Changed in place.
    n_threads : int
        The result does not depend on it in deterministic mode.
    n_earlier_epochs : int
        Epochs that the model was trained for before; their random draws are not repeated.
    sample_weight : float64 (n_texts,), optional
        Weights of the losses.
    targets : Targets
    """

    def __init__(
        self,
        options: SupervisedOptions,
        rows: EncodedTexts,
        labels: np.ndarray,
        class_weight: np.ndarray,
        model: supervised.Model,
        n_threads: int,
        n_earlier_epochs: int = 0,
        sample_weight: np.ndarray | None = None,
        targets: Targets = SOFTMAX,
    ) -> None:
        lengths = np.diff(rows.starts)
        self.used = np.flatnonzero(lengths)
        super().__init__(options, SupervisedState(n_earlier_epochs), len(self.used), n_threads)
        self.model = model
        self._loss_sum = 0.0
        dtype = model.table.dtype.type
        weight = np.ones(len(labels), dtype) if sample_weight is None else sample_weight.astype(dtype)
        margin = -logs(class_weight).astype(dtype)
        self.texts = supervised.Texts(
            rows.ids, rows.starts, labels, weight, margin, targets.targets, targets.starts, targets.loss
        )
        n_kept = int(np.sort(lengths)[-STEP_TEXTS:].sum())
        n_steps = 1 if options.deterministic else n_threads
        n_classes, width = model.weights.shape
        self._steps = [
            supervised.Step(
                hidden=aligned_zeros((STEP_TEXTS, width), dtype),
                gradient=aligned_zeros((STEP_TEXTS, width), dtype),
                error=aligned_zeros((STEP_TEXTS, n_classes), dtype),
                kept=np.zeros(n_kept, np.int32),
                n_kept=np.zeros(STEP_TEXTS, np.int64),
                loss=np.zeros(STEP_TEXTS),
            )
            for _ in range(n_steps)
        ]

    def train_keeping_best(
        self,
        prior: np.ndarray,
        *,
        on_chunk: Callable[[Report], None] | None = None,
        held_out: tuple[EncodedTexts, np.ndarray] | None = None,
        patience: int | None = None,
    ) -> bool:
        """Train like `train`, and keep the model of the best epoch.

        Parameters
        ----------
        prior : float64 (C,)
            Class probabilities for held-out texts without rows.
        on_chunk : callable, optional
            Called with the progress of the epoch after each chunk.
        held_out : rows and labels of texts, optional
            The model of the epoch with the highest accuracy on them, ties broken by lower loss, is kept.
        patience : int, optional
            Number of epochs without improvement after which training ends.
        """
        state = self.state
        best: supervised.Model | None = None

        def on_epoch(_: SupervisedRun) -> bool:
            nonlocal best
            if held_out is None:
                state.best_epoch = state.epoch
                return False
            best = self._keep_best(held_out, prior, best)
            return patience is not None and state.epoch - state.best_epoch >= patience

        is_whole = self.train(on_chunk=on_chunk, on_epoch=on_epoch)
        if best is not None:
            for part, kept in zip(self.model, best):
                part[:] = kept
        return is_whole

    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train on every text once."""
        n_texts = self.n_items
        order = np.empty(n_texts, np.int64)
        rng.fill_permutation(self._stream_key(rng.ORDER), order)
        order = self.used[order]
        sums = np.zeros(2)
        n_chunk = STEP_TEXTS * _CHUNK_STEPS
        for number, first in enumerate(range(0, n_texts, n_chunk)):
            done = min(first + n_chunk, n_texts)
            sums += self._run_chunk(pool, order, first, done)
            self._loss_sum = float(sums[0])
            yield Chunk(number + 1, done, self._loss_sum, float(sums[1]), done == n_texts)

    def end_epoch(self) -> None:
        """Do nothing: the state holds whole epochs only."""

    def checked_arrays(self) -> list[np.ndarray]:
        """Return table and weights, and the loss."""
        return [*self.model, np.array([self._loss_sum])]

    def _run_chunk(self, pool: ThreadPoolExecutor, order: np.ndarray, first: int, last: int) -> np.ndarray:
        """Train on order[first:last]; return the sums of losses and of their weights."""
        options, n_texts = self.options, len(order)
        n_steps = -(-(last - first) // STEP_TEXTS)

        def rate(place: int) -> float:
            done = (self.state.epoch + place / n_texts) / options.epochs
            return options.learning_rate * (1.0 - done)

        schedule = supervised.Schedule(
            size=options.vector_size,
            rate_first=rate(first),
            rate_last=rate(last),
            drop_below=np.uint64(round(options.dropout * 2**32)),
            key=self._stream_key(rng.KEEP),
        )
        course = supervised.Course(
            order=order[first:last],
            losses=np.zeros((n_steps, 2)),
            claims=np.zeros(n_steps, np.int64),
            counters=aligned_zeros((3 * CLAIM_STRIDE,), np.int64),
        )

        def work(thread: int) -> None:
            step = self._steps[0 if options.deterministic else thread]
            run = supervised.run_deterministic if options.deterministic else supervised.run_racing
            run(self.texts, self.model, schedule, course, step, thread, self.n_threads)

        list(pool.map(work, range(self.n_threads)))
        return course.losses.sum(axis=0)

    def _stream_key(self, purpose: int) -> np.uint64:
        """Return the key of this epoch's random draws for one purpose."""
        epoch = self.state.n_earlier_epochs + self.state.epoch
        return np.uint64(rng.stream_key(self.options.seed, purpose, epoch))

    def _keep_best(
        self, held_out: tuple[EncodedTexts, np.ndarray], prior: np.ndarray, best: supervised.Model | None
    ) -> supervised.Model | None:
        """Record loss and accuracy on held-out texts; return a copy of the model if it is the best, else `best`."""
        rows, labels = held_out
        found = probabilities(self.model, self.options.vector_size, rows, prior, self.n_threads)
        of_label = np.maximum(found[np.arange(len(labels)), labels], np.finfo(np.float64).tiny)
        state = self.state
        state.validation_loss_curve.append(float(-logs(of_label).mean()))
        state.validation_scores.append(float((found.argmax(axis=1) == labels).mean()))

        def rank(epoch: int) -> tuple[float, float]:
            return state.validation_scores[epoch - 1], -state.validation_loss_curve[epoch - 1]

        if state.best_epoch and rank(state.epoch) <= rank(state.best_epoch):
            return best
        state.best_epoch = state.epoch
        return supervised.Model(*(part.copy() for part in self.model))
