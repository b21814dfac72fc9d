"""Continuous bag of words (CBOW) with negative sampling on one block of words."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import FAST_KERNEL_OPTIONS, KERNEL_OPTIONS
from wordvec.kernels.blocks import (
    fetch_ahead,
    multiply_negatives,
    negative_loss,
    pull,
    push,
    softplus,
    step_context_rows,
    step_negative_rows,
)
from wordvec.kernels.tiles import add_products, row_address

# How context words are combined and how the error returns to them (`cbow_mean`, `gradient`).
MEAN_EXACT = 0
MEAN_WORD2VEC = 1
SUM = 2


@njit(**FAST_KERNEL_OPTIONS)
def _score_centers(rows, first, context, n_block, target):
    for j in range(n_block):
        score = target[0] * 0
        for d in range(rows.shape[1]):
            score += rows[first + j, d] * context[j, d]
        target[j] = score


@njit(**FAST_KERNEL_OPTIONS)
def _scale_rows(source, scale, target, n_block, span):
    for j in range(n_block):
        row = source[j * span : (j + 1) * span]
        scaled = target[j * span : (j + 1) * span]
        for t in range(span):
            scaled[t] = row[t] * scale[j]


@njit(**KERNEL_OPTIONS)
def cbow_block(scratch, n_block, n_group, window, span, share, rate, combine, with_loss):
    """Take one step for every position of a block: predict the word from the words around it.

    Mikolov et al. (2013), arXiv:1301.3781, with the negative sampling of arXiv:1310.4546, eq. 4, and negatives
    words shared by the block. MEAN_EXACT is the gradient of the averaged context; word2vec and gensim leave
    out the division by the context's size, which MEAN_WORD2VEC reproduces (Irsoy et al. 2020,
    arXiv:2012.15332).

    Parameters
    ----------
    scratch : context rows are input rows, center and negative rows output rows; weights and addresses are set
    share, rate : of the tables' float type; negative / N, and the learning rate
    combine : MEAN_EXACT, MEAN_WORD2VEC or SUM

    Returns
    -------
    loss, weight : float64; summed loss (nats) before the step and number of positions, zero unless asked for
    """
    center, context, negatives = scratch.center, scratch.context, scratch.negatives
    hidden, hidden_step = scratch.hidden, scratch.hidden_step
    weight, mixing, total = scratch.weight, scratch.pair, scratch.total
    target, negative_score, diagonal = scratch.target, scratch.negative_score, scratch.diagonal
    pad = 2 * window
    n_negatives = negative_score.shape[0] // n_block

    # `total` becomes the scale of a mean, then the weight of a position: 1 where it has any context.
    for j in range(n_block):
        target[j] = 1 / total[j] if total[j] > 0 and combine != SUM else 1
        total[j] = 1 if total[j] > 0 else 0
    _scale_rows(weight[pad * span :], target, mixing[pad * span :], n_block, span)

    hidden[pad : pad + n_block] = 0
    for j in range(0, n_block, 2):
        add_products(
            row_address(hidden, pad + j), row_address(hidden, pad + j + 1),
            mixing, (pad + j) * span, span - 1, 1, context, j, pad + 2,
            mixing, 0, 0, 0, context, 0, 0,
        )  # fmt: skip
    multiply_negatives(hidden, pad, n_block, n_group, n_negatives, scratch)
    _score_centers(center, pad, hidden[pad:], n_block, target)

    loss = 0.0
    n_positions = 0.0
    if with_loss:
        for j in range(n_block):
            if total[j] > 0:
                loss += softplus(-np.float64(target[j]))
                n_positions += 1.0
        loss += negative_loss(negative_score, total, n_block, n_negatives, share)

    pull(target, total[:n_block], rate)
    push(negative_score, total, n_block, n_negatives, rate * share)
    for j in range(0, n_block, 2):
        diagonal[2 * j] = target[j]
        diagonal[2 * j + 3] = target[j + 1]

    hidden_step[pad : pad + n_block] = 0
    ahead = 0
    for j in range(0, n_block, 2):
        ahead = fetch_ahead(scratch, ahead)
        add_products(
            row_address(hidden_step, pad + j), row_address(hidden_step, pad + j + 1),
            negative_score, j * n_negatives, n_negatives, 1, negatives, j // n_group * n_negatives, n_negatives,
            diagonal, 2 * j, 2, 1, center, pad + j, 2,
        )  # fmt: skip
        add_products(
            scratch.to_center[j], scratch.to_center[j + 1],
            diagonal, 2 * j, 2, 1, hidden, pad + j, 2,
            diagonal, 0, 0, 0, hidden, 0, 0,
        )  # fmt: skip
    ahead = step_negative_rows(scratch, hidden, pad, n_group, n_negatives, ahead)
    back = weight if combine == MEAN_WORD2VEC else mixing
    step_context_rows(scratch, back, hidden_step, n_block, pad, span, ahead)
    return loss, n_positions
