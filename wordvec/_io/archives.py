"""Archives (.zip and .tar) that contain one file, which is read as if it had been compressed alone."""

from __future__ import annotations

import contextlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO

from wordvec._io.errors import UnreadableFileError
from wordvec._utils.messages import listed

# What the standard library raises for a damaged archive.
ARCHIVE_ERRORS = (zipfile.BadZipFile, tarfile.TarError)
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_TAR_BLOCK_BYTES = 512
_TAR_MAGIC = slice(257, 262)


def is_zip(raw: BinaryIO) -> bool:
    """Return whether a file begins like a zip archive."""
    raw.seek(0)
    return raw.read(4) in _ZIP_MAGIC


@contextlib.contextmanager
def zip_member(raw: BinaryIO) -> Iterator[tuple[str, IO[bytes]]]:
    """Open the only file of a zip archive, and return it with its name.

    Raises
    ------
    UnreadableFileError
        If it holds no file, several, or one that is encrypted or packed in a way that Python cannot read.
    zipfile.BadZipFile
        If the archive is damaged.
    """
    with zipfile.ZipFile(raw) as archive:
        name = _only_file((info.filename for info in archive.infolist() if not info.is_dir()), "zip")
        try:
            member = archive.open(name)
        except (RuntimeError, NotImplementedError) as error:  # encrypted; an unknown method
            raise UnreadableFileError(f"the zip archive cannot be unpacked here ({error})") from error
        with member:
            yield name, member


def is_tar(stream: Any, name: str) -> bool:
    """Return whether unpacked bytes, or the name of the file, are those of a tar archive.

    A seekable stream is at its start afterwards.
    """
    start = stream.read(_TAR_BLOCK_BYTES)
    if stream.seekable():
        stream.seek(0)
    if start[_TAR_MAGIC] == b"ustar":
        return True
    # The first tar had no mark; its names of members end in NUL.
    return ".tar" in PurePosixPath(name.lower()).suffixes and start.count(b"\0") > len(start) // 2


@contextlib.contextmanager
def tar_member(opened: Callable[[], Any]) -> Iterator[tuple[str, IO[bytes]]]:
    """Open the only file of a tar archive, whose decompressed bytes `opened` yields; return it with its name.

    Raises
    ------
    UnreadableFileError
        If it holds no file, or several.
    tarfile.TarError
        If the archive is damaged.
    """
    with tarfile.open(fileobj=opened(), mode="r|") as archive:
        members = {member.name: member for member in archive if member.isfile()}
    member = members[_only_file(members, "tar")]
    stream = opened()
    for _ in range(member.offset_data // _TAR_BLOCK_BYTES):
        stream.read(_TAR_BLOCK_BYTES)
    with io.BufferedReader(_Part(stream, member.size)) as part:
        yield member.name, part


class _Part(io.RawIOBase):
    """The next bytes of a stream, which need not be seekable."""

    def __init__(self, stream: Any, n_bytes: int) -> None:
        self._stream, self._n_left = stream, n_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._stream.read(min(len(buffer), self._n_left))
        if not found and self._n_left and len(buffer):
            raise EOFError("the archive ends inside a file")
        buffer[: len(found)] = found
        self._n_left -= len(found)
        return len(found)


def _only_file(names: Iterable[str], kind: str) -> str:
    # What the Finder of macOS adds is not a file of the user's.
    files = [name for name in names if not _is_hidden(PurePosixPath(name))]
    if len(files) == 1:
        return files[0]
    if not files:
        raise UnreadableFileError(f"the {kind} archive holds no file")
    raise UnreadableFileError(
        f"the {kind} archive holds {len(files):,} files ({listed(sorted(files), most=10)}): "
        "unpack it, and name the one to be read"
    )


def _is_hidden(name: PurePosixPath) -> bool:
    return name.name.startswith(".") or "__MACOSX" in name.parts
