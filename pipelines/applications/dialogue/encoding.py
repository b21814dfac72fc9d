"""Reranking of the best responses by a pair classifier, such as a fine-tuned Transformer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from .fitting import FittedSelector, fit_selector, split_off
from .known_pairs import KnownPairs

__all__ = ["EncoderScores", "fit_encoder"]

_N_WRONG = 3  # responses of other dialogues for each right one
_N_COMPARED = 9
_MOST_WEIGHT = 20.0
_SMALLEST = 1e-6


@dataclass(frozen=True)
class EncoderScores:
    """A pair classifier, and the weight of its logits relative to the other score.

    Attributes
    ----------
    encoder : estimator with predict_proba(pairs)
    weight : float
    """

    encoder: Any
    weight: float

    def of(self, histories: Sequence[Sequence[str]], responses: Sequence[str]) -> np.ndarray:
        """Return weight * logit for each history and response, float64 (N,)."""
        if not len(responses):
            return np.zeros(0)
        return self.weight * _logits(self.encoder, histories, responses)


def fit_encoder(
    encoder: Any, model: FittedSelector, pairs: KnownPairs, vectorizer: Any, seed: int
) -> EncoderScores:
    """Train an encoder to distinguish right from wrong responses, and choose its weight on held-out dialogues.

    If there are too few dialogues to hold some out, the weight is 1.
    """
    parts = split_off(pairs, seed)
    training = pairs if parts is None else parts[0]
    wrong = training.wrong_answers(_N_WRONG, seed)
    is_wrong = wrong != np.arange(len(training))[:, None]
    rows, columns = np.nonzero(is_wrong)
    texts = [_joined(history) for history in training.histories]
    right = list(zip(texts, training.responses))
    others = [(texts[row], training.responses[wrong[row, column]]) for row, column in zip(rows, columns)]
    encoder.fit(right + others, [1] * len(right) + [0] * len(others))
    if parts is None:
        return EncoderScores(encoder, 1.0)
    held_out = parts[1]
    smaller = fit_selector(training, model.features.language, vectorizer, seed, model.epochs)
    places = np.column_stack([np.arange(len(held_out)), held_out.wrong_answers(_N_COMPARED, seed)])
    candidates = [[held_out.responses[place] for place in row] for row in places]
    first = smaller.pair_scores(held_out.histories, candidates).reshape(places.shape)
    repeated = [history for history in held_out.histories for _ in range(places.shape[1])]
    second = _logits(encoder, repeated, [text for some in candidates for text in some]).reshape(places.shape)

    def loss(weight: float) -> float:
        scores = first + weight * second
        return float((np.logaddexp.reduce(scores, axis=1) - scores[:, 0]).mean())

    found = minimize_scalar(loss, bounds=(0.0, _MOST_WEIGHT), method="bounded")
    return EncoderScores(encoder, float(found.x))


def _joined(history: Sequence[str]) -> str:
    """Return a history as one text, last turn first, so that an encoder truncates the earliest turns."""
    return "\n".join(history[::-1])


def _logits(encoder: Any, histories: Sequence[Sequence[str]], responses: Sequence[str]) -> np.ndarray:
    joined = [(_joined(history), response) for history, response in zip(histories, responses)]
    right = np.clip(np.asarray(encoder.predict_proba(joined))[:, -1], _SMALLEST, 1 - _SMALLEST)
    logits: np.ndarray = np.log(right) - np.log1p(-right)
    return logits
