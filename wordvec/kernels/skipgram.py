"""Skip-gram with negative sampling on one block of words."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.blocks import (
    fetch_ahead,
    multiply_noise,
    noise_loss,
    pull,
    push,
    softplus,
    step_around_rows,
    step_noise_rows,
)
from wordvec.kernels.tiles import add_products, dot_tile_2x4


@njit(**KERNEL_OPTIONS)
def skipgram_block(scratch, n_block, n_group, window, span, share, rate, with_loss):
    """Take one step for every pair of a block, each against the rows gathered in `scratch`.

    Mikolov et al. (2013), arXiv:1310.4546, eq. 4, with the noise words shared by the block: position j meets
    each of its N noise words with weight (negative / N) * (sum of the weights of its pairs), which makes the
    expected gradient that of `negative` noise words a pair.

    Parameters
    ----------
    scratch : own rows are input rows, around and noise rows output rows; weights and addresses are set
    share, rate : of the tables' float type; negative / N, and the step size

    Returns
    -------
    loss, weight : float64; summed loss (nats) before the step and summed pair weights, zero unless asked for
    """
    own, around, noise = scratch.own, scratch.around, scratch.noise
    pair, noise_score = scratch.pair, scratch.noise_score
    pad = 2 * window
    n_noise = noise_score.shape[0] // n_block

    for j in range(0, n_block, 2):
        for t in range(0, span, 4):
            dot_tile_2x4(own, pad + j, around, j + t, pair, (pad + j) * span + t, span - 1)
    multiply_noise(own, pad, n_block, n_group, n_noise, scratch)

    loss = 0.0
    weight = 0.0
    if with_loss:
        for i in range(pad * span, (pad + n_block) * span):
            if scratch.weight[i] > 0:
                loss += scratch.weight[i] * softplus(-np.float64(pair[i]))
                weight += scratch.weight[i]
        loss += noise_loss(noise_score, scratch.total, n_block, n_noise, share)

    pull(pair[pad * span : (pad + n_block) * span], scratch.weight[pad * span : (pad + n_block) * span], rate)
    push(noise_score, scratch.total, n_block, n_noise, rate * share)

    ahead = 0
    for j in range(0, n_block, 2):
        ahead = fetch_ahead(scratch, ahead)
        add_products(
            scratch.to_own[j], scratch.to_own[j + 1],
            noise_score, j * n_noise, n_noise, 1, noise, j // n_group * n_noise, n_noise,
            pair, (pad + j) * span, span - 1, 1, around, j, pad + 2,
        )  # fmt: skip
    ahead = step_noise_rows(scratch, own, pad, n_group, n_noise, ahead)
    step_around_rows(scratch, pair, own, n_block, pad, span, ahead)
    return loss, weight
