"""Checks of the arrays of a Cooccurrence and of sparse matrices of counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.sparse

from wordvec._utils.errors import ParameterError

_OWNER = "Cooccurrence"
# Entries that are worked on at once: temporary arrays take 8 MiB each.
BLOCK_ENTRIES = 1 << 20
# Up to here k can be recovered exactly from the float64 k / unit, for any unit.
MAX_MULTIPLE = 1 << 51
MAX_UNIT = 1 << 53


def checked_array(name: str, array: Any, dtype: type, n_items: int | None) -> np.ndarray:
    """Return a read-only view of `array`, or raise if it has another dtype or length."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        rule, fix = f"be an array of {np.dtype(dtype)}", "Cooccurrence.from_scipy takes other types."
        raise ParameterError(name, _OWNER, rule, array, fix)
    if array.ndim != 1 or (n_items is not None and len(array) != n_items):
        wanted = "one-dimensional" if n_items is None else f"of the shape ({n_items},)"
        raise ParameterError(name, _OWNER, f"be {wanted}", array)
    # A separate view: others may hold the same counts, so they must not change.
    view = array.view()
    view.flags.writeable = False
    return view


def check_starts(starts: np.ndarray, nnz: int) -> None:
    """Raise ValueError unless `starts` divides `nnz` entries into rows."""
    falls = (np.diff(starts) < 0).any()
    if starts[0] != 0 or starts[-1] != nnz or falls:
        rule = f"rise from 0 to the number of entries, {nnz}"
        fix = "These are the first and the last" + (", with a fall between." if falls else ".")
        raise ParameterError("starts", _OWNER, rule, starts[[0, -1]].tolist(), fix)


def check_columns(starts: np.ndarray, col: np.ndarray, words: Sequence[str]) -> None:
    """Raise ValueError unless columns are ids of `words`, strictly ascending within each row."""
    for first in range(0, len(col), BLOCK_ENTRIES):
        block = np.asarray(col[max(0, first - 1) : first + BLOCK_ENTRIES])
        outside = (block < 0) | (block >= len(words))
        if outside.any():
            place = max(0, first - 1) + int(outside.argmax())
            row = _row_of(starts, place)
            rule = f"hold numbers from 0 to {len(words) - 1}, one for each word"
            raise ParameterError("col", _OWNER, rule, {words[row]: int(col[place])}, f"It is in row {row}.")
        places = max(0, first - 1) + 1 + np.flatnonzero(block[1:] <= block[:-1])
        places = places[starts[np.searchsorted(starts, places)] != places]
        if len(places):
            row = _row_of(starts, int(places[0]))
            found = {words[row]: col[places[0] - 1 : places[0] + 1].tolist()}
            fix = f"They are in row {row}. Cooccurrence.from_scipy sorts and adds up."
            raise ParameterError("col", _OWNER, "ascend within each row, no column twice", found, fix)


def checked_total(
    starts: np.ndarray, col: np.ndarray, value: np.ndarray, unit: int, words: Sequence[str]
) -> float:
    """Return the sum of the counts; raise ValueError if one is not positive, finite and a multiple of 1 / unit."""
    place = _first_bad_count(value)
    if place is not None:
        raise _bad_count(value[place], _row_of(starts, place), col[place], words)
    total, n_multiples = 0.0, 0
    for first in range(0, len(value), BLOCK_ENTRIES):
        block = np.asarray(value[first : first + BLOCK_ENTRIES])
        with np.errstate(over="ignore"):
            total += float(block.sum())
        if not unit:
            continue
        with np.errstate(over="ignore"):
            multiples = np.rint(block * unit)
        is_bad = (multiples > MAX_MULTIPLE) | (multiples / unit != block)
        if is_bad.any():
            place = first + int(is_bad.argmax())
            found = {(words[_row_of(starts, place)], words[col[place]]): value[place].item()}
            rule = f"be multiples of 1/{unit}, at most 2**51 of them, where unit={unit}"
            raise ParameterError("value", _OWNER, rule, found, "Pass {unit=0} for other counts.")
        # In two parts, whose sums over a block stay below 2**53 and so are exact.
        high = np.floor(multiples * 2.0**-31)
        multiples -= high * 2.0**31
        n_multiples += (int(high.sum()) << 31) + int(multiples.sum())
    if total == np.inf:
        raise ValueError("The counts of a Cooccurrence must add up to a finite number. Scale them down.")
    return n_multiples / unit if unit else total


def checked_csr(matrix: Any) -> scipy.sparse.csr_array:
    """Return a square sparse matrix of counts as float64 CSR, sorted, with duplicates summed, or raise."""
    owner = f"{_OWNER}.from_scipy"
    if not scipy.sparse.issparse(matrix):
        fix = "scipy.sparse.csr_array(counts) makes one."
        raise ParameterError("matrix", owner, "be a scipy.sparse matrix or array", matrix, fix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ParameterError("matrix", owner, "be square, with a row and a column for each word", matrix)
    if matrix.dtype.kind not in "iuf":
        raise ParameterError("matrix", owner, "hold real numbers", matrix)
    if matrix.format == "csr":
        csr = scipy.sparse.csr_array(matrix)
        _check_stored(csr.data, lambda place: (_row_of(csr.indptr, place), csr.indices[place]))
    else:
        try:
            coo = _as_coo(matrix)
        except ValueError as error:
            raise ParameterError(
                "matrix", owner, "be a valid sparse matrix", matrix, f"It is damaged: {error}."
            ) from error
        _check_stored(coo.data, lambda place: (coo.row[place], coo.col[place]))
        csr = scipy.sparse.csr_array(coo.astype(np.float64))
    csr = csr.astype(np.float64, copy=False)
    try:
        csr.check_format(full_check=True)
    except ValueError as error:
        raise ParameterError(
            "matrix", owner, "be a valid sparse matrix", matrix, f"It is damaged: {error}."
        ) from error
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    return csr


def _as_coo(matrix: Any) -> scipy.sparse.coo_array:
    """Return a sparse matrix as COO; raise ValueError if an index is outside of its shape."""
    coo = scipy.sparse.coo_array(matrix.tocsr() if matrix.format == "bsr" else matrix)
    if matrix.format == "bsr":
        # Blocks are filled up with zeros that are not counts.
        coo.eliminate_zeros()
    return coo


def _check_stored(data: np.ndarray, where: Callable[[int], tuple[int, int]]) -> None:
    """Reject bad counts before duplicates are summed, which could hide them."""
    place = _first_bad_count(data)
    if place is not None:
        row, col = where(place)
        raise _bad_count(data[place], row, col)


def _first_bad_count(data: np.ndarray) -> int | None:
    """Return the index of the first count that is negative, zero, NaN or infinite."""
    for first in range(0, len(data), BLOCK_ENTRIES):
        block = data[first : first + BLOCK_ENTRIES]
        is_bad = ~((block > 0) & (block < np.inf))
        if is_bad.any():
            return first + int(is_bad.argmax())
    return None


def _bad_count(value: Any, row: int, col: int, words: Sequence[str] | None = None) -> ValueError:
    named = "" if words is None else f" ({words[row]!r} and {words[col]!r})"
    advice = "Leave such pairs out."
    if value == 0:
        advice = "Leave pairs that never occur out: matrix.eliminate_zeros() does so for a sparse matrix."
    return ValueError(
        "The counts of a Cooccurrence must be positive, finite numbers. "
        f"Got {value.item()!r} in row {row}, column {col}{named}. {advice}"
    )


def _row_of(starts: np.ndarray, place: int) -> int:
    return int(np.searchsorted(starts, place, side="right")) - 1
