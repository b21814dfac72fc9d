"""Counter-based random numbers: a draw is a function of (seed, what for, place), never of the thread.

The generator is SplitMix64 (see `hashing.mix`) with a key plus a counter as its state; words are drawn by looking
up the inverse of the cumulative distribution.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.hashing import GOLDEN, mix

# Purposes of draws: draws for different purposes are independent.
KEEP = 1
NOISE = 2
LOSS_SAMPLE = 3
INITIAL = 4
ORDER = 5


@njit(**KERNEL_OPTIONS)
def draw(key, counter):
    """Return 64 random bits (uint64) for place `counter` of the stream `key`."""
    return mix(np.uint64(key) + (np.uint64(counter) + np.uint64(1)) * GOLDEN)


@njit(**KERNEL_OPTIONS)
def stream_key(seed, purpose, epoch):
    """Return the key (uint64) of the stream of draws for one purpose in one epoch."""
    return draw(draw(draw(np.uint64(seed), np.uint64(0)), np.uint64(purpose)), np.uint64(epoch))


@njit(**KERNEL_OPTIONS)
def fill_permutation(key, out):
    """Fill `out` (integer (n,)) with 0..n - 1 in random order; a function of the key (Fisher and Yates)."""
    for i in range(out.shape[0]):
        out[i] = i
    for i in range(out.shape[0] - 1, 0, -1):
        j = np.int64(((draw(key, i) >> np.uint64(32)) * np.uint64(i + 1)) >> np.uint64(32))
        kept = out[i]
        out[i] = out[j]
        out[j] = kept


@njit(**KERNEL_OPTIONS)
def noise_table(probabilities):
    """Build the table from which `draw_word` draws.

    Parameters
    ----------
    probabilities : float64 (V,), summing to one

    Returns
    -------
    upper : uint64 (V,); cumulative probabilities, as fractions of 2**64
    guide : int32 (power of two of at least V / 2,); the word at which to start looking, by a draw's top bits.
        A larger one means fewer steps but more cache misses.
    """
    n_words = probabilities.shape[0]
    upper = np.empty(n_words, np.uint64)
    total = 0.0
    for i in range(n_words):
        total += probabilities[i]
        upper[i] = np.uint64(min(total, 1.0 - 2.0**-52) * 2.0**64)
    upper[n_words - 1] = np.uint64(0xFFFFFFFFFFFFFFFF)
    n_bits = 1
    while 2 << n_bits < n_words:
        n_bits += 1
    guide = np.empty(1 << n_bits, np.int32)
    word = 0
    for i in range(1 << n_bits):
        while upper[word] <= (np.uint64(i) << np.uint64(64 - n_bits)):
            word += 1
        guide[i] = word
    return upper, guide


@njit(**KERNEL_OPTIONS)
def draw_word(upper, guide, fraction):
    """Return the word id at a fraction of 2**64 (uint64) of the cumulative probabilities."""
    cells = np.uint64(guide.shape[0])
    word = guide[((fraction >> np.uint64(32)) * cells) >> np.uint64(32)]
    while upper[word] <= fraction:
        word += 1
    return word


@njit(**KERNEL_OPTIONS)
def draw_words(upper, guide, place, out):
    """Fill `out` (int32 (N,)) with words drawn for a place (uint64), one from each N-th of the distribution.

    Stratified sampling: each word is drawn as often as with independent draws, but the share of frequent
    words varies less from one set of N to the next.
    """
    width = np.uint64((1 << 32) // out.shape[0])
    for k in range(out.shape[0]):
        within = (draw(place, k) >> np.uint64(32)) * width
        out[k] = draw_word(upper, guide, ((np.uint64(k) * width) << np.uint64(32)) + within)


@njit(**KERNEL_OPTIONS)
def fill_uniform(key, rows_VD):
    """Fill `rows_VD` (float32) with draws from (-0.5 / D, 0.5 / D); a function of the key and the place."""
    n_rows, size = rows_VD.shape
    for row in range(n_rows):
        for d in range(size):
            bits = draw(key, row * size + d) >> np.uint64(40)
            rows_VD[row, d] = ((np.float64(bits) + 0.5) * 2.0**-24 - 0.5) / size
