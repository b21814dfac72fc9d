"""Training objectives of static encoders: losses of a batch of unit vectors, and their exact gradients."""

from __future__ import annotations

import numpy as np

# Of a text without known tokens, whose vector is zero.
_TINY = 1e-12


def to_units(means_ND: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows scaled to length 1, (N, D), and their original lengths, (N, 1); a row of zeros stays zero."""
    lengths = np.sqrt(np.einsum("nd,nd->n", means_ND, means_ND))[:, None]
    return means_ND / np.maximum(lengths, _TINY), lengths


def through_units(gradient_ND: np.ndarray, units_ND: np.ndarray, lengths_N1: np.ndarray) -> np.ndarray:
    """Return the gradient with respect to the rows before `to_units`, given that for the unit rows."""
    along = np.einsum("nd,nd->n", gradient_ND, units_ND)[:, None]
    return (gradient_ND - along * units_ND) / np.maximum(lengths_N1, _TINY) * (lengths_N1 > _TINY)


def label_loss(units_ND: np.ndarray, labels_N: np.ndarray, temperature: float) -> tuple[float, np.ndarray]:
    """Return the supervised contrastive loss of a batch, and its gradient with respect to the vectors, (N, D).

    Khosla et al. (2020), eq. 2 (L_out): for each text, the mean over the other texts of its label of -log(softmax
    probability of that text among all others), with dot products divided by the temperature. The loss is the mean over
    the texts that share their label with another text of the batch, or 0 if there are none.
    """
    n = len(units_ND)
    is_same = labels_N[:, None] == labels_N[None, :]
    np.fill_diagonal(is_same, False)
    n_same = is_same.sum(axis=1)
    is_anchor = n_same > 0
    if not is_anchor.any():
        return 0.0, np.zeros_like(units_ND)
    scores = units_ND @ units_ND.T / temperature
    np.fill_diagonal(scores, -np.inf)
    logs, shares = _log_softmax(scores)
    wanted = is_same / np.maximum(n_same, 1)[:, None]
    np.fill_diagonal(logs, 0.0)
    loss = -(wanted * logs).sum() / is_anchor.sum()
    by_score = np.where(is_anchor[:, None], shares - wanted, 0.0) / (temperature * is_anchor.sum())
    by_score = by_score.astype(units_ND.dtype).reshape(n, n)
    return float(loss), (by_score + by_score.T) @ units_ND


def pair_loss(
    left_ND: np.ndarray, right_ND: np.ndarray, is_hidden_NN: np.ndarray, temperature: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the in-batch negatives loss, and its gradients with respect to both sides' vectors, (N, D) each.

    Henderson et al. (2017), eq. 7: the mean over pairs of -log(softmax probability of the pair's right text among all
    right texts of the batch), with dot products divided by the temperature.

    Parameters
    ----------
    left_ND, right_ND : float (N, D)
    is_hidden_NN : bool (N, N)
        Right texts that are not negatives of a left text, because they are correct for it as well.
    temperature : float
    """
    n = len(left_ND)
    logs, shares = _log_softmax(np.where(is_hidden_NN, -np.inf, left_ND @ right_ND.T / temperature))
    by_score = ((shares - np.eye(n)) / (temperature * n)).astype(left_ND.dtype)
    return float(-np.trace(logs) / n), by_score @ right_ND, by_score.T @ left_ND


def _log_softmax(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the log-softmax of each row, and the softmax."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    return shifted - np.log(sums), powers / sums
