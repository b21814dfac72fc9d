"""Words in UTF-8 bytes: white space is found 64 bytes at a time (`bits`). `PADDING` zeros follow a text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.bits import STEP, Lanes, lowest_bit, masks_at, n_bits, zeros_above
from wordvec.kernels.tiles import row_address

# How far past the last byte of a text is read: two bytes of a character, or 16 of a word.
PADDING = STEP + 16
AT_ONCE = 8  # bounds of words written in one round, however many there are

_ZERO, _ONE = np.uint64(0), np.uint64(1)


def _ascii(of: Lanes, address: Any) -> list[Any]:
    lanes = of.load(address)
    # From tab to carriage return; the separators of files, groups, records and units, and the space.
    spaces = of.either(of.within(lanes, 9, 13), of.within(lanes, 28, 32))
    return [spaces, of.equal(lanes, 10), of.within(lanes, 0x80, 0xFF)]


def _wide(of: Lanes, address: Any) -> list[Any]:
    first, second, third = (of.load(address, offset) for offset in range(3))
    two = of.both(of.equal(first, 0xC2), of.either(of.equal(second, 0x85), of.equal(second, 0xA0)))
    is_80 = of.equal(second, 0x80)
    after_80 = of.either(of.within(third, 0x80, 0x8A), of.within(third, 0xA8, 0xA9), of.equal(third, 0xAF))
    after_e2 = of.either(of.both(is_80, after_80), of.both(of.equal(second, 0x81), of.equal(third, 0x9F)))
    three = of.either(
        of.both(of.equal(first, 0xE2), after_e2),
        of.both(of.equal(first, 0xE3), is_80, of.equal(third, 0x80)),
        of.both(of.equal(first, 0xE1), of.equal(second, 0x9A), of.equal(third, 0x80)),
    )
    return [two, three]


_ascii_masks = masks_at(
    _ascii,
    3,
    "Return masks of ASCII white space, of line ends (which are white space, too), and of bytes outside ASCII.",
)
_wide_masks = masks_at(
    _wide,
    2,
    """Return masks of the first bytes of white-space characters of two bytes, and of three.

    U+0085, U+00A0; U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, as in `str.split`.
    """,
)


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
            ends[n_ends] = (n + n_bits(changes & (newlines ^ (newlines - _ONE)))) >> 1
            n_ends += 1
            newlines &= newlines - _ONE
        # Rounds of fixed length: their number rarely changes, so that the branch is predicted well.
        count = n_bits(changes)
        for first in range(n, n + count, AT_ONCE):
            for k in range(AT_ONCE):
                bounds[first + k] = pos + lowest_bit(changes)
                changes &= changes - _ONE
        n += count
        pos += STEP
    if pos >= stop:
        return stop, n >> 1, n_ends
    return bounds[n - 1] if n & 1 else pos + n_bits(carried), n >> 1, n_ends


@njit(**KERNEL_OPTIONS)
def last_cut(text, stop):
    """Return the end of the last white space in text[:stop], 0 if there is none; PADDING zeros are after `stop`."""
    base = row_address(text, 0)
    last = stop
    while last > 0:
        first = max(last - STEP, 0)
        spaces, _, carried = _white_space(base + first, _ZERO)
        if spaces != _ZERO:
            top = STEP - 1 - zeros_above(spaces)
            return first + top + 1 + (n_bits(carried) if top == STEP - 1 else 0)
        last = first
    return 0
