"""Data that comes with wordvec: tiny samples written for it, and a catalogue of real sets.

The package is installed as `wordvec_data`.
"""

from __future__ import annotations

from pathlib import Path

SAMPLES = ("sample-en.txt", "sample-zh.txt", "sample-ner.conll")


def sample_path(name: str) -> Path:
    """Return the path of one of `SAMPLES`.

    Raises
    ------
    ValueError
        If there is no sample of this name.
    """
    if name not in SAMPLES:
        raise ValueError(f"There is no sample {name!r}. Choose one of {', '.join(map(repr, SAMPLES))}.")
    return Path(__file__).with_name(name)


def catalogue_path() -> Path:
    """Return the path of the catalogue of data sets, a TOML file."""
    return Path(__file__).with_name("catalogue.toml")
