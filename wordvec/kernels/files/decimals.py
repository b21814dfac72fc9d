"""Parsing of lines `word number number ...` into words and float32 rows, 64 bytes of separators and 8 digits at a time.

Each number is the float64 that is nearest to the decimal, rounded to float32 as NumPy rounds it. Where the digits fit
2**53 and the power of ten is at most 22, that is one exact division (Clinger 1990, "How to read floating point numbers
accurately"); otherwise one multiplication of 64 by 128 bits (Lemire 2021, "Number parsing at a gigabyte per second",
arXiv:2101.11408, algorithm 1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS

SPACE, NEWLINE, RETURN = 32, 10, 13
PLUS, MINUS, POINT, ZERO, NINE = 43, 45, 46, 48, 57
LOWER_E, UPPER_E = 101, 69

MAX_EXACT_POWER = 22
POWERS = 10.0 ** np.arange(MAX_EXACT_POWER + 1)
MAX_EXACT = np.uint64(2**53)
MAX_FLOAT32 = float(np.finfo(np.float32).max)
# One more digit fits 64 bits if the number before it is no larger.
MAX_BEFORE_DIGIT = np.uint64((2**64 - 1 - 9) // 10)

# Powers that take a mantissa of 19 digits from what float32 rounds to 0 to what it cannot hold.
MIN_POWER, MAX_POWER = -70, 60


def _power_of_five(power: int) -> int:
    """Return the 128 leading bits of 5**power, cut off if power >= 0, else one more than those (Lemire, section 5)."""
    if power >= 0:
        return (5**power << 128) >> (5**power).bit_length()
    divisor = 5**-power
    return (1 << (divisor.bit_length() + 127)) // divisor + 1


_FIVES = [_power_of_five(power) for power in range(MIN_POWER, MAX_POWER + 1)]
FIVES_HIGH = np.array([five >> 64 for five in _FIVES], np.uint64)
FIVES_LOW = np.array([five & (2**64 - 1) for five in _FIVES], np.uint64)

# For a fraction of f digits: masks of its bytes among the 8 that end it, and among the 8 before those; 10**f; and the
# divisors of a number without and with a minus.
MAX_FRACTION = 16
_LENGTHS = range(MAX_FRACTION + 1)
LAST_BYTES = np.array([2**64 - 2 ** (64 - 8 * min(f, 8)) for f in _LENGTHS], np.uint64)
BYTES_BEFORE = np.array([2**64 - 2 ** (64 - 8 * max(f - 8, 0)) for f in _LENGTHS], np.uint64)
TENS = np.array([10**f for f in _LENGTHS], np.uint64)
DIVISORS = np.array([[sign * 10.0**f for f in _LENGTHS] for sign in (1, -1)]).ravel()

_BYTE, _WORD = ir.IntType(8), ir.IntType(64)
_BYTES_64 = ir.VectorType(_BYTE, 64)
_ZEROS = np.uint64(0x3030303030303030)
_ABOVE_NINE = np.uint64(0x7676767676767676)  # added to a byte of 10 or more, it sets the highest bit
_HIGH_BITS = np.uint64(0x8080808080808080)
_ONE, _TEN, _HALF = np.uint64(1), np.uint64(10), np.uint64(32)
_LOW_HALF = np.uint64(2**32 - 1)


# The functions below take addresses: Numba counts references at each call with an array, here for each number of a
# table.
@intrinsic
def address_of(typingctx, data):
    """Return the address of a uint8 array, int64; the caller keeps the array."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ptrtoint(context.make_array(sig.args[0])(context, builder, args[0]).data, _WORD)

    return types.int64(data), codegen


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
    """Return eight bytes as uint64, the first in the lowest bits."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _load(builder, args[0], _WORD)

    return types.uint64(types.int64), codegen


def _bytes_that(relation: str, byte: int, what: str) -> Any:
    @intrinsic
    def which(typingctx, address):
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            loaded = _load(builder, args[0], _BYTES_64)
            found = builder.icmp_unsigned(relation, loaded, ir.Constant(_BYTES_64, [byte] * 64))
            return builder.bitcast(found, _WORD)

        return types.uint64(types.int64), codegen

    which.__doc__ = f"Return which of 64 bytes are {what}: bits of a uint64, the lowest for the first byte."
    return which


blanks_at = _bytes_that("<=", SPACE, "blanks, ends of lines or control characters")
newlines_at = _bytes_that("==", NEWLINE, "newlines")


def _bit_count(name: str, *, is_defined_for_0: bool) -> Any:
    @intrinsic
    def count(typingctx, bits):
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            flags = [] if is_defined_for_0 else [ir.Constant(ir.IntType(1), 1)]
            kind = ir.FunctionType(_WORD, [_WORD, *(flag.type for flag in flags)])
            function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.i64")
            return builder.call(function, [args[0], *flags])

        return types.int64(types.uint64), codegen

    return count


lowest_bit = _bit_count("cttz", is_defined_for_0=False)  # its position
zeros_above = _bit_count("ctlz", is_defined_for_0=False)
n_bits = _bit_count("ctpop", is_defined_for_0=True)


@intrinsic
def as_float64(typingctx, bits):
    """Return 64 bits reinterpreted as a float64."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.uint64), codegen


