"""Texts, with labels or without, from tables and lines.

Formats are CSV and TSV with a header, JSON lines, fastText's (`__label__x text`), and plain lines of text.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._io.compression import split_compression
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import listed, shown
from wordvec._utils.validation import check_choice

from ..tagging.files.lines import existing_file, numbered_lines

__all__ = ["FORMATS", "LabelledTexts", "TableLayout", "read_labelled", "read_texts"]

FORMATS = ("csv", "tsv", "jsonl", "fasttext", "text")
_SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
}  # fmt: skip
# What columns are mostly called; the first that a file has counts.
TEXT_NAMES = (
    "text", "sentence", "review", "comment", "content", "document", "question", "query", "body", "message", "tweet",
    "title", "headline", "description", "文本", "内容", "评论", "句子", "标题",
)  # fmt: skip
LABEL_NAMES = (
    "label", "labels", "class", "category", "sentiment", "topic", "target", "polarity", "tag", "intent", "rating",
    "标签", "类别", "分类", "情感",
)  # fmt: skip
_ROW_NAMES = ("", "id", "idx", "index", "number", "编号")
_FASTTEXT = "__label__"
_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','"}
_MAX_FIELD_CHARS = 1 << 30  # the csv module's own limit is 128 KB, less than some texts


@dataclass(frozen=True)
class TableLayout:
    """How a file with texts is laid out.

    Attributes
    ----------
    format : one of FORMATS, optional
        Without it, the extension decides, or else the first line.
    text_column, label_column : str, optional
        Names of columns; without them, by what columns are mostly called.
    columns : sequence of str
        Names of the columns of a CSV or TSV file whose first line is no header.
    delimiter : str, optional
        What separates the fields of CSV, a comma by default.
    encoding : str
    """

    format: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    columns: Sequence[str] = ()
    delimiter: str | None = None
    encoding: str = "utf-8"


# Everything as extensions, headers and customary names say.
DEFAULT_TABLE = TableLayout()


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and their labels.

    Attributes
    ----------
    texts : list of str
    labels : list of str, or of lists of str
        Lists, if a text may have several labels or none.
    """

    texts: list[str]
    labels: list[Any]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def n_empty(self) -> int:
        """Number of texts that are empty or only white space."""
        return sum(not text.strip() for text in self.texts)


@dataclass(frozen=True)
class _Row:
    """A text, the number of its first line, and its labels as the file has them: one value, or a list."""

    line: int
    text: Any
    label: Any = None


def read_labelled(
    paths: Sequence[Path], layout: TableLayout = DEFAULT_TABLE, *, owner: str = "read_labelled"
) -> LabelledTexts:
    r"""Read texts and labels from files, one after the other.

    Parameters
    ----------
    paths : sequence of Path
        Files of CSV, TSV, JSON lines or fastText's format, also packed.
    layout : TableLayout
    owner : str
        What messages call the reader.

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
        If a file is not what `layout` says, or a text or label is missing; the message names the line.
    """
    texts: list[str] = []
    labels: list[list[str]] = []
    may_be_several = False
    for path in paths:
        for row in _rows(path, layout, owner, with_labels=True):
            where = f"{str(path)!r}, line {row.line}"
            texts.append(_text_of(row, where))
            labels.append(_labels_of(row, where))
            may_be_several |= isinstance(row.label, list)
    if not texts:
        names = " and ".join(repr(str(path)) for path in paths)
        raise ValueError(f"There is no text in {names}. Check the file.")
    if may_be_several:
        return LabelledTexts(texts, labels)
    return LabelledTexts(texts, [found[0] for found in labels])


def read_texts(
    path: Path, layout: TableLayout = DEFAULT_TABLE, *, owner: str = "read_texts"
) -> Iterator[str]:
    """Yield the texts of a file; labels are left out.

    Parameters
    ----------
    path : Path
        A file of CSV, TSV, JSON lines, fastText's format or a text a line, also packed.
    layout : TableLayout
    owner : str
        What messages call the reader.

    Raises
    ------
    FileNotFoundError, ValueError
        As `read_labelled`.
    """
    for row in _rows(path, layout, owner, with_labels=False):
        yield _text_of(row, f"{str(path)!r}, line {row.line}")


