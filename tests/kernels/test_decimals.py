"""Decimals as the nearest float, against Python's own reader of numbers; lines that the kernel takes and leaves."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from wordvec.kernels.files.decimals import (
    MAX_POWER,
    MIN_POWER,
    NEWLINE,
    SPACE,
    count_lines,
    nearest_float64,
    parse_rows,
)

MARGIN = 64


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def parsed(lines: bytes, n_columns: int, separator: int = SPACE) -> tuple[np.ndarray, list[bytes], bytes]:
    """Return the rows, their words, and the lines that are left."""
    text = np.frombuffer(bytes(MARGIN) + lines + bytes(MARGIN), np.uint8)
    rows = np.empty((lines.count(b"\n"), n_columns), np.float32)
    words = np.empty(len(lines), np.uint8)
    stop = MARGIN + len(lines)
    n_rows, position, n_bytes = parse_rows(text, MARGIN, stop, separator, rows, words)
    return rows[:n_rows], words[:n_bytes].tobytes().split(b"\n")[:-1], lines[position - MARGIN :]


def check_numbers(numbers: list[str]) -> None:
    rows, _, rest = parsed(f"w {' '.join(numbers)}\n".encode(), len(numbers))
    assert not rest
    with np.errstate(under="ignore"):
        want = np.array([float(number) for number in numbers]).astype(np.float32)
    np.testing.assert_array_equal(rows[0].view(np.int32), want.view(np.int32))


@pytest.mark.parametrize(
    "form", [str, "{:.4f}", "{:.6f}", "{:.9e}", "{:#.9g}", "{:.17g}", "{:.16f}", "{:.18e}"]
)
@pytest.mark.parametrize("scale", [1e-9, 0.3, 40.0, 1e12])
def test_numbers_of_every_form_have_the_bits_of_pythons(form, scale, rng):
    numbers = scale * rng.standard_normal(500)
    texts = map(str, numbers.astype(np.float32)) if form is str else map(form.format, numbers)
    check_numbers([text for text in texts if len(text) <= 25])


def test_numbers_at_the_edges():
    check_numbers(
        ["0", "-0.0", "+1.5", ".5", "5.", "-.5e1", "1E5", "0.1234567890123456", "9007199254740993", "9.9999999999999"]
    )  # fmt: skip
    check_numbers(
        ["3.4028234663852886e38", "1e-45", "7e-46", "-1e-60", "0e999", "0.0000000000000001", "1.0e0003"]
    )
    # Halfway between two float32, and next to that.
    check_numbers(["1.00000005960464477539", "16777217", "16777216.999999999", "16777217.000000001"][1:])


@njit
def nearest(mantissas, powers, found):
    for k in range(found.size):
        found[k] = nearest_float64(mantissas[k], powers[k])


def test_the_nearest_double_of_long_decimals(rng):
    mantissas = np.concatenate(
        [
            rng.integers(1, 2**64, 20_000, np.uint64, endpoint=False),
            rng.integers(1, 10**17, 5_000).astype(np.uint64),
            # Ties: whole numbers halfway between two of 53 bits, and their neighbours.
            (2 * rng.integers(2**52, 2**53, 3_000) + 1).astype(np.uint64),
            np.uint64(2) ** np.arange(64, dtype=np.uint64),
            np.uint64(2**64 - 1) - np.arange(100, dtype=np.uint64),
        ]
    )
    powers = rng.integers(MIN_POWER, MAX_POWER, len(mantissas), endpoint=True)
    powers[25_000:28_000] = rng.integers(-4, 2, 3_000)
    found = np.empty(len(mantissas))
    nearest(mantissas, powers, found)
    want = [float(f"{mantissa}e{power}") for mantissa, power in zip(mantissas.tolist(), powers.tolist())]
    np.testing.assert_array_equal(found, want)


@pytest.mark.parametrize(
    "line",
    [
        b"w 1 2", b"w 1 2 3 4", b"w 1  2 3", b" 1 2 3", b"w 1 2 x", b"w 1 2 3x", b"w 1 2 1_0", b"w 1 2 nan",
        b"w 1 2 1e39", b"w 1 2 -", b"w 1 2 .", b"w 1 2 1.2.3", b"w 1 2 1e", b"w 1 2 0.123x", b"w 1 2 x.123",
        b"w 1 2 --1.5", b"w\t1 2 3", b"", b"w 1 2 3 \t", b"w 1 2 3\r\r", b"w 1 2 123456789012345678901",
        b"w 1 2 0.1234\xff",
    ],
)  # fmt: skip
def test_lines_that_are_left_to_others(line):
    rows, words, rest = parsed(b"a 1 2 3\n" + line + b"\nb 4 5 6\n", 3)
    assert (rows.tolist(), words, rest) == ([[1, 2, 3]], [b"a"], line + b"\nb 4 5 6\n")


def test_words_and_ends_of_lines():
    rows, words, rest = parsed("wörd 1 2\nb 3 4 \nc 5 6\r\nd 7 8 \r\n".encode(), 2)
    assert (words, rest) == (["wörd".encode(), b"b", b"c", b"d"], b"")
    np.testing.assert_array_equal(rows, np.arange(1, 9, dtype=np.float32).reshape(4, 2))
    assert parsed(b"a\t1\t2\nb 3\t4\t\n", 2, separator=9)[1] == [b"a", b"b"]


@pytest.mark.parametrize("n_bytes", [0, 1, 63, 64, 65, 1000])
def test_lines_are_counted(n_bytes, rng):
    text = np.full(n_bytes + 2 * MARGIN, NEWLINE, np.uint8)
    text[MARGIN : MARGIN + n_bytes] = rng.choice([NEWLINE, SPACE], n_bytes)
    want = np.count_nonzero(text[MARGIN : MARGIN + n_bytes] == NEWLINE)
    assert count_lines(text, MARGIN, MARGIN + n_bytes) == want
