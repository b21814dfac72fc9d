"""Growing arrays in memory or, beyond a limit, in a temporary file.

The files have no name (or none that outlives the process), so nothing is left behind, whatever happens.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import tempfile
from collections.abc import Callable, Iterator
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
        Name of the whole, for error messages.
    chunk_items : int, optional
        Parts are copied into chunks of this many items, whose memory goes back to the system as soon as a chunk is
        freed (`malloc` may keep that of parts). By default parts are kept as they are.

    Attributes
    ----------
    size : int
        Items so far.
    is_spilled : bool
        Whether the items are in a temporary file.
    """

    def __init__(self, dtype: Any, what: str, chunk_items: int | None = None) -> None:
        self.dtype = np.dtype(dtype)
        self.size = 0
        self._what = what
        self._chunk_items = chunk_items
        self._parts: list[np.ndarray] = []
        self._n_free = 0  # items of the last chunk that are not taken
        self._file: Any | None = None

    @property
    def is_spilled(self) -> bool:
        """Whether the items are in a temporary file."""
        return self._file is not None

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return sum(part.nbytes for part in self._parts)

    def append(self, part: np.ndarray) -> None:
        """Add a part, which is kept, copied or written in its current state.

        Raises
        ------
        OSError
            If the disk is full.
        """
        self.size += len(part)
        if self._file is not None:
            write_array(self._file, part, self._what)
        elif self._chunk_items is None:
            self._parts.append(part)
        else:
            self._copy(part, self._chunk_items)

    def spill(self) -> None:
        """Move everything to a temporary file, to which later parts are added as well."""
        if self._file is None:
            self._file = temporary_file()
            for part in self._drain():
                write_array(self._file, part, self._what)

    def finish(self) -> np.ndarray:
        """Return the array; this object cannot be used afterwards."""
        if self._file is not None:
            return mapped_file(self._file, self.dtype, self.size)
        return self.compact(len, self.size)

    def compact(self, change: Callable[[np.ndarray], int], size: int) -> np.ndarray:
        """Return an array of the items that are left after a change; this object cannot be used afterwards.

        Items in a file are overwritten there, so that the disk holds them once. Items in memory are freed part by
        part, before the pages of the next are used.

        Parameters
        ----------
        change : callable
            Given a part, in order, it changes it in place and returns how many of its first items are left.
        size : int
            Items that will be left.
        """
        if self._file is not None:
            return self._compact_file(self._file, change)
        whole = np.empty(size, self.dtype)
        n = 0
        for part in self._drain():
            n_left = change(part)
            whole[n : n + n_left] = part[:n_left]
            n += n_left
        return whole

    def _copy(self, part: np.ndarray, chunk_items: int) -> None:
        while len(part):
            if not self._n_free:
                memory = _new_pages(self.dtype.itemsize * chunk_items)
                self._parts.append(np.frombuffer(memory, self.dtype))
                self._n_free = chunk_items
            first = chunk_items - self._n_free
            taken = part[: self._n_free]
            self._parts[-1][first : first + len(taken)] = taken
            self._n_free -= len(taken)
            part = part[len(taken) :]

    def _drain(self) -> Iterator[np.ndarray]:
        """Yield the parts, each of which is freed when the next is asked for."""
        if self._n_free:
            self._parts[-1] = self._parts[-1][: -self._n_free]
        self._parts.reverse()
        while self._parts:
            yield self._parts.pop()

    def _compact_file(self, file: Any, change: Callable[[np.ndarray], int]) -> np.ndarray:
        # Writing never overtakes reading.
        scratch = np.empty(self._chunk_items or 1 << 20, self.dtype)
        n_read, n_left = 0, 0
        while n_read < self.size:
            file.seek(self.dtype.itemsize * n_read)
            part = scratch[: min(len(scratch), self.size - n_read)]
            file.readinto(part)
            n_read += len(part)
            n = change(part)
            file.seek(self.dtype.itemsize * n_left)
            write_array(file, part[:n], self._what)
            n_left += n
        file.truncate(self.dtype.itemsize * n_left)
        return mapped_file(file, self.dtype, n_left)


def _new_pages(n_bytes: int) -> mmap.mmap:
    """Return memory that goes back to the system when it is freed."""
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return mmap.mmap(-1, n_bytes)
    # Private: shared pages, Python's default, are made one by one, and take five times as long to fill.
    memory = mmap.mmap(-1, n_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # a kernel may know no huge pages
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory
