"""Checks of files: the kind of each, and whether it is intact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wordvec._io.archive import open_archive, read_metadata
from wordvec._io.errors import DamagedFileError, UnreadableFileError, not_a_file
from wordvec._io.json_files import json_value, unpack_json
from wordvec._io.kinds import CHECKED_VERSION, KINDS, FileKind, unreadable_as
from wordvec._io.text_files import open_source
from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_table

_JSON_BYTES = 1 << 26  # the largest JSON file that is looked at: descriptions and vocabularies
_WHOLE, _DAMAGED, _UNREADABLE = "whole", "damaged", "unreadable"


@dataclass(frozen=True)
class CheckedFile:
    """A file that was checked.

    Attributes
    ----------
    path : str
    kind : str
        The kind of its content.
    state : {"whole", "damaged", "unreadable"}
        An unreadable file may be damaged, written by a newer version, or of an unknown kind.
    how : str
        What was checked: checksums, or the rules of the format.
    problem : str, optional
        A description of the problem.
    """

    path: str
    kind: str
    state: str
    how: str
    problem: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the file is intact."""
        return self.state == _WHOLE


@dataclass(frozen=True)
class FileChecks(Report):
    """The kinds of some files, and whether they are intact.

    Attributes
    ----------
    files : list of CheckedFile
    """

    files: list[CheckedFile]

    @property
    def damaged(self) -> list[CheckedFile]:
        """The files that are not intact."""
        return [file for file in self.files if not file.is_whole]

    def format(self) -> str:
        """Return a table with one row per file."""
        rows = [[file.path, file.state, file.kind, file.how] for file in self.files]
        return format_table(rows, ["file", "state", "holds", "checked by"], n_left=4)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {"files": [asdict(file) | {"is_whole": file.is_whole} for file in self.files]}


def check_files(paths: Iterable[Path]) -> FileChecks:
    """Read files and report the kind of each and whether it is intact.

    Files written by wordvec have checksums of their header and data, all of which are compared. For other formats
    (word2vec, GloVe, safetensors of other programs), lengths, counts and ranges are checked. A folder stands for the
    safetensors and JSON files in it.

    Parameters
    ----------
    paths : iterable of Path

    Returns
    -------
    FileChecks

    Raises
    ------
    FileNotFoundError
        If a path does not exist, or a folder contains no such file.
    """
    return FileChecks([_checked(file) for path in paths for file in _files(Path(path))])


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        if not path.is_file():
            raise not_a_file(path)
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix in (".safetensors", ".json"))
    if not found:
        raise FileNotFoundError(f"The folder {str(path)!r} holds no .safetensors or .json file.")
    return found


def _checked(path: Path) -> CheckedFile:
    try:
        found = _safetensors(path) or _json(path)
    except ValueError as error:
        return _not_whole(path, "-", error)
    return found or _vectors(path)


def _not_whole(path: Path, kind: str, error: ValueError) -> CheckedFile:
    state = _DAMAGED if isinstance(error.__cause__, DamagedFileError) else _UNREADABLE
    return CheckedFile(str(path), kind, state, "-", str(error))


def _safetensors(path: Path) -> CheckedFile | None:
    try:
        metadata = read_metadata(path)
    except UnreadableFileError as error:
        if path.suffix == ".safetensors":
            raise ValueError(f"The file {str(path)!r} cannot be read as safetensors: {error}.") from error
        return None
    kind = KINDS.get(metadata.get("format", ""))
    if kind is None:
        return _tensors(path, FileKind("", "tensors of another program", "", "", is_foreign=True))
    try:
        return _tensors(path, kind)
    except ValueError as error:
        return _not_whole(path, kind.noun, error)


def _tensors(path: Path, kind: FileKind) -> CheckedFile:
    with open_archive(path, kind) as archive:
        if archive.version >= CHECKED_VERSION:
            archive.verify()
            how = "checksums"
        else:
            archive.read_all()
            how = "lengths and types; it has no checksums"
        kind_name = kind.noun
        if "model" in archive.metadata and kind.name == "wordvec model":
            kind_name = f"{kind.noun} ({archive.metadata['model']})"
    return CheckedFile(str(path), kind_name, _WHOLE, how)


def _json(path: Path) -> CheckedFile | None:
    with open_source(path) as (stream, _):
        text = stream.read(_JSON_BYTES)
    if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    with unreadable_as(f"The file {str(path)!r}", FileKind("", "JSON", "Write or fetch it again.", "")):
        value = json_value(text)
    if not isinstance(value, dict):
        return None
    name = str(value.get("format", "")).rpartition(" ")[0]
    kind = KINDS.get(name)
    if kind is None and "crc32" in value:
        raise ValueError(
            f"The file {str(path)!r} is damaged: it has a checksum of ours, and an unknown kind."
        ) from DamagedFileError(name)
    if kind is None:
        return CheckedFile(str(path), "JSON of another program", _WHOLE, "its syntax")
    try:
        with unreadable_as(f"The file {str(path)!r}", kind):
            unpack_json(text, kind)
    except ValueError as error:
        return _not_whole(path, kind.noun, error)
    return CheckedFile(str(path), kind.noun, _WHOLE, "checksums")


def _vectors(path: Path) -> CheckedFile:
    from wordvec.vectors.formats.dispatch import read_vectors

    try:
        vectors, words, _ = read_vectors(path)
    except ValueError as error:
        # Any text is a table with a fault to this reader.
        return CheckedFile(str(path), "-", _UNREADABLE, "-", str(error))
    kind = f"{counted(len(words), 'word vector')} of {vectors.shape[1]} numbers"
    return CheckedFile(str(path), kind, _WHOLE, "lengths and ranges; the format has no checksums")
