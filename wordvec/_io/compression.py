"""Packed files: the suffixes they carry, writing and reading through them, the error of one that is damaged."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

from wordvec._io.errors import DamagedFileError

COMPRESSIONS = (".gz", ".bz2", ".xz")


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
