"""Errors of files that do not exist, or whose content cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

_MOST_CHARS = 300  # of another library's message


class UnreadableFileError(ValueError):
    """The content of a file cannot be used; the text says why, and the caller puts the path before it.

    Parameters
    ----------
    finding : str
        What is wrong.
    *ways : str
        Remedies by parameters of the reader, as `AdvisedError` takes them.
    """

    def __init__(self, finding: str, *ways: str) -> None:
        super().__init__(finding)
        self.ways = ways


class DamagedFileError(UnreadableFileError):
    """A file breaks its format; the text says where and how."""


def not_a_file(path: str | os.PathLike[str], noun: str = "file") -> FileNotFoundError | ValueError:
    """Return the error for a path at which there is no file to read, but a folder, a pipe, a device, or nothing."""
    place = Path(path)
    is_folder = place.is_dir() and os.fspath(path) != ""
    if place.exists() and not place.is_dir():
        return ValueError(
            f"{str(path)!r} is a pipe or a device, and what is read is read more than once. Write it to a file first."
        )
    reason = "is a folder" if is_folder else "does not exist"
    return FileNotFoundError(f"The {noun} {str(path)!r} {reason}. Check the path.")


def one_line(error: BaseException) -> str:
    """Return the text of another library's error in one line, without its last full stop; its type, if it has none."""
    return " ".join(str(error).split()).rstrip(".")[:_MOST_CHARS] or type(error).__name__
