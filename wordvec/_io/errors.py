"""Errors of files whose content cannot be used."""

from __future__ import annotations


class UnreadableFileError(ValueError):
    """The content of a file cannot be used; the text says why, and the caller puts the path before it."""


class DamagedFileError(UnreadableFileError):
    """A file breaks its format; the text says where and how."""
