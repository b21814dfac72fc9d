"""Drift between files of word vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..vectors import open_vectors

if TYPE_CHECKING:
    from wordvec.vectors.drift_report import DriftReport


def compare_drift(
    old: Sequence[Path], new: Sequence[Path], *, reading: Mapping[str, Any] | None = None, **options: Any
) -> DriftReport:
    """Return the words whose neighbourhoods changed between the vectors of some files and those of others.

    Parameters
    ----------
    old, new : list of Path
        One file for each model of a side: `a` and `b` of `wordvec.vectors.drift`.
    reading : mapping, optional
        Options of `KeyedVectors.load`, for all files.
    **options
        Those of `wordvec.vectors.drift`.
    """
    from wordvec.vectors.word_drift import drift

    sides = [[open_vectors(path, **(reading or {})) for path in paths] for paths in (old, new)]
    return drift(*sides, **options)
