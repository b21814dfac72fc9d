"""Compact storage of linear models: weights as small integers, repeated values once, n-grams by prefix.

Weights are rounded to multiples of a step, a power of two, so that rounding them again changes nothing. Most of them
then fit into a byte; with many classes most are zero and are not stored.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

Arrays = dict[str, np.ndarray]
Packed = tuple[Arrays, dict[str, Any]]
# Rounding moves a member's share of a score by half of this at most for a weight of one, and a probability by a
# quarter of what it moves the score.
SCORE_STEP = 2.0**-11
_SMALLEST_WEIGHT = 2.0**-10
_COLUMNS = 1 << 14  # that are rounded at a time
# Types of codes; the smallest code of each stands for a number beyond them.
_CODES = (np.int8, np.int16)


@dataclass(frozen=True)
class CompactMatrix:
    """A matrix (R, V) of small integers, converted to floats on demand.

    Attributes
    ----------
    shape : (int, int)
    step : float, or None if the codes are the numbers
    codes : int8 or int16 (V, R), or (n,) without zeros; float64 without a step
    large : int (m,)
        The numbers that exceed the type of the codes, in order, as multiples of the step.
    large_places : int64 (m,)
        Their positions, in memory order.
    rows : unsigned int (n,), or None
        The row of each code; None if zeros are stored, too.
    starts : int64 (V + 1,), or None
        Column v has ``codes[starts[v]:starts[v + 1]]``.
    """

    shape: tuple[int, int]
    step: float | None
    codes: np.ndarray
    large: np.ndarray
    large_places: np.ndarray
    rows: np.ndarray | None
    starts: np.ndarray | None

    @functools.cached_property
    def whole(self) -> Any:
        """The matrix, float64: SciPy's sparse array by columns, or dense, in Fortran's order."""
        values = self._values(slice(None))
        if self.rows is None or self.starts is None:
            return values.T
        kind = np.int32 if len(self.rows) < 1 << 31 else np.int64
        return sparse.csc_array((values, self.rows.astype(kind), self.starts.astype(kind)), shape=self.shape)

    def columns(self, chosen: np.ndarray) -> np.ndarray:
        """Return some columns as a dense matrix, float64 (R, n)."""
        if self.rows is None or self.starts is None:
            return self._values(chosen).T
        sizes = self.starts[chosen + 1] - self.starts[chosen]
        numbers = np.repeat(np.arange(len(chosen)), sizes)
        places = np.repeat(self.starts[chosen] - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(numbers))
        found = np.zeros((self.shape[0], len(chosen)))
        found[self.rows[places], numbers] = self._values(places)
        return found

    def _values(self, chosen: Any) -> np.ndarray:
        """Return the values of some codes, along the first axis."""
        codes = self.codes[chosen]
        if self.step is None:
            return codes
        values = codes * self.step
        is_large = codes == np.iinfo(codes.dtype).min
        if codes.shape == self.codes.shape and isinstance(chosen, slice):
            values[is_large] = self.large * self.step
        elif is_large.any():
            rows = np.broadcast_to(chosen[:, None], codes.shape) if codes.ndim == 2 else chosen
            flat = rows[is_large] * (codes.shape[1] if codes.ndim == 2 else 1)
            flat += np.nonzero(is_large)[1] if codes.ndim == 2 else 0
            values[is_large] = self.large[np.searchsorted(self.large_places, flat)] * self.step
        return values


def dense_columns(matrix: Any, columns: np.ndarray) -> np.ndarray:
    """Return some columns of a matrix of any kind as a dense matrix."""
    if isinstance(matrix, CompactMatrix):
        return matrix.columns(columns)
    chosen = matrix[:, columns]
    return chosen.toarray() if sparse.issparse(chosen) else chosen


def step_for(weight: float, score_step: float = SCORE_STEP) -> float:
    """Return the step for a member's numbers, a power of two, given the weight of its scores."""
    return float(2.0 ** np.floor(np.log2(score_step / max(abs(weight), _SMALLEST_WEIGHT))))


