"""White space in UTF-8 bytes, found 64 at a time: bit k of a mask (uint64) stands for the byte at address + k.

The comparisons are Numba intrinsics that emit LLVM vectors of 64 bytes, which LLVM splits to fit the registers of the
machine. Addresses are int64 (`tiles.row_address`). `PADDING` zeros follow a text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.tiles import row_address

STEP = 64  # bytes examined together
# How far past the last byte of a text is read: two bytes of a character, or 16 of a word.
PADDING = STEP + 16
AT_ONCE = 8  # bounds of words written in one round, however many there are

_BYTES = ir.VectorType(ir.IntType(8), STEP)
_MASK = ir.IntType(64)
_ZERO, _ONE = np.uint64(0), np.uint64(1)


class _Lanes:
    """Builder of conditions on 64 bytes."""

    def __init__(self, context: Any, builder: Any) -> None:
        self._context = context
        self._builder = builder

    def load(self, address: Any, offset: int) -> Any:
        """Return the 64 bytes at an address."""
        at = self._builder.add(address, ir.Constant(_MASK, offset))
        return self._builder.load(self._builder.inttoptr(at, _BYTES.as_pointer()), align=1)

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
        """Return conditions as a tuple of masks."""
        bits = [self._builder.bitcast(condition, _MASK) for condition in conditions]
        return self._context.make_tuple(self._builder, result, bits)


def _all(byte: int) -> Any:
    return ir.Constant(_BYTES, [ir.Constant(ir.IntType(8), byte)] * STEP)


@intrinsic
def _ascii_masks(typingctx, address):
    """Return masks of ASCII white space, of line ends (which are white space, too), and of bytes outside ASCII."""
    result = types.UniTuple(types.uint64, 3)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        of = _Lanes(context, builder)
        lanes = of.load(args[0], 0)
        # From tab to carriage return; the separators of files, groups, records and units, and the space.
        spaces = of.either(of.within(lanes, 9, 13), of.within(lanes, 28, 32))
        return of.masks(result, spaces, of.equal(lanes, 10), of.within(lanes, 0x80, 0xFF))

    return result(types.int64), codegen


@intrinsic
def _wide_masks(typingctx, address):
    """Return masks of the first bytes of white-space characters of two bytes, and of three.

    U+0085, U+00A0; U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, as in `str.split`.
    """
    result = types.UniTuple(types.uint64, 2)

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        of = _Lanes(context, builder)
        first, second, third = (of.load(args[0], offset) for offset in range(3))
        two = of.both(of.equal(first, 0xC2), of.either(of.equal(second, 0x85), of.equal(second, 0xA0)))
        is_80 = of.equal(second, 0x80)
        after_80 = of.either(
            of.within(third, 0x80, 0x8A), of.within(third, 0xA8, 0xA9), of.equal(third, 0xAF)
        )
        after_e2 = of.either(of.both(is_80, after_80), of.both(of.equal(second, 0x81), of.equal(third, 0x9F)))
        three = of.either(
            of.both(of.equal(first, 0xE2), after_e2),
            of.both(of.equal(first, 0xE3), is_80, of.equal(third, 0x80)),
            of.both(of.equal(first, 0xE1), of.equal(second, 0x9A), of.equal(third, 0x80)),
        )
        return of.masks(result, two, three)

    return result(types.int64), codegen


@intrinsic
def _lowest_bit(typingctx, mask):
    """Return the position of the lowest set bit of a mask, int64; 64 if none is set."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), codegen


@intrinsic
def _highest_bit(typingctx, mask):
    """Return the position of the highest set bit of a mask that is not 0, int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        leading = builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1))
        return builder.sub(ir.Constant(_MASK, STEP - 1), leading)

    return types.int64(types.uint64), codegen


@intrinsic
def _count_bits(typingctx, mask):
    """Return the number of set bits of a mask, int64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


@intrinsic
def load_bytes(typingctx, address):
    """Return 8 bytes as a uint64, the first one lowest."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(builder.inttoptr(args[0], _MASK.as_pointer()), align=1)

    return types.uint64(types.int64), codegen


@njit(**PART_OPTIONS)
def _white_space(address, carried):
    """Return masks of white space and line ends in 64 bytes, and of white space that continues in the next 64."""
    spaces, newlines, others = _ascii_masks(address)
    if others != _ZERO:
        two, three = _wide_masks(address)
        second = (two | three) << _ONE
        spaces |= carried | two | three | second | (three << np.uint64(2))
        carried = ((two | three) >> np.uint64(63)) | (three >> np.uint64(62))
    return spaces, newlines, carried


@njit(**PART_OPTIONS)
def find_words(text, start, stop, bounds, ends):
    """Find where words begin and end in text[start : stop], and where lines end, until `bounds` or `ends` is full.

    Parameters
    ----------
    text : uint8; PADDING zeros come after `stop`
    start, stop : int; `start` is the first byte of a word, or white space before one
    bounds : int64, AT_ONCE + STEP or more; overwritten: where words begin and end, in turn
    ends : int64, STEP or more; overwritten with the number of words before each line end

    Returns
    -------
    pos : int; first byte that was not processed: `stop`, or the first one of a word for which `bounds` has no room
    n_words : int; without a word that `stop` cuts
    n_ends : int
    """
    base = row_address(text, 0)
    before, carried = _ONE, _ZERO  # whether white space precedes the next byte; that which continues there
    n = n_ends = 0
    pos = start
    most, most_ends = len(bounds) - STEP - AT_ONCE, len(ends) - STEP
    while pos < stop and n <= most and n_ends <= most_ends:
        spaces, newlines, carried = _white_space(base + pos, carried)
        changes = spaces ^ ((spaces << _ONE) | before)
        if stop - pos < STEP:
            valid = (_ONE << np.uint64(stop - pos)) - _ONE
            changes &= valid
            newlines &= valid
        before = spaces >> np.uint64(STEP - 1)
        while newlines != _ZERO:
            ends[n_ends] = (n + _count_bits(changes & (newlines ^ (newlines - _ONE)))) >> 1
            n_ends += 1
            newlines &= newlines - _ONE
        # Rounds of fixed length: their number rarely changes, so that the branch is predicted well.
        count = _count_bits(changes)
        for first in range(n, n + count, AT_ONCE):
            for k in range(AT_ONCE):
                bounds[first + k] = pos + _lowest_bit(changes)
                changes &= changes - _ONE
        n += count
        pos += STEP
    if pos >= stop:
        return stop, n >> 1, n_ends
    return bounds[n - 1] if n & 1 else pos + _count_bits(carried), n >> 1, n_ends


@njit(**KERNEL_OPTIONS)
def last_cut(text, stop):
    """Return the end of the last white space in text[:stop], 0 if there is none; PADDING zeros are after `stop`."""
    base = row_address(text, 0)
    last = stop
    while last > 0:
        first = max(last - STEP, 0)
        spaces, _, carried = _white_space(base + first, _ZERO)
        if spaces != _ZERO:
            top = _highest_bit(spaces)
            return first + top + 1 + (_count_bits(carried) if top == STEP - 1 else 0)
        last = first
    return 0