def _rows(path: Path, layout: TableLayout, owner: str, *, with_labels: bool) -> Iterator[_Row]:
    file = existing_file(path, owner, layout.encoding, "strict")
    kind = _format_of(file, layout, owner)
    if kind == "text" and with_labels:
        raise AdvisedError(
            f"{str(path)!r} has no labels: its first line is neither a header of columns, nor JSON, nor begins with "
            f"{_FASTTEXT}.",
            advice="Name its columns with {text_column} and {label_column}, or its format with {format}.",
        )
    if kind == "text":
        return (
            _Row(number, line)
            for number, line in numbered_lines(file, layout.encoding, "strict")
            if line.strip()
        )
    reader = {"jsonl": _json_rows, "fasttext": _fasttext_rows}.get(kind, _table_rows)
    return reader(file, kind, layout, with_labels)


def _format_of(path: Path, layout: TableLayout, owner: str) -> str:
    if layout.format is not None:
        return check_choice("format", layout.format, owner, FORMATS)
    if layout.delimiter is not None:
        return "csv"
    suffix = Path(split_compression(path.name)[0]).suffix
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    first = next((line for _, line in numbered_lines(path, layout.encoding, "strict") if line.strip()), "")
    if first.startswith(_FASTTEXT):
        return "fasttext"
    if first.lstrip().startswith("{"):
        return "jsonl"
    # A header is known by its names: text, too, may hold tabs and commas.
    known = {layout.text_column, layout.label_column, *TEXT_NAMES, *LABEL_NAMES}
    for kind, delimiter in (("tsv", "\t"), ("csv", ",")):
        try:
            names = next(csv.reader([first], delimiter=delimiter))
        except csv.Error:  # a carriage return or a very long field: no header
            continue
        if len(names) > 1 and (layout.columns or known & {name.strip().lower() for name in names}):
            return kind
    return "text"


def _table_rows(path: Path, kind: str, layout: TableLayout, with_labels: bool) -> Iterator[_Row]:
    """Yield the rows of CSV, where quotation marks enclose fields, or of TSV, where they are ordinary characters."""
    delimiter = _delimiter_of(kind, layout)
    lines = (f"{line}\n" for _, line in numbered_lines(path, layout.encoding, "strict"))
    if kind == "tsv":
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows = ((line, fields) for line, fields in _numbered_rows(reader, path) if fields)
    names = [name.strip() for name in layout.columns]
    if not names:
        _, header = next(rows, (0, []))
        names = [name.strip() for name in header]
    columns = _Columns.choose(names, layout, with_labels, path, delimiter)
    for line, fields in rows:
        if len(fields) != len(names):
            raise ValueError(
                f"{str(path)!r}, line {line}: {len(fields)} fields, where the columns are {len(names)} "
                f"({_listed(names)}). " + _field_advice(kind, delimiter)
            )
        yield columns.row(line, dict(zip(names, fields)))