def pack_matrix(matrix: Any, step: float | None) -> Packed:
    """Return a matrix, rounded to multiples of `step`, as arrays of small integers, and the settings to unpack it.

    Parameters
    ----------
    matrix : float or int (R, V), dense, sparse or compact
        R classes or dimensions, V features; written feature by feature.
    step : float or None
        A power of two; None keeps the numbers as they are, float64.

    Returns
    -------
    arrays : dict
        ``codes``: int8 or int16, (V, R), or (n,) without zeros if that takes fewer bytes; then also ``rows``, the row
        of each, and ``sizes`` (V,), the number of codes per feature. ``large``: the numbers that exceed the type of the
        codes, where the code is the type's smallest number.
    settings : dict
    """
    if isinstance(matrix, CompactMatrix):
        matrix = matrix.whole
    n_rows, n_columns = matrix.shape
    columns, rows, numbers = _nonzero(matrix, step)
    arrays: Arrays = {
        "rows": narrow(rows, n_rows),
        "sizes": narrow(np.bincount(columns, minlength=n_columns)),
    }
    n_bytes = 8 if step is None else 1
    n_saved = n_rows * n_columns - len(numbers)
    if _n_bytes(arrays) >= n_bytes * n_saved:
        dense = np.zeros((n_columns, n_rows), numbers.dtype)
        dense[columns, rows] = numbers
        arrays, numbers = {}, dense
    settings = {"step": step, "shape": [n_rows, n_columns]}
    if step is None:
        return arrays | {"codes": numbers}, settings
    # The fewest bytes: with many large weights, two for each.
    return arrays | min((_coded(numbers, kind) for kind in _CODES), key=_n_bytes), settings


