"""How the scores of several members become probabilities: weights fitted on texts that no member has seen."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax
from sklearn.model_selection import KFold, StratifiedKFold
from threadpoolctl import threadpool_limits

# Where weights start, and stay with few texts: what they come to on many data sets.
PRIOR_WEIGHTS = {"linear": 1.0, "nb": 0.3, "embedding": 0.2, "document": 0.4}
MAX_FOLDS = 5
# The weights are few: they need no more held-out texts than these.
ENOUGH_TEXTS = 5000


def held_out_folds(target: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to train on and rows to hold out, of as many folds as the weights need.

    The only text of a class is never held out: somebody must learn it.
    """
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
    with warnings.catch_warnings():
        # A class of fewer texts than folds: some folds hold none of it out, and all learn it.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        yield from StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(rows, target)


def fit_weights(scores: Sequence[np.ndarray], target: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return the weights of the members' scores, float64 (M,), that make the target most likely.

    They are positive. A penalty as strong as one text keeps them near `PRIOR_WEIGHTS` where texts are few.

    Parameters
    ----------
    scores : list of float64 (n_texts, C), one for each member
    target : int (n_texts,), or bool (n_texts, C)
    names : list of str
    """
    start = np.log([PRIOR_WEIGHTS[name] for name in names])
    if not len(target):
        return np.exp(start)
    stacked = np.stack(scores)

    def objective(logs: np.ndarray) -> float:
        loss = log_loss(combine(stacked, np.exp(logs)), target)
        return float(loss + ((logs - start) ** 2).sum() / len(target))

    # Threads of BLAS take longer to start than the few weights need, and would change the last bits.
    with threadpool_limits(limits=1):
        return np.exp(minimize(objective, start, method="L-BFGS-B").x)


def combine(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted sum of scores (M, n_texts, C)."""
    return np.tensordot(weights, scores, axes=1)


def log_loss(scores: np.ndarray, target: np.ndarray) -> float:
    """Return the mean negative log-likelihood, of each label on its own if a text may have several."""
    if target.ndim == 2:
        return float(np.logaddexp(0.0, np.where(target, -scores, scores)).mean())
    return float(-log_softmax(scores, axis=1)[np.arange(len(target)), target].mean())


def probabilities(scores: np.ndarray, *, is_multilabel: bool) -> np.ndarray:
    """Return probabilities, float64 (n_texts, C); rows add to one unless a text may have several labels."""
    return expit(scores) if is_multilabel else softmax(scores, axis=1)
