"""Computation of a classification report's scores from labels and probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import metrics

from .data import CalibrationBin, ClassScore, MeanScore, Mistake, excerpt

# As in Guo et al. (2017), "On calibration of modern neural networks", arXiv:1706.04599.
N_BINS = 15
N_MISTAKES = 20
_LEVEL = 0.95


def one_hot(places: np.ndarray, n_classes: int) -> np.ndarray:
    """Return which class each text has, bool (n_texts, C)."""
    return places[:, None] == np.arange(n_classes)


def accuracy_interval(right: np.ndarray, n_bootstrap: int, seed: int) -> tuple[float, float]:
    """Return the bounds of the 95 % bootstrap interval of the accuracy."""
    # How many right answers n texts have that are drawn with replacement is binomial: no need to draw texts.
    n_right = np.random.default_rng(seed).binomial(len(right), right.mean(), n_bootstrap)
    low, high = np.quantile(n_right / len(right), [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)


def _precision_recall_f1(truth: np.ndarray, chosen: np.ndarray, **options: Any) -> Any:
    # scikit-learn would take a single column for two classes; an empty one beside it changes no score.
    padded = (np.pad(matrix, [(0, 0), (0, 1)]) for matrix in (truth, chosen))
    return metrics.precision_recall_fscore_support(*padded, zero_division=0, **options)


def class_scores(
    truth: np.ndarray,
    chosen: np.ndarray,
    classes: Sequence[Any],
    roc_areas: dict[int, float],
    average_precisions: dict[int, float],
    thresholds: np.ndarray | None = None,
) -> list[ClassScore]:
    """Return the scores of each class against the rest; areas are given by class index, where defined."""
    precision, recall, f1, support = _precision_recall_f1(truth, chosen, average=None)
    return [
        ClassScore(
            label=label,
            precision=float(precision[k]),
            recall=float(recall[k]),
            f1=float(f1[k]),
            support=int(support[k]),
            n_predicted=int(chosen[:, k].sum()),
            roc_auc=roc_areas.get(k),
            average_precision=average_precisions.get(k),
            threshold=None if thresholds is None or np.isnan(thresholds[k]) else float(thresholds[k]),
        )
        for k, label in enumerate(classes)
    ]


def mean_scores(truth: np.ndarray, chosen: np.ndarray) -> dict[str, MeanScore]:
    """Return the averages, without classes that neither occur nor were predicted."""
    counted = np.flatnonzero(truth.any(axis=0) | chosen.any(axis=0))
    means = {}
    for name in ("micro", "macro", "weighted"):
        scores = (0.0, 0.0, 0.0)
        if len(counted):
            scores = _precision_recall_f1(truth, chosen, labels=counted, average=name)[:3]
        means[name] = MeanScore(*map(float, scores))
    return means


def confusion_matrix(truth: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return the confusion matrix, int64 (C, C): rows are true classes, columns predicted ones."""
    n_classes = truth.shape[1]
    return metrics.confusion_matrix(truth.argmax(axis=1), chosen.argmax(axis=1), labels=range(n_classes))


def log_loss(truth: np.ndarray, proba: np.ndarray, *, is_multilabel: bool) -> float:
    """Return the mean negative log-likelihood in nats, per label if a text may have several."""
    if is_multilabel:
        return float(metrics.log_loss(truth.ravel(), proba.ravel(), labels=[False, True]))
    rows = proba / proba.sum(axis=1, keepdims=True)
    return float(metrics.log_loss(truth.argmax(axis=1), rows, labels=range(truth.shape[1])))


def brier_score(truth: np.ndarray, proba: np.ndarray, *, is_multilabel: bool) -> float:
    """Return the Brier score: for two classes that of the second; for more, squares summed over classes."""
    squares = (proba - truth) ** 2
    if is_multilabel:
        return float(squares.mean())
    return float(squares[:, 1].mean() if truth.shape[1] == 2 else squares.sum(axis=1).mean())


def calibration_bins(
    truth: np.ndarray, chosen: np.ndarray, proba: np.ndarray, *, is_multilabel: bool
) -> list[CalibrationBin]:
    """Return the non-empty bins, lowest first."""
    given = proba.ravel() if is_multilabel else proba.max(axis=1)
    happened = truth.ravel() if is_multilabel else (truth & chosen).any(axis=1)
    numbers = np.clip(np.ceil(given * N_BINS).astype(int) - 1, 0, N_BINS - 1)
    bins = []
    for number in np.unique(numbers).tolist():
        inside = numbers == number
        bins.append(
            CalibrationBin(
                low=number / N_BINS,
                high=(number + 1) / N_BINS,
                n=int(inside.sum()),
                probability=float(given[inside].mean()),
                share=float(happened[inside].mean()),
            )
        )
    return bins


def calibration_error(bins: Sequence[CalibrationBin]) -> float:
    """Return the expected calibration error: differences of probability and share, weighted by bin size."""
    distances = [abs(each.probability - each.share) for each in bins]
    return float(np.average(distances, weights=[each.n for each in bins]))


def most_certain_mistakes(
    texts: Sequence[Any],
    truth: np.ndarray,
    chosen: np.ndarray,
    proba: np.ndarray,
    classes: Sequence[Any],
    *,
    is_multilabel: bool,
) -> list[Mistake]:
    """Return the most probable wrong decisions, at most `N_MISTAKES`, one per text."""
    certainty = np.where(chosen, proba, 1.0 - proba)
    if not is_multilabel:
        certainty[~chosen] = 0.0
    worst = np.where(truth != chosen, certainty, -math.inf).max(axis=1)
    order = np.argsort(-worst, kind="stable")[:N_MISTAKES]
    mistakes = []
    for row in order[worst[order] > -math.inf].tolist():
        labels = [
            tuple(classes[k] for k in np.flatnonzero(matrix[row]).tolist()) for matrix in (truth, chosen)
        ]
        true, predicted = labels if is_multilabel else (labels[0][0], labels[1][0])
        mistakes.append(Mistake(row, excerpt(texts[row]), true, predicted, float(worst[row])))
    return mistakes
