"""Skip-gram with negative sampling on one block of words."""

from __future__ import annotations

from numba import njit

from wordvec.kernels import PART_OPTIONS
from wordvec.kernels.tiles import LANES, add_products, copy_row, dot_tile_2x4, row_address
from wordvec.kernels.word2vec.blocks import (
    add_to,
    fetch_ahead,
    negative_loss,
    pair_loss,
    pull,
    push,
    score_negatives,
    step_context_rows,
    step_negative_rows,
)


@njit(**PART_OPTIONS)
def skipgram_block(job, size, n_block, n_group, window, span, share, rate, with_loss):
    """Take one step for every pair of a block.

    Mikolov et al. (2013), arXiv:1310.4546, eq. 4, with the negative samples shared by the block: position j meets
    each of its N negative samples with weight (negative / N) * (sum of the weights of its pairs), which makes the
    expected gradient that of `negative` negative samples a pair.

    Parameters
    ----------
    job : reference to a tuple with `scratch`, of which
        center rows are input rows, context and negative rows output rows; weights and addresses are set
    size : floats of a vector
    share, rate : of the tables' float type; negative / N, and the learning rate

    Returns
    -------
    loss, weight : float64; summed loss (nats) before the step and summed pair weights, zero unless asked for
    """
    scratch = job.scratch
    # Read once: as far as LLVM knows, a step could change the tuple.
    hidden, pair, pair_weight, negative_score = (
        scratch.hidden,
        scratch.pair,
        scratch.weight,
        scratch.negative_score,
    )
    at_center, to_center = scratch.at_center, scratch.to_center
    at_context, at_negatives, total = scratch.at_context, scratch.at_negatives, scratch.total
    like, width, zeros = total[0], hidden.shape[1], row_address(scratch.missing, 0)
    pad = 2 * window
    n_negatives = at_negatives.shape[0] // (n_block // n_group)

    loss = 0.0
    weight = 0.0
    ahead = 0
    # The old values of the center rows are needed to the end.
    for j in range(n_block):
        copy_row(like, width, row_address(hidden, pad + j), at_center[j])
    # The rows that a group of positions reads fit the first-level cache.
    for start in range(0, n_block, n_group):
        group = start // n_group
        first, last = (pad + start) * span, (pad + start + n_group) * span
        for j in range(start, start + n_group, 2):
            for t in range(0, pad + 2, 4):
                dot_tile_2x4(
                    like, width, row_address(hidden, pad + j), row_address(at_context, j + t),
                    row_address(pair, (pad + j) * span + t), span - 1,
                )  # fmt: skip
        score_negatives(job, size, pad + start, group, n_negatives)
        scores = negative_score[group * n_negatives * LANES : (group + 1) * n_negatives * LANES]
        totals = total[start : start + LANES]
        if with_loss:
            of_pairs, weight_of_pairs = pair_loss(pair[first:last], pair_weight[first:last])
            loss += of_pairs + negative_loss(scores, totals, n_group, share)
            weight += weight_of_pairs
        pull(pair[first:last], pair_weight[first:last], rate)
        push(scores, totals, rate * share)
        for j in range(start, start + n_group, 2):
            ahead = fetch_ahead(job, ahead)
            add_products(
                like, width, to_center[j], add_to(at_center, to_center, j, zeros),
                to_center[j + 1], add_to(at_center, to_center, j + 1, zeros),
                row_address(scores, j - start), 1, LANES,
                row_address(at_negatives, group * n_negatives), n_negatives,
                row_address(pair, (pad + j) * span), span - 1, 1, row_address(at_context, j), pad + 2,
            )  # fmt: skip
    ahead = step_negative_rows(job, pad, n_block, n_group, n_negatives, ahead)
    step_context_rows(job, pair, scratch.at_hidden, n_block, pad, span, ahead)
    return loss, weight
