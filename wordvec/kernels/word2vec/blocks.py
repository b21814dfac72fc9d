"""Shared parts of skip-gram and CBOW training: segments of kept words, blocks of these, windows, sigmoid, loss.

A *segment* is a run of a few thousand tokens; its frequent words are thinned out, and the kept words are
trained in *blocks* of B consecutive words. The words of a block share negative samples, N to each group of 16 words,
so that the inner work is a handful of small matrix products (Ji et al. 2016, arXiv:1604.04661).

The pairs of a block form a band: position j meets positions j - window .. j + window. The band is stored
skewed, entry (j, t) for the pair of position j and row j + t - window, T entries a row. T is at
least 2 * window + 2, so that every row ends in a zero: two neighbouring rows, read one step apart, then
cover the same T rows of the other side, which is what the tiles want.

Rows are read where they are, in the tables: a block keeps their addresses. Only those that are changed while others
still need their old values are copied.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import overload

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.elementary import exp, fma, softplus
from wordvec.kernels.rng import draw
from wordvec.kernels.tiles import (
    LANES,
    VECTOR_BYTES,
    add_products,
    aligned_zeros,
    dot_lanes,
    prefetch,
    row_address,
    transpose_rows,
)

# How the weights of a window are determined (`shrink_windows`).
WINDOW_FULL = 0
WINDOW_EXPECTED = 1
WINDOW_RANDOM = 2


class Segment(NamedTuple):
    """Kept words of a run of tokens, with up to `window` kept words of context on either side."""

    word_id: np.ndarray  # int32 (any,)
    sentence: np.ndarray  # int32 (any,); words of different sentences are never neighbours
    reach: np.ndarray  # int32 (any,); the drawn size of the position's window


class Scratch(NamedTuple):
    """Memory of one thread. "Center" rows belong to the positions of the block, "context" rows to all in reach.

    ``at_`` arrays hold the addresses of rows of the tables as they stand, ``to_`` arrays those of the rows that take
    their steps: the same ones, or slots, which become the step.
    """

    # (B + 4 * window, D); from row 2 * window on the rows that meet the negatives, else zeros:
    # copies of the center rows, or with CBOW averaged contexts
    hidden: np.ndarray
    hidden_step: np.ndarray  # (B + 4 * window, D); CBOW: the steps of the averages
    columns: np.ndarray  # (D, 16); a group's rows of `hidden` as columns
    weight: np.ndarray  # flat (B + 4 * window, T); pair weights
    pair: np.ndarray  # flat (B + 4 * window, T); pair scores, then coefficients
    negative_score: np.ndarray  # flat (groups, N, 16); scores by position of the group, then coefficients
    total: np.ndarray  # (B + 16,); summed pair weights of each position, and zeros
    # bool (1,); whether `weight` and `total` are those of a block in the middle of a sentence
    is_plain: np.ndarray
    present: np.ndarray  # (B + 16,); CBOW: 1 for positions that have any context, else 0
    target: np.ndarray  # (B,); CBOW: score of each position's word, then coefficient
    diagonal: np.ndarray  # flat (B / 2, 2, 2); CBOW: `target` as 2 x 2 diagonal matrices
    at_hidden: np.ndarray  # int64 (B + 4 * window,); addresses of the rows of `hidden`
    at_hidden_step: np.ndarray  # int64 (B + 4 * window,)
    at_center: np.ndarray  # int64 (B,)
    to_center: np.ndarray
    at_context: np.ndarray  # int64 (B + T,); position j of the block is row j + window
    to_context: np.ndarray
    at_negatives: np.ndarray  # int64 (groups * N,)
    to_negatives: np.ndarray
    soon: np.ndarray  # int64 (2 * B + groups * N + 1,); rows that the next block will need, then their number
    missing: np.ndarray  # (2, D); zeros, read for rows that do not exist; and a row that takes their steps


def band_width(window: int) -> int:
    """T, the stored width of the band: 2 * window + 2, rounded up to whole vectors."""
    return -(-(2 * window + 2) // LANES) * LANES


def make_scratch(
    n_block: int, n_group: int, n_negatives: int, window: int, width: int, dtype: type = np.float32
) -> Scratch:
    """Allocate the scratch of one thread for rows of `width` floats (a multiple of PAD_FLOATS)."""
    if n_block % 2 or n_group > LANES or n_negatives % 4 or width * np.dtype(dtype).itemsize % VECTOR_BYTES:
        raise ValueError(f"A block of {n_block} x {n_negatives} x {width} does not fit the tiles.")
    span, n_groups = band_width(window), n_block // n_group
    # The last group may be narrower than a vector, which is filled up with what follows.
    n_rows = 2 * window + max(n_block + 2 * window, n_block - n_group + LANES)
    hidden, hidden_step = aligned_zeros((n_rows, width), dtype), aligned_zeros((n_rows, width), dtype)
    missing = aligned_zeros((2, width), dtype)
    return Scratch(
        hidden=hidden,
        hidden_step=hidden_step,
        columns=aligned_zeros((width, LANES), dtype),
        weight=aligned_zeros((n_rows * span,), dtype),
        pair=aligned_zeros((n_rows * span,), dtype),
        negative_score=aligned_zeros((n_groups * n_negatives * LANES,), dtype),
        total=aligned_zeros((n_block + LANES,), dtype),
        is_plain=np.zeros(1, np.bool_),
        present=aligned_zeros((n_block + LANES,), dtype),
        target=aligned_zeros((n_block,), dtype),
        diagonal=aligned_zeros((2 * n_block,), dtype),
        at_hidden=_addresses(hidden),
        at_hidden_step=_addresses(hidden_step),
        at_center=np.zeros(n_block, np.int64),
        to_center=np.zeros(n_block, np.int64),
        at_context=np.full(n_block + span, missing.ctypes.data),
        to_context=np.zeros(n_block + span, np.int64),
        at_negatives=np.zeros(n_groups * n_negatives, np.int64),
        to_negatives=np.zeros(n_groups * n_negatives, np.int64),
        soon=np.zeros(2 * n_block + n_groups * n_negatives + 1, np.int64),
        missing=missing,
    )


def _addresses(rows: np.ndarray) -> np.ndarray:
    return rows.ctypes.data + rows.strides[0] * np.arange(len(rows))


@njit(**PART_OPTIONS)
def fill_segment(token_ids, starts, first, last, window, span, keep_below, key, segment):
    """Fill `segment` with the kept words of tokens first..last and of the context around them.

    A token is kept when 32 bits drawn for its place do not exceed `keep_below` (uint32) of its word.
    Context is looked for in the same sentence only. Places without a word belong to sentence -1.

    Returns
    -------
    low, end, n : int; kept words window..end lie in first..last, low..window and end..n are context
    """
    word_id, sentence, reach = segment
    sentence_id = np.searchsorted(starts, first, side="right") - 1

    low = window
    at = first - 1
    while at >= starts[sentence_id] and low > 0:
        if np.uint32(draw(key, at) >> np.uint64(32)) <= keep_below[token_ids[at]]:
            low -= 1
            word_id[low] = token_ids[at]
            sentence[low] = sentence_id
        at -= 1
    sentence[:low] = -1

    n = window
    at = first
    stop = starts.shape[0] - 1
    while sentence_id < stop:
        sentence_end = min(starts[sentence_id + 1], last)
        while at < sentence_end:
            bits = draw(key, at)
            word = token_ids[at]
            word_id[n] = word
            sentence[n] = sentence_id
            reach[n] = 1 + np.int32(((bits & np.uint64(0xFFFFFFFF)) * np.uint64(window)) >> np.uint64(32))
            # Advancing only for kept words costs less than a branch that cannot be predicted.
            n += np.uint32(bits >> np.uint64(32)) <= keep_below[word]
            at += 1
        if at >= last:
            break
        sentence_id += 1
    end = n
    if sentence_id < stop:
        while at < starts[sentence_id + 1] and n < end + window:
            word_id[n] = token_ids[at]
            sentence[n] = sentence_id
            n += np.uint32(draw(key, at) >> np.uint64(32)) <= keep_below[token_ids[at]]
            at += 1
    sentence[n : n + span] = -1
    return low, end, n


@njit(**PART_OPTIONS)
def fill_weights(segment, first, n_centers, n_block, window, span, shape, is_random, job):
    """Set the pair weights of a block and their sum for each position.

    Parameters
    ----------
    first, n_centers : the block's positions are first..first + n_centers of the segment
    shape : (span,); the weight by distance, zero in the middle and past 2 * window
    is_random : whether a position's window is only as wide as its drawn reach
    """
    scratch = job.scratch
    sentence = segment.sentence
    # Sentences stand in order: if the first and the last word in reach are of the same one, all are.
    is_plain = (
        not is_random
        and n_centers == n_block
        and sentence[first] == sentence[first - window]
        and sentence[first] == sentence[first + n_block + window - 1]
    )
    if is_plain and scratch.is_plain[0]:
        return
    scratch.is_plain[0] = is_plain
    total, weights = scratch.total, scratch.weight
    total[:] = 0
    none = total[n_block]  # a zero of the right type
    # Position j and its neighbour at t are `around[j + window]` and `around[j + t]`.
    around = sentence[first - window : first + n_block + span]
    mine = sentence[first : first + n_centers]
    reach = segment.reach[first : first + n_centers]
    sums = total[:n_centers]
    for t in range(2 * window + 1):
        # A sum over t for all j side by side, so that its order is plain.
        theirs = around[t : t + n_centers]
        weight = shape[t]
        if is_random:
            distance = np.int32(abs(t - window))
            for j in range(n_centers):
                sums[j] += weight if (theirs[j] == mine[j]) & (distance <= reach[j]) else none
        else:
            for j in range(n_centers):
                sums[j] += weight if theirs[j] == mine[j] else none
    base = 2 * window * span
    for j in range(n_centers):
        row = weights[base + j * span : base + (j + 1) * span]
        theirs = around[j : j + span]
        of_word = mine[j]
        if is_random:
            width = np.uint32(2) * np.uint32(reach[j])
            low = np.uint32(window) - np.uint32(reach[j])
            for t in range(row.shape[0]):
                # One comparison of unsigned numbers: low <= t <= low + width.
                is_near = np.uint32(np.uint32(t) - low) <= width
                weight = shape[t]
                row[t] = weight if (theirs[t] == of_word) & is_near else none
        else:
            for t in range(row.shape[0]):
                weight = shape[t]
                row[t] = weight if theirs[t] == of_word else none
    weights[base + n_centers * span : base + n_block * span] = none


def sigmoid(x):
    """Return 1 / (1 + e^-x), float32, to 2e-5 of its value."""
    raise NotImplementedError  # compiled code only, see below


@overload(sigmoid, inline="always")
def _overload_sigmoid(x):
    if x == types.float64:
        return lambda x: 1.0 / (1.0 + exp(-x))

    # e^x = (e^(x/128))^128, the small power by its Taylor series: no call, so it vectorises.
    # The relative error is below 2e-5 for |x| <= 10 (test_fast_sigmoid).
    def fast(x):
        one = np.float32(1.0)
        u = min(max(x, np.float32(-30.0)), np.float32(30.0)) * np.float32(-1.0 / 128.0)
        e = fma(u, np.float32(1 / 24), np.float32(1 / 6))
        e = fma(u, e, np.float32(1 / 2))
        e = fma(u, e, one)
        e = fma(u, e, one)
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        return one / (one + e)

    return fast


@njit(**KERNEL_OPTIONS)
def pull(scores, weights, rate):
    """Turn scores of true pairs, flat, into coefficients: rate * weight * (1 - sigmoid(score))."""
    for i in range(scores.shape[0]):
        scores[i] = rate * weights[i] * sigmoid(-scores[i])


@njit(**PART_OPTIONS)
def push(scores, totals, rate):
    """Turn a group's negative scores, flat (N, 16), into coefficients: -rate * total * sigmoid(score).

    totals : (16,); by position
    """
    for k in range(0, scores.shape[0], LANES):
        row = scores[k : k + LANES]
        for lane in range(LANES):
            row[lane] = -rate * totals[lane] * sigmoid(row[lane])


@njit(**PART_OPTIONS)
def pair_loss(scores, weights):
    """Return the summed loss of true pairs, weight * log(1 + e^-score), and their summed weights; both arrays flat."""
    losses, sums = np.zeros(LANES), np.zeros(LANES)
    for i in range(0, scores.shape[0], LANES):
        score, weight = scores[i : i + LANES], weights[i : i + LANES]
        for lane in range(LANES):
            losses[lane] += np.float64(weight[lane]) * softplus(-np.float64(score[lane]))
            sums[lane] += np.float64(weight[lane])
    return _in_order(losses), _in_order(sums)


@njit(**PART_OPTIONS)
def negative_loss(scores, totals, n_group, share):
    """Return the negative samples' part of a group's loss: share * total * log(1 + e^score), summed.

    scores : flat (N, 16); totals : (16,); by position
    """
    losses = np.zeros(LANES)
    for k in range(0, scores.shape[0], LANES):
        score = scores[k : k + LANES]
        for lane in range(LANES):
            losses[lane] += softplus(np.float64(score[lane]))
    for lane in range(LANES):
        losses[lane] = share * totals[lane] * losses[lane] if lane < n_group else 0.0
    return _in_order(losses)


@njit(**PART_OPTIONS)
def _in_order(terms):
    total = 0.0
    for term in terms:
        total += term
    return total


@njit(**PART_OPTIONS)
def score_negatives(job, size, first_row, group, n_negatives):
    """Write the scores of a group's 16 rows of `hidden` from `first_row` on, each against its negative rows."""
    scratch = job.scratch
    like, columns = scratch.total[0], scratch.columns
    transpose_rows(
        like, scratch.hidden.shape[1], row_address(scratch.hidden, first_row), row_address(columns, 0)
    )
    dot_lanes(
        like, size, row_address(columns, 0), row_address(scratch.at_negatives, group * n_negatives), n_negatives,
        row_address(scratch.negative_score, group * n_negatives * LANES),
    )  # fmt: skip


