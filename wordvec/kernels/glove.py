"""GloVe: weighted least squares on the logarithms of co-occurrence counts, by AdaGrad.

Pairs of words are trained in blocks of rows x columns. The words are dealt out to S *stripes*; round r of
an epoch takes the S blocks (stripe I, stripe I + r modulo S), which share no row and no column, so that
threads can work on them in parallel without touching each other's words (Gemulla et al. 2011,
doi:10.1145/2020408.2020426). The result is that of one thread, to the bit.

Within a block, pairs are ordered by *column group*: few enough columns that their vectors stay in the core's own
cache while the rows pass by. Groups are cut from a stripe's words in order of frequency: in the group of frequent
columns every row has many pairs, in the others most rows have none and are not fetched.

A row of a table is a vector followed by AdaGrad's sums of squared steps of its elements, each padded to
whole vector registers: ``table[place] = [vector, sums]``. The *place* of a word is its number in the order of
stripes. Biases are ``bias[place] = [bias, sum]``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.adagrad import step_rows
from wordvec.kernels.elementary import exp, log
from wordvec.kernels.references import lend
from wordvec.kernels.rng import draw, fill_permutation
from wordvec.kernels.threads import atomic_add
from wordvec.kernels.tiles import dot, row_address


class Layout(NamedTuple):
    """The places of words and pairs in blocks."""

    order: np.ndarray  # int32 (V,); the word at each place
    stripe_starts: np.ndarray  # int64 (S + 1,); stripe s covers places stripe_starts[s]..stripe_starts[s + 1]
    offset: np.ndarray  # uint16 (V,); by word: its place, counted from the start of its stripe
    bucket: np.ndarray  # int32 (V,); by word: G * (its stripe) + (its column group)
    block_starts: np.ndarray  # int64 (S, S * G + 1); pairs of row stripe I and bucket b: [I, b] to [I, b + 1]


class Pairs(NamedTuple):
    """The pairs in the order of blocks."""

    row: np.ndarray  # uint16 (n,); offset of the row's word in its stripe
    col: np.ndarray  # uint16 (n,)
    log_count: np.ndarray  # float32 (n,)
    weight: np.ndarray  # float32 (n,)


class Model(NamedTuple):
    """The trained parameters; changed in place."""

    word_table: np.ndarray  # float32 (V, 2 * D)
    context_table: np.ndarray  # float32 (V, 2 * D)
    word_bias: np.ndarray  # float32 (V, 2)
    context_bias: np.ndarray  # float32 (V, 2)


@njit(**KERNEL_OPTIONS)
def count_pairs(starts, col, layout, stripe):
    """Count the pairs of one stripe of rows: block_starts[stripe, b + 1] becomes their number in bucket b.

    Parameters
    ----------
    starts : int64 (V + 1,), col : int32 (n,); the counts by row, see `Cooccurrence`
    layout : Layout
    """
    n_in_bucket = layout.block_starts[stripe]
    n_in_bucket[:] = 0
    for at in range(layout.stripe_starts[stripe], layout.stripe_starts[stripe + 1]):
        word = layout.order[at]
        for k in range(starts[word], starts[word + 1]):
            n_in_bucket[layout.bucket[col[k]] + 1] += 1


@njit(**KERNEL_OPTIONS)
def place_pairs(starts, col, value, layout, stripe, x_max, exponent, pairs):
    """Write the pairs of one stripe of rows to their blocks, each with its logarithm and its weight.

    The weight is min(1, (value / x_max) ** exponent): Pennington, Socher and Manning (2014), eq. 9.

    Parameters
    ----------
    starts : int64 (V + 1,), col : int32 (n,), value : float64 (n,)
    layout : Layout; complete
    pairs : Pairs; receives them
    """
    cursor = layout.block_starts[stripe].copy()
    log_x_max = log(x_max)
    for at in range(layout.stripe_starts[stripe], layout.stripe_starts[stripe + 1]):
        word = layout.order[at]
        for k in range(starts[word], starts[word + 1]):
            other = col[k]
            n = cursor[layout.bucket[other]]
            cursor[layout.bucket[other]] = n + 1
            log_count = log(value[k])
            pairs.row[n] = layout.offset[word]
            pairs.col[n] = layout.offset[other]
            pairs.log_count[n] = log_count
            pairs.weight[n] = exp(exponent * min(0.0, log_count - log_x_max))


@njit(**KERNEL_OPTIONS)
def train_pairs(pairs, first, last, model, row_start, col_start, rate):
    """Take one AdaGrad step for each of the pairs first..last - 1, one after the other.

    Pennington, Socher and Manning (2014), eq. 8: f(X) (w . c + b + b' - log X)**2, here with the factor 1/2.
    All four parameters get the gradient times `rate`, divided by the root of the sum of its squares so far.
    (Since 2019 the authors' C code has multiplied only the vectors' gradients by the rate.)

    Parameters
    ----------
    row_start, col_start : int64; places of the first word of the row stripe and of the column stripe
    rate : of the tables' type

    Returns
    -------
    loss : float64; summed over the pairs, each before its step
    """
    word_bias, context_bias = model.word_bias, model.context_bias
    width = model.word_table.shape[1] // 2
    loss = 0.0
    for k in range(first, last):
        i = row_start + np.int64(pairs.row[k])
        j = col_start + np.int64(pairs.col[k])
        left, right = row_address(model.word_table, i), row_address(model.context_table, j)
        score = dot(word_bias[i, 0], width, left, right)
        error = score + word_bias[i, 0] + context_bias[j, 0] - pairs.log_count[k]
        step = pairs.weight[k] * error
        loss += 0.5 * np.float64(step) * np.float64(error)
        step *= rate
        step_rows(step, width, left, right)
        word_bias[i, 0] -= step / np.sqrt(word_bias[i, 1])
        word_bias[i, 1] += step * step
        context_bias[j, 0] -= step / np.sqrt(context_bias[j, 1])
        context_bias[j, 1] += step * step
    return loss


@njit(**KERNEL_OPTIONS)
def run_round(layout, pairs, model, shift, key, rate, claims, losses):
    """Train on the blocks of a round until none is left to claim; every thread calls this.

    Parameters
    ----------
    shift : int; row stripe I meets column stripe I + shift (modulo S)
    key : uint64; decides the order of column groups
    rate : of the tables' type
    claims : int64 (1,); zero at the start of the round
    losses : float64 (S,); receives the summed loss by row stripe
    """
    layout, pairs, model = lend(layout), lend(pairs), lend(model)
    n_stripes = layout.stripe_starts.shape[0] - 1
    n_groups = (layout.block_starts.shape[1] - 1) // n_stripes
    groups = np.empty(n_groups, np.int64)
    while True:
        stripe = atomic_add(claims, 0, 1)
        if stripe >= n_stripes:
            return
        col_stripe = (stripe + shift) % n_stripes
        fill_permutation(draw(key, stripe), groups)
        loss = 0.0
        for group in groups:
            bucket = col_stripe * n_groups + group
            loss += train_pairs(
                pairs,
                layout.block_starts[stripe, bucket],
                layout.block_starts[stripe, bucket + 1],
                model,
                layout.stripe_starts[stripe],
                layout.stripe_starts[col_stripe],
                rate,
            )
        losses[stripe] = loss


@njit(**KERNEL_OPTIONS)
def retrofit(order, first, last, model, targets, is_target, penalty, rate):
    """Take one AdaGrad step for the penalty on the words at places first..last - 1; return its loss.

    penalty / 2 * |w + c - target|**2 for each word that has a target: Dingwall and Potts (2018),
    arXiv:1803.09901, eq. 5. The step is implicit: its gradient is taken at the end of the step, which for this
    penalty costs one division; so no penalty is too strong for the learning rate.

    Parameters
    ----------
    targets : float32 (V, size); by word
    is_target : bool (V,); by word
    penalty, rate : of the tables' type
    """
    width = model.word_table.shape[1] // 2
    one = rate / rate  # of the tables' type
    loss = 0.0
    for place in range(first, last):
        word = order[place]
        if not is_target[word]:
            continue
        w, c = model.word_table[place], model.context_table[place]
        for d in range(targets.shape[1]):
            error = w[d] + c[d] - targets[word, d]
            loss += 0.5 * np.float64(penalty) * np.float64(error) * np.float64(error)
            scale_w, scale_c = one / np.sqrt(w[width + d]), one / np.sqrt(c[width + d])
            step = rate * penalty * error / (one + rate * penalty * (scale_w + scale_c))
            w[d] -= step * scale_w
            w[width + d] += step * step
            c[d] -= step * scale_c
            c[width + d] += step * step
    return loss
