"""Sources of text and their parts, cut at line ends so that several processes can read one file."""

from __future__ import annotations

import codecs
import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from wordvec._io.compression import decompressed
from wordvec._io.errors import UnreadableFileError
from wordvec._io.remote import RemoteFile
from wordvec._io.tables import Rows

_BLOCK_BYTES = 1 << 16
# Where the byte of "\n" may be part of another character, or a byte means something else after an escape.
_UNCUTTABLE = ("utf-16", "utf-32", "utf-7", "iso2022", "hz")


@dataclass(frozen=True)
class FilePart:
    """The lines of a file that start in its bytes ``first`` to ``last - 1``; read in the place of a path."""

    path: Path | RemoteFile
    first: int
    last: int

    @property
    def name(self) -> str:
        """That of the file."""
        return self.path.name

    def __str__(self) -> str:
        return str(self.path)


# Whole files, and what is read in the place of one.
File = Path | RemoteFile
Source = Path | RemoteFile | FilePart | Rows


def cut_sources(sources: Sequence[Source], encoding: str, part_bytes: int) -> list[Source]:
    """Return sources and parts of them of about `part_bytes`, which are together the text of `sources`.

    Packed files, files that are read from their beginning only, and files in encodings whose line ends are not known
    by one byte, are not cut.
    """
    is_cuttable = not codecs.lookup(encoding).name.startswith(_UNCUTTABLE)
    parts: list[Source] = []
    for source in sources:
        size = size_of(source)
        if isinstance(source, Rows):
            parts += source.cut(part_bytes)
        elif isinstance(source, FilePart) or size <= part_bytes or not is_cuttable or _is_packed(source):
            parts.append(source)
        else:
            n = -(-size // part_bytes)
            parts += [FilePart(source, k * size // n, (k + 1) * size // n) for k in range(n)]
    return parts


def size_of(source: Source) -> int:
    """Return the size of a source in bytes; 0 if unknown."""
    if isinstance(source, FilePart):
        return source.last - source.first
    return source.stat().st_size if isinstance(source, Path) else source.size


def can_be_sampled(source: Source) -> bool:
    """Return whether its beginning can be read at little cost, and then read again: not that of a pipe, for example."""
    if isinstance(source, Path):
        return source.is_file()
    if isinstance(source, RemoteFile):
        return source.is_seekable
    return not isinstance(source, Rows) or source.is_cheap


def is_start(source: Source) -> bool:
    """Return whether it begins where a file does; rows of tables have no byte order mark."""
    return source.first == 0 if isinstance(source, FilePart) else not isinstance(source, Rows)


@contextlib.contextmanager
def open_part(part: FilePart) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a part for reading: its bytes, and the file itself."""
    with part.path.open("rb") as raw:
        first, last = _line_start(raw, part.first), _line_start(raw, part.last)
        raw.seek(first)
        with io.BufferedReader(_Window(raw, last), _BLOCK_BYTES) as stream:
            yield stream, raw


def _is_packed(path: File) -> bool:
    if isinstance(path, RemoteFile) and not path.is_seekable:
        return True
    try:
        with decompressed(path, by_name=True) as (stream, raw):
            return stream is not raw
    except UnreadableFileError:
        return True  # who reads it will say what is wrong


class _Window(io.RawIOBase):
    """The bytes of a file from its current position to a given one."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file = file
        self._end = end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        data = self._file.read(min(len(buffer), self._end - self._file.tell()))
        buffer[: len(data)] = data
        return len(data)


def _line_start(file: BinaryIO, place: int) -> int:
    """Return the first place from `place` on at which a line starts, or the end of the file."""
    if place == 0:
        return 0
    file.seek(place - 1)
    while block := file.read(_BLOCK_BYTES):
        end = block.find(b"\n")
        if end >= 0:
            return file.tell() - len(block) + end + 1
    return file.tell()
