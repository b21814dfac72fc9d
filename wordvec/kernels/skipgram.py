"""Skip-gram with negative sampling on one block of words."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
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
from wordvec.kernels.tiles import add_products, dot_tile_2x4


@njit(**KERNEL_OPTIONS)
def skipgram_block(scratch, n_block, n_group, window, span, share, rate, with_loss):
    """Take one step for every pair of a block, each against the rows gathered in `scratch`.

    Mikolov et al. (2013), arXiv:1310.4546, eq. 4, with the negative samples shared by the block: position j meets
    each of its N negative samples with weight (negative / N) * (sum of the weights of its pairs), which makes the
    expected gradient that of `negative` negative samples a pair.

    Parameters
    ----------
    scratch : center rows are input rows, context and negative rows output rows; weights and addresses are set
    share, rate : of the tables' float type; negative / N, and the learning rate

    Returns
    -------
    loss, weight : float64; summed loss (nats) before the step and summed pair weights, zero unless asked for
    """
    center, context, negatives = scratch.center, scratch.context, scratch.negatives
    pair, negative_score = scratch.pair, scratch.negative_score
    pad = 2 * window
    n_negatives = negative_score.shape[0] // n_block

    for j in range(0, n_block, 2):
        for t in range(0, span, 4):
            dot_tile_2x4(center, pad + j, context, j + t, pair, (pad + j) * span + t, span - 1)
    multiply_negatives(center, pad, n_block, n_group, n_negatives, scratch)

    loss = 0.0
    weight = 0.0
    if with_loss:
        for i in range(pad * span, (pad + n_block) * span):
            if scratch.weight[i] > 0:
                loss += scratch.weight[i] * softplus(-np.float64(pair[i]))
                weight += scratch.weight[i]
        loss += negative_loss(negative_score, scratch.total, n_block, n_negatives, share)

    pull(pair[pad * span : (pad + n_block) * span], scratch.weight[pad * span : (pad + n_block) * span], rate)
    push(negative_score, scratch.total, n_block, n_negatives, rate * share)

    ahead = 0
    for j in range(0, n_block, 2):
        ahead = fetch_ahead(scratch, ahead)
        add_products(
            scratch.to_center[j], scratch.to_center[j + 1],
            negative_score, j * n_negatives, n_negatives, 1, negatives, j // n_group * n_negatives, n_negatives,
            pair, (pad + j) * span, span - 1, 1, context, j, pad + 2,
        )  # fmt: skip
    ahead = step_negative_rows(scratch, center, pad, n_group, n_negatives, ahead)
    step_context_rows(scratch, pair, center, n_block, pad, span, ahead)
    return loss, weight
