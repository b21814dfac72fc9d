"""Numba kernels of the optimizer: passes over long vectors, each over a range of their places."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import FAST_KERNEL_OPTIONS, KERNEL_OPTIONS

# Places whose part of one vector stays in the first-level cache while it meets the others.
_TILE = 1024


@njit(**FAST_KERNEL_OPTIONS)
def dots(begin, end, basis_Kn, rows, out_RK):
    """Write the dot products, over the places `begin` to `end`, of some rows of the basis with all rows."""
    out_RK[:] = 0.0
    for low in range(begin, end, _TILE):
        high = min(low + _TILE, end)
        for k in range(len(basis_Kn)):
            for r in range(len(rows)):
                total = 0.0
                for i in range(low, high):
                    total += np.float64(basis_Kn[k, i]) * np.float64(basis_Kn[rows[r], i])
                out_RK[r, k] += total


@njit(**FAST_KERNEL_OPTIONS)
def combine(begin, end, basis_Kn, factors, out):
    """Write the sum of the rows of the basis, each times its factor."""
    for low in range(begin, end, _TILE):
        high = min(low + _TILE, end)
        out[low:high] = 0.0
        for k in range(len(factors)):
            if factors[k] != 0.0:
                for i in range(low, high):
                    out[i] += factors[k] * basis_Kn[k, i]


@njit(**KERNEL_OPTIONS)
def pseudo_gradient(begin, end, x, gradient, l1, out):
    """Write the gradient of a smooth function plus sum(l1 * abs(x)): the steepest slope where x is 0.

    Andrew and Gao (2007), eq. 4.
    """
    for i in range(begin, end):
        slope = gradient[i]
        if x[i] > 0.0:
            slope += l1[i]
        elif x[i] < 0.0:
            slope -= l1[i]
        elif slope < -l1[i]:
            slope += l1[i]
        elif slope > l1[i]:
            slope -= l1[i]
        else:
            slope = 0.0
        out[i] = slope


@njit(**KERNEL_OPTIONS)
def keep_downhill(begin, end, slope, direction):
    """Put those parts of the direction to 0 that do not go downhill."""
    for i in range(begin, end):
        if direction[i] * slope[i] >= 0.0:
            direction[i] = 0.0


@njit(**KERNEL_OPTIONS)
def move(begin, end, x, step, direction, out):
    """Write x + step * direction."""
    for i in range(begin, end):
        out[i] = x[i] + step * direction[i]


@njit(**KERNEL_OPTIONS)
def move_in_orthant(begin, end, x, step, direction, slope, l1, out):
    """Write x + step * direction, with 0 where a penalised number would change its sign."""
    for i in range(begin, end):
        moved = x[i] + step * direction[i]
        sign = x[i] if x[i] != 0.0 else -slope[i]
        out[i] = moved if l1[i] == 0.0 or moved * sign > 0.0 else 0.0


@njit(**KERNEL_OPTIONS)
def subtract(begin, end, left, right, out):
    """Write left - right."""
    for i in range(begin, end):
        out[i] = left[i] - right[i]


@njit(**FAST_KERNEL_OPTIONS)
def measure(begin, end, x, slope, direction, l1, out_4):
    """Write the sums x.x, slope.slope, slope.direction and l1.abs(x) over the places `begin` to `end`."""
    norm, steepness, along, penalty = 0.0, 0.0, 0.0, 0.0
    for i in range(begin, end):
        norm += x[i] * x[i]
        steepness += slope[i] * slope[i]
        along += slope[i] * direction[i]
        penalty += l1[i] * abs(x[i])
    out_4[0], out_4[1], out_4[2], out_4[3] = norm, steepness, along, penalty


@njit(**FAST_KERNEL_OPTIONS)
def change_along(begin, end, slope, x, moved, out_1):
    """Write the sum slope.(moved - x) over the places `begin` to `end`."""
    total = 0.0
    for i in range(begin, end):
        total += slope[i] * (moved[i] - x[i])
    out_1[0] = total


@njit(**FAST_KERNEL_OPTIONS)
def unscale(begin, end, x, factors, out):
    """Write the weights that the scaled numbers of the optimizer stand for."""
    for i in range(begin, end):
        out[i] = x[i] * factors[i]


@njit(**FAST_KERNEL_OPTIONS)
def finish_gradient(begin, end, x, factors, l2, gradient, out_1):
    """Turn the gradient of weights into that of scaled numbers, with the penalty sum(l2 * x * x); write it, too."""
    penalty = 0.0
    for i in range(begin, end):
        penalty += l2[i] * x[i] * x[i]
        gradient[i] = gradient[i] * factors[i] + 2.0 * l2[i] * x[i]
    out_1[0] = penalty
