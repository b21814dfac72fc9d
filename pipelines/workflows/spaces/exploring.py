"""Exploring files in a browser: what is shown, and the server or the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..vectors import open_vectors

if TYPE_CHECKING:
    from ...explorer.spaces import Space

__all__ = ["spaces_of_words"]


def spaces_of_words(
    vectors: Path, compare: Path | None = None, *, reading: Mapping[str, Any] | None = None, seed: int = 0
) -> list[Space]:
    """Return the words of a file of vectors, and those of another beside them.

    Parameters
    ----------
    vectors, compare : Path
    reading : mapping, optional
        Options of `KeyedVectors.load`, for both files.
    seed : int
        Of clusters.
    """
    from ...explorer.spaces import Space

    files = [vectors] if compare is None else [vectors, compare]
    names = [path.name for path in files]
    if len(set(names)) < len(names):
        names = list(map(str, files))
    return [
        Space(name, open_vectors(path, **(reading or {})), path=path, seed=seed)
        for name, path in zip(names, files)
    ]
