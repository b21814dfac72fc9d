"""Continuous bag of words (CBOW) with negative sampling on one block of words."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import PART_OPTIONS
from wordvec.kernels.elementary import softplus
from wordvec.kernels.tiles import LANES, add_products, dot, row_address
from wordvec.kernels.word2vec.blocks import (
    add_to,
    fetch_ahead,
    negative_loss,
    pull,
    push,
    score_negatives,
    step_context_rows,
    step_negative_rows,
)
from wordvec.kernels.word2vec.positions import mix_context, step_positions, step_weighted_rows

# How context words are combined and how the error returns to them (`cbow_mean`, `gradient`).
MEAN_EXACT = 0
MEAN_WORD2VEC = 1
SUM = 2


@njit(**PART_OPTIONS)
def _scale_rows(source, scale, target, n_block, span):
    for j in range(n_block):
        row = source[j * span : (j + 1) * span]
        scaled = target[j * span : (j + 1) * span]
        for t in range(span):
            scaled[t] = row[t] * scale[j]


@njit(**PART_OPTIONS)
def cbow_block(job, positions, q, size, n_block, n_group, window, span, share, rate, combine, with_loss):
    """Take one step for every position of a block: predict the word from the words around it.

    Mikolov et al. (2013), arXiv:1301.3781, with the negative sampling of arXiv:1310.4546, eq. 4, and negatives
    words shared by the block. MEAN_EXACT is the gradient of the averaged context; word2vec and gensim leave
    out the division by the context's size, which MEAN_WORD2VEC reproduces (Irsoy et al. 2020,
    arXiv:2012.15332). Where positions have weights, see `positions`.

    Parameters
    ----------
    job : reference to a tuple with `scratch`, of which
        context rows are input rows, center and negative rows output rows; weights and addresses are set
    positions, q : Positions or None, as in `job`, and the block's segment
    size : floats of a vector
    share, rate : of the tables' float type; negative / N, and the learning rate
    combine : MEAN_EXACT, MEAN_WORD2VEC or SUM

    Returns
    -------
    loss, weight : float64; summed loss (nats) before the step and number of positions, zero unless asked for
    """
    scratch = job.scratch
    # Read once: as far as LLVM knows, a step could change the tuple.
    hidden, hidden_step, weight, mixing = scratch.hidden, scratch.hidden_step, scratch.weight, scratch.pair
    total, present, target, diagonal = scratch.total, scratch.present, scratch.target, scratch.diagonal
    negative_score, at_negatives, at_context = (
        scratch.negative_score,
        scratch.at_negatives,
        scratch.at_context,
    )
    at_center, to_center, at_hidden = scratch.at_center, scratch.to_center, scratch.at_hidden
    like, width, zeros = total[0], hidden.shape[1], row_address(scratch.missing, 0)
    pad = 2 * window
    n_negatives = at_negatives.shape[0] // (n_block // n_group)

    for j in range(n_block):
        target[j] = 1 / total[j] if total[j] > 0 and combine != SUM else 1
        present[j] = total[j] > 0
    _scale_rows(weight[pad * span :], target, mixing[pad * span :], n_block, span)

    # A branch on None is decided by the type, here and below.
    if positions is None:
        for j in range(0, n_block, 2):
            add_products(
                like, width, row_address(hidden, pad + j), zeros, row_address(hidden, pad + j + 1), zeros,
                row_address(mixing, (pad + j) * span), span - 1, 1, row_address(at_context, j), pad + 2,
                0, 0, 0, 0, 0,
            )  # fmt: skip
    else:
        mix_context(job, mixing, n_block, pad, span)
    for j in range(n_block):
        target[j] = dot(like, width, row_address(hidden, pad + j), at_center[j])

    loss = 0.0
    n_positions = 0.0
    if with_loss:
        for j in range(n_block):
            if present[j] > 0:
                loss += softplus(-np.float64(target[j]))
                n_positions += 1.0
    pull(target, present[:n_block], rate)
    for j in range(0, n_block, 2):
        diagonal[2 * j] = target[j]
        diagonal[2 * j + 3] = target[j + 1]

    ahead = 0
    # The rows that a group of positions reads fit the first-level cache.
    for start in range(0, n_block, n_group):
        group = start // n_group
        score_negatives(job, size, pad + start, group, n_negatives)
        scores = negative_score[group * n_negatives * LANES : (group + 1) * n_negatives * LANES]
        weights = present[start : start + LANES]
        if with_loss:
            loss += negative_loss(scores, weights, n_group, share)
        push(scores, weights, rate * share)
        for j in range(start, start + n_group, 2):
            ahead = fetch_ahead(job, ahead)
            add_products(
                like, width, row_address(hidden_step, pad + j), zeros,
                row_address(hidden_step, pad + j + 1), zeros,
                row_address(scores, j - start), 1, LANES,
                row_address(at_negatives, group * n_negatives), n_negatives,
                row_address(diagonal, 2 * j), 2, 1, row_address(at_center, j), 2,
            )  # fmt: skip
    # Center and negative rows may be the same ones: they change when all have been read.
    for j in range(0, n_block, 2):
        add_products(
            like, width, to_center[j], add_to(at_center, to_center, j, zeros),
            to_center[j + 1], add_to(at_center, to_center, j + 1, zeros),
            row_address(diagonal, 2 * j), 2, 1, row_address(at_hidden, pad + j), 2,
            0, 0, 0, 0, 0,
        )  # fmt: skip
    ahead = step_negative_rows(job, pad, n_block, n_group, n_negatives, ahead)
    back = weight if combine == MEAN_WORD2VEC else mixing
    if positions is None:
        step_context_rows(job, back, scratch.at_hidden_step, n_block, pad, span, ahead)
    else:
        step_positions(job, q, back, n_block, pad, span)
        step_weighted_rows(job, back, n_block, pad, span, ahead)
    return loss, n_positions