def unpack_matrix(arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> CompactMatrix:
    """Return the matrix that `pack_matrix` packed.

    Raises
    ------
    KeyError, ValueError
        If `pack_matrix` cannot have written the arrays.
    """
    codes, step = arrays["codes"], settings["step"]
    n_rows, n_columns = settings["shape"]
    large = arrays.get("large", np.empty(0, np.int16))
    is_sparse = "rows" in arrays
    if codes.shape != ((codes.size,) if is_sparse else (n_columns, n_rows)):
        raise ValueError("its weights are not as many as it says")
    if codes.dtype not in ((np.float64,) if step is None else _CODES):
        raise ValueError("its weights are not numbers of the type that it says")
    large_places = large[:0]
    if step is not None:
        limits = np.iinfo(codes.dtype)
        large_places = np.flatnonzero(codes == limits.min)
        if not 0 < float(step) < np.inf:
            raise ValueError(f"its weights have a step of {step}")
        if large.dtype.kind != "i" or large.shape != large_places.shape:
            raise ValueError("its large weights are not as many as it says")
        if not (np.abs(large.astype(np.int64)) > limits.max).all():
            raise ValueError("its large weights are small")
    rows = starts = None
    if is_sparse:
        rows, sizes = arrays["rows"], arrays["sizes"]
        if rows.dtype.kind != "u" or sizes.dtype.kind != "u" or sizes.shape != (n_columns,):
            raise ValueError("its weights have no places")
        starts = np.zeros(n_columns + 1, np.int64)
        np.cumsum(sizes, out=starts[1:])
        if rows.shape != codes.shape or starts[-1] != len(codes):
            raise ValueError("its weights are not as many as their places")
        is_rising = rows[1:] > rows[:-1]
        is_rising[starts[(starts > 0) & (starts < len(rows))] - 1] = True  # from one column to the next
        if not is_rising.all() or (len(rows) and int(rows.max()) >= n_rows):
            raise ValueError("its weights have places that there are not")
    return CompactMatrix((n_rows, n_columns), step, codes, large, large_places, rows, starts)


def pack_repeated(values: np.ndarray) -> Arrays:
    """Return numbers with many repetitions as the distinct numbers, and the index of each."""
    distinct, places = np.unique(values, return_inverse=True)
    return {"values": distinct, "places": narrow(places, len(distinct))}


def unpack_repeated(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the numbers that `pack_repeated` packed.

    Raises
    ------
    KeyError, IndexError, ValueError
        If the arrays are none that it wrote.
    """
    values, places = arrays["values"], arrays["places"]
    if places.dtype.kind != "u" or values.ndim != 1 or values.dtype != np.float64:
        raise ValueError("its numbers have no places")
    return values[places]


def pack_ngrams(level: np.ndarray, n_prefixes: int, n_symbols: int) -> Arrays:
    """Return a level of an `NgramIndex` as the number of n-grams with each prefix, and the last symbol of each."""
    prefixes, last = np.divmod(level, n_symbols)
    return {
        "sizes": narrow(np.bincount(prefixes, minlength=n_prefixes)),
        "last": narrow(last, n_symbols),
    }


def unpack_ngrams(arrays: Mapping[str, np.ndarray], n_prefixes: int, n_symbols: int) -> np.ndarray:
    """Return the level that `pack_ngrams` packed, int64.

    Raises
    ------
    KeyError, ValueError
        If the arrays are none that it wrote.
    """
    sizes, last = arrays["sizes"], arrays["last"]
    if sizes.dtype.kind != "u" or last.dtype.kind != "u" or sizes.shape != (n_prefixes,) or last.ndim != 1:
        raise ValueError("its n-grams have no symbols")
    if len(last) and int(last.max()) >= n_symbols:
        raise ValueError("its n-grams have symbols that there are not")
    prefixes = np.repeat(np.arange(n_prefixes, dtype=np.int64), sizes)
    if prefixes.shape != last.shape:
        raise ValueError("its n-grams are not as many as it says")
    return prefixes * n_symbols + last


def narrow(numbers: np.ndarray, n_values: int | None = None) -> np.ndarray:
    """Return non-negative integers in the smallest sufficient type, or the smallest for numbers below `n_values`."""
    most = int(numbers.max(initial=0)) if n_values is None else max(n_values - 1, 0)
    return numbers.astype(np.min_scalar_type(most))


def short_offsets(offsets: np.ndarray) -> np.ndarray:
    """Return the offsets of packed strings in four bytes each if they fit."""
    return offsets.astype(np.int32) if offsets[-1] <= np.iinfo(np.int32).max else offsets


def prefixed(name: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """Return arrays with `name` and a dot prefixed to their names."""
    return {f"{name}.{key}": array for key, array in arrays.items()}


def with_prefix(name: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """Return the arrays that `prefixed` renamed, under their original names."""
    return {
        key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")
    }


def _coded(numbers: np.ndarray, kind: type[np.signedinteger[Any]]) -> Arrays:
    """Return integers in a smaller type, and separately those that exceed it."""
    limits = np.iinfo(kind)
    is_large = np.abs(numbers) > limits.max
    arrays = {"codes": np.where(is_large, limits.min, numbers).astype(kind)}
    if is_large.any():
        large = numbers[is_large]
        arrays["large"] = large.astype(_signed_type(int(np.abs(large).max())))
    return arrays


def _n_bytes(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values())


def _nonzero(matrix: Any, step: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return column, row and value of the entries that do not round to zero, column by column."""
    n_columns = matrix.shape[1]
    found = []
    # A column at a time is slow, all of them are several copies of a large matrix.
    for first in range(0, max(n_columns, 1), _COLUMNS):
        part = matrix[:, first : first + _COLUMNS]
        dense = np.ascontiguousarray((part.toarray() if sparse.issparse(part) else part).T, np.float64)
        numbers = dense if step is None else np.rint(dense / step).astype(np.int64)
        columns, rows = np.nonzero(numbers)
        found.append((columns + first, rows, numbers[columns, rows]))
    columns, rows, numbers = (np.concatenate(parts) for parts in zip(*found))
    return columns, rows, numbers


def _signed_type(largest: int) -> type[np.signedinteger[Any]]:
    return next(kind for kind in (np.int16, np.int32, np.int64) if largest <= np.iinfo(kind).max)
