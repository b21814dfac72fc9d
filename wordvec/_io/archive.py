"""The container format of wordvec's own files: tensors, JSON texts, kind, version and checksums.

A file is a safetensors file, so other programs can read its tensors. Its metadata contain the kind of file, the version
of wordvec's format, and a checksum of the header and of each tensor. The header is checked on opening; data are checked
when they are read, or on demand when they are memory-mapped. Files of version 1 have no checksums.
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
    """An open file of wordvec.

    Parameters
    ----------
    file : binary file
        Open for reading.
    kind : FileKind
        The kind of file that is expected.

    Attributes
    ----------
    metadata : dict of str to str
        The texts that were written.
    version : int
        The version of the format; version 1 has no checksums.

    Raises
    ------
    DamagedFileError
        If the file is truncated, or its header is damaged.
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
        """Read a tensor, or its first rows, and check the data."""
        return read_tensor(self._file, self.entry(name), n_rows, self._checksums.get(name))

    def read_all(self) -> dict[str, np.ndarray]:
        """Read and check all tensors."""
        return {name: self.read(name) for name in self._entries}

    def verify(self) -> None:
        """Read and check all tensors that have a checksum, one after the other.

        Raises
        ------
        DamagedFileError
            If a tensor differs from what was written.
        """
        for name in self._checksums:
            self.read(name)

    def map(self, name: str, *, verify: bool = False) -> np.ndarray:
        """Memory-map a tensor, read-only; its data are read and checked only with `verify`."""
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
    """Write a file under a temporary name, then rename it; an existing file at `path` is kept until then.

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
    """Open a file of wordvec; damage found in it, here or in the block, is raised as one clear error.

    Parameters
    ----------
    passing : exceptions
        Exceptions of the block that do not concern the file.

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
