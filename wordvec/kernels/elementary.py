"""Exponential, logarithm and powers with the same bits on every processor: chains of correctly rounded operations.

The C library's differ between versions and processors, and so do NumPy's. Additions, multiplications, divisions and
square roots are correctly rounded everywhere, and so are fused multiply-adds (`fma`) where the processor has them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.bits import bits_of, from_bits
from wordvec.kernels.target import has_fma

# Numba inlines these into the loops that call them, so that LLVM can vectorise the loops.
INLINED = {**KERNEL_OPTIONS, "inline": "always"}

_LOG2_E = 1.4426950408889634
# log(2) in two parts, the first with so few bits that its products with exponents are exact.
_LN_2_HIGH = 0.6931471803691238
_LN_2_LOW = 1.9082149292705877e-10
_ROUNDER = 1.5 * 2.0**52  # added and subtracted again, it rounds to a whole number
_SQRT_HALF = 0.7071067811865476


@intrinsic
def fma(typingctx, left, right, addend):
    """Return left * right + addend, rounded once (on a processor without FMA: twice)."""
    if left not in (types.float32, types.float64):
        return None

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not has_fma(context):
            return builder.fadd(builder.fmul(args[0], args[1]), args[2])
        kind = args[0].type
        name = "llvm.fma.f32" if isinstance(kind, ir.FloatType) else "llvm.fma.f64"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
        return builder.call(function, args)

    return left(left, left, left), codegen


@njit(**INLINED)
def exp(x):
    """Return e**x, float64, to 1 unit in the last place; 0 for x below -708, and e**709 above 709.

    e**x = 2**n e**r with |r| <= log(2) / 2, the latter by its Taylor series.
    """
    bounded = min(max(x, -708.0), 709.0)
    rounded = fma(bounded, _LOG2_E, _ROUNDER)
    n = rounded - _ROUNDER
    r = fma(-n, _LN_2_LOW, fma(-n, _LN_2_HIGH, bounded))
    e = fma(r, 1 / 6227020800.0, 1 / 479001600.0)
    e = fma(e, r, 1 / 39916800.0)
    e = fma(e, r, 1 / 3628800.0)
    e = fma(e, r, 1 / 362880.0)
    e = fma(e, r, 1 / 40320.0)
    e = fma(e, r, 1 / 5040.0)
    e = fma(e, r, 1 / 720.0)
    e = fma(e, r, 1 / 120.0)
    e = fma(e, r, 1 / 24.0)
    e = fma(e, r, 1 / 6.0)
    e = fma(e, r, 0.5)
    e = fma(e, r, 1.0)
    e = fma(e, r, 1.0)
    # The last bits of `rounded` are n, which is added to the exponent.
    power = from_bits(bits_of(e) + (bits_of(rounded) << 52))
    return 0.0 if x < -708.0 else power


@njit(**INLINED)
def _log_of_ratio(s):
    """Return log((1 + s) / (1 - s)) for 0 <= |s| <= 1 / 3, by its series."""
    z = s * s
    total = fma(z, 2.0 / 33.0, 2.0 / 31.0)
    total = fma(total, z, 2.0 / 29.0)
    total = fma(total, z, 2.0 / 27.0)
    total = fma(total, z, 2.0 / 25.0)
    total = fma(total, z, 2.0 / 23.0)
    total = fma(total, z, 2.0 / 21.0)
    total = fma(total, z, 2.0 / 19.0)
    total = fma(total, z, 2.0 / 17.0)
    total = fma(total, z, 2.0 / 15.0)
    total = fma(total, z, 2.0 / 13.0)
    total = fma(total, z, 2.0 / 11.0)
    total = fma(total, z, 2.0 / 9.0)
    total = fma(total, z, 2.0 / 7.0)
    total = fma(total, z, 2.0 / 5.0)
    total = fma(total, z, 2.0 / 3.0)
    return fma(s * z, total, 2.0 * s)


@njit(**KERNEL_OPTIONS)
def log(x):
    """Return the natural logarithm, float64, to 2 units in the last place; -infinity of 0, NaN of less.

    log(2**n m) = n log(2) + log(m) with m from sqrt(1/2) to sqrt(2). Numbers below 2**-1022 count as 0.
    """
    if not x >= 2.2250738585072014e-308:
        return -np.inf if 0.0 <= x else np.nan
    if x == np.inf:
        return x
    bits = bits_of(x)
    n = (bits >> 52) - 1022
    m = from_bits((bits & 0xFFFFFFFFFFFFF) | (np.int64(1022) << 52))  # from 1/2 to 1
    if m < _SQRT_HALF:
        m *= 2.0
        n -= 1
    f = m - 1.0
    return fma(np.float64(n), _LN_2_HIGH, fma(np.float64(n), _LN_2_LOW, _log_of_ratio(f / (2.0 + f))))


@njit(**INLINED)
def softplus(x):
    """Return log(1 + e**x), float64."""
    small = exp(-abs(x))
    return max(x, 0.0) + _log_of_ratio(small / (2.0 + small))


def logs(numbers: np.ndarray) -> np.ndarray:
    """Return the natural logarithms of positive numbers, float64, by NumPy, so that nothing has to be compiled."""
    m, n = np.frexp(numbers)
    is_small = m < _SQRT_HALF
    m, n = np.where(is_small, 2.0 * m, m), n - is_small
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    total = np.zeros_like(z)
    for k in range(23, 1, -2):
        total = total * z + 2.0 / k
    return n * _LN_2_HIGH + (n * _LN_2_LOW + (total * z * s + 2.0 * s))


def powers(base: np.ndarray, exponent: float) -> np.ndarray:
    """Return base ** exponent for positive numbers, float64, by NumPy; the relative error is 1e-14 at most."""
    x = np.clip(exponent * logs(base), -708.0, 709.0)
    n = np.rint(x * _LOG2_E)
    r = (x - n * _LN_2_HIGH) - n * _LN_2_LOW
    e = np.ones_like(r)
    for k in range(13, 0, -1):
        e = e * r / k + 1.0
    return np.ldexp(e, n.astype(np.int64))