@njit(**PART_OPTIONS)
def multiply(left, right):
    """Return the higher and the lower 64 bits of the product of two uint64."""
    a, b = left >> _HALF, left & _LOW_HALF
    c, d = right >> _HALF, right & _LOW_HALF
    low = b * d
    middle = a * d + (low >> _HALF)
    other = b * c + (middle & _LOW_HALF)
    return a * c + (middle >> _HALF) + (other >> _HALF), (other << _HALF) | (low & _LOW_HALF)


@njit(**PART_OPTIONS)
def nearest_float64(mantissa, power):
    """Return the float64 nearest to mantissa * 10**power, ties to even, by Lemire's algorithm 1.

    mantissa : uint64, not 0
    power : int64, from MIN_POWER to MAX_POWER, so that no result is subnormal or infinite
    """
    n_zeros = zeros_above(mantissa)
    high, low = multiply(mantissa << np.uint64(n_zeros), FIVES_HIGH[power - MIN_POWER])
    if high & np.uint64(0x1FF) == np.uint64(0x1FF):
        # The bits that were not multiplied could carry into those that count.
        carried, _ = multiply(mantissa << np.uint64(n_zeros), FIVES_LOW[power - MIN_POWER])
        low += carried
        if low < carried:
            high += _ONE
    top = high >> np.uint64(63)
    bits = high >> (top + np.uint64(9))  # 53 and one for rounding
    # floor(log2(10**power)) + 63, exact for these powers (section 6)
    exponent = ((217706 * power) >> 16) + 63 + np.int64(top) - n_zeros + 1023
    # Only for these powers can the product lie halfway between two numbers: ties go to the even one.
    if (
        low <= _ONE
        and -4 <= power <= 23
        and bits & np.uint64(3) == _ONE
        and bits << (top + np.uint64(9)) == high
    ):
        bits &= ~_ONE
    bits = (bits + (bits & _ONE)) >> _ONE
    if bits == MAX_EXACT:
        bits >>= _ONE
        exponent += 1
    return as_float64((np.uint64(exponent) << np.uint64(52)) | (bits & np.uint64(2**52 - 1)))


@njit(**PART_OPTIONS)
def parse_number(cursor):
    """Parse one decimal number at the address `cursor`, byte by byte.

    Returns
    -------
    value : float64
    cursor : int64, the address after the number
    regular : bool; False for anything that is not a decimal of at most 19 digits within float32's range: the caller
        parses it another way
    """
    negative = byte_at(cursor) == MINUS
    if negative or byte_at(cursor) == PLUS:
        cursor += 1
    mantissa = np.uint64(0)
    n_digits = 0
    power = 0
    seen_point = False
    while True:
        byte = byte_at(cursor)
        if ZERO <= byte <= NINE:
            if mantissa > MAX_BEFORE_DIGIT:
                return 0.0, cursor, False
            mantissa = mantissa * _TEN + np.uint64(byte - ZERO)
            n_digits += 1
            if seen_point:
                power -= 1
        elif byte == POINT and not seen_point:
            seen_point = True
        else:
            break
        cursor += 1
    if n_digits == 0:
        return 0.0, cursor, False
    if byte_at(cursor) == LOWER_E or byte_at(cursor) == UPPER_E:
        cursor += 1
        negative_exponent = byte_at(cursor) == MINUS
        if negative_exponent or byte_at(cursor) == PLUS:
            cursor += 1
        exponent = 0
        n_exponent_digits = 0
        while ZERO <= byte_at(cursor) <= NINE and n_exponent_digits < 4:
            exponent = exponent * 10 + (byte_at(cursor) - ZERO)
            n_exponent_digits += 1
            cursor += 1
        if n_exponent_digits == 0:
            return 0.0, cursor, False
        power += -exponent if negative_exponent else exponent
    value = 0.0
    if mantissa <= MAX_EXACT and -MAX_EXACT_POWER <= power <= MAX_EXACT_POWER:
        value = float(np.int64(mantissa))
        value = value * POWERS[power] if power >= 0 else value / POWERS[-power]
    elif mantissa != 0:
        if power < MIN_POWER or power > MAX_POWER:
            return 0.0, cursor, False
        value = nearest_float64(mantissa, power)
    if value > MAX_FLOAT32:
        return 0.0, cursor, False
    return -value if negative else value, cursor, True


