"""Tables of rows as stored in fastText's files: floats at any offset of a mapped file, or quantised."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

CENTROIDS = 256


@dataclass(frozen=True, eq=False)
class DenseRows:
    """Rows of float32 in memory or in a mapped file.

    Attributes
    ----------
    data : uint8 (n_bytes,)
    offset : int
        The offset of the rows in bytes, which need not be aligned.
    shape : (R, D)
    """

    data: np.ndarray
    offset: int
    shape: tuple[int, int]

    @classmethod
    def of(cls, table: np.ndarray) -> DenseRows:
        """Return the rows of an array float32 (R, D), which is shared if it is C-contiguous."""
        flat = np.ascontiguousarray(table, np.float32).reshape(-1).view(np.uint8)
        return cls(flat, 0, (table.shape[0], table.shape[1]))

    def means(self, rows: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the means of rows[starts[k]:starts[k + 1]], float32 (n, D); zeros for none."""
        from wordvec.kernels.subwords import fill_means  # here, as whole words need no kernel

        found = np.empty((len(starts) - 1, self.shape[1]), np.float32)
        fill_means(rows, starts, self.data.ctypes.data + self.offset, found)
        return found

    def release(self) -> None:
        """Release the memory of the parts of a mapped file that were read; they are read again when needed."""
        base: Any = self.data
        while isinstance(base, np.ndarray):
            base = base.base
        mapped = base.obj if isinstance(base, memoryview) else base
        if isinstance(mapped, mmap.mmap) and hasattr(mapped, "madvise"):
            mapped.madvise(mmap.MADV_DONTNEED)

    def block(self, first: int, last: int) -> np.ndarray:
        """Return rows first..last - 1, float32 (n, D)."""
        width = 4 * self.shape[1]
        raw = self.data[self.offset + first * width : self.offset + last * width]
        return np.frombuffer(raw.tobytes(), "<f4").reshape(last - first, self.shape[1])


@dataclass(frozen=True, eq=False)
class QuantizedRows:
    """Rows compressed by product quantisation.

    Attributes
    ----------
    codes : uint8 (R, M)
    centroids : float32 (M, 256, d)
    norm_codes, norm_centroids : uint8 (R,), float32 (256,), or (0,) both
        What the rows are scaled by: norm_centroids[norm_codes].
    shape : (R, D)
    """

    codes: np.ndarray
    centroids: np.ndarray
    norm_codes: np.ndarray
    norm_centroids: np.ndarray
    shape: tuple[int, int]

    @cached_property
    def norms(self) -> np.ndarray:
        """What the rows are scaled by, float32 (R,), or (0,)."""
        return self.norm_centroids[self.norm_codes]

    def means(self, rows: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the means of rows[starts[k]:starts[k + 1]], float32 (n, D); zeros for none."""
        from wordvec.kernels.subwords import fill_quantized_means

        found = np.empty((len(starts) - 1, self.shape[1]), np.float32)
        fill_quantized_means(rows, starts, self.codes, self.centroids, self.norms, found)
        return found

    def release(self) -> None:
        """Do nothing: the rows are in memory."""

    def block(self, first: int, last: int) -> np.ndarray:
        """Return rows first..last - 1, float32 (n, D)."""
        return self.means(np.arange(first, last, dtype=np.int32), np.arange(last - first + 1))


Rows = DenseRows | QuantizedRows
