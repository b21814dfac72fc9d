"""Weights of texts and classes in training: given by the caller, or balanced."""

from __future__ import annotations

from typing import Any

import numpy as np

from wordvec.supervised.labels import balanced_weights, named_weights

_OWNER = "TextClassifier"


def class_weights(
    class_weight: Any, classes: np.ndarray, target: np.ndarray, sample_weight: np.ndarray | None
) -> np.ndarray | None:
    """Return the weights of classes; None if all are one.

    "balanced" gives all classes, or the texts with and without a label, the same total weight. The weights of a dict
    apply to a class, or to the texts that have a label.

    Parameters
    ----------
    class_weight : "balanced", dict of class to float, or None
    classes : array (C,)
    target : int (n_texts,), or bool (n_texts, C) if a text may have several labels
    sample_weight : float64 (n_texts,), optional

    Returns
    -------
    float64 (C,), or (C, 2) for texts without and with each label

    Raises
    ------
    TypeError, ValueError
        If they are not weights of these classes.
    """
    if class_weight is None:
        return None
    if class_weight == "balanced":
        return _balanced(len(classes), target, sample_weight)
    weights = named_weights(class_weight, classes, _OWNER)
    if target.ndim == 2:
        weights = np.column_stack([np.ones(len(classes)), weights])
    return None if (weights == 1.0).all() else weights


def _balanced(n_classes: int, target: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
    if target.ndim == 1:
        return balanced_weights(n_classes, target, sample_weight)
    each = np.ones(len(target)) if sample_weight is None else sample_weight
    with_label = each @ target
    sums = np.column_stack([each.sum() - with_label, with_label])
    # Of a label that all texts have, or none, there is nothing to weigh.
    return each.sum() / (2 * np.where(sums > 0, sums, each.sum() / 2))


def decision_weights(
    weights: np.ndarray | None, target: np.ndarray, sample_weight: np.ndarray | None
) -> np.ndarray | None:
    """Return the weight of each text, float64 (n_texts,), or of each of its labels, (n_texts, C); None if all are one.

    Parameters
    ----------
    weights : as returned by `class_weights`
    target, sample_weight : as for `class_weights`
    """
    if weights is None:
        if sample_weight is None or target.ndim == 1:
            return sample_weight
        return np.repeat(sample_weight[:, None], target.shape[1], axis=1)
    if target.ndim == 1:
        found = weights[target]
        return found if sample_weight is None else found * sample_weight
    found = np.where(target, weights[:, 1], weights[:, 0])
    return found if sample_weight is None else found * sample_weight[:, None]