def _numbered_rows(reader: Any, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each row, with the line that it begins in."""
    csv.field_size_limit(_MAX_FIELD_CHARS)  # for the whole program, which is ours
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(
                f"{str(path)!r}, line {line}: the row cannot be read as CSV ({error}). Check its quotation marks: "
                "those within a field are doubled."
            ) from error
        yield line, fields


def _json_rows(path: Path, kind: str, layout: TableLayout, with_labels: bool) -> Iterator[_Row]:
    columns = None
    for line, text in numbered_lines(path, layout.encoding, "strict"):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except ValueError as error:
            raise ValueError(
                f"{str(path)!r}, line {line}: not JSON ({error}). JSON lines hold one object a line."
            ) from error
        if not isinstance(record, dict):
            raise ValueError(
                f"{str(path)!r}, line {line}: a JSON {type(record).__name__}, where JSON lines hold one object a line, "
                'such as {"text": "good", "label": "pos"}.'
            )
        columns = columns or _Columns.choose(list(record), layout, with_labels, path)
        yield columns.row(line, record)


def _fasttext_rows(path: Path, kind: str, layout: TableLayout, with_labels: bool) -> Iterator[_Row]:
    for number, line in numbered_lines(path, layout.encoding, "strict"):
        if not line.strip():
            continue
        labels = []
        rest = line.lstrip()
        while rest.startswith(_FASTTEXT):
            # fastText takes a tab for a blank.
            label, rest = (*rest.split(None, 1), "")[:2]
            labels.append(label.removeprefix(_FASTTEXT))
        if with_labels and not all(labels or [""]):
            raise ValueError(
                f"{str(path)!r}, line {number}: no label. In fastText's format a line begins with {_FASTTEXT} and the "
                "label, with nothing between. Add the label, or drop the line."
            )
        yield _Row(number, rest, labels[0] if len(labels) == 1 else labels)


@dataclass(frozen=True)
class _Columns:
    """Which column holds the texts, and which the labels."""

    text: str
    label: str | None

    @classmethod
    def choose(
        cls,
        names: list[str],
        layout: TableLayout,
        with_labels: bool,
        path: Path,
        delimiter: str | None = None,
    ) -> _Columns:
        """Return the columns of a file that `layout` names, or that are called as such columns mostly are."""
        text = _choose(names, layout.text_column, TEXT_NAMES)
        label = _choose(names, layout.label_column, LABEL_NAMES)
        # Of two columns the other one is clear, if it does not just number the rows.
        if len(names) == 2 and layout.text_column is None and text is None and label is not None:
            text = names[1 - names.index(label)]
        if len(names) == 2 and layout.label_column is None and label is None and text is not None:
            other = names[1 - names.index(text)]
            label = None if other.lower() in _ROW_NAMES else other
        wanted = [
            ("text", text, layout.text_column),
            *([("label", label, layout.label_column)] * with_labels),
        ]
        for what, found, given in wanted:
            if found is None:
                raise _no_column(path, names, what, given, delimiter)
        assert text is not None
        if text == label and with_labels:
            raise ValueError(f"The column {text!r} of {str(path)!r} cannot hold both texts and labels.")
        for name in [text, label] if with_labels and label is not None else [text]:
            if names.count(name) > 1:
                raise AdvisedError(
                    f"{str(path)!r} has the columns {_listed(names)}, {names.count(name)} of them called {name!r}.",
                    advice="Give each a different name, in the first line or with {columns}.",
                )
        return cls(text, label if with_labels else None)

    def row(self, line: int, record: dict[str, Any]) -> _Row:
        """Return the text and the label of a row."""
        label = None if self.label is None else record.get(self.label)
        return _Row(line, record.get(self.text), label)


def _choose(names: list[str], given: str | None, known: Sequence[str]) -> str | None:
    if given is not None:
        return given if given in names else None
    lower = [name.lower() for name in names]
    return next((names[lower.index(name)] for name in known if name in lower), None)


def _no_column(
    path: Path, names: list[str], what: str, given: str | None, delimiter: str | None
) -> ValueError:
    if not names:
        return ValueError(f"{str(path)!r} is empty. Check the file.")
    found = f"{str(path)!r} has the columns {_listed(names)}"
    other = next((d for d in _DELIMITERS if len(names) == 1 and d in names[0]), None)
    if other is not None:
        return AdvisedError(
            f"{str(path)!r} has the one column {_listed(names)}.",
            f"{{delimiter={('tab' if other == chr(9) else other)!r}}} if its fields are separated by "
            f"{_DELIMITERS[other]}",
        )
    if given is not None:
        return AdvisedError(
            f"{found}, but no {given!r}.", advice=f"Name the column of the {what}s with {{{what}_column}}."
        )
    return AdvisedError(
        f"{found}, and none of them has a name that columns of {what}s mostly have.",
        advice=f"Name it with {{{what}_column}}; if the first line is no header, name all columns with {{columns}}.",
    )


def _delimiter_of(kind: str, layout: TableLayout) -> str:
    if kind == "tsv" or layout.delimiter in ("tab", "\\t"):
        return "\t"
    delimiter = "," if layout.delimiter is None else layout.delimiter
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ParameterError("delimiter", "TableLayout", "be one character, or 'tab'", delimiter)
    return delimiter


def _field_advice(kind: str, delimiter: str) -> str:
    if kind == "tsv":
        return "A field cannot hold a tab in TSV; correct the line."
    shown = _DELIMITERS.get(delimiter, repr(delimiter))
    return f"Put a text that holds {shown} in quotation marks, or correct the line."


def _text_of(row: _Row, where: str) -> str:
    if isinstance(row.text, str):
        return row.text
    if row.text is None:
        raise ValueError(f"{where}: the text is missing. Add it, or drop the line.")
    raise ValueError(
        f"{where}: the text is {json.dumps(row.text)[:40]}, not a string. Put it in quotation marks."
    )


def _labels_of(row: _Row, where: str) -> list[str]:
    values = row.label if isinstance(row.label, list) else [row.label]
    labels = []
    for value in values:
        label = value.strip() if isinstance(value, str) else json.dumps(value)
        if value is None or not label:
            raise ValueError(f"{where}: the label is empty. Fill it in, or drop the line.")
        if isinstance(value, (list, dict)):
            raise ValueError(
                f"{where}: the label is {label[:40]}, not a string or a number. Correct the line."
            )
        labels.append(label)
    return labels


def _listed(names: Iterable[str]) -> str:
    return listed([shown(name) for name in names], 20)
