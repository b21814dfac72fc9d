"""Training of a response selector: number of passes and confidence threshold, chosen on held-out dialogues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from .features import PairFeatures, ResponseRows
from .known_pairs import KnownPairs
from .scorer import PairScorer, train_scorer

__all__ = [
    "Confidence",
    "FittedSelector",
    "confidence_features",
    "fit_selector",
    "learn_confidence",
    "split_off",
]

_N_FOLDS = 5
_FEWEST_GROUPS = 10  # from this many dialogues on, a fifth chooses the number of passes
_USUAL_EPOCHS = 4
_N_WRONG = 19
_GRID = 1 << 19  # scores of histories with responses at a time


@dataclass(frozen=True)
class FittedSelector:
    """A fitted response selector: features and scores of pairs, and the responses.

    Attributes
    ----------
    features : PairFeatures
    scorer : PairScorer
    texts : list of str
        The distinct responses.
    epochs : int
        Passes of training.
    """

    features: PairFeatures
    scorer: PairScorer
    texts: list[str]
    epochs: int

    @cached_property
    def _known(self) -> ResponseRows:
        return self.features.response_rows(self.texts, {})

    def scores(self, histories: list[list[str]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the scores of histories with each known response, (n, R), and the highest cosine with a known history.

        Histories are processed in order, as many at a time as fit into memory.
        """
        every = np.arange(len(self.texts))
        size = max(1, _GRID // len(every))
        for first in range(0, len(histories), size):
            some = histories[first : first + size]
            h = self.features.history_rows(some, {})
            yield self.scorer.grid(self.features, h, self._known, np.arange(len(some)), every), h.nearest

    def pair_scores(self, histories: list[list[str]], candidates: list[list[str]]) -> np.ndarray:
        """Return the scores of each history with its own candidates, concatenated."""
        number_of: dict[str, int] = {}
        j = np.array(
            [number_of.setdefault(text, len(number_of)) for some in candidates for text in some], int
        )
        i = np.repeat(np.arange(len(histories)), list(map(len, candidates)))
        h, r = self.features.rows(histories, list(number_of))
        return self.scorer.pairs(self.features, h, r, i, j)


@dataclass(frozen=True)
class Confidence:
    """The probability that the best response is right, and its threshold.

    Attributes
    ----------
    weights : float64 (4,)
        Weights of the `confidence_features`, and an intercept.
    threshold : float
    """

    weights: np.ndarray
    threshold: float

    def of(self, scores: np.ndarray, nearest: np.ndarray) -> np.ndarray:
        """Return the probability for each row of scores, float64 (N,)."""
        logits = confidence_features(scores, nearest) @ self.weights[:-1] + self.weights[-1]
        found: np.ndarray = 1 / (1 + np.exp(-logits))
        return found


def confidence_features(scores: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """Return the best score, its lead over the second, and the cosine of the nearest history, float64 (N, 3)."""
    if scores.shape[1] == 1:
        return np.stack([scores[:, 0], np.zeros(len(scores)), nearest], axis=1)
    second, best = np.partition(scores, -2, axis=1)[:, -2:].T
    return np.stack([best, best - second, nearest], axis=1)


def split_off(pairs: KnownPairs, seed: int) -> tuple[KnownPairs, KnownPairs] | None:
    """Return the pairs of four fifths of the dialogues, and of the others; None if there are too few."""
    if pairs.n_groups < _FEWEST_GROUPS:
        return None
    is_held_out = pairs.folds(_N_FOLDS, seed) == 0
    return pairs.some(~is_held_out), pairs.some(is_held_out)


def fit_selector(
    pairs: KnownPairs, language: str, vectorizer: Any, seed: int, epochs: int | None = None
) -> FittedSelector:
    """Train on all pairs, for `epochs` passes or by default the best number for held-out dialogues."""
    parts = split_off(pairs, seed) if epochs is None else None
    if epochs is None:
        epochs = _USUAL_EPOCHS if parts is None else _best_epochs(*parts, language, vectorizer, seed)
    features = PairFeatures(language, vectorizer).fit(pairs.histories, pairs.responses)
    h, r = features.rows(pairs.histories, pairs.responses, pairs.groups, pairs.groups)
    scorer, _ = train_scorer(features, h, r, pairs.groups, pairs.answers, seed, epochs)
    return FittedSelector(features, scorer, pairs.texts, epochs)


def _best_epochs(
    training: KnownPairs, held_out: KnownPairs, language: str, vectorizer: Any, seed: int
) -> int:
    features = PairFeatures(language, vectorizer).fit(training.histories, training.responses)
    h, r = features.rows(training.histories, training.responses, training.groups, training.groups)
    rows = features.rows(held_out.histories, held_out.responses)
    places = np.arange(len(held_out))
    candidates = np.column_stack([places, held_out.wrong_answers(_N_WRONG, seed)])
    i = np.repeat(places, candidates.shape[1])
    # A pair that found no wrong response stands for none.
    is_none = candidates == places[:, None]
    is_none[:, 0] = False

    def loss(scorer: PairScorer) -> float:
        scores = scorer.pairs(features, *rows, i, candidates.ravel()).reshape(candidates.shape)
        scores[is_none] = -np.inf
        return float((np.logaddexp.reduce(scores, axis=1) - scores[:, 0]).mean())

    _, epochs = train_scorer(features, h, r, training.groups, training.answers, seed, held_out_loss=loss)
    return epochs


def learn_confidence(
    pairs: KnownPairs, language: str, vectorizer: Any, seed: int, epochs: int
) -> Confidence | None:
    """Learn on held-out folds when the best response is right, and choose the threshold.

    In each fold a fifth of the distinct responses is also made unknown: for their histories "none" is the right answer.
    The threshold maximises the mean of two accuracies: on histories that have a known response, and on the others.

    Returns
    -------
    Confidence, or None
        None if no held-out history has a known response, or all have.
    """
    folds = pairs.folds(_N_FOLDS, seed)
    hidden = np.random.default_rng([seed, 3]).permutation(len(pairs.texts)) % _N_FOLDS
    if len(pairs.texts) < _N_FOLDS:
        hidden[:] = -1
    described, right, present = [], [], []
    for fold in range(_N_FOLDS):
        is_hidden = hidden[pairs.answers] == fold
        is_trained = (folds != fold) & ~is_hidden
        asked = pairs.some((folds == fold) | is_hidden)
        if not is_trained.any() or not len(asked):
            continue
        model = fit_selector(pairs.some(is_trained), language, vectorizer, seed, epochs)
        known = set(model.texts)
        chosen: list[str] = []
        for scores, nearest in model.scores(asked.histories):
            described.append(confidence_features(scores, nearest))
            chosen += [model.texts[place] for place in scores.argmax(axis=1)]
        right += [text == answer for text, answer in zip(chosen, asked.responses)]
        present += [text in known for text in asked.responses]
    is_right, is_present = np.array(right, bool), np.array(present, bool)
    if len(set(right)) < 2 or len(set(present)) < 2:
        return None
    x = np.concatenate(described)
    weight = np.where(is_present, 0.5 / is_present.sum(), 0.5 / (~is_present).sum())
    model = LogisticRegression(C=10.0, max_iter=1000).fit(x, is_right, sample_weight=weight * len(weight))
    found = Confidence(np.append(model.coef_[0], model.intercept_[0]), 0.0)
    probability = 1 / (1 + np.exp(-(x @ found.weights[:-1] + found.weights[-1])))
    return Confidence(found.weights, _best_threshold(probability, is_right, is_present, weight))


def _best_threshold(
    probability: np.ndarray, is_right: np.ndarray, is_present: np.ndarray, weight: np.ndarray
) -> float:
    """Return the threshold with the largest weight of correct decisions, midway between two probabilities."""
    order = np.argsort(-probability, kind="stable")
    # What accepting one more gains: a right response, or the loss of a right "none".
    gain = np.where(is_right, weight, np.where(is_present, 0.0, -weight))[order]
    n_accepted = int(np.argmax(np.concatenate([[0.0], np.cumsum(gain)])))
    ranked = np.concatenate([[1.0], probability[order], [0.0]])
    return float((ranked[n_accepted] + ranked[n_accepted + 1]) / 2)
