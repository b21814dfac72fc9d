"""Shared parts of skip-gram and CBOW training: segments of kept words, blocks of 32 of them, windows, sigmoid, loss.

A *segment* is a run of a few thousand tokens; its frequent words are thinned out, and the kept words are
trained in *blocks* of B consecutive words. All words of a block share N negative samples, so that the inner
work is a handful of small matrix products (Ji et al. 2016, arXiv:1604.04661).

The pairs of a block form a band: position j meets positions j - window .. j + window. The band is stored
skewed, entry (j, t) for the pair of position j and row j + t - window, T entries a row. T is even and at
least 2 * window + 2, so that every row ends in a zero: two neighbouring rows, read one step apart, then
cover the same T rows of the other side, which is what the tiles want.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import overload

from wordvec.kernels import FAST_KERNEL_OPTIONS, KERNEL_OPTIONS
from wordvec.kernels.rng import draw
from wordvec.kernels.tiles import VECTOR_BYTES, add_products, dot_tile_2x4, dot_tile_3x4, prefetch

# How the window's weights come about (`shrink_windows`).
WINDOW_FULL = 0
WINDOW_EXPECTED = 1
WINDOW_RANDOM = 2


class Segment(NamedTuple):
    """Kept words of a run of tokens, with up to `window` kept words of context on either side."""

    word_id: np.ndarray  # int32 (any,)
    sentence: np.ndarray  # int32 (any,); words of different sentences are never neighbours
    reach: np.ndarray  # int32 (any,); the drawn size of the position's window


class Scratch(NamedTuple):
    """Memory of one thread. "Center" rows belong to the positions of the block, "context" rows to all in reach."""

    center: np.ndarray  # (B + 4 * window, D); the block's rows start at 2 * window, the rest stays zero
    context: np.ndarray  # (B + T, D)
    negatives: np.ndarray  # (N * B / n_group, D)
    hidden: np.ndarray  # (B + 4 * window, D); CBOW: averaged contexts
    hidden_step: np.ndarray  # (B + 4 * window, D); CBOW: what the averages' gradient adds
    weight: np.ndarray  # flat (B + 4 * window, T); pair weights
    pair: np.ndarray  # flat (B + 4 * window, T); pair scores, then coefficients
    negative_score: np.ndarray  # flat (B, N); scores, then coefficients
    total: np.ndarray  # (B + 1,); summed pair weights of each position
    target: np.ndarray  # (B,); CBOW: score of each position's word, then coefficient
    diagonal: np.ndarray  # flat (B / 2, 2, 2); CBOW: `target` as 2 x 2 diagonal matrices
    to_center: np.ndarray  # int64 (B,); addresses of the rows that take the block's steps
    to_context: np.ndarray  # int64 (B + 2 * window,)
    to_negatives: np.ndarray  # int64 (N * B / n_group,)
    soon: (
        np.ndarray
    )  # int64 (2 * B + N * B / n_group + 1,); rows that the next block will need, then their number
    unused: np.ndarray  # (1, D); takes the steps of rows that do not exist


def band_width(window: int) -> int:
    """T, the stored width of the band: 2 * window + 2, rounded up to the width of a tile."""
    return -(-(2 * window + 2) // 4) * 4


def aligned_zeros(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Return an array of zeros that starts on a cache line and a vector."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + 64, np.uint8)
    skip = -raw.ctypes.data % 64
    return raw[skip : skip + size].view(dtype).reshape(shape)


def make_scratch(
    n_block: int, n_group: int, n_negatives: int, window: int, width: int, dtype: type = np.float32
) -> Scratch:
    """Allocate the scratch of one thread for rows of `width` floats (a multiple of PAD_FLOATS)."""
    if n_block % 2 or n_negatives % 4 or width * np.dtype(dtype).itemsize % VECTOR_BYTES:
        raise ValueError(f"A block of {n_block} x {n_negatives} x {width} does not fit the tiles.")
    span, n_rows, n_drawn = band_width(window), n_block + 4 * window, n_negatives * n_block // n_group
    return Scratch(
        center=aligned_zeros((n_rows, width), dtype),
        context=aligned_zeros((n_block + span, width), dtype),
        negatives=aligned_zeros((n_drawn, width), dtype),
        hidden=aligned_zeros((n_rows, width), dtype),
        hidden_step=aligned_zeros((n_rows, width), dtype),
        weight=aligned_zeros((n_rows * span,), dtype),
        pair=aligned_zeros((n_rows * span,), dtype),
        negative_score=aligned_zeros((n_block * n_negatives,), dtype),
        total=aligned_zeros((n_block + 1,), dtype),
        target=aligned_zeros((n_block,), dtype),
        diagonal=aligned_zeros((2 * n_block,), dtype),
        to_center=np.zeros(n_block, np.int64),
        to_context=np.zeros(n_block + 2 * window, np.int64),
        to_negatives=np.zeros(n_drawn, np.int64),
        soon=np.zeros(2 * n_block + n_drawn + 1, np.int64),
        unused=aligned_zeros((1, width), dtype),
    )


@njit(**KERNEL_OPTIONS)
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
            # Advancing only for kept words costs less than a branch that cannot be foretold.
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


@njit(**FAST_KERNEL_OPTIONS)
def fill_weights(segment, first, n_centers, n_block, window, span, shape, is_random, scratch):
    """Set the pair weights of a block and their sum for each position.

    Parameters
    ----------
    first, n_centers : the block's positions are first..first + n_centers of the segment
    shape : (span,); the weight by distance, zero in the middle and past 2 * window
    is_random : whether a position's window is only as wide as its drawn reach
    """
    total = scratch.total
    base = 2 * window * span
    for j in range(n_block):
        weight = scratch.weight[base + j * span : base + (j + 1) * span]
        if j >= n_centers:
            weight[:] = 0
            total[j] = 0
            continue
        sentence = segment.sentence[first + j - window : first + j - window + span]
        mine = segment.sentence[first + j]
        reach = segment.reach[first + j] if is_random else np.int32(window)
        summed = shape[window]
        for t in range(span):
            weight[t] = (
                shape[t] if sentence[t] == mine and abs(np.int32(t) - np.int32(window)) <= reach else 0
            )
            summed += weight[t]
        total[j] = summed


def _sigmoid(x):
    raise NotImplementedError  # compiled code only, see below


@overload(_sigmoid, inline="always")
def _overload_sigmoid(x):
    if x == types.float64:
        return lambda x: 1.0 / (1.0 + np.exp(-x))

    # e^x = (e^(x/128))^128, the small power by its Taylor series: no call, so it vectorises.
    # The relative error is below 2e-5 for |x| <= 10 (test_fast_sigmoid).
    def fast(x):
        one = np.float32(1.0)
        u = min(max(x, np.float32(-30.0)), np.float32(30.0)) * np.float32(-1.0 / 128.0)
        e = one + u * (one + u * (np.float32(1 / 2) + u * (np.float32(1 / 6) + u * np.float32(1 / 24))))
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        return one / (one + e)

    return fast


@njit(**FAST_KERNEL_OPTIONS)
def pull(scores, weights, rate):
    """Turn scores of true pairs, flat, into coefficients: rate * weight * (1 - sigmoid(score))."""
    for i in range(scores.shape[0]):
        scores[i] = rate * weights[i] * _sigmoid(-scores[i])


@njit(**FAST_KERNEL_OPTIONS)
def push(scores, totals, n_block, n_negatives, rate):
    """Turn negative scores (n_block, n_negatives) into coefficients: -rate * total of the row * sigmoid(score)."""
    for i in range(n_block * n_negatives):
        scores[i] = _sigmoid(scores[i])
    for j in range(n_block):
        scale = -rate * totals[j]
        for k in range(n_negatives):
            scores[j * n_negatives + k] *= scale


@njit(**KERNEL_OPTIONS)
def softplus(x):
    """Return log(1 + e^x), float64."""
    return max(x, 0.0) + np.log1p(np.exp(-abs(x)))


@njit(**KERNEL_OPTIONS)
def negative_loss(scores, totals, n_block, n_negatives, share):
    """Return the negative samples' part of a block's loss: share * total of the row * log(1 + e^score), summed."""
    loss = 0.0
    for j in range(n_block):
        if totals[j] > 0.0:
            row = 0.0
            for k in range(n_negatives):
                row += softplus(np.float64(scores[j * n_negatives + k]))
            loss += share * totals[j] * row
    return loss


@njit(**KERNEL_OPTIONS)
def multiply_negatives(rows, first, n_block, n_group, n_negatives, scratch):
    """Write the scores of rows first..first + n_block, each against its group's negative rows."""
    negatives, out = scratch.negatives, scratch.negative_score
    for start in range(0, n_block, n_group):
        end = start + n_group
        for k in range(0, n_negatives, 4):
            at = (start // n_group) * n_negatives + k
            for j in range(start, end - 2, 3):
                dot_tile_3x4(rows, first + j, negatives, at, out, j * n_negatives + k, n_negatives)
            # What threes leave over; a row that is done twice gets the same score twice.
            if n_group % 3:
                dot_tile_2x4(
                    rows, first + end - 2, negatives, at, out, (end - 2) * n_negatives + k, n_negatives
                )


@njit(**KERNEL_OPTIONS)
def fetch_ahead(scratch, done):
    """Prefetch two of the rows that the next block needs; returns how many are done."""
    end = min(done + 2, scratch.soon[-1])
    for i in range(done, end):
        prefetch(scratch.soon[i], scratch.center.itemsize * scratch.center.shape[1])
    return end


@njit(**KERNEL_OPTIONS)
def step_negative_rows(scratch, rows, first, n_group, n_negatives, ahead):
    """Give each negative row the steps of its group: rows first.. times scratch.negative_score; returns `ahead`."""
    coef = scratch.negative_score
    for k in range(0, scratch.negatives.shape[0], 2):
        ahead = fetch_ahead(scratch, ahead)
        start = k // n_negatives * n_group
        add_products(
            scratch.to_negatives[k], scratch.to_negatives[k + 1],
            coef, start * n_negatives + k % n_negatives, 1, n_negatives, rows, first + start, n_group,
            coef, 0, 0, 0, rows, 0, 0,
        )  # fmt: skip
    return ahead


@njit(**KERNEL_OPTIONS)
def step_context_rows(scratch, coef, rows, n_block, pad, span, ahead):
    """Give each row around the block its steps: `rows` times the columns of the band `coef`."""
    for i in range(0, n_block + pad, 2):
        ahead = fetch_ahead(scratch, ahead)
        add_products(
            scratch.to_context[i], scratch.to_context[i + 1],
            coef, i * span + pad, 1, span - 1, rows, i, pad + 2,
            coef, 0, 0, 0, rows, 0, 0,
        )  # fmt: skip
