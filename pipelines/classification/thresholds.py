"""Label thresholds: the probability from which a text gets a label, learned on held-out texts."""

from __future__ import annotations

import numpy as np

_GRID = np.arange(1, 200) / 200
# This many held-out texts with a label, averaged over all labels, are added to the counts of each: a label with few
# texts takes the threshold that suits all. From 100 to 1,000 is as good (tests/benchmarks/LOG.md).
_SHARED_TEXTS = 100.0
# And this many keep thresholds near one half: with few texts the best threshold is an accident.
_EVEN, _EVEN_TEXTS = 0.5, 20.0


def learn_thresholds(proba: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the threshold of each label with the highest F1, float64 (C,); the middle one in case of ties.

    With few texts, thresholds stay near one half.

    Parameters
    ----------
    proba : float64 (n_texts, C)
        Probabilities of held-out texts.
    target : bool (n_texts, C)
    weights : float64 (n_texts, C), optional
    """
    weights = np.ones(proba.shape) if weights is None else weights
    n_true = (weights * target).sum(axis=0)
    if not n_true.sum():
        return np.full(proba.shape[1], _EVEN)
    n_right = _sums_from(proba, weights * target)
    n_chosen = _sums_from(proba, weights)
    shared = _SHARED_TEXTS / n_true.sum()
    f1 = 2 * (n_right + shared * n_right.sum(axis=1, keepdims=True))
    f1 /= n_chosen + shared * n_chosen.sum(axis=1, keepdims=True) + n_true + _SHARED_TEXTS
    is_best = f1 >= f1.max(axis=0) * (1 - 1e-12)
    best = np.array([np.median(_GRID[column]) for column in is_best.T])
    return (best * n_true.sum() + _EVEN * _EVEN_TEXTS) / (n_true.sum() + _EVEN_TEXTS)


def _sums_from(proba: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weight sums of the texts that reach each probability of the grid, (n_grid, C)."""
    places = np.searchsorted(_GRID, proba, side="right")
    n_classes = proba.shape[1]
    cells = places * n_classes + np.arange(n_classes)
    sums = np.bincount(cells.ravel(), weights.ravel(), minlength=(len(_GRID) + 1) * n_classes)
    return sums.reshape(-1, n_classes)[::-1].cumsum(axis=0)[::-1][1:]


def choose_labels(proba: np.ndarray, thresholds: np.ndarray, *, at_least_one: bool) -> np.ndarray:
    """Return which labels each text gets, bool (n_texts, C).

    Parameters
    ----------
    proba : float64 (n_texts, C)
    thresholds : float64 (C,)
    at_least_one : bool
        Whether a text without any other label gets the most probable one.
    """
    chosen = proba >= thresholds
    if at_least_one:
        without = np.flatnonzero(~chosen.any(axis=1))
        chosen[without, proba[without].argmax(axis=1)] = True
    return chosen
