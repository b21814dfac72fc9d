"""Int8Table: a quantised table of vectors in a quarter of the memory, one byte per number and one scale per row."""

from __future__ import annotations

from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec.vectors.neighbors import row_blocks

LARGEST = 127


class Int8Table:
    """Read-only rows of int8, each with its own scale; indexing returns float32.

    Indexing with a row or an array of rows returns float32, slicing an Int8Table that shares the memory.

    Parameters
    ----------
    rows : int8 (V, D)
        May be a memory map.
    scales : float32 (V,)
        The quantisation step of each row, finite, not negative.

    Attributes
    ----------
    rows, scales
        As they were given.
    """

    dtype = np.dtype(np.int8)

    def __init__(self, rows: np.ndarray, scales: np.ndarray) -> None:
        if rows.dtype != np.int8 or rows.ndim != 2 or scales.dtype != np.float32:
            raise ParameterError("rows", "Int8Table", "be int8 (V, D), with float32 scales", rows)
        if scales.shape != rows.shape[:1] or not (np.isfinite(scales) & (scales >= 0)).all():
            rule = f"be {len(rows)} finite numbers of at least 0, one for each row"
            raise ParameterError("scales", "Int8Table", rule, scales)
        self.rows, self.scales = rows, scales

    @classmethod
    def rounded(cls, table_VD: np.ndarray) -> Int8Table:
        """Return a quantised table whose numbers are off by at most half a step, 1/254 of the largest in the row."""
        rows, scales = np.empty(table_VD.shape, np.int8), np.empty(len(table_VD), np.float32)
        for start, stop in row_blocks(*table_VD.shape):
            block = np.asarray(table_VD[start:stop], np.float32)
            steps = np.abs(block).max(axis=1) / np.float32(LARGEST)
            scales[start:stop] = steps
            # Of steps that are too short for float32 the row is zeros.
            counts = block / np.where(steps == 0, np.float32(np.inf), steps)[:, None]
            rows[start:stop] = np.rint(counts).clip(-LARGEST, LARGEST)
        return cls(rows, scales)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows.shape[0], self.rows.shape[1]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return Int8Table(self.rows[key], self.scales[key])
        return np.asarray(self.rows[key]).astype(np.float32) * self.scales[key][..., None]

    def astype(self, dtype: Any) -> np.ndarray:
        """Return the table as an array of floats."""
        table = np.asarray(self.rows).astype(np.float32)
        table *= self.scales[:, None]
        return table.astype(dtype, copy=False)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.astype(np.float32 if dtype is None else dtype)
