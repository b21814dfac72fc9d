"""Online training, one sentence at a time: averaged stochastic gradient descent, and the averaged perceptron.

Both pass over the sentences in an order drawn anew for each pass, in one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from ..features.encoding import EncodedSentences
from ..kernels.chain import padded
from ..kernels.online import Examples, Table, perceptron_epoch, sgd_epoch
from ..model import ChainModel, FeatureSet
from .objective import DenseTable
from .optimization import Progress

Callback = Callable[[Progress, Callable[[], ChainModel]], bool]
# The decay of the weights shrinks their scale; it is multiplied out before digits are lost.
_LEAST_SCALE = 1e-6


def train_online(
    encoded: EncodedSentences,
    tags: np.ndarray,
    features: FeatureSet,
    table: DenseTable | None,
    *,
    algorithm: str,
    c2: float,
    learning_rate: float,
    max_iter: int,
    tol: float,
    period: int,
    seed: int,
    on_iteration: Callback | None = None,
) -> tuple[ChainModel, Progress]:
    """Train by stochastic gradient ("sgd") or the perceptron ("perceptron"), and average the weights.

    Parameters
    ----------
    encoded, tags, features, table : as for `objective.Objective`
    c2 : float
        L2 penalty; the perceptron has none.
    learning_rate : float
        First learning rate; the perceptron's is one.
    max_iter : int
        Passes over the sentences.
    tol, period : float, int
        Stop when the loss of a pass has fallen by less than `tol` times itself over `period` passes, or is 0.
    seed : int
    on_iteration : callable, optional
        Called after each pass with the progress and a function that makes the model; True ends training.

    Returns
    -------
    model : ChainModel
    progress : Progress
        The objective is the loss of the last pass, each sentence's taken before its step: the negative
        log-likelihood, or the number of wrong tags.
    """
    trainer = _Trainer(encoded, tags, features, table)
    n_sentences = len(encoded.starts) - 1
    random = np.random.default_rng(seed)
    progress, started = Progress(), time.perf_counter()
    for epoch in range(max_iter):
        order = random.permutation(n_sentences)
        if algorithm == "sgd":
            loss = trainer.sgd_pass(order, epoch, learning_rate, 2.0 * c2 / max(1, n_sentences))
        else:
            loss = trainer.perceptron_pass(order)
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"The loss of pass {epoch + 1} is {loss}. Set a smaller learning_rate, and check the values of "
                "features and vectors."
            )
        progress.n_iter, progress.objective = epoch + 1, loss
        progress.n_evaluations, progress.seconds = epoch + 1, time.perf_counter() - started
        progress.curve.append(loss)
        progress.times.append(progress.seconds)
        if on_iteration is not None and on_iteration(progress, trainer.model):
            break
        curve = progress.curve
        if loss == 0 or (len(curve) > period and curve[-1 - period] - loss < tol * loss):
            break
    return trainer.model(), progress


class _Trainer:
    """The weights, their sums, and the examples."""

    def __init__(
        self, encoded: EncodedSentences, tags: np.ndarray, features: FeatureSet, table: DenseTable | None
    ) -> None:
        n_labels = features.n_labels
        is_step_LL = np.zeros((n_labels, n_labels), bool)
        is_step_LL[features.transitions[:, 0], features.transitions[:, 1]] = True
        self.features = features
        dense_ids = encoded.dense_ids if table is not None else None
        vectors = table.vectors if table is not None else np.empty((0, 0), np.float32)
        self.examples = Examples(
            encoded.starts, tags, encoded.indptr, encoded.indices,
            np.empty(0, np.float32) if encoded.values is None else encoded.values,
            features.states, is_step_LL,
            np.empty(0, np.int32) if dense_ids is None else dense_ids, vectors,
        )  # fmt: skip
        n_offsets = table.n_offsets if table is not None else 0
        shape = (n_offsets, vectors.shape[1], padded(n_labels))
        self.v, self.q = (
            Table(np.zeros(len(features.states.items)), np.zeros((n_labels, n_labels)), np.zeros(shape))
            for _ in range(2)
        )
        self.state_3 = np.array([1.0, 0.0, 0.0])

    def sgd_pass(self, order: np.ndarray, epoch: int, rate: float, decay: float) -> float:
        """Take a gradient step for each sentence.

        The average restarts at the passes 2, 3, 5, 9, 17, ..., so that it covers a good part of the passes, without
        the first ones (Rakhlin et al. 2012 average over the last half).
        """
        n = len(order)
        if epoch and epoch & (epoch - 1) == 0:
            for q in self.q:
                q[:] = 0.0
            self.state_3[1:] = 0.0
        averages_from = 0 if epoch else n // 2
        loss = sgd_epoch(
            self.examples, order, epoch * n, rate, decay, averages_from, self.v, self.q, self.state_3
        )
        if self.state_3[0] < _LEAST_SCALE:
            scale = self.state_3[0]
            # Both scale * v and A_T v_T - q keep their values.
            for v, q in zip(self.v, self.q):
                q += self.state_3[1] * (scale - 1.0) * v
                v *= scale
            self.state_3[0] = 1.0
        return float(loss)

    def perceptron_pass(self, order: np.ndarray) -> float:
        """Update the weights from the predicted to the true tags of each sentence."""
        return float(perceptron_epoch(self.examples, order, self.v, self.q, self.state_3))

    def model(self) -> ChainModel:
        """Return the average of the weights so far."""
        scale, total, n_steps = self.state_3
        states, steps_LL, dense_OEP = (
            (total * v - q) / n_steps if n_steps else scale * v for v, q in zip(self.v, self.q)
        )
        return ChainModel(self.features, states, steps_LL, dense_OEP[:, :, : self.features.n_labels].copy())