@njit(**PART_OPTIONS)
def eight_digits(digits):
    """Return the number of eight digits, each a byte of a uint64 and the first in the lowest one."""
    pairs = (digits * _TEN + (digits >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    fours = (pairs * np.uint64(100) + (pairs >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
    return (fours * np.uint64(10_000) + (fours >> np.uint64(32))) & _LOW_HALF


@njit(**PART_OPTIONS)
def parse_field(start, stop):
    """Parse a field between two addresses, which ends before a blank, as one decimal number.

    Most are a digit, a point and up to 16 digits: as their length is known, they are not read byte by byte, and no
    branch depends on the digits.

    Returns
    -------
    value : float64
    regular : bool, as that of `parse_number`
    """
    begin = eight_at(start)
    negative = np.int64(begin & np.uint64(0xFF) == np.uint64(MINUS))
    begin >>= np.uint64(8 * negative)
    n_fraction = stop - start - 2 - negative
    if 0 < n_fraction <= MAX_FRACTION and begin & np.uint64(0xFF00) == np.uint64(POINT << 8):
        first = (begin & np.uint64(0xFF)) - np.uint64(ZERO)
        last = (eight_at(stop - 8) ^ _ZEROS) & LAST_BYTES[n_fraction]
        before = (eight_at(stop - 16) ^ _ZEROS) & BYTES_BEFORE[n_fraction]
        irregular = (last + _ABOVE_NINE) | (before + _ABOVE_NINE) | last | before
        mantissa = (
            first * TENS[n_fraction] + eight_digits(before) * np.uint64(100_000_000) + eight_digits(last)
        )
        if irregular & _HIGH_BITS == np.uint64(0) and first < _TEN and mantissa <= MAX_EXACT:
            return float(np.int64(mantissa)) / DIVISORS[n_fraction + (MAX_FRACTION + 1) * negative], True
    value, cursor, regular = parse_number(start)
    return value, regular and cursor == stop


@njit(**KERNEL_OPTIONS)
def count_lines(text, start, stop):
    """Return how many newlines text[start:stop] holds; 64 readable bytes follow it."""
    n_lines = 0
    end = address_of(text) + stop
    for block in range(address_of(text) + start, end, 64):
        newlines = newlines_at(block)
        if end - block < 64:
            newlines &= (_ONE << np.uint64(end - block)) - _ONE
        n_lines += n_bits(newlines)
    return n_lines


@njit(**KERNEL_OPTIONS)
def parse_rows(text, start, stop, separator, rows_RD, words):
    """Parse lines from `start` on, until one is irregular, the rows are full or the lines end.

    A regular line is a word without blanks, D numbers, each after one blank, an optional blank, an optional carriage
    return and a newline. Anything else is left to slower code that can say what is wrong.

    Parameters
    ----------
    text : uint8 (n,); 64 readable bytes precede `start` and follow `stop`
    start : int, the first byte of a line
    stop : int, the position after a newline
    separator : int, a byte that separates fields as the space does, or the space
    rows_RD : float32 (R, D), overwritten
    words : uint8, overwritten with the words, a newline after each: at most all bytes but two a number

    Returns
    -------
    n_rows : int64, rows that were filled
    position : int64, the first byte of the first line that was not parsed
    n_word_bytes : int64, bytes of `words` that were written
    """
    origin = address_of(text)
    position, end = origin + start, origin + stop
    n_rows = n_word_bytes = 0
    while n_rows < rows_RD.shape[0] and position < end:
        cursor = position
        byte = byte_at(cursor)
        while byte != SPACE and byte != separator and byte != NEWLINE:
            cursor += 1
            byte = byte_at(cursor)
        word_stop = cursor
        if byte == NEWLINE or word_stop == position:
            break
        block = cursor
        blanks = blanks_at(block)
        column = 0
        while column < rows_RD.shape[1] and (byte == SPACE or byte == separator):
            blanks &= blanks - _ONE
            while blanks == np.uint64(0):
                block += 64
                blanks = blanks_at(block)
            field_stop = block + lowest_bit(blanks)
            value, regular = parse_field(cursor + 1, field_stop)
            if not regular:
                break
            rows_RD[n_rows, column] = value
            column += 1
            cursor = field_stop
            byte = byte_at(cursor)
        if column < rows_RD.shape[1]:
            break
        if byte == SPACE or byte == separator:
            cursor += 1
        if byte_at(cursor) == RETURN:
            cursor += 1
        if byte_at(cursor) != NEWLINE:
            break
        for place in range(position, word_stop):
            words[n_word_bytes] = byte_at(place)
            n_word_bytes += 1
        words[n_word_bytes] = NEWLINE
        n_word_bytes += 1
        n_rows += 1
        position = cursor + 1
    return n_rows, position - origin, n_word_bytes