@njit(**PART_OPTIONS)
def fetch_ahead(job, done):
    """Prefetch two of the rows that the next block needs; returns how many are done."""
    soon, n_bytes = job.scratch.soon, job.scratch.hidden.itemsize * job.scratch.hidden.shape[1]
    end = min(done + 2, soon[-1])
    for i in range(done, end):
        prefetch(soon[i], n_bytes)
    return end


@njit(**PART_OPTIONS)
def add_to(here, to, i, zeros):
    """Return what row i's step is added to: the row itself, or nothing, if the step goes to a slot (addresses)."""
    return here[i] if here[i] == to[i] else zeros


@njit(**PART_OPTIONS)
def step_negative_rows(job, pad, n_block, n_group, n_negatives, ahead):
    """Give each negative row the steps of its group: rows of `hidden` times the coefficients; returns `ahead`."""
    scratch = job.scratch
    like, width, zeros = scratch.total[0], scratch.hidden.shape[1], row_address(scratch.missing, 0)
    here, to, at_hidden, coef = (
        scratch.at_negatives,
        scratch.to_negatives,
        scratch.at_hidden,
        scratch.negative_score,
    )
    # The last group's rows were read last, and are in the cache.
    for first in range(n_block - n_group, -1, -n_group):
        start = first // n_group * n_negatives
        for k in range(start, start + n_negatives, 2):
            ahead = fetch_ahead(job, ahead)
            add_products(
                like, width, to[k], add_to(here, to, k, zeros), to[k + 1], add_to(here, to, k + 1, zeros),
                row_address(coef, k * LANES), LANES, 1,
                row_address(at_hidden, pad + first), n_group,
                0, 0, 0, 0, 0,
            )  # fmt: skip
    return ahead


@njit(**PART_OPTIONS)
def step_context_rows(job, coef, rows, n_block, pad, span, ahead):
    """Give each row around the block its steps: `rows` (their addresses) times the columns of the band `coef`."""
    scratch = job.scratch
    like, width, zeros = scratch.total[0], scratch.hidden.shape[1], row_address(scratch.missing, 0)
    here, to = scratch.at_context, scratch.to_context
    for i in range(0, n_block + pad, 2):
        ahead = fetch_ahead(job, ahead)
        add_products(
            like, width, to[i], add_to(here, to, i, zeros), to[i + 1], add_to(here, to, i + 1, zeros),
            row_address(coef, i * span + pad), 1, span - 1, row_address(rows, i), pad + 2,
            0, 0, 0, 0, 0,
        )  # fmt: skip
