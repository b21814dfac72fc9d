"""Counter-based random numbers: a draw is a function of (seed, purpose, position), never of the thread.

The generator is SplitMix64 (see `hashing.mix`) with a key plus a counter as its state.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.hashing import GOLDEN, mix

# Purposes of draws: draws for different purposes are independent.
KEEP = 1
NOISE = 2
LOSS_SAMPLE = 3
INITIAL = 4
ORDER = 5
SHARD = 6
REACH = 7


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


class Noise(NamedTuple):
    """A distribution over words, cut into N strata of one N-th each, in the order of ids.

    Walker's alias method (1977, doi:10.1145/355744.355749): a stratum with n words has n cells of the same
    probability. A draw takes a cell, and then the cell's own word or its other one.
    """

    cell_starts: np.ndarray  # uint64 (N + 1,); stratum k has the cells cell_starts[k]..cell_starts[k + 1] - 1
    first_word: np.ndarray  # uint64 (N,); of the stratum's first cell, whose successors' words follow
    # uint64 (cells,); a cell's own word is drawn if 32 bits are below its lower half, else the word in its upper half
    cells: np.ndarray


@njit(**KERNEL_OPTIONS)
def noise_strata(probabilities, n_strata):
    """Return the `Noise` of a distribution, float64 (V,); a word on a border belongs to several strata."""
    n_words = probabilities.shape[0]
    cell_starts = np.zeros(n_strata + 1, np.uint64)
    first_word = np.empty(n_strata, np.uint64)
    cells = np.empty(n_words + n_strata, np.uint64)
    mass = np.empty(n_words)
    small, large = np.empty(n_words, np.int64), np.empty(n_words, np.int64)
    total = 0.0
    for word in range(n_words):
        total += probabilities[word]
    width = total / n_strata
    word = 0
    left = probabilities[0]
    for stratum in range(n_strata):
        first_word[stratum] = word
        start = np.int64(cell_starts[stratum])
        room = width
        n = 0
        while left < room and word < n_words - 1:
            mass[n] = left
            n += 1
            room -= left
            word += 1
            left = probabilities[word]
        mass[n] = room
        n += 1
        left -= room
        cell_starts[stratum + 1] = start + n
        _fill_cells(mass[:n], width, np.int64(first_word[stratum]), cells[start : start + n], small, large)
    return Noise(cell_starts, first_word, cells[: np.int64(cell_starts[n_strata])])


@njit(**PART_OPTIONS)
def _fill_cells(mass, width, first_word, cells, small, large):
    """Distribute the probabilities `mass`, in sum `width`, over as many cells; small and large are scratch."""
    n = mass.shape[0]
    n_small = n_large = 0
    for i in range(n):
        mass[i] *= n / width
        if mass[i] < 1.0:
            small[n_small] = i
            n_small += 1
        else:
            large[n_large] = i
            n_large += 1
    while n_small > 0 and n_large > 0:
        n_small -= 1
        i, j = small[n_small], large[n_large - 1]
        cells[i] = _cell(mass[i] * 4294967296.0, first_word + j)
        mass[j] -= 1.0 - mass[i]
        if mass[j] < 1.0:
            n_large -= 1
            small[n_small] = j
            n_small += 1
    # The words that are left have the probability of a cell, up to rounding.
    for k in range(n_small + n_large):
        i = small[k] if k < n_small else large[k - n_small]
        cells[i] = _cell(4294967295.0, first_word + i)


@njit(**PART_OPTIONS)
def _cell(below, other):
    return np.uint64(below) | (np.uint64(other) << np.uint64(32))


@njit(**KERNEL_OPTIONS)
def draw_words(noise, place, out):
    """Fill `out` (int32 (N,)) with words drawn for a place (uint64), one from each stratum.

    Stratified sampling: on average each word is drawn as often as with independent draws, but the share of frequent
    words varies less from one set of N to the next.
    """
    starts, first_word, cells = noise.cell_starts, noise.first_word, noise.cells
    for k in range(out.shape[0]):
        bits = draw(place, k)
        n = starts[k + 1] - starts[k]
        within = ((bits >> np.uint64(32)) * n) >> np.uint64(32)
        cell = cells[starts[k] + within]
        is_own = np.uint32(bits) < np.uint32(cell)
        out[k] = first_word[k] + within if is_own else cell >> np.uint64(32)


@njit(**KERNEL_OPTIONS)
def fill_uniform(key, rows_VD):
    """Fill `rows_VD` (float32) with draws from (-0.5 / D, 0.5 / D); a function of the key and the place."""
    n_rows, size = rows_VD.shape
    for row in range(n_rows):
        _fill_row(key, row, rows_VD[row])


@njit(**KERNEL_OPTIONS)
def fill_uniform_rows(key, numbers_V, rows_VD):
    """Do the same for rows with these numbers (int64) of a larger table."""
    for row in range(rows_VD.shape[0]):
        _fill_row(key, numbers_V[row], rows_VD[row])


@njit(**PART_OPTIONS)
def _fill_row(key, number, row_D):
    size = row_D.shape[0]
    for d in range(size):
        bits = draw(key, number * size + d) >> np.uint64(40)
        row_D[d] = ((np.float64(bits) + 0.5) * 2.0**-24 - 0.5) / size
