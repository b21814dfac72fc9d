"""Reading texts, with or without labels, from tables, lines and folders.

Formats are CSV, TSV, JSON lines, JSON, Parquet, fastText's (`__label__x text`), plain lines of text, one file per
class, and one folder per class.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from wordvec._io.text_files import read_lines
from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted, listed

from ..tagging.files.lines import existing_file, numbered_lines
from .table_columns import Columns, choose_columns, has_header, is_printed_list
from .table_formats import FASTTEXT_LABEL, Format, format_of
from .table_layout import DEFAULT_TABLE, DELIMITERS, FASTTEXT, TableLayout
from .table_records import delimited_rows, json_records, parquet_records

__all__ = ["LabelledTexts", "read_labelled", "read_texts"]

_N_LOOKED_AT = 100
_TEXT_SUFFIXES = re.compile(r"(\.txt)?(\.(gz|bz2|xz|zst|zip|tgz|tar))*$", re.IGNORECASE)


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and their labels.

    Attributes
    ----------
    texts : list of str
    labels : list of str, or of lists of str
        Lists if a text may have several labels or none.
    places : list of str
        The location of each text, file and line, for messages.
    """

    texts: list[str]
    labels: list[Any]
    places: list[str] = field(default_factory=list, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def n_empty(self) -> int:
        """Number of texts that are empty or only white space."""
        return sum(not text.strip() for text in self.texts)


class _Row(NamedTuple):
    """A text, its location, and its label, or a list if it may have several."""

    place: str
    text: str
    label: Any = None


def read_labelled(
    paths: Sequence[Path], layout: TableLayout = DEFAULT_TABLE, *, owner: str = "read_labelled"
) -> LabelledTexts:
    r"""Read texts and labels from one or more files.

    Assumptions about a file (format, header, columns) are logged, and reported by commands.

    Parameters
    ----------
    paths : sequence of Path
        Files in CSV, TSV, JSON lines, JSON, Parquet or fastText's format, may be compressed. Two or more files with one
        text per line are read as one file per class, whose name is the label. A folder contains either one folder per
        class with one file per text, or files to read.
    layout : TableLayout
    owner : str
        The name of the reader in messages.

    Returns
    -------
    LabelledTexts

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "reviews.csv"
    ...     _ = path.write_text("text,label\na warm film,good\nfar too long,bad\n")
    ...     data = read_labelled([path])
    >>> data.texts, data.labels
    (['a warm film', 'far too long'], ['good', 'bad'])

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a file does not match `layout`, or a text or label is missing; the message names the line.
    """
    rows = list(itertools.chain.from_iterable(_sources([Path(path) for path in paths], layout, owner)))
    if not rows:
        names = " and ".join(repr(str(path)) for path in paths)
        raise ValueError(f"There is no text in {names}. Check the file.")
    labels = [row.label for row in rows]
    if any(isinstance(label, list) for label in labels):
        labels = [label if isinstance(label, list) else [label] for label in labels]
    return LabelledTexts([row.text for row in rows], labels, [row.place for row in rows])


def read_texts(
    path: Path, layout: TableLayout = DEFAULT_TABLE, *, owner: str = "read_texts"
) -> Iterator[str]:
    """Yield the texts of a file, without labels.

    Blank lines of a file with one text per line count as texts, so that results correspond to lines.

    Parameters
    ----------
    path : Path
        A file in CSV, TSV, JSON lines, JSON, Parquet or fastText's format, or with one text per line; may be
        compressed.
    layout : TableLayout
    owner : str
        The name of the reader in messages.

    Raises
    ------
    FileNotFoundError, ValueError
        As `read_labelled`.
    """
    file = existing_file(path, owner, layout.encoding, layout.errors)
    found = format_of(file, layout, owner, with_labels=False)
    if found.kind != "text":
        for row in _rows(file, found, layout, with_labels=False):
            yield row.text
        return
    if layout.format is None:
        hint = (
            f"; if its first line is a header, give {found.hint.upper()} as its format" if found.hint else ""
        )
        assume(f"{str(file)!r}: a text a line{hint}")
    for _, line in numbered_lines(file, layout.encoding, layout.errors):
        yield line


def _sources(paths: Sequence[Path], layout: TableLayout, owner: str) -> Iterator[Iterator[_Row]]:
    """Yield the rows of each path; two or more files of plain text are read as one file per class."""
    files: list[tuple[Path, Format]] = []
    for path in paths:
        if not path.is_dir():
            file = existing_file(path, owner, layout.encoding, layout.errors)
            files.append((file, format_of(file, layout, owner, with_labels=True)))
            continue
        inside = sorted(each for each in path.iterdir() if not each.name.startswith("."))
        if any(each.is_dir() for each in inside):
            yield _folder_rows(path, [each for each in inside if each.is_dir()], layout, owner)
        elif inside:
            yield from _sources(inside, layout, owner)
        else:
            raise FileNotFoundError(f"The folder {str(path)!r} holds no files, so there is no text to read.")
    has_several = len(files) > 1 and all(found.kind == "text" for _, found in files)
    for file, found in files:
        if found.kind != "text":
            yield _rows(file, found, layout, with_labels=True)
        elif has_several:
            yield _class_rows(file, layout)
        else:
            raise AdvisedError(
                f"{str(file)!r} has no labels: its first line is neither a header of columns, nor JSON, nor has it a "
                f"label of fastText's ({FASTTEXT}x).",
                advice="Name its columns or their numbers with {text_column} and {label_column} and its format with "
                "{format}, or give a file for each class.",
            )


def _class_rows(path: Path, layout: TableLayout) -> Iterator[_Row]:
    """Yield the lines of a file whose name is the class."""
    label = _TEXT_SUFFIXES.sub("", path.name)
    assume(f"{str(path)!r}: a text a line, all with the label {label!r} (a file for each class)")
    for number, line in numbered_lines(path, layout.encoding, layout.errors):
        if line.strip():
            yield _Row(f"{str(path)!r}, line {number}", line, label)


def _folder_rows(path: Path, folders: Sequence[Path], layout: TableLayout, owner: str) -> Iterator[_Row]:
    """Yield the texts of a folder with one folder per class and one file per text."""
    names = listed([repr(folder.name) for folder in folders], 10)
    inner = [{each.name for each in folder.iterdir() if each.is_dir()} for folder in folders]
    holds_files = any(
        each.is_file() for folder in folders for each in folder.iterdir() if each.name[0] != "."
    )
    if not holds_files and any(len(found) > 1 for found in inner):
        splits = listed([repr(str(folder)) for folder in folders], 10)
        raise ValueError(
            f"{str(path)!r} holds folders of folders ({listed(sorted(map(repr, set().union(*inner))), 10)}), so that "
            f"the classes are not its own folders. Give the one of these whose folders are the classes: {splits}."
        )
    others = sum(each.is_file() for each in path.iterdir() if not each.name.startswith("."))
    left = f"; not read: {counted(others, 'file')} beside them" if others else ""
    assume(f"{str(path)!r}: a folder for each class ({names}), a file for each text{left}")
    for folder in folders:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            if not any(part.startswith(".") for part in file.relative_to(folder).parts):
                existing_file(file, owner, layout.encoding, layout.errors)
                lines = (line for line, _, _ in read_lines(file, layout.encoding, layout.errors))
                yield _Row(repr(str(file)), "\n".join(lines).strip(), folder.name)


def _rows(path: Path, found: Format, layout: TableLayout, *, with_labels: bool) -> Iterator[_Row]:
    if found.kind == "fasttext":
        yield from _fasttext_rows(path, found, layout, with_labels)
        return
    records: Iterator[tuple[str, Any]]
    if found.kind in ("csv", "tsv"):
        columns, records = _delimited(path, found, layout, with_labels)
    else:
        columns, records = _keyed(path, found, layout, with_labels)
    has_lists = False
    for place, record in records:
        where = f"{str(path)!r}, {place}"
        texts, labels = columns.values(record)
        label = columns.labels_of(labels, where) if with_labels else None
        if not has_lists and isinstance(label, list) and len(labels) == 1 and is_printed_list(labels[0]):
            has_lists = True
            assume(f"{where}: {labels[0][:40]} and the like as lists of labels")
        yield _Row(where, columns.text_of(texts, where), label)


def _delimited(
    path: Path, found: Format, layout: TableLayout, with_labels: bool
) -> tuple[Columns, Iterator[tuple[str, list[str]]]]:
    excel = _separator_of_excel(path, layout) if found.kind == "csv" else None
    if excel is not None:
        layout = replace(layout, delimiter=layout.delimiter or excel)
    delimiter = layout.delimiter_of(found.kind)
    rows = delimited_rows(path, found.kind, layout)
    sample = list(itertools.islice(rows, excel is not None, (excel is not None) + 1))
    if not sample:
        raise ValueError(f"{str(path)!r} is empty. Check the file.")
    try:
        sample += itertools.islice(rows, _N_LOOKED_AT - 1)
    except ValueError:
        if len(sample[0][1]) == 1:  # another separator, most likely, which explains the rest
            choose_columns(
                sample[0][1], layout, path, with_labels=with_labels, kind="CSV", delimiter=delimiter
            )
        raise
    marks = ""
    if found.kind == "tsv" and _are_quoted(sample):
        # Quotation marks are ordinary characters in TSV, but not where they enclose each field.
        marks = ", fields in quotation marks"
        rows = delimited_rows(path, "csv", replace(layout, delimiter="tab"))
        sample = list(itertools.islice(rows, _N_LOOKED_AT))
    is_header, is_decided = has_header([fields for _, fields in sample], layout)
    if is_header:
        names = [name.strip() for name in sample.pop(0)[1]]
    else:
        names = [name.strip() for name in layout.columns] or [str(k + 1) for k in range(len(sample[0][1]))]
    header = (" with a header" if is_header else "" if layout.columns else " without a header") + marks
    if excel is not None:
        header = f"{header}, fields between {delimiter!r} (line 1)"
    elif found.kind == "csv" and layout.delimiter is None and not (is_header and is_decided):
        _check_delimiter(path, [fields for _, fields in sample])
    columns = choose_columns(
        names, layout, path, with_labels=with_labels, kind=found.kind.upper(), delimiter=delimiter,
        decided=is_decided or not found.is_given or bool(marks), header=header,
    )  # fmt: skip

    def checked() -> Iterator[tuple[str, list[str]]]:
        for line, fields in itertools.chain(sample, rows):
            if len(fields) != len(names):
                advice = _field_advice(found.kind, delimiter, len(fields) - len(names))
                raise ValueError(
                    f"{str(path)!r}, line {line}: {counted(len(fields), 'field')}, where the columns are "
                    f"{len(names)} ({listed(list(map(repr, names)), 20)}). {advice}"
                )
            yield f"line {line}", fields

    return columns, checked()


def _separator_of_excel(path: Path, layout: TableLayout) -> str | None:
    """Return the separator named by a first line such as ``sep=;``, which Excel writes and does not count as a row."""
    _, line = next(numbered_lines(path, layout.encoding, layout.errors), (0, ""))
    match = re.fullmatch(r'"?sep=(.)"?', line.rstrip("\r").lstrip("\ufeff"), re.IGNORECASE)
    return None if match is None else match[1]


def _check_delimiter(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Raise AdvisedError if a common separator occurs equally often in each row."""
    for mark, name in DELIMITERS.items():
        counts = {sum(field.count(mark) for field in fields) for fields in rows}
        if mark != "," and len(rows) > 1 and len(counts) == 1 and (n := counts.pop()):
            raise AdvisedError(
                f"{str(path)!r} has {n} {name} in each line, so that its fields may be {n + 1} with {name} between "
                f"them, or {len(rows[0])} with commas.",
                f"{{delimiter={('tab' if mark == chr(9) else mark)!r}}} or {{delimiter=','}}",
            )


def _are_quoted(rows: Sequence[tuple[int, list[str]]]) -> bool:
    """Return whether each field of the first row is quoted, and each row begins and ends with a quotation mark."""
    whole = [*rows[0][1], *(f"{fields[0]}{fields[-1]}" for _, fields in rows[1:])]
    return len(rows) > 1 and all(len(f) > 1 and f.startswith('"') and f.endswith('"') for f in whole)


def _keyed(
    path: Path, found: Format, layout: TableLayout, with_labels: bool
) -> tuple[Columns, Iterator[tuple[str, dict[str, Any]]]]:
    records = parquet_records(path) if found.kind == "parquet" else json_records(path, layout)
    sample = list(itertools.islice(records, _N_LOOKED_AT))
    names = list(dict.fromkeys(key for _, record in sample for key in record))
    kind = "Parquet" if found.kind == "parquet" else "JSON"
    columns = choose_columns(
        names, layout, path, with_labels=with_labels, kind=kind, decided=not found.is_given
    )
    return columns, itertools.chain(sample, records)


def _fasttext_rows(path: Path, found: Format, layout: TableLayout, with_labels: bool) -> Iterator[_Row]:
    if not found.is_given:
        assume(f"{str(path)!r}: fastText's format, labels begin with {FASTTEXT}")
    for number, line in numbered_lines(path, layout.encoding, layout.errors):
        if not line.strip():
            continue
        where = f"{str(path)!r}, line {number}"
        labels = FASTTEXT_LABEL.findall(line)
        if with_labels and not all(labels or [""]):
            raise ValueError(
                f"{where}: no label. In fastText's format a line has {FASTTEXT} and the label, with nothing between. "
                "Add the label, or drop the line."
            )
        text = FASTTEXT_LABEL.sub("", line).strip()
        yield _Row(where, text, labels[0] if len(labels) == 1 else labels)


def _field_advice(kind: str, delimiter: str, n_too_many: int) -> str:
    if n_too_many < 0:
        return "Add what is missing, or drop the line."
    if kind == "tsv":
        return "A field cannot hold a tab in TSV; correct the line."
    name = DELIMITERS.get(delimiter, repr(delimiter))
    return f"Put a text that holds {name} in quotation marks, or correct the line."
