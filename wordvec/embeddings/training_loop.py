"""The training loop over epochs and chunks, for all estimators: progress, interruption, checkpoints, divergence."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Self

import numpy as np

from wordvec._utils.loops import Report, delayed_interrupt


class Chunk(NamedTuple):
    """The progress of an epoch after a chunk of it."""

    number: int  # chunks of the epoch that are done, of earlier runs, too
    n_items: int  # items of the epoch that are done: tokens, pairs or texts
    loss_sum: float  # of this epoch so far
    loss_weight: float
    is_last: bool

    @property
    def loss(self) -> float:
        """The mean loss of the epoch so far; NaN if there is none yet."""
        return self.loss_sum / self.loss_weight if self.loss_weight else math.nan


class TrainingRun(ABC):
    """One training run: a subclass trains chunks, `train` loops over them.

    Everything that determines the result is in the subclass's arrays, `options` and `state`. Threads, progress and
    checkpoints only affect how long training takes.

    Parameters
    ----------
    options : object with `epochs` and `learning_rate`
    state : object with `epoch` and `loss_curve`
        The progress of training, from which a run continues.
    n_items : int
        The number of items in an epoch, for the progress bar.
    n_threads : int
    """

    # Advice against divergence, apart from a lower learning rate.
    advice_on_divergence = ""

    def __init__(self, options: Any, state: Any, n_items: int, n_threads: int) -> None:
        self.options = options
        self.state = state
        self.n_items = n_items
        self.n_threads = n_threads

    @abstractmethod
    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train the rest of the epoch ``state.epoch``, and yield after each chunk."""

    @abstractmethod
    def checked_arrays(self) -> Iterable[np.ndarray]:
        """Return the arrays that must be finite."""

    @abstractmethod
    def end_epoch(self) -> None:
        """Reset the parts of `state` that belong to the epoch just ended; ``state.epoch`` is already the next one."""

    @property
    def learning_rate(self) -> float:
        """The initial learning rate."""
        return float(self.options.learning_rate)

    def train(
        self,
        *,
        on_chunk: Callable[[Report], None] | None = None,
        on_epoch: Callable[[Self], bool] | None = None,
        on_checkpoint: Callable[[Self], None] | None = None,
        checkpoint_every: int | None = None,
    ) -> bool:
        """Train from `state` to the end of the last epoch.

        Parameters
        ----------
        on_chunk : callable, optional
            Called with the progress of the epoch after each chunk.
        on_epoch : callable, optional
            Called at the end of each epoch; stops training if it returns True.
        on_checkpoint : callable, optional
            Saves the arrays and `state`.
        checkpoint_every : int, optional
            Chunks between two checkpoints. One is always made at the end of each epoch and on interruption.

        Returns
        -------
        bool
            False if an interrupt (Ctrl-C) stopped training; the model is still usable.

        Raises
        ------
        FloatingPointError
            If the loss or the model is no longer finite.
        """
        state, n_epochs = self.state, self.options.epochs
        with ThreadPoolExecutor(self.n_threads) as pool, delayed_interrupt() as interrupted:
            while state.epoch < n_epochs:
                for chunk in self.run_chunks(pool):
                    if not math.isfinite(chunk.loss_sum):
                        self.check_finite()
                    if on_chunk is not None:
                        n_done = state.epoch * self.n_items + chunk.n_items
                        on_chunk(Report(n_done, n_epochs * self.n_items, chunk.loss))
                    is_due = checkpoint_every is not None and chunk.number % checkpoint_every == 0
                    # Asked once: a Ctrl-C between two answers would end training without a checkpoint.
                    is_stopped = interrupted()
                    if (is_stopped or is_due) and not chunk.is_last:
                        self.check_finite()
                        if on_checkpoint is not None:
                            on_checkpoint(self)
                        if is_stopped:
                            return False
                self.check_finite()
                state.loss_curve.append(chunk.loss)
                state.epoch += 1
                self.end_epoch()
                is_enough = on_epoch is not None and on_epoch(self)
                if on_checkpoint is not None:
                    on_checkpoint(self)
                if is_enough:
                    break
                if interrupted() and state.epoch < n_epochs:
                    return False
        return True

    def is_finite(self) -> bool:
        """Return whether no array holds NaN or infinity."""
        # Two reductions: np.isfinite would take a quarter of the tables' memory, and NaN passes through both.
        return all(
            math.isfinite(array.max()) and math.isfinite(array.min()) for array in self.checked_arrays()
        )

    def check_finite(self) -> None:
        """Raise FloatingPointError if an array holds NaN or infinity."""
        if self.is_finite():
            return
        raise FloatingPointError(
            f"Training diverged in epoch {self.state.epoch + 1}: the loss or the vectors are no longer finite. "
            f"Lower learning_rate (it was {self.learning_rate:g}){self.advice_on_divergence}."
        )
