"""Errors of files whose content cannot be used."""

from __future__ import annotations


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
