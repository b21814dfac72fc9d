"""What the readers and writers of vector files share: compression, tables that grow, words from bytes."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np

COMPRESSIONS = (".gz", ".bz2", ".xz")
BLOCK_BYTES = 1 << 24
# A header that promises more numbers in a row than this is damage, not a table.
MAX_VECTOR_SIZE = 1_000_000
FIRST_TABLE_BYTES = 1 << 25


class DamagedFileError(ValueError):
    """A vector file breaks its format; the text says where and how, the caller puts the path before it."""


def split_compression(name: str) -> tuple[str, str]:
    """Return a lower-case file name without its compression suffix, and that suffix or ""."""
    for suffix in COMPRESSIONS:
        if name.lower().endswith(suffix):
            return name.lower().removesuffix(suffix), suffix
    return name.lower(), ""


@contextlib.contextmanager
def compressed(file: BinaryIO, suffix: str) -> Iterator[IO[bytes]]:
    """Wrap a file open for writing so that what is written is compressed as `suffix` says."""
    if suffix == ".gz":
        # No name and no time in the header: the same vectors make the same bytes.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            yield cast(IO[bytes], packed)
    elif suffix == ".bz2":
        with bz2.BZ2File(file, "wb") as packed_bz2:
            yield packed_bz2
    elif suffix == ".xz":
        with lzma.LZMAFile(file, "wb") as packed_xz:
            yield packed_xz
    else:
        yield file


@contextlib.contextmanager
def decompressed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked if its first bytes (not its name) say that it is packed.

    Raises
    ------
    DamagedFileError
        If the packed data is cut off or damaged, wherever in the block that shows.
    """
    with path.open("rb") as file:
        magic = file.read(10)
        file.seek(0)
        try:
            if magic.startswith(b"\x1f\x8b"):
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield cast(IO[bytes], unpacked)
            elif magic.startswith(b"BZh") and magic[4:] == b"1AY&SY":
                with bz2.BZ2File(file) as unpacked_bz2:
                    yield cast(IO[bytes], unpacked_bz2)
            elif magic.startswith(b"\xfd7zXZ\x00"):
                with lzma.LZMAFile(file) as unpacked_xz:
                    yield cast(IO[bytes], unpacked_xz)
            else:
                yield file
        except (EOFError, zlib.error, lzma.LZMAError) as error:
            raise DamagedFileError(f"the compressed data is cut off or damaged ({error})") from error
        except OSError as error:
            # gzip and bz2 report bad data as an OSError without a number; a real one has its errno.
            if error.errno is not None:
                raise
            raise DamagedFileError(f"the compressed data is cut off or damaged ({error})") from error


class GrowingTable:
    """A float32 table that is filled row by row and grows with what is really there.

    A header is only a promise: 10**12 rows must not be allocated before they have been read.
    """

    def __init__(self, vector_size: int, promised_rows: int) -> None:
        first_rows = max(1, min(promised_rows, FIRST_TABLE_BYTES // (4 * vector_size)))
        self._table = np.empty((first_rows, vector_size), np.float32)
        self.n_rows = 0

    def reserve(self, n_rows: int) -> np.ndarray:
        """Return the next `n_rows` free rows, float32 (n_rows, D), without taking them."""
        needed = self.n_rows + n_rows
        if needed > len(self._table):
            # realloc moves pages, not bytes. No view of the table outlives the caller's block.
            self._table.resize((max(needed, 2 * len(self._table)), self._table.shape[1]), refcheck=False)
        return self._table[self.n_rows : needed]

    def finished(self) -> np.ndarray:
        """Return the filled rows, float32 (n_rows, D)."""
        self._table.resize((self.n_rows, self._table.shape[1]), refcheck=False)
        return self._table


def decoded_word(raw: bytes, encoding: str, errors: str, place: str) -> str:
    """Return a word's bytes as text, or raise DamagedFileError that names `place`."""
    try:
        word = raw.decode(encoding, errors)
    except UnicodeDecodeError as error:
        raise DamagedFileError(
            f"the word in {place} is not valid {encoding} ({raw[:40]!r}: {error.reason}). "
            'Pass the right encoding, or errors="replace"'
        ) from error
    if not word:
        raise DamagedFileError(f"{place} has no word before its numbers")
    return word
