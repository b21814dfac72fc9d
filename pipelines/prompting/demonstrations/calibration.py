"""Label probabilities from the log-likelihoods of their words, calibrated on content-free inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import log_softmax, logsumexp

from wordvec._utils.errors import ParameterError

__all__ = ["calibrated", "checked_scores", "mean_log_probabilities"]


def checked_scores(scores: Any, n_prompts: int, n_labels: int, owner: str) -> np.ndarray:
    """Return the checked result of a generator's `log_likelihoods`, float64 (n_prompts, n_labels).

    Raises
    ------
    ParameterError
        If there is not one number for each label of each prompt, one is NaN, or all numbers of a prompt are -inf.
    """
    rule = f"return {n_labels} numbers for each of {n_prompts} prompts from log_likelihoods"
    try:
        rows = np.asarray(scores, np.float64)
    except (TypeError, ValueError):
        raise ParameterError("generator", owner, rule, scores) from None
    if rows.shape != (n_prompts, n_labels):
        raise ParameterError("generator", owner, rule, scores)
    if np.isnan(rows).any() or (rows == np.inf).any() or not (rows > -np.inf).any(axis=1).all():
        raise ParameterError("generator", owner, "return finite log-likelihoods", scores)
    return rows


def mean_log_probabilities(scores_CL: np.ndarray) -> np.ndarray:
    """Return the log of the mean label probabilities over C inputs, float64 (L,)."""
    found: np.ndarray = logsumexp(log_softmax(scores_CL, axis=1), axis=0) - np.log(len(scores_CL))
    return found


def calibrated(scores_QL: np.ndarray, biases: Sequence[np.ndarray] | None) -> np.ndarray:
    """Return the probabilities of the labels, float64 (Q, L).

    They are the softmax of the log-likelihoods; with `biases` they are divided by the labels' probabilities for
    content-free inputs and normalised: q = W p with W = diag(p_cf)^-1 of Zhao et al. (2021), arXiv:2102.09690, section
    5.

    Parameters
    ----------
    scores_QL : float64 (Q, L)
    biases : list of float64 (L,), optional
        log p_cf for each query.
    """
    logs_QL = log_softmax(scores_QL, axis=1)
    if biases is not None:
        # A label that is impossible without content, and with it, stays impossible.
        bias_QL = np.stack(list(biases))
        logs_QL = np.where(logs_QL > -np.inf, logs_QL - np.where(bias_QL > -np.inf, bias_QL, 0.0), -np.inf)
    found: np.ndarray = np.exp(logs_QL - logsumexp(logs_QL, axis=1, keepdims=True))
    return found
