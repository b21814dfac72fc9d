"""Dot products of rows, with the same bits on every processor."""

from __future__ import annotations

from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.tiles import dot, row_address


@njit(**KERNEL_OPTIONS)
def dot_rows(left, right):
    """Return the dot product of two rows.

    Every 8th product (of float32: 16th) is in the same chain of fused multiply-adds, and halves of these chains are
    added up: an order that suits registers of any size, where LLVM with "fastmath" would choose one for each.

    Parameters
    ----------
    left, right : float32 or float64 (n,), C-contiguous; n is a multiple of 8 (float32: 16)
    """
    return dot(left[0], len(left), row_address(left, 0), row_address(right, 0))
