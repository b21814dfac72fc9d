"""Numba kernels of the optimizer: passes over long vectors, each over a range of their indices."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.elementary import fma

from .products import dot_rows

# Indices that are processed at a time: the parts of all vectors but the history's stay in the first-level cache.
# A sum over them is a dot product of arrays of this length, padded with zeros.
_TILE = 1024


@njit(**KERNEL_OPTIONS)
def _slope(x, gradient, l1):
    """Return the pseudo-gradient of a smooth function plus l1 * abs(x): Andrew and Gao (2007), eq. 4."""
    slope = 0.0
    if x > 0.0:
        slope = gradient + l1
    elif x < 0.0:
        slope = gradient - l1
    elif gradient < -l1:
        slope = gradient + l1
    elif gradient > l1:
        slope = gradient - l1
    return slope


@njit(**KERNEL_OPTIONS)
def halve(begin, end, left, right, out):
    """Write left - right as bfloat16, the upper half of float32, rounded to nearest, ties to even.

    Parameters
    ----------
    left, right : float32 or float64 (n,)
    out : uint16 (n,)
    """
    bits = np.empty(_TILE, np.uint32)
    numbers = bits.view(np.float32)
    for low in range(begin, end, _TILE):
        n = min(_TILE, end - low)
        for i in range(n):
            numbers[i] = left[low + i] - right[low + i]
        for i in range(n):
            rest = np.uint32(0x7FFF) + ((bits[i] >> np.uint32(16)) & np.uint32(1))
            out[low + i] = (bits[i] + rest) >> np.uint32(16)


@njit(**KERNEL_OPTIONS)
def _widen(halves, low, n, bits):
    """Write `n` bfloat16 numbers, see `halve`, as the bits of float32, and zeros after them."""
    for i in range(n):
        bits[i] = np.uint32(halves[low + i]) << np.uint32(16)
    bits[n:] = 0


@njit(**KERNEL_OPTIONS)
def dots(begin, end, history_Kn, slots, x, gradient, l1, factors, out_RK):
    """Write the dot products, over the places `begin` to `end`, of new rows and the slope with all rows and the slope.

    Parameters
    ----------
    history_Kn : uint16 (K, n); see `halve`
    slots : int64 (R - 1,); the rows of the history that are new
    x, gradient, factors : float32 or float64 (n,)
    l1 : float; times the factors, the strength of the penalty
    out_RK : float64 (R, K + 1); the last row and column are the slope's
    """
    out_RK[:] = 0.0
    n_new, n_rows = len(slots), len(history_Kn)
    new_bits, bits = np.empty((n_new + 1, _TILE), np.uint32), np.empty(_TILE, np.uint32)
    new, numbers = new_bits.view(np.float32), bits.view(np.float32)
    for low in range(begin, end, _TILE):
        n = min(_TILE, end - low)
        for r in range(n_new):
            _widen(history_Kn[slots[r]], low, n, new_bits[r])
        for i in range(n):
            new[n_new, i] = _slope(x[low + i], gradient[low + i], l1 * factors[low + i])
        new[n_new, n:] = 0.0
        for k in range(n_rows):
            _widen(history_Kn[k], low, n, bits)
            for r in range(n_new + 1):
                out_RK[r, k] += dot_rows(new[r], numbers)
        for r in range(n_new + 1):
            out_RK[r, n_rows] += dot_rows(new[r], new[n_new])


@njit(**KERNEL_OPTIONS)
def combine(begin, end, history_Kn, weights, x, gradient, l1, factors, direction, out_1):
    """Write the direction: the weighted sum of the history's rows and the slope, 0 where it would not go downhill.

    Parameters
    ----------
    weights : float64 (K + 1,); the last one is the slope's
    direction : float32 or float64 (n,); overwritten; without a penalty no element is set to 0
    out_1 : float64 (1,); the sum of slope * direction
    """
    bits = np.empty(_TILE, np.uint32)
    numbers, sums = bits.view(np.float32), np.empty(_TILE, np.float32)
    slopes, moves = np.empty(_TILE), np.empty(_TILE)
    out_1[0] = 0.0
    for low in range(begin, end, _TILE):
        n = min(_TILE, end - low)
        sums[:n] = 0.0
        for k in range(len(history_Kn)):
            weight = np.float32(weights[k])
            if weight != 0.0:
                _widen(history_Kn[k], low, n, bits)
                for i in range(n):
                    sums[i] = fma(weight, numbers[i], sums[i])
        for i in range(n):
            slope = _slope(x[low + i], gradient[low + i], l1 * factors[low + i])
            moved = sums[i] + weights[-1] * slope
            if l1 > 0.0 and moved * slope >= 0.0:
                moved = 0.0
            direction[low + i] = moved
            slopes[i], moves[i] = slope, moved
        slopes[n:], moves[n:] = 0.0, 0.0
        out_1[0] += dot_rows(moves, slopes)


@njit(**KERNEL_OPTIONS)
def move(begin, end, x, step, direction, out):
    """Write x + step * direction."""
    for i in range(begin, end):
        out[i] = x[i] + step * direction[i]


@njit(**KERNEL_OPTIONS)
def move_in_orthant(begin, end, x, step, direction, gradient, l1, factors, out):
    """Write x + step * direction, with 0 where a penalised variable would change its sign."""
    for i in range(begin, end):
        moved = x[i] + step * direction[i]
        sign = x[i] if x[i] != 0.0 else -_slope(x[i], gradient[i], l1 * factors[i])
        out[i] = moved if moved * sign > 0.0 else 0.0


@njit(**KERNEL_OPTIONS)
def measure(begin, end, x, gradient, l1, factors, direction, out_4):
    """Write the sums x.x, slope.slope, slope.direction and the penalty over the places `begin` to `end`."""
    places, slopes, steps = np.empty(_TILE), np.empty(_TILE), np.empty(_TILE)
    strengths, sizes = np.empty(_TILE), np.empty(_TILE)
    out_4[:] = 0.0
    for low in range(begin, end, _TILE):
        n = min(_TILE, end - low)
        for i in range(n):
            place, strength = np.float64(x[low + i]), l1 * factors[low + i]
            places[i], sizes[i], strengths[i], steps[i] = place, abs(place), strength, direction[low + i]
            slopes[i] = _slope(place, np.float64(gradient[low + i]), strength)
        places[n:], slopes[n:], steps[n:], strengths[n:], sizes[n:] = 0.0, 0.0, 0.0, 0.0, 0.0
        out_4[0] += dot_rows(places, places)
        out_4[1] += dot_rows(slopes, slopes)
        out_4[2] += dot_rows(slopes, steps)
        out_4[3] += dot_rows(strengths, sizes)


@njit(**KERNEL_OPTIONS)
def change_along(begin, end, x, gradient, l1, factors, moved, out_1):
    """Write the sum slope.(moved - x) over the places `begin` to `end`."""
    slopes, moves = np.empty(_TILE), np.empty(_TILE)
    out_1[0] = 0.0
    for low in range(begin, end, _TILE):
        n = min(_TILE, end - low)
        for i in range(n):
            slopes[i] = _slope(x[low + i], gradient[low + i], l1 * factors[low + i])
            moves[i] = np.float64(moved[low + i]) - np.float64(x[low + i])
        slopes[n:], moves[n:] = 0.0, 0.0
        out_1[0] += dot_rows(slopes, moves)


@njit(**KERNEL_OPTIONS)
def measure_pair(begin, end, step, change, out_2):
    """Write the sums step.change and change.change of a pair in the history, see `halve`."""
    step_bits, change_bits = np.empty(_TILE, np.uint32), np.empty(_TILE, np.uint32)
    steps, changes = step_bits.view(np.float32), change_bits.view(np.float32)
    out_2[:] = 0.0
    for low in range(begin, end, _TILE):
        n = min(_TILE, end - low)
        _widen(step, low, n, step_bits)
        _widen(change, low, n, change_bits)
        out_2[0] += dot_rows(steps, changes)
        out_2[1] += dot_rows(changes, changes)


@njit(**KERNEL_OPTIONS)
def scale(begin, end, factors, x):
    """Multiply each number by its factor, in place."""
    for i in range(begin, end):
        x[i] *= factors[i]
