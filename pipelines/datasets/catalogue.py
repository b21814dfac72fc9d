"""The catalogue of data sets, and the data classes that loading returns."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from wordvec_data import catalogue_path


@dataclass(frozen=True)
class DataFile:
    """A file of a data set, as described in the catalogue.

    Attributes
    ----------
    name : str
        Its name in the folder of the data set.
    n_bytes : int
    sha256 : str
        Checksum of the file as stored: compressed, if the name ends in .xz or .gz.
    source : str
        Its location in the source of the data set.
    gensim : str or None
        The name under which the gensim package ships the same file with its tests.
    """

    name: str
    n_bytes: int
    sha256: str
    source: str
    gensim: str | None = None


@dataclass(frozen=True)
class DatasetInfo:
    """The description of a data set in the catalogue.

    Attributes
    ----------
    name, title : str
    task : str
        "classification", "tagging", "text" or "evaluation".
    language : str
        "en", "zh" or "en-de".
    classes : tuple of str
        Labels of texts, or types of spans or tags of tokens.
    splits : dict of str to int
        The number of texts or sentences in each split that `load_dataset` returns.
    texts : dict of str to str
        The parts that `text_file` reads, with their files.
    folder : str
        Its folder below the folder that WORDVEC_DATA names.
    files : tuple of DataFile
    licence : str
        As stated by the source.
    source : str
        Where the files come from.
    traps : str
        Pitfalls to know before using it.
    """

    name: str
    title: str
    task: str
    language: str
    folder: str
    files: tuple[DataFile, ...]
    licence: str
    source: str
    traps: str
    classes: tuple[str, ...]
    splits: Mapping[str, int]
    texts: Mapping[str, str]

    def file(self, name: str) -> DataFile:
        """Return the file with this name.

        Raises
        ------
        ValueError
            If the data set has no such file.
        """
        for file in self.files:
            if file.name == name:
                return file
        names = ", ".join(repr(file.name) for file in self.files)
        raise ValueError(f"The data set {self.name!r} has no file {name!r}. Choose one of {names}.")


@dataclass(frozen=True)
class Split:
    """Texts and their labels: ``labels[i]`` is the label of ``texts[i]``."""

    texts: list[str]
    labels: list[str]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Dataset:
    """A data set with all its splits, each a `Split`, or a `TaggedCorpus` if tokens are tagged."""

    name: str
    splits: dict[str, Any]


@cache
def read_catalogue() -> Mapping[str, DatasetInfo]:
    """Return the data sets of the catalogue by name."""
    with catalogue_path().open("rb") as file:
        entries = tomllib.load(file)
    return {name: _dataset_info(name, entry) for name, entry in entries.items()}


def _dataset_info(name: str, entry: dict[str, Any]) -> DatasetInfo:
    files = tuple(
        DataFile(file["name"], file["bytes"], file["sha256"], file["source"], file.get("gensim"))
        for file in entry["files"]
    )
    return DatasetInfo(
        name=name,
        title=entry["title"],
        task=entry["task"],
        language=entry["language"],
        folder=entry["folder"],
        files=files,
        licence=entry["licence"],
        source=entry["source"],
        traps=entry["traps"],
        classes=tuple(entry.get("classes", ())),
        splits=entry.get("splits", {}),
        texts=entry.get("texts", {}),
    )
