"""The container of every file of our own: tensors, texts in JSON, kind, version and checksums.

A file is a safetensors file, so that other programs read its tensors. Its metadata say what kind of file it is
and which version of wordvec's format it has, and hold a checksum of the header and of each tensor. Opening checks
the header's; data that are read are checked, data that are mapped are checked on demand. Files of version 1 have
no checksums.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._io.checksums import check_seal
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.json_files import parse_json_object
from wordvec._io.kinds import CHECKED_VERSION, FileKind, check_exists, checked_version, unreadable_as
from wordvec._io.tensors import (
    DATA_CHECKSUMS,
    HEADER_CHECKSUM,
    Entry,
    check_whole,
    map_tensor,
    read_header,
    read_tensor,
    write_tensors,
)


class Archive:
    """An open file of our own.

    Parameters
    ----------
    file : binary file
        Open for reading.
    kind : FileKind
        What it must hold.

    Attributes
    ----------
    metadata : dict of str to str
        The texts that were written.
    version : int
        Of the format; 1 has no checksums.

    Raises
    ------
    DamagedFileError
        If it is cut off, or its header is damaged.
    UnreadableFileError
        If it is of another kind or was written by a newer version.
    """

    def __init__(self, file: IO[bytes], kind: FileKind) -> None:
        self._file, self._kind = file, kind
        header = read_header(file)
        self.metadata = header.metadata
        is_sealed = HEADER_CHECKSUM in self.metadata or DATA_CHECKSUMS in self.metadata
        if is_sealed:
            check_seal(header.text, HEADER_CHECKSUM, header.length)
        self.version = checked_version(kind, self.metadata, is_sealed)
        if self.version >= CHECKED_VERSION and not is_sealed:
            raise DamagedFileError("it is damaged: its checksum is missing")
        self._checksums: dict[str, str] = (
            parse_json_object(self.metadata[DATA_CHECKSUMS]) if is_sealed else {}
        )
        self._entries = header.entries
        # Programs that know nothing of us may leave gaps.
        if is_sealed or not kind.is_foreign:
            check_whole(header, file.seek(0, 2))

    @property
    def names(self) -> list[str]:
        """The names of the tensors."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def entry(self, name: str) -> Entry:
        """Return the header's entry for a tensor.

        Raises
        ------
        UnreadableFileError
            If there is no such tensor.
        """
        if name not in self._entries:
            raise UnreadableFileError(f"there is no tensor {name!r}: it is no file of {self._kind.noun}")
        return self._entries[name]

    def read(self, name: str, n_rows: int | None = None) -> np.ndarray:
        """Read a tensor, or its first rows, and check what is read."""
        return read_tensor(self._file, self.entry(name), n_rows, self._checksums.get(name))

    def read_all(self) -> dict[str, np.ndarray]:
        """Read and check all tensors."""
        return {name: self.read(name) for name in self._entries}

    def verify(self) -> None:
        """Read all tensors that have a checksum, one after the other, and check them.

        Raises
        ------
        DamagedFileError
            If one of them is not as it was written.
        """
        for name in self._checksums:
            self.read(name)

    def map(self, name: str, *, verify: bool = False) -> np.ndarray:
        """Map a tensor from the disk, read-only; its data are read and checked only with `verify`."""
        return map_tensor(
            Path(self._file.name), self.entry(name), self._checksums.get(name) if verify else None
        )


def write_archive(
    path: str | os.PathLike[str],
    kind: FileKind,
    tensors: Mapping[str, np.ndarray],
    metadata: Mapping[str, str],
    *,
    aligned: str | None = None,
) -> None:
    """Write a file under a temporary name, then rename it: what was at `path` stays until then.

    Parameters are those of `write_archive_to`.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.
    OSError
        If the disk is full or read-only.
    """
    with replace_when_whole(path) as file:
        write_archive_to(file, kind, tensors, metadata, aligned=aligned)


def write_archive_to(
    file: IO[bytes],
    kind: FileKind,
    tensors: Mapping[str, np.ndarray],
    metadata: Mapping[str, str],
    *,
    aligned: str | None = None,
    dtypes: Mapping[str, str] | None = None,
) -> None:
    """Write tensors and texts to an open file, without a second copy of the tensors.

    Parameters
    ----------
    metadata : dict of str to str
        Texts, JSON as a rule; "format" and "version" are added.
    aligned, dtypes
        As in `wordvec._io.tensors.write_tensors`.
    """
    # The widest numbers come first, so that all are aligned.
    ordered = dict(sorted(tensors.items(), key=lambda item: -item[1].itemsize))
    own = {"format": kind.name, "version": str(kind.version)}
    write_tensors(file, ordered, own | dict(metadata), aligned or next(iter(ordered)), dtypes)


@contextlib.contextmanager
def open_archive(
    path: Path, kind: FileKind, *, passing: tuple[type[Exception], ...] = ()
) -> Iterator[Archive]:
    """Open a file of our own; damage found in it, here or in the block, is raised as one clear error.

    Parameters
    ----------
    passing : exceptions
        That the block may raise and that are not about the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged, of another kind or of a newer version, or its parts do not fit together.
    """
    check_exists(path, kind)
    with unreadable_as(f"The file {str(path)!r}", kind, passing=passing), path.open("rb") as file:
        yield Archive(file, kind)


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of a safetensors file, unchecked.

    Raises
    ------
    UnreadableFileError
        If it is none.
    """
    with path.open("rb") as file:
        return read_header(file).metadata
