"""Weights of fitted linear members: all classes or labels in one matrix, dense or sparse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from .compact import CompactMatrix
from .nbsvm import nb_scores

# What is known of a label: that no training text has it, that all have it, or weights.
NEVER, ALWAYS, LEARNED = 0, 1, 2
# A few texts have this share of the features at most: not all weights are made of their codes for them.
_FEW = 8
# The score of a label that all training texts have.
_CERTAIN = 4.0


@dataclass(frozen=True)
class LinearWeights:
    """A linear model with one class per text, or one model for each label.

    Attributes
    ----------
    coef : (R, V), dense or compact
        A row for each class, a single row for two classes, or a row for each learned label.
    intercept : float64 (R,)
    labels : tuple of int (C,), or None
        NEVER, ALWAYS or LEARNED; None if a text has one class.
    """

    coef: Any
    intercept: np.ndarray
    labels: tuple[int, ...] | None

    def decision_function(self, X: Any) -> np.ndarray:
        """Return scores, float64 (n_texts, C); for two classes (n_texts,), positive for the second."""
        coef = self.coef
        if isinstance(coef, CompactMatrix):
            if X.nnz * _FEW < coef.shape[1]:
                used = np.unique(X.indices)
                X, coef = X[:, used], coef.columns(used)
            else:
                coef = coef.whole
        found = X @ coef.T
        scores = found.toarray() if sparse.issparse(found) else found
        return of_labels(scores + self.intercept, self.labels)


@dataclass(frozen=True)
class NBWeights:
    """The same for `NBSVMClassifier`: `coef` applies to features multiplied by `ratios`.

    Attributes
    ----------
    ratios : LogCountRatios, or a matrix (R, V), dense or compact
    """

    coef: Any
    intercept: np.ndarray
    ratios: Any
    labels: tuple[int, ...] | None

    def decision_function(self, X: Any) -> np.ndarray:
        """Return scores, float64 (n_texts, C); for two classes (n_texts,), positive for the second."""
        return of_labels(nb_scores(X, self.ratios, self.coef, self.intercept), self.labels)


def of_labels(scores: np.ndarray, labels: tuple[int, ...] | None) -> np.ndarray:
    """Return scores with columns for constant labels added; a single column of classes as (n,)."""
    if labels is None:
        return scores.ravel() if scores.shape[1] == 1 else scores
    kinds = np.array(labels)
    found = np.column_stack([constant_scores(len(scores), kind == ALWAYS) for kind in labels])
    found[:, kinds == LEARNED] = scores
    return found


def constant_scores(n_texts: int, is_always: bool) -> np.ndarray:
    """Return the score of a label that all or no training texts have, float64 (n_texts,)."""
    return np.full(n_texts, _CERTAIN if is_always else -_CERTAIN)
