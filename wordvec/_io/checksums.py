"""Checksums: CRC-32 of data by block, and JSON texts that contain their own checksum.

A JSON text is sealed by an entry ``"crc32":"........"`` of eight hexadecimal digits: the checksum of the whole text
with zeros in their place. Any changed bit is detected, including those between the entries.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wordvec._io.errors import DamagedFileError

if TYPE_CHECKING:  # commands read JSON before they need arrays
    import numpy as np

BLOCK_BYTES = 1 << 24
UNSEALED = "00000000"


def byte_parts(array: np.ndarray) -> Iterator[memoryview]:
    """Yield the bytes of an array in C order, in parts of some megabytes.

    The array need not be contiguous; copying it as a whole would double its memory.
    """
    if array.flags.c_contiguous:
        data = array.reshape(-1).view("uint8")
        for first in range(0, len(data), BLOCK_BYTES):
            yield data[first : first + BLOCK_BYTES].data
        return
    n_rows = max(1, BLOCK_BYTES * len(array) // max(1, array.nbytes))
    for first in range(0, len(array), n_rows):
        yield array[first : first + n_rows].copy().reshape(-1).view("uint8").data


class BlockChecksums:
    """The CRC-32 of each 16 MiB block of data, so that the first rows of a table can be checked separately."""

    def __init__(self) -> None:
        self._finished: list[str] = []
        self._checksum = 0
        self._room = BLOCK_BYTES

    def update(self, data: memoryview) -> None:
        """Add data, uint8."""
        while len(data):
            part, data = data[: self._room], data[self._room :]
            self._checksum = zlib.crc32(part, self._checksum)
            self._room -= len(part)
            if not self._room:
                self._finish_block()

    def text(self) -> str:
        """Return eight hexadecimal digits for each block."""
        if self._room < BLOCK_BYTES:
            self._finish_block()
        return "".join(self._finished)

    def _finish_block(self) -> None:
        self._finished.append(f"{self._checksum:08x}")
        self._checksum, self._room = 0, BLOCK_BYTES


def checksum_of_array(array: np.ndarray) -> str:
    """Return the checksums of an array's blocks."""
    checksums = BlockChecksums()
    for part in byte_parts(array):
        checksums.update(part)
    return checksums.text()


def checksum_of_file(path: Path) -> str:
    """Return the checksums of a file's blocks."""
    checksums = BlockChecksums()
    with path.open("rb") as file:
        while data := file.read(BLOCK_BYTES):
            checksums.update(memoryview(data))
    return checksums.text()


def seal(text: bytes, key: str = "crc32", prefix: bytes = b"") -> bytes:
    """Return a JSON text whose entry `key`, so far UNSEALED, holds the checksum of the text and of `prefix`."""
    found = _entry(text, key)
    if found is None or found[1] != UNSEALED.encode():
        raise ValueError(f"The text has no entry {key!r} for its checksum.")
    checksum = f"{zlib.crc32(prefix + text):08x}".encode()
    return text[: found.start(1)] + checksum + text[found.end(1) :]


def check_seal(text: bytes, key: str = "crc32", prefix: bytes = b"") -> None:
    """Raise DamagedFileError unless a JSON text is as `seal` left it."""
    found = _entry(text, key)
    if found is None:
        raise DamagedFileError("it is damaged: its checksum is missing")
    plain = text[: found.start(1)] + UNSEALED.encode() + text[found.end(1) :]
    if int(found[1], 16) != zlib.crc32(prefix + plain):
        raise DamagedFileError(
            "it is damaged: its header does not have the checksum that it had when it was written"
        )


def _entry(text: bytes, key: str) -> re.Match[bytes] | None:
    # A quotation mark within a string has a backslash before it, so this can only be an entry.
    return re.search(rf'"{key}": ?"([0-9a-f]{{8}})"'.encode(), text)
