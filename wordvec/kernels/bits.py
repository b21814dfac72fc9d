"""Bytes at addresses, 64 of them compared together, and bits of integers, as Numba intrinsics.

Addresses are int64 (`tiles.row_address`): Numba counts references at each call that is passed an array, which would be
for each word or number of a text. Bit k of a mask (uint64) stands for the byte at address + k; LLVM splits a vector of
64 bytes to fit the registers of the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

STEP = 64  # bytes compared together

_BYTE, _WORD, _FLAG = ir.IntType(8), ir.IntType(64), ir.IntType(1)
_BYTES = ir.VectorType(_BYTE, STEP)


class Lanes:
    """Builder of conditions on 64 bytes, each a vector of bits."""

    def __init__(self, context: Any, builder: Any) -> None:
        self._context = context
        self._builder = builder

    def load(self, address: Any, offset: int = 0) -> Any:
        """Return the 64 bytes at address + offset."""
        return _load(self._builder, self._builder.add(address, ir.Constant(_WORD, offset)), _BYTES)

    def within(self, lanes: Any, first: int, last: int) -> Any:
        """Return which bytes lie between `first` and `last`, both included."""
        moved = self._builder.sub(lanes, _all(first)) if first else lanes
        return self._builder.icmp_unsigned("<=", moved, _all(last - first))

    def equal(self, lanes: Any, byte: int) -> Any:
        """Return which bytes equal `byte`."""
        return self._builder.icmp_unsigned("==", lanes, _all(byte))

    def both(self, first: Any, *others: Any) -> Any:
        """Return where all conditions hold."""
        for other in others:
            first = self._builder.and_(first, other)
        return first

    def either(self, first: Any, *others: Any) -> Any:
        """Return where any of the conditions holds."""
        for other in others:
            first = self._builder.or_(first, other)
        return first

    def masks(self, result: Any, *conditions: Any) -> Any:
        """Return conditions as a tuple of masks, of Numba type `result`."""
        bits = [self._builder.bitcast(condition, _WORD) for condition in conditions]
        return self._context.make_tuple(self._builder, result, bits)


def masks_at(conditions: Callable[[Lanes, Any], list[Any]], n_masks: int, what: str) -> Any:
    """Return an intrinsic from an address to a tuple of masks.

    Parameters
    ----------
    conditions : callable
        Called with `Lanes` and the address; returns `n_masks` conditions.
    n_masks : int
    what : str
        The docstring of the intrinsic.
    """

    @intrinsic
    def masks(typingctx, address):
        result = types.UniTuple(types.uint64, n_masks)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            lanes = Lanes(context, builder)
            return lanes.masks(result, *conditions(lanes, args[0]))

        return result(types.int64), codegen

    masks.__doc__ = what
    return masks


def _all(byte: int) -> Any:
    return ir.Constant(_BYTES, [byte] * STEP)


def _load(builder: Any, address: Any, kind: Any) -> Any:
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=1)


@intrinsic
def byte_at(typingctx, address):
    """Return the byte at an address, int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.zext(_load(builder, args[0], _BYTE), _WORD)

    return types.int64(types.int64), codegen


@intrinsic
def eight_at(typingctx, address):
    """Return 8 bytes as a uint64, the first one lowest."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _load(builder, args[0], _WORD)

    return types.uint64(types.int64), codegen


@intrinsic
def lowest_bit(typingctx, bits):
    """Return the position of the lowest set bit of a uint64, int64; 64 if none is set."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(_FLAG, 0))

    return types.int64(types.uint64), codegen


@intrinsic
def zeros_above(typingctx, bits):
    """Return the number of zeros above the highest set bit of a uint64 that is not 0, int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ctlz(args[0], ir.Constant(_FLAG, 1))

    return types.int64(types.uint64), codegen


@intrinsic
def n_bits(typingctx, bits):
    """Return the number of set bits of a uint64, int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


@intrinsic
def bits_of(typingctx, x):
    """Return the 64 bits of a float64, int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], _WORD)

    return types.int64(types.float64), codegen


@intrinsic
def from_bits(typingctx, bits):
    """Return 64 bits, int64, as a float64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen
