"""Curves of a classification report: ROC and precision-recall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# More curves than this cannot be distinguished: then the mean and the worst ones are drawn.
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


Areas = dict[int, float]


def roc_curves(truth: np.ndarray, proba: np.ndarray, classes: Sequence[Any]) -> tuple[Areas, list[Curve]]:
    """Return the areas under the ROC curves, of classes with both kinds of texts, and curves to draw.

    Parameters
    ----------
    truth : bool (n_texts, C)
    proba : float64 (n_texts, C)
    classes : list (C,)
    """
    return _curves(truth, proba, classes, _roc)


def precision_recall_curves(
    truth: np.ndarray, proba: np.ndarray, classes: Sequence[Any]
) -> tuple[Areas, list[Curve]]:
    """Return average precisions and precision-recall curves; parameters are those of `roc_curves`."""
    return _curves(truth, proba, classes, _precision_recall)


def _curves(
    truth: np.ndarray, proba: np.ndarray, classes: Sequence[Any], draw: Callable[..., Curve]
) -> tuple[Areas, list[Curve]]:
    defined = np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0)).tolist()
    whole = {k: draw(classes[k], truth[:, k], proba[:, k]) for k in defined}
    areas = {k: curve.area for k, curve in whole.items()}
    drawn, mean = defined, []
    if len(defined) > MAX_CURVES:
        drawn = sorted(defined, key=areas.__getitem__)[:N_WORST]
        heights = np.mean([_at_grid(curve.x, curve.y) for curve in whole.values()], axis=0)
        mean = [Curve(None, float(np.mean(list(areas.values()))), _GRID, heights)]
    return areas, mean + [_thinned(whole[k]) for k in drawn]


def _roc(label: Any, truth: np.ndarray, proba: np.ndarray) -> Curve:
    from sklearn import metrics  # here, as predictions load this file for the types of a report

    x, y, _ = metrics.roc_curve(truth, proba)
    return Curve(label, float(metrics.auc(x, y)), x, y)


def _precision_recall(label: Any, truth: np.ndarray, proba: np.ndarray) -> Curve:
    from sklearn import metrics

    precision, recall, _ = metrics.precision_recall_curve(truth, proba, drop_intermediate=True)
    # As average_precision_score has it, which would sort the texts again.
    area = float(-np.sum(np.diff(recall) * precision[:-1]))
    return Curve(label, area, recall[::-1], precision[::-1])


def _at_grid(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the heights of a curve at `_GRID`; at vertical segments, the top."""
    distinct, first = np.unique(x, return_index=True)
    return np.interp(_GRID, distinct, np.maximum.reduceat(y, first))


def _thinned(curve: Curve) -> Curve:
    """Return a curve with at most `_MAX_POINTS` of the points, evenly spread along it."""
    x, y = curve.x, curve.y
    if len(x) <= _MAX_POINTS:
        return curve
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    kept = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], _MAX_POINTS)))
    return Curve(curve.label, curve.area, x[kept], y[kept])
