"""Arrays that grow, in memory or past a limit in a temporary file.

The files have no name (or none that outlives the process), so nothing is left behind, whatever happens.
"""

from __future__ import annotations

import errno
import tempfile
from typing import Any

import numpy as np


def temporary_file() -> Any:
    """Open a new file without a name in the folder for temporary files.

    Raises
    ------
    OSError
        If none can be made there; the message names the folder.
    """
    try:
        return tempfile.TemporaryFile(prefix="wordvec-", buffering=0)
    except OSError as error:
        raise OSError(
            error.errno,
            f"No file can be made in the folder for temporary files, {tempfile.tempdir!r} ({error.strerror}). "
            "Set TMPDIR to a folder where it can, or raise max_memory",
        ) from error


def write_array(file: Any, values: np.ndarray, what: str) -> None:
    """Append a contiguous array; `what` it is part of is named if the disk is full.

    Raises
    ------
    OSError
        If the disk is full.
    """
    data = values.reshape(-1).view(np.uint8).data
    try:
        while data:
            data = data[file.write(data) :]
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise OSError(
            error.errno,
            f"No room for {what} in the folder for temporary files, {tempfile.gettempdir()!r} "
            f"({error.strerror}). Free some, set TMPDIR to a folder with more, or raise max_memory",
        ) from error


def mapped_file(file: Any, dtype: Any, size: int) -> np.ndarray:
    """Return the first `size` items of a file as an array that keeps the file."""
    if size == 0:
        return np.empty(0, dtype)
    # "r+" gives the same array type as memory does, so kernels are compiled once.
    return np.asarray(np.memmap(file, dtype, "r+", shape=(size,)))


def empty_array(size: int, dtype: Any, in_memory: bool, what: str) -> np.ndarray:
    """Return a new one-dimensional array, in memory or mapped from a temporary file.

    Raises
    ------
    OSError
        If the disk is full.
    """
    if in_memory:
        return np.empty(size, dtype)
    file = temporary_file()
    # Written, not only made longer: a mapped page that finds the disk full ends the process.
    zeros = np.zeros(1 << 20, np.uint8)
    n_bytes = size * np.dtype(dtype).itemsize
    for first in range(0, n_bytes, len(zeros)):
        write_array(file, zeros[: n_bytes - first], what)
    return mapped_file(file, dtype, size)


class GrowingArray:
    """A one-dimensional array made of parts.

    Parameters
    ----------
    dtype : data type
    what : str
        What the parts are part of, for an error message.

    Attributes
    ----------
    size : int
        Items so far.
    """

    def __init__(self, dtype: Any, what: str) -> None:
        self.dtype = np.dtype(dtype)
        self.size = 0
        self._what = what
        self._parts: list[np.ndarray] = []
        self._file: Any | None = None

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return sum(part.nbytes for part in self._parts)

    def append(self, part: np.ndarray) -> None:
        """Add a part, which is kept or written as it is now.

        Raises
        ------
        OSError
            If the disk is full.
        """
        self.size += len(part)
        if self._file is not None:
            write_array(self._file, part, self._what)
        else:
            self._parts.append(part)

    def spill(self) -> None:
        """Move everything to a temporary file; later parts go there, too."""
        if self._file is None:
            self._file = temporary_file()
            for part in self._drain():
                write_array(self._file, part, self._what)

    def finish(self) -> np.ndarray:
        """Return the array; this object is used up."""
        if self._file is not None:
            return mapped_file(self._file, self.dtype, self.size)
        whole = np.empty(self.size, self.dtype)
        n = 0
        # Each part is freed before the pages of the next are used.
        for part in self._drain():
            whole[n : n + len(part)] = part
            n += len(part)
        return whole

    def _drain(self) -> Any:
        self._parts.reverse()
        while self._parts:
            yield self._parts.pop()
