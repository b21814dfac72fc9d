"""One training run of the supervised embedding classifier: options, tables, the loop over epochs."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wordvec._utils.loops import Report, delayed_interrupt
from wordvec._utils.threads import workers
from wordvec._utils.validation import check_choice, check_float, check_int, check_seed
from wordvec.embeddings.word2vec_options import check_common
from wordvec.embeddings.word2vec_training import padded_width
from wordvec.kernels import rng, supervised
from wordvec.kernels.blocks import aligned_zeros
from wordvec.supervised.features import FeatureLimits
from wordvec.text.tokenized_texts import EncodedTexts

_OWNER = "EmbeddingClassifier"
_MAX_VECTOR_SIZE = 10_000
_MAX_LEARNING_RATE = 10.0
_MAX_NGRAM = 5
_MAX_ROWS = 2**31 - 1
# AdaGrad's sums keep the steps of a superstep bounded: from 8 to 128 texts the accuracy on held-out parts of six
# training sets differs by less than its noise (tests/benchmarks/LOG.md). More texts, fewer barriers.
STEP_TEXTS = 64
# So many supersteps pass between two looks at Ctrl-C.
_CHUNK_STEPS = 256
_INITIAL_SUM = 1e-10
_PREDICTED_TEXTS = 1024


@dataclass(frozen=True)
class SupervisedOptions:
    """Everything but texts and labels that decides the result of training; all values are checked."""

    vector_size: int
    epochs: int
    learning_rate: float
    dropout: float
    deterministic: bool
    seed: int


@dataclass
class SupervisedState:
    """How far training has come."""

    n_earlier_epochs: int = 0  # of earlier calls, on other texts
    epoch: int = 0
    best_epoch: int = 0
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)


def check_supervised_options(estimator: Any) -> tuple[SupervisedOptions, FeatureLimits]:
    """Return the checked options of an `EmbeddingClassifier`; its other parameters are checked, too.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not what it should be.
    """
    check_common(estimator, _OWNER)
    weight = estimator.class_weight
    if weight != "balanced" and not isinstance(weight, (dict, type(None))):
        raise ValueError(
            f"The class_weight parameter of {_OWNER} must be 'balanced', a dict of class to float, or None. "
            f"Got {weight!r} instead."
        )
    mode = check_choice("mode", estimator.mode, _OWNER, ("deterministic", "racing"))
    rate = estimator.learning_rate
    options = SupervisedOptions(
        vector_size=check_int("vector_size", estimator.vector_size, _OWNER, 1, _MAX_VECTOR_SIZE),
        epochs=check_int("epochs", estimator.epochs, _OWNER, 1),
        learning_rate=check_float("learning_rate", rate, _OWNER, 0.0, _MAX_LEARNING_RATE, low_open=True),
        dropout=check_float("dropout", estimator.dropout, _OWNER, 0.0, 0.95),
        deterministic=mode == "deterministic",
        seed=check_seed(estimator.random_state, _OWNER),
    )
    limits = FeatureLimits(
        word_ngrams=check_int("word_ngrams", estimator.word_ngrams, _OWNER, 1, _MAX_NGRAM),
        min_count=check_int("min_count", estimator.min_count, _OWNER, 1),
        min_ngram_count=check_int("min_ngram_count", estimator.min_ngram_count, _OWNER, 1),
        max_ngrams=check_int("max_ngrams", estimator.max_ngrams, _OWNER, 0, _MAX_ROWS // 2),
    )
    return options, limits


def new_model(
    n_rows: int, n_classes: int, size: int, seed: int, dtype: type = np.float32
) -> supervised.Model:
    """Return the model before the first step: vectors uniform in (-0.5 / D, 0.5 / D), weights zero."""
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
    """Return the probabilities of classes, float64 (n_texts, C); a text without rows gets `prior`."""
    found = np.tile(prior, (len(rows), 1))
    n_texts = len(rows)

    def work(first: int) -> None:
        last = min(first + _PREDICTED_TEXTS, n_texts)
        supervised.predict(rows.ids, rows.starts, model, size, first, last, found)

    firsts = range(0, n_texts, _PREDICTED_TEXTS)
    with workers(n_threads if len(firsts) > 1 else 1) as pool:
        pool.map(work, firsts)
    return found


class SupervisedRun:
    """One training run.

    Parameters
    ----------
    options : SupervisedOptions
    rows : EncodedTexts
        Rows of each text; texts without any are left out.
    labels : int32 (n_texts,)
    class_weight : float64 (C,)
    model : supervised.Model
        Changed in place.
    n_threads : int
        The result does not depend on it in deterministic mode.
    n_earlier_epochs : int
        Epochs that the model has seen on other texts; their random draws are not made again.
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
    ) -> None:
        self.options = options
        self.model = model
        self.n_threads = n_threads
        self.state = SupervisedState(n_earlier_epochs)
        dtype = model.table.dtype.type
        self.texts = supervised.Texts(rows.ids, rows.starts, labels, class_weight.astype(dtype))
        lengths = np.diff(rows.starts)
        self.used = np.flatnonzero(lengths)
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

    def train(
        self,
        prior: np.ndarray,
        *,
        on_chunk: Callable[[Report], None] | None = None,
        held_out: tuple[EncodedTexts, np.ndarray] | None = None,
        patience: int | None = None,
    ) -> bool:
        """Train from the first epoch to the end of the last.

        Parameters
        ----------
        prior : float64 (C,); probabilities of classes for held-out texts without rows
        on_chunk : callable, optional; told how far training is
        held_out : rows and labels of texts, optional. The model of the epoch with the highest accuracy on them,
            the lower loss where equal, is the one that stays
        patience : int, optional; epochs without a better one after which training ends

        Returns
        -------
        is_whole : bool; False if an interrupt (Ctrl-C) stopped training. The model is usable.

        Raises
        ------
        FloatingPointError
            If the loss or the model is no longer finite.
        """
        state, best = self.state, None
        is_whole = True
        with ThreadPoolExecutor(self.n_threads) as pool, delayed_interrupt() as interrupted:
            while state.epoch < self.options.epochs and is_whole:
                loss, is_epoch_done = self._run_epoch(pool, on_chunk, interrupted)
                if not is_epoch_done:
                    is_whole = False
                    break
                state.loss_curve.append(loss)
                state.epoch += 1
                if held_out is None:
                    state.best_epoch = state.epoch
                else:
                    best = self._keep_best(held_out, prior, best)
                    if patience is not None and state.epoch - state.best_epoch >= patience:
                        break
                is_whole = not interrupted() or state.epoch == self.options.epochs
        if best is not None:
            for part, kept in zip(self.model, best):
                part[:] = kept
        return is_whole

    def _run_epoch(
        self,
        pool: ThreadPoolExecutor,
        on_chunk: Callable[[Report], None] | None,
        interrupted: Callable[[], bool],
    ) -> tuple[float, bool]:
        """Train on every text once; return the mean loss, and whether it was not interrupted."""
        options, epoch, n_texts = self.options, self.state.epoch, len(self.used)
        order = np.empty(n_texts, np.int64)
        rng.fill_permutation(self._stream_key(rng.ORDER), order)
        order = self.used[order]
        sums = np.zeros(2)
        n_chunk = STEP_TEXTS * _CHUNK_STEPS
        for first in range(0, n_texts, n_chunk):
            sums += self._run_chunk(pool, order, first, min(first + n_chunk, n_texts))
            if not math.isfinite(sums[0]):
                self._raise_diverged()
            done = min(first + n_chunk, n_texts)
            loss = sums[0] / sums[1] if sums[1] else math.nan
            if on_chunk is not None:
                on_chunk(Report(epoch * n_texts + done, options.epochs * n_texts, loss))
            if interrupted() and done < n_texts:
                self._check_finite()
                return loss, False
        self._check_finite()
        return loss, True

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
            counters=np.zeros(3, np.int64),
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
        """Note loss and accuracy on held-out texts; return a copy of the model if it is the best, else `best`."""
        rows, labels = held_out
        found = probabilities(self.model, self.options.vector_size, rows, prior, self.n_threads)
        of_label = np.maximum(found[np.arange(len(labels)), labels], np.finfo(np.float64).tiny)
        state = self.state
        state.validation_loss_curve.append(float(-np.log(of_label).mean()))
        state.validation_scores.append(float((found.argmax(axis=1) == labels).mean()))

        def rank(epoch: int) -> tuple[float, float]:
            return state.validation_scores[epoch - 1], -state.validation_loss_curve[epoch - 1]

        if state.best_epoch and rank(state.epoch) <= rank(state.best_epoch):
            return best
        state.best_epoch = state.epoch
        return supervised.Model(*(part.copy() for part in self.model))

    def _check_finite(self) -> None:
        # Two reductions need no memory, and NaN passes through both.
        if not all(math.isfinite(part.max()) and math.isfinite(part.min()) for part in self.model):
            self._raise_diverged()

    def _raise_diverged(self) -> None:
        raise FloatingPointError(
            f"Training diverged in epoch {self.state.epoch + 1}: the loss or the vectors are no longer finite. "
            f"Lower learning_rate (it was {self.options.learning_rate:g})."
        )
