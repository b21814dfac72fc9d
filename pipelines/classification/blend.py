"""Blending of member scores into probabilities, with weights fitted on held-out texts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax
from threadpoolctl import threadpool_limits

# Where weights start, and stay with few texts: what they come to on many data sets.
PRIOR_WEIGHTS = {"linear": 1.0, "nb": 0.3, "embedding": 0.2, "document": 0.4}
MAX_FOLDS = 5
# The weights are few: they need no more held-out texts than these.
ENOUGH_TEXTS = 5000


def held_out_folds(target: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield training rows and held-out rows, for as many folds as the weights need.

    The only text of a class is never held out, because some member must learn it.
    """
    from sklearn.model_selection import KFold  # which takes a while to import, and predictions do without

    rows = np.arange(len(target))
    if target.ndim == 2:
        n_folds = min(MAX_FOLDS, len(target))
        splits = KFold(n_folds, shuffle=True, random_state=seed).split(rows) if n_folds > 1 else iter(())
        always = rows[:0]
    else:
        sizes = np.bincount(target)
        is_single = sizes[target] == 1
        rows, always = rows[~is_single], rows[is_single]
        n_folds = min(MAX_FOLDS, int(sizes.max()))
        if n_folds < 2 or len(np.unique(target[rows])) < 2:
            return
        splits = _stratified(rows, target[rows], n_folds, seed)
    n_held_out = 0
    for train, held_out in splits:
        yield np.concatenate([rows[train], always]), rows[held_out]
        n_held_out += len(held_out)
        if n_held_out >= ENOUGH_TEXTS:
            return


def _stratified(
    rows: np.ndarray, target: np.ndarray, n_folds: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedKFold

    with warnings.catch_warnings():
        # A class of fewer texts than folds: some folds hold none of it out, and all learn it.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        yield from StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(rows, target)


@dataclass(frozen=True)
class Blend:
    """The weighted sum of the members' scores.

    Attributes
    ----------
    weights : float64 (M,)
        Weights of the members; positive.
    intercepts : float64 (C,)
        Added to the scores of the classes; zeros unless fitted.
    """

    weights: np.ndarray
    intercepts: np.ndarray

    def scores(self, scores: np.ndarray) -> np.ndarray:
        """Return the weighted sum of scores (M, n_texts, C), with intercepts."""
        return np.tensordot(self.weights, scores, axes=1) + self.intercepts


def fit_blend(
    scores: np.ndarray,
    target: np.ndarray,
    names: Sequence[str],
    weights: np.ndarray | None = None,
    *,
    with_intercepts: bool = False,
) -> Blend:
    """Return the blend that maximises the likelihood of the target.

    A penalty as strong as one text keeps the weights near `PRIOR_WEIGHTS`, and the intercepts near zero, if there are
    few texts.

    Parameters
    ----------
    scores : float64 (M, n_texts, C)
    target : int (n_texts,), or bool (n_texts, C)
    names : list of str (M,)
    weights : float64 (n_texts,), or (n_texts, C) with several labels, optional
        The weight of each text, or of each of its labels.
    with_intercepts : bool
        Whether to fit intercepts: members trained on weighted classes, or on one label against the rest, are each off
        by a constant.
    """
    start = np.log([PRIOR_WEIGHTS[name] for name in names])
    n_members, n_texts, n_classes = scores.shape
    none = np.zeros(n_classes)
    if not n_texts:
        return Blend(np.exp(start), none)
    # Threads of BLAS take longer to start than the few weights need, and would change the last bits.
    with threadpool_limits(limits=1):
        if with_intercepts:
            found = minimize(
                lambda values: _loss_and_gradient(values, start, scores, target, weights),
                np.concatenate([start, none]),
                jac=True,
                method="L-BFGS-B",
            ).x
            return Blend(np.exp(found[:n_members]), found[n_members:])

        def objective(logs: np.ndarray) -> float:
            loss = log_loss(Blend(np.exp(logs), none).scores(scores), target, weights)
            total = n_texts if weights is None else n_texts * weights.mean()
            return float(loss + ((logs - start) ** 2).sum() / total)

        return Blend(np.exp(minimize(objective, start, method="L-BFGS-B").x), none)


def _loss_and_gradient(
    values: np.ndarray, start: np.ndarray, scores: np.ndarray, target: np.ndarray, weights: np.ndarray | None
) -> tuple[float, np.ndarray]:
    """Return the penalised loss, and its gradient with respect to log weights and intercepts."""
    n_members, n_texts, n_classes = scores.shape
    logs = values[:n_members]
    blend = Blend(np.exp(logs), values[n_members:])
    found = blend.scores(scores)
    if target.ndim == 2:
        error, n_decisions = expit(found) - target, n_texts * n_classes
    else:
        error, n_decisions = softmax(found, axis=1), n_texts
        error[np.arange(n_texts), target] -= 1.0
    total = float(n_decisions)
    if weights is not None:
        error *= weights.reshape(n_texts, -1)
        total = float(weights.sum())
    # A weight takes part in all decisions about a text, an intercept in one.
    share = n_decisions / n_texts / total
    loss = log_loss(found, target, weights)
    loss += share * float(((logs - start) ** 2).sum()) + float((blend.intercepts**2).sum()) / total
    by_logs = blend.weights * np.tensordot(scores, error, axes=2) / total + 2 * share * (logs - start)
    by_intercepts = (error.sum(axis=0) + 2 * blend.intercepts) / total
    return loss, np.concatenate([by_logs, by_intercepts])


def log_loss(scores: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the mean negative log-likelihood, summed over labels if a text may have several."""
    if target.ndim == 2:
        losses = np.logaddexp(0.0, np.where(target, -scores, scores))
    else:
        losses = -log_softmax(scores, axis=1)[np.arange(len(target)), target]
    return float(losses.mean() if weights is None else np.average(losses, weights=weights))


def probabilities(scores: np.ndarray, *, is_multilabel: bool) -> np.ndarray:
    """Return probabilities, float64 (n_texts, C); rows sum to one unless a text may have several labels."""
    return expit(scores) if is_multilabel else softmax(scores, axis=1)
