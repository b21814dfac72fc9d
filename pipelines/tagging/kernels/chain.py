"""Numba kernels of a linear chain: expectations of one sentence, and their fall-back in log space.

Names of array axes, here and in the other files of the tagger:

====  ==========================================================================
T     tokens of all sentences
N     tokens of one sentence
L     labels; P is L rounded up to whole vector registers, see `padded`
A     attributes (names of features, without the label)
F     features: pairs of an attribute and a label that have a weight
B     bundles of columns, see `sharing`; C columns
U     rows of the dense table (word types); E floats of such a row
====  ==========================================================================

The padding of a row of scores is -inf, that of exponentials and probabilities 0.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.elementary import INLINED, exp, fma, log

from .products import dot_rows

# float64 numbers in the widest vector register.
PAD = 8
# Below this sum of scaled probabilities a sentence is computed again in log space.
UNDERFLOW = 1e-200
# Below this number exponentials are 0.
_LOWEST = -708.0


def padded(n_labels: int) -> int:
    """Return the width of a row of labels, P."""
    return -(-n_labels // PAD) * PAD


class Transitions(NamedTuple):
    """Transition scores in the forms that the recursions read.

    Attributes
    ----------
    exp_PP : float64 (P, P); exp(score - shift) from row to column
    exp_transposed_PP : float64 (P, P)
    score_LL : float64 (L, L)
    shift : float
    """

    exp_PP: np.ndarray
    exp_transposed_PP: np.ndarray
    score_LL: np.ndarray
    shift: float


def prepare_transitions(score_LL: np.ndarray) -> Transitions:
    """Return the forms of finite or -inf transition scores, float64 (L, L)."""
    n_labels = len(score_LL)
    top = score_LL.max()
    shift = float(top) if math.isfinite(top) else 0.0
    exp_LL = (score_LL - shift).ravel()
    exp_in_place(exp_LL)
    exp_PP = np.zeros((padded(n_labels), padded(n_labels)))
    exp_PP[:n_labels, :n_labels] = exp_LL.reshape(n_labels, n_labels)
    return Transitions(exp_PP, np.ascontiguousarray(exp_PP.T), np.ascontiguousarray(score_LL), shift)


@njit(**INLINED)
def _exp(x):
    """Return e**x for x up to 709, to 1 unit in the last place; -inf allowed."""
    e = exp(x)
    return e if x > _LOWEST else 0.0


@njit(**KERNEL_OPTIONS)
def exp_in_place(x):
    """Replace numbers up to 709 by their exponentials, float64 (n,); -inf allowed."""
    for k in range(len(x)):
        x[k] = _exp(x[k])


@njit(**KERNEL_OPTIONS)
def _times_matrix(row_P, matrix_PP, n_labels, out_P):
    """Write row @ matrix; four rows of the matrix a pass, which saves three quarters of the loads of `out_P`."""
    width = len(out_P)
    for j in range(width):
        out_P[j] = 0.0
    for i in range(0, n_labels, 4):
        a, b, c, d = row_P[i], row_P[i + 1], row_P[i + 2], row_P[i + 3]
        for j in range(width):
            # The old sum comes last: the next pass waits for one addition only.
            total = fma(a, matrix_PP[i, j], b * matrix_PP[i + 1, j])
            total = fma(c, matrix_PP[i + 2, j], total)
            out_P[j] += fma(d, matrix_PP[i + 3, j], total)


@njit(**KERNEL_OPTIONS)
def _forward(exp_NP, matrix_PP, n_labels, alpha_NP):
    """Write the forward probabilities, each row scaled to sum to one; return the log of the product of the scales.

    NaN means that a sum came too close to zero.
    """
    n_tokens, width = exp_NP.shape
    total, product = 0.0, 1.0
    for t in range(n_tokens):
        row_P = alpha_NP[t]
        if t == 0:
            row_P[:] = 1.0
        else:
            _times_matrix(alpha_NP[t - 1], matrix_PP, n_labels, row_P)
        mass = dot_rows(row_P, exp_NP[t])
        if not mass > UNDERFLOW:
            return np.nan
        scale = 1.0 / mass
        for j in range(width):
            row_P[j] *= exp_NP[t, j] * scale
        # One logarithm for many tokens.
        product *= mass
        if not 1e-100 < product < 1e100:
            total += log(product)
            product = 1.0
    return total + log(product)


@njit(**KERNEL_OPTIONS)
def _backward(exp_NP, transposed_PP, n_labels, alpha_NP, weight_NP, pair_PP):
    """Turn forward into marginal probabilities, and add the expected transitions without the factor exp(transition).

    Parameters
    ----------
    exp_NP : overwritten with the backward probabilities times the exponentials
    weight_NP : float64 (N, P); scratch

    Returns
    -------
    whole : bool; False if a sum came too close to zero: nothing is added then
    """
    n_tokens, width = exp_NP.shape
    after_P = np.ones(width)
    for t in range(n_tokens - 2, -1, -1):
        ahead_P = exp_NP[t + 1]
        mass = dot_rows(ahead_P, after_P)
        if not mass > UNDERFLOW:
            return False
        scale = 1.0 / mass
        for j in range(width):
            ahead_P[j] *= after_P[j] * scale
        _times_matrix(ahead_P, transposed_PP, n_labels, after_P)
        row_P = alpha_NP[t]
        mass = dot_rows(row_P, after_P)
        if not mass > UNDERFLOW:
            return False
        scale = 1.0 / mass
        for j in range(width):
            weight_NP[t, j] = row_P[j] * scale
            row_P[j] *= after_P[j] * scale
    _add_products(weight_NP, exp_NP, n_labels, pair_PP)
    return True


@njit(**KERNEL_OPTIONS)
def _add_products(left_NP, right_NP, n_labels, sum_PP):
    """Add the outer products of each row of `left_NP` with the next row of `right_NP`, four rows a pass."""
    n_pairs, width = len(left_NP) - 1, left_NP.shape[1]
    whole = n_pairs - n_pairs % 4
    for t in range(0, whole, 4):
        for i in range(n_labels):
            a, b, c, d = left_NP[t, i], left_NP[t + 1, i], left_NP[t + 2, i], left_NP[t + 3, i]
            for j in range(width):
                total = fma(a, right_NP[t + 1, j], sum_PP[i, j])
                total = fma(b, right_NP[t + 2, j], total)
                total = fma(c, right_NP[t + 3, j], total)
                sum_PP[i, j] = fma(d, right_NP[t + 4, j], total)
    for t in range(whole, n_pairs):
        for i in range(n_labels):
            a = left_NP[t, i]
            for j in range(width):
                sum_PP[i, j] = fma(a, right_NP[t + 1, j], sum_PP[i, j])


@njit(**KERNEL_OPTIONS)
def _log_sum(values):
    """Return log(sum(exp(values))); -inf if all are."""
    top = values.max()
    if not top > -np.inf:
        return -np.inf
    total = 0.0
    for value in values:
        total += _exp(value - top)
    return top + log(total)


@njit(**KERNEL_OPTIONS)
def log_space_expectations(score_NP, transition_LL, marginal_NP, pair_LL):
    """Write the marginals and add the expected transitions of a sentence, slowly, for any finite scores.

    Parameters
    ----------
    score_NP : float64 (N, P)
    transition_LL : float64 (L, L)
    marginal_NP : float64 (N, P); overwritten
    pair_LL : float64 (L, L) or larger; added to

    Returns
    -------
    log_partition : float; -inf if no sequence is possible (the marginals are then undefined)
    """
    n_tokens, n_labels = len(score_NP), len(transition_LL)
    alpha_NL, beta_NL = np.empty((n_tokens, n_labels)), np.zeros((n_tokens, n_labels))
    alpha_NL[0] = score_NP[0, :n_labels]
    for t in range(1, n_tokens):
        for j in range(n_labels):
            alpha_NL[t, j] = score_NP[t, j] + _log_sum(alpha_NL[t - 1] + transition_LL[:, j])
    log_partition = _log_sum(alpha_NL[n_tokens - 1])
    if not log_partition > -np.inf:
        return log_partition
    for t in range(n_tokens - 2, -1, -1):
        ahead_L = score_NP[t + 1, :n_labels] + beta_NL[t + 1]
        for i in range(n_labels):
            beta_NL[t, i] = _log_sum(transition_LL[i] + ahead_L)
            for j in range(n_labels):
                pair_LL[i, j] += _exp(alpha_NL[t, i] + transition_LL[i, j] + ahead_L[j] - log_partition)
    for t in range(n_tokens):
        marginal_NP[t] = 0.0
        for j in range(n_labels):
            marginal_NP[t, j] = _exp(alpha_NL[t, j] + beta_NL[t, j] - log_partition)
    return log_partition


@njit(**KERNEL_OPTIONS)
def expectations(score_NP, transitions, exp_NP, weight_NP, marginal_NP, pair_PP, slow_pair_LL):
    """Write the marginal probabilities of a sentence and add its expected transitions.

    Recursions on exponentials, each row scaled to sum to one (Rabiner 1989), or in log space where they underflow.

    Parameters
    ----------
    score_NP : float64 (N, P), N at least 1; the padding is -inf
    transitions : Transitions
    exp_NP, weight_NP : float64 (N, P); scratch
    marginal_NP : float64 (N, P); overwritten
    pair_PP : float64 (P, P); expected transitions divided by `exp_PP`; added to
    slow_pair_LL : float64 (L, L); expected transitions of sentences computed in log space; added to

    Returns
    -------
    log_partition : float; -inf if no sequence is possible
    """
    n_tokens, width = score_NP.shape
    n_labels = len(transitions.score_LL)
    log_partition = (n_tokens - 1) * transitions.shift
    for t in range(n_tokens):
        top = score_NP[t].max()
        if not top > -np.inf:
            return -np.inf
        log_partition += top
        for j in range(width):
            exp_NP[t, j] = score_NP[t, j] - top
    exp_in_place(exp_NP.reshape(-1))
    mass = _forward(exp_NP, transitions.exp_PP, n_labels, marginal_NP)
    if mass == mass and _backward(
        exp_NP, transitions.exp_transposed_PP, n_labels, marginal_NP, weight_NP, pair_PP
    ):
        return log_partition + mass
    return log_space_expectations(score_NP, transitions.score_LL, marginal_NP, slow_pair_LL)
