"""Parsing of lines `word number number ...` into words and float32 rows."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS

SPACE, NEWLINE, RETURN = 32, 10, 13
PLUS, MINUS, POINT, ZERO, NINE = 43, 45, 46, 48, 57
LOWER_E, UPPER_E = 101, 69

# A decimal whose digits fit 2**53 and whose power of ten is at most 22 is one exact operation on doubles,
# so it is rounded correctly (Clinger 1990, "How to read floating point numbers accurately").
MAX_POWER = 22
POWERS = 10.0 ** np.arange(MAX_POWER + 1)
MAX_MANTISSA = (2**53 - 9) // 10
MAX_FLOAT32 = float(np.finfo(np.float32).max)


@njit(**KERNEL_OPTIONS)
def parse_number(text, cursor):
    """Parse one decimal number of `text` at `cursor`.

    Returns
    -------
    value : float64
    cursor : int64, the place after the number
    regular : bool; False for anything that is not a short plain decimal: the caller parses it another way
    """
    negative = text[cursor] == MINUS
    if negative or text[cursor] == PLUS:
        cursor += 1
    mantissa = 0
    n_digits = 0
    power = 0
    seen_point = False
    while True:
        byte = text[cursor]
        if ZERO <= byte <= NINE:
            if mantissa > MAX_MANTISSA:
                return 0.0, cursor, False
            mantissa = mantissa * 10 + (byte - ZERO)
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
    if text[cursor] == LOWER_E or text[cursor] == UPPER_E:
        cursor += 1
        negative_exponent = text[cursor] == MINUS
        if negative_exponent or text[cursor] == PLUS:
            cursor += 1
        exponent = 0
        n_exponent_digits = 0
        while ZERO <= text[cursor] <= NINE and n_exponent_digits < 4:
            exponent = exponent * 10 + (text[cursor] - ZERO)
            n_exponent_digits += 1
            cursor += 1
        if n_exponent_digits == 0:
            return 0.0, cursor, False
        power += -exponent if negative_exponent else exponent
    value = float(mantissa)
    if mantissa != 0:
        if power > MAX_POWER or power < -MAX_POWER:
            return 0.0, cursor, False
        value = value * POWERS[power] if power >= 0 else value / POWERS[-power]
    if value > MAX_FLOAT32:
        return 0.0, cursor, False
    return -value if negative else value, cursor, True


@njit(**KERNEL_OPTIONS)
def parse_rows(text, start, rows_RD, word_spans_R2):
    """Parse lines from `start` on, until one is irregular, the rows are full or the text ends.

    A regular line is a word without spaces, D numbers, each after one space, an optional space, an optional
    carriage return and a newline. Anything else is left to slower code that can say what is wrong.

    Parameters
    ----------
    text : uint8 (n,), ends with a newline
    start : int, the first byte of a line
    rows_RD : float32 (R, D), overwritten
    word_spans_R2 : int64 (R, 2), overwritten; row r's word is text[spans[r, 0]:spans[r, 1]]

    Returns
    -------
    n_rows : int64, rows that were filled
    position : int64, the first byte of the first line that was not parsed
    """
    position = start
    n_rows = 0
    while n_rows < rows_RD.shape[0] and position < text.size:
        cursor = position
        while text[cursor] != SPACE and text[cursor] != NEWLINE:
            cursor += 1
        word_stop = cursor
        if text[cursor] == NEWLINE or word_stop == position:
            return n_rows, position
        for column in range(rows_RD.shape[1]):
            if text[cursor] != SPACE:
                return n_rows, position
            value, cursor, regular = parse_number(text, cursor + 1)
            if not regular:
                return n_rows, position
            rows_RD[n_rows, column] = value
        if text[cursor] == SPACE:
            cursor += 1
        if text[cursor] == RETURN:
            cursor += 1
        if text[cursor] != NEWLINE:
            return n_rows, position
        word_spans_R2[n_rows, 0] = position
        word_spans_R2[n_rows, 1] = word_stop
        n_rows += 1
        position = cursor + 1
    return n_rows, position
