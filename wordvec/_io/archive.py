"""The container of every file of our own: tensors, texts in JSON, kind, version and checksums.

A file is a safetensors file, so that other programs read its tensors. Its metadata say what kind of file it is
and which version of wordvec's format it has, and hold a checksum of the header and of each tensor. Opening checks
the header's; data that are read are checked, data that are mapped are checked on demand. Files of version 1 have
no checksums.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._io.checksums import check_seal
from wordvec._io.errors import DamagedFileError, UnreadableFileError
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

# From this version on a file has checksums.
_CHECKED_VERSION = 2


@dataclass(frozen=True)
class FileKind:
    """A kind of file: what it holds, and what is said if it cannot be read."""

    name: str  # in the file
    noun: str  # what it holds, in a message
    fix: str  # what to do if it cannot be read
    reader: str  # what reads it
    version: int = _CHECKED_VERSION  # that is written, and the newest that is read
    # Whether other programs write files without our metadata that are read as well.
    is_foreign: bool = False


VECTORS = FileKind("wordvec", "word vectors", "", "KeyedVectors.load", is_foreign=True)
MODEL = FileKind(
    "wordvec model",
    "a wordvec model",
    "Use the file that save or a checkpoint wrote; if it is damaged, train again.",
    "Word2Vec.load or GloVe.load",
)
EMBEDDING_CLASSIFIER = FileKind(
    "wordvec classifier",
    "a wordvec classifier",
    "Use the file that EmbeddingClassifier.save wrote; if it is damaged, train again.",
    "EmbeddingClassifier.load",
)
TEXT_CLASSIFIER = FileKind(
    "wordvec text classifier",
    "a classifier of texts",
    "Use the file that TextClassifier.save wrote; if it is damaged, train again.",
    "TextClassifier.load",
)
TAGGER = FileKind(
    "wordvec tagger",
    "a tagger",
    "Use what CRFTagger.save wrote; if it is damaged, train again.",
    "CRFTagger.load",
)
COUNTS = FileKind(
    "wordvec cooccurrence",
    "co-occurrence counts",
    "Use a file that Cooccurrence.save wrote; if it is damaged, count again.",
    "Cooccurrence.load",
)
TRAINING_RUN = FileKind(
    "wordvec training run",
    "a checkpoint of this training run",
    "Train with the model that it was written for; if it is damaged, remove it to start anew.",
    "resuming a Transformer's training",
)
PRETRAINED = FileKind(
    "pt", "the weights of a Transformer", "Write or fetch it again.", "from_pretrained", is_foreign=True
)
KINDS = {
    kind.name: kind
    for kind in (
        VECTORS,
        MODEL,
        EMBEDDING_CLASSIFIER,
        TEXT_CLASSIFIER,
        TAGGER,
        COUNTS,
        TRAINING_RUN,
        PRETRAINED,
    )
}
# All that parts of a file that do not fit each other can raise. A header that lies may promise more than fits into
# memory.
_CONTENT_ERRORS = (
    LookupError, TypeError, ValueError, AttributeError, RecursionError, OverflowError, MemoryError, EOFError,
)  # fmt: skip


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
        self.version = checked_version(kind, self.metadata)
        if self.version >= _CHECKED_VERSION and not is_sealed:
            raise DamagedFileError("it is damaged: its checksum is missing")
        self._checksums: dict[str, str] = json.loads(self.metadata[DATA_CHECKSUMS]) if is_sealed else {}
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
        """Return what the header says of a tensor.

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
    """Open a file of our own; what is wrong with it, or with what the block makes of it, is one clear error.

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


def check_exists(path: Path, kind: FileKind) -> None:
    """Raise FileNotFoundError unless there is a file."""
    if not path.is_file():
        reason = ": that is a folder" if path.is_dir() else ""
        raise FileNotFoundError(f"There is no file {str(path)!r} with {kind.noun}{reason}. Check the path.")


@contextlib.contextmanager
def unreadable_as(
    source: str, kind: FileKind, *, passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turn all that can go wrong in reading `source`, "The file ..." for example, into one ValueError."""
    try:
        yield
    except passing:
        raise
    except _CONTENT_ERRORS as error:
        reason = str(error).rstrip(".")
        if isinstance(error, KeyError):
            reason = f"it lacks {error}"
        elif not isinstance(error, (TypeError, ValueError)):
            reason = f"it is damaged ({error!r})"
        raise ValueError(f"{source} cannot be read as {kind.noun}: {reason}. {kind.fix}".rstrip()) from error


def read_metadata(path: Path) -> dict[str, str]:
    """Return the metadata of a safetensors file, unchecked.

    Raises
    ------
    UnreadableFileError
        If it is none.
    """
    with path.open("rb") as file:
        return read_header(file).metadata


def check_version(version: int, newest: int) -> None:
    """Raise UnreadableFileError if the format of a file is newer than the one that is known here."""
    if version > newest:
        raise UnreadableFileError(f"a newer version of wordvec wrote it (format {version}). Update wordvec")


def checked_version(kind: FileKind, metadata: Mapping[str, str]) -> int:
    """Return the version of a file's format; raise UnreadableFileError if it is another kind of file, or newer."""
    found = metadata.get("format")
    if found != kind.name:
        other = KINDS.get(found or "")
        if other is not None and not (kind.is_foreign and other.is_foreign):
            raise UnreadableFileError(f"it holds something else, {other.noun}: {other.reader} reads it")
        if not kind.is_foreign:
            raise UnreadableFileError("it holds something else")
    version = metadata.get("version")
    if version is None and kind.is_foreign:
        return 1
    if version is None or not version.isdecimal():
        raise DamagedFileError("it is damaged: it does not say which version of the format it has")
    check_version(int(version), kind.version)
    return int(version)
