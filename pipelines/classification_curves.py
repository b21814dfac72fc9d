"""Curves of a classifier's report: how often it is right at each threshold of the probability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics

# More curves than these cannot be told apart: then the mean and the worst ones are drawn.
MAX_CURVES = 10
N_WORST = 3
_MAX_POINTS = 200
_GRID = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, eq=False)
class Curve:
    """A line in the unit square.

    Attributes
    ----------
    label : class, or None for the mean of all classes
    area : area under the ROC curve, or average precision
    x, y : float64 (n,)
    """

    label: Any
    area: float
    x: np.ndarray
    y: np.ndarray


def roc_curves(truth: np.ndarray, proba: np.ndarray, classes: Sequence[Any]) -> list[Curve]:
    """Return the true positive rate over the false positive rate, of the classes that have both.

    Parameters
    ----------
    truth : bool (n_texts, C)
    proba : float64 (n_texts, C)
    classes : list (C,)
    """
    return _curves(truth, proba, classes, _roc, metrics.roc_auc_score)


def precision_recall_curves(truth: np.ndarray, proba: np.ndarray, classes: Sequence[Any]) -> list[Curve]:
    """Return precision over recall; parameters as of `roc_curves`."""
    return _curves(truth, proba, classes, _precision_recall, metrics.average_precision_score)


def _curves(
    truth: np.ndarray,
    proba: np.ndarray,
    classes: Sequence[Any],
    points: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    area: Callable[[np.ndarray, np.ndarray], float],
) -> list[Curve]:
    defined = np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)).tolist()
    areas = {k: float(area(truth[:, k], proba[:, k])) for k in defined}
    drawn = defined
    if len(defined) > MAX_CURVES:
        drawn = sorted(defined, key=areas.__getitem__)[:N_WORST]
    curves = [Curve(classes[k], areas[k], *_thinned(*points(truth[:, k], proba[:, k]))) for k in drawn]
    if len(defined) > MAX_CURVES:
        heights = np.mean([_at_grid(*points(truth[:, k], proba[:, k])) for k in defined], axis=0)
        curves.insert(0, Curve(None, float(np.mean(list(areas.values()))), _GRID, heights))
    return curves


def _roc(truth: np.ndarray, proba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y, _ = metrics.roc_curve(truth, proba)
    return x, y


def _precision_recall(truth: np.ndarray, proba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    precision, recall, _ = metrics.precision_recall_curve(truth, proba, drop_intermediate=True)
    return recall[::-1], precision[::-1]


def _at_grid(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the heights of a curve at `_GRID`; where it rises or falls straight, the top there."""
    distinct, first = np.unique(x, return_index=True)
    return np.interp(_GRID, distinct, np.maximum.reduceat(y, first))


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at most `_MAX_POINTS` of the points, evenly spread along the curve."""
    if len(x) <= _MAX_POINTS:
        return x, y
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    kept = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], _MAX_POINTS)))
    return x[kept], y[kept]
