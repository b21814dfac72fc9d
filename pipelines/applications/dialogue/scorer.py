"""A small scoring model for responses: pair features and a bi-encoder over word patterns, trained jointly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .features import FEATURES, HistoryRows, PairFeatures, ResponseRows

__all__ = ["PairScorer", "train_scorer"]

_WIDTH = 32
_BATCH = 128
_RATE, _FEATURE_RATE = 0.05, 0.1
_START = 0.3  # standard deviation of the tables at the beginning, by the root of their width
_MOST_EPOCHS, _PATIENCE = 15, 2
_SMALLEST_SUM = 0.1  # of squares, so that the first steps of AdaGrad are not larger than the others
_PAIRS_AT_A_TIME = 1 << 15
_STARTING_WEIGHTS = {"BM25 of the last": 1.0, "BM25 of the before": 1.0, "cosine with near neighbours": 1.0}


@dataclass
class PairScorer:
    """Scores pairs by weighted features plus the dot product of two vectors.

    Attributes
    ----------
    weights : float64 (F,)
    histories : float64 (3 P, D)
        The pattern embeddings of histories, by part.
    responses : float64 (P, D)
    """

    weights: np.ndarray
    histories: np.ndarray
    responses: np.ndarray

    @classmethod
    def start(cls, n_patterns: int, rng: np.random.Generator) -> PairScorer:
        """Return an untrained scorer."""
        weights = np.array([_STARTING_WEIGHTS.get(name, 0.0) for name in FEATURES])
        scale = _START / np.sqrt(_WIDTH)
        tables = [scale * rng.standard_normal((n * n_patterns, _WIDTH)) for n in (3, 1)]
        return cls(weights, *tables)

    def copy(self) -> PairScorer:
        """Return a copy of the scorer."""
        return PairScorer(self.weights.copy(), self.histories.copy(), self.responses.copy())

    def grid(
        self,
        features: PairFeatures,
        histories: HistoryRows,
        responses: ResponseRows,
        i: np.ndarray,
        j: np.ndarray,
    ) -> np.ndarray:
        """Return the score of each history of `i` with each response of `j`, float64 (I, J)."""
        first = histories.patterns[i] @ self.histories
        second = responses.patterns[j] @ self.responses
        scores: np.ndarray = features.grid(histories, responses, i, j) @ self.weights + first @ second.T
        return scores

    def pairs(
        self,
        features: PairFeatures,
        histories: HistoryRows,
        responses: ResponseRows,
        i: np.ndarray,
        j: np.ndarray,
    ) -> np.ndarray:
        """Return the score of history i[k] with response j[k] for each k, float64 (K,)."""
        first, second = histories.patterns @ self.histories, responses.patterns @ self.responses
        scores = np.empty(len(i))
        for start in range(0, len(i), _PAIRS_AT_A_TIME):
            some = slice(start, start + _PAIRS_AT_A_TIME)
            product = np.einsum("kd,kd->k", first[i[some]], second[j[some]])
            scores[some] = features.pairs(histories, responses, i[some], j[some]) @ self.weights + product
        return scores


def train_scorer(
    features: PairFeatures,
    histories: HistoryRows,
    responses: ResponseRows,
    groups: np.ndarray,
    answers: np.ndarray,
    seed: int,
    epochs: int | None = None,
    held_out_loss: Callable[[PairScorer], float] | None = None,
) -> tuple[PairScorer, int]:
    """Train with in-batch negatives: softmax over the responses of a batch (Henderson et al. 2017).

    Responses of the same group, and repetitions of the same response, are not negatives.

    Parameters
    ----------
    features : PairFeatures
    histories, responses : HistoryRows and ResponseRows
        Pair k is history k and response k.
    groups, answers : int (N,)
        For each pair: its dialogue, and the index of its response among the distinct ones.
    seed : int
    epochs : int, optional
        Passes over the pairs. By default, as many as improve `held_out_loss`.
    held_out_loss : callable, optional

    Returns
    -------
    PairScorer, int
        The scorer, and the number of passes.

    References
    ----------
    Henderson et al. (2017), "Efficient natural language response suggestion for Smart Reply", arXiv:1705.00652.
    """
    rng = np.random.default_rng(seed)
    scorer = PairScorer.start(features.n_patterns, rng)
    training = _Training(features, scorer, histories, responses, groups, answers)
    best, best_loss, best_epoch = scorer.copy(), np.inf, 0
    for epoch in range(1, (_MOST_EPOCHS if epochs is None else epochs) + 1):
        order = rng.permutation(len(groups))
        # Batches of like sizes: a last one of two pairs would teach noise.
        for some in np.array_split(order, max(1, round(len(order) / _BATCH))):
            training.step(some)
        if held_out_loss is None:
            continue
        loss = held_out_loss(scorer)
        if loss < best_loss:
            best, best_loss, best_epoch = scorer.copy(), loss, epoch
        elif epoch - best_epoch >= _PATIENCE:
            break
    return (scorer, epochs or _MOST_EPOCHS) if held_out_loss is None else (best, best_epoch)


class _Training:
    """AdaGrad training on batches of pairs."""

    def __init__(
        self,
        features: PairFeatures,
        scorer: PairScorer,
        histories: HistoryRows,
        responses: ResponseRows,
        groups: np.ndarray,
        answers: np.ndarray,
    ) -> None:
        self._features, self._scorer = features, scorer
        self._histories, self._responses = histories, responses
        self._groups, self._answers = groups, answers
        self._sums = [
            np.full_like(each, _SMALLEST_SUM) for each in (scorer.weights, scorer.histories, scorer.responses)
        ]

    def step(self, some: np.ndarray) -> None:
        """Update the scorer by the gradient of the mean loss of the pairs `some`."""
        gradients = self.gradients(some)
        scorer = self._scorer
        parameters = (scorer.weights, scorer.histories, scorer.responses)
        for parameter, gradient, total in zip(parameters, gradients, self._sums):
            rate = _FEATURE_RATE if parameter is scorer.weights else _RATE
            total += gradient**2
            parameter -= rate * gradient / np.sqrt(total)

    def gradients(self, some: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the gradients of the summed loss with respect to the weights and both tables."""
        f_NNF = self._features.grid(self._histories, self._responses, some, some)
        h, r = self._histories.patterns[some], self._responses.patterns[some]
        u_ND, v_ND = h @ self._scorer.histories, r @ self._scorer.responses
        scores_NN = f_NNF @ self._scorer.weights + u_ND @ v_ND.T
        groups, answers = self._groups[some], self._answers[some]
        same = (groups[:, None] == groups) | (answers[:, None] == answers)
        np.fill_diagonal(same, False)
        scores_NN[same] = -np.inf
        scores_NN -= scores_NN.max(axis=1, keepdims=True)
        error_NN = np.exp(scores_NN)
        error_NN /= error_NN.sum(axis=1, keepdims=True)
        error_NN[np.diag_indices(len(some))] -= 1.0
        return (
            np.einsum("ij,ijf->f", error_NN, f_NNF),
            h.T @ (error_NN @ v_ND),
            r.T @ (error_NN.T @ u_ND),
        )
