"""Skip-gram with negative sampling on one block of words."""

from __future__ import annotations

import numpy as np
from numba import njit

from . import KERNEL_OPTIONS
from .blocks import noise_loss, pull, push, softplus
from .tiles import add_products, dot_tile_2x4, dot_tile_3x4, row_address


@njit(**KERNEL_OPTIONS)
def multiply_noise(rows, first, n_block, scratch):
    """Write the scores of rows first..first + n_block against all noise rows into scratch.noise_score."""
    n_noise = scratch.noise.shape[0]
    out = scratch.noise_score
    in_threes = n_block - n_block % 3
    for k in range(0, n_noise, 4):
        for j in range(0, in_threes, 3):
            dot_tile_3x4(rows, first + j, scratch.noise, k, out, j * n_noise + k, n_noise)
        if in_threes < n_block:
            # The last one or two rows are even in number with the row before them.
            dot_tile_2x4(rows, first + n_block - 2, scratch.noise, k, out, (n_block - 2) * n_noise + k, n_noise)


@njit(**KERNEL_OPTIONS)
def skipgram_block(scratch, n_block, window, span, share, rate, with_loss):
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
    n_noise = noise.shape[0]

    for j in range(0, n_block, 2):
        for t in range(0, span, 4):
            dot_tile_2x4(own, pad + j, around, j + t, pair, (pad + j) * span + t, span - 1)
    multiply_noise(own, pad, n_block, scratch)

    loss = 0.0
    weight = 0.0
    if with_loss:
        for i in range(pad * span, (pad + n_block) * span):
            if scratch.weight[i] > 0:
                loss += scratch.weight[i] * softplus(-np.float64(pair[i]))
                weight += scratch.weight[i]
        loss += noise_loss(noise_score, scratch.total, n_block, n_noise, share)

    pull(pair, scratch.weight, pad * span, n_block * span, rate)
    push(noise_score, scratch.total, n_block, n_noise, rate * share)

    for j in range(0, n_block, 2):
        add_products(
            scratch.to_own[j], scratch.to_own[j + 1],
            noise_score, j * n_noise, n_noise, 1, noise, 0, n_noise,
            pair, (pad + j) * span, span - 1, 1, around, j, pad + 2,
        )  # fmt: skip
    for k in range(0, n_noise, 2):
        add_products(
            scratch.to_noise[k], scratch.to_noise[k + 1],
            noise_score, k, 1, n_noise, own, pad, n_block,
            noise_score, 0, 0, 0, own, 0, 0,
        )  # fmt: skip
    for i in range(0, n_block + pad, 2):
        add_products(
            scratch.to_around[i], scratch.to_around[i + 1],
            pair, i * span + pad, 1, span - 1, own, i, pad + 2,
            pair, 0, 0, 0, own, 0, 0,
        )  # fmt: skip
    return loss, weight
