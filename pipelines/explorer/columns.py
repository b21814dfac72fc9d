"""Columns of the rows shown: a number or a category for each."""

from __future__ import annotations

import math
import numbers
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["CategoryColumn", "Column", "NumberColumn", "column_of", "columns_of"]


@dataclass(frozen=True)
class NumberColumn:
    """A number for each row; NaN where there is none.

    Attributes
    ----------
    numbers : float32 (n,)
    """

    numbers: np.ndarray

    kind = "number"

    def value(self, row: int) -> float | None:
        """Return the number of a row, or None."""
        number = float(self.numbers[row])
        return number if math.isfinite(number) else None


@dataclass(frozen=True)
class CategoryColumn:
    """One of a few values for each row.

    Attributes
    ----------
    values : list of str
        The most frequent first.
    codes : int32 (n,)
        The place of each row's value in `values`; -1 where there is none.
    """

    values: list[str]
    codes: np.ndarray

    kind = "category"

    def value(self, row: int) -> str | None:
        """Return the value of a row, or None."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]


Column = NumberColumn | CategoryColumn


def column_of(values: Sequence[Any]) -> Column:
    """Return a column of numbers if all values that are there are numbers or read as such, else one of categories.

    None, NaN and texts of only white space are missing values.
    """
    found = [None if _is_missing(value) else value for value in values]
    parsed = [None if value is None else _number(value) for value in found]
    if any(number is not None for number in parsed) and all(
        (number is None) == (value is None) for number, value in zip(parsed, found)
    ):
        return NumberColumn(
            np.array([math.nan if number is None else number for number in parsed], np.float32)
        )
    texts = [None if value is None else str(value).strip() for value in found]
    counts = Counter(text for text in texts if text is not None)
    codes = {text: code for code, (text, _) in enumerate(counts.most_common())}
    return CategoryColumn(
        list(codes), np.array([-1 if text is None else codes[text] for text in texts], np.int32)
    )


def columns_of(table: Mapping[str, Sequence[Any]], without: Sequence[str] = ()) -> dict[str, Column]:
    """Return the columns of a table that say one thing of each row; lists and arrays of a row are none."""
    return {
        str(name): column_of(values)
        for name, values in table.items()
        if name not in without
        and not any(isinstance(value, (list, tuple, dict, np.ndarray)) for value in values)
    }


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, numbers.Real) and math.isnan(value))


def _number(value: Any) -> float | None:
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, numbers.Real):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None
