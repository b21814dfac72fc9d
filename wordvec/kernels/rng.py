"""Counter-based random numbers: a draw is a function of (seed, what for, place), never of the thread.

The generator is the output function of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195)
applied to a key plus a counter; words are drawn by Walker's alias method (1977, doi:10.1145/355744.355749).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from . import KERNEL_OPTIONS

# What a draw is for: draws for different purposes are independent.
KEEP = 1
NOISE = 2
LOSS_SAMPLE = 3

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@njit(**KERNEL_OPTIONS)
def draw(key, counter):
    """Return 64 random bits (uint64) for place `counter` of the stream `key`."""
    z = np.uint64(key) + (np.uint64(counter) + np.uint64(1)) * _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


@njit(**KERNEL_OPTIONS)
def stream_key(seed, purpose, epoch):
    """Return the key (uint64) of the stream of draws for one purpose in one epoch."""
    return draw(draw(draw(np.uint64(seed), np.uint64(0)), np.uint64(purpose)), np.uint64(epoch))


@njit(**KERNEL_OPTIONS)
def alias_table(probabilities):
    """Build the table from which `draw_word` draws in constant time.

    Parameters
    ----------
    probabilities : float64 (V,), summing to one

    Returns
    -------
    threshold : uint32 (V,); a column keeps its own word when 32 random bits lie below it
    alias : int32 (V,); the word that the column gives otherwise
    """
    n_words = probabilities.shape[0]
    scaled = probabilities * n_words
    threshold = np.empty(n_words, np.uint32)
    alias = np.arange(n_words).astype(np.int32)
    small = np.empty(n_words, np.int32)
    large = np.empty(n_words, np.int32)
    n_small = n_large = 0
    for i in range(n_words):
        if scaled[i] < 1.0:
            small[n_small] = i
            n_small += 1
        else:
            large[n_large] = i
            n_large += 1
    while n_small > 0 and n_large > 0:
        n_small -= 1
        low = small[n_small]
        high = large[n_large - 1]
        threshold[low] = np.uint32(scaled[low] * 4294967295.0)
        alias[low] = high
        scaled[high] -= 1.0 - scaled[low]
        if scaled[high] < 1.0:
            n_large -= 1
            small[n_small] = high
            n_small += 1
    # What is left is full up to rounding.
    for i in range(n_small):
        threshold[small[i]] = np.uint32(4294967295)
    for i in range(n_large):
        threshold[large[i]] = np.uint32(4294967295)
    return threshold, alias


@njit(**KERNEL_OPTIONS)
def draw_word(threshold, alias, bits):
    """Return a word id drawn with 64 random bits: the high half chooses the column, the low half the word."""
    column = ((bits >> np.uint64(32)) * np.uint64(threshold.shape[0])) >> np.uint64(32)
    if np.uint32(bits & np.uint64(0xFFFFFFFF)) <= threshold[column]:
        return np.int32(column)
    return alias[column]
