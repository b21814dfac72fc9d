"""Detection of the format of files of texts: by extension, otherwise by the first lines.

A file is plain text unless there is strong evidence for another format.
"""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path
from typing import NamedTuple

from wordvec._io.compression import unpacked_name
from wordvec._io.json_files import json_value
from wordvec._utils.validation import check_choice

from ..tagging.files.lines import csv_reader, numbered_lines
from .table_layout import FASTTEXT, FORMATS, LABEL_NAMES, ROW_NAMES, SUFFIXES, TEXT_NAMES, TableLayout

# A label of fastText's format stands anywhere in a line.
FASTTEXT_LABEL = re.compile(rf"(?:^|(?<=\s)){FASTTEXT}(\S*)\s*")
_N_LOOKED_AT = 200
_PARQUET_MAGIC = b"PAR1"
# Names of columns beside those of texts and labels: of two known names one may be any of these.
_OTHER_NAMES = (
    "date",
    "time",
    "user",
    "username",
    "author",
    "name",
    "language",
    "lang",
    "split",
    "source",
    "url",
)


class Format(NamedTuple):
    """A format, and why it was chosen."""

    kind: str
    is_given: bool  # by the layout or the extension; else by the content
    hint: str = ""  # of another reading that the content would bear


def format_of(path: Path, layout: TableLayout, owner: str, *, with_labels: bool) -> Format:
    """Return the format of a file.

    Without a telling extension, a file is read as a table if labels are wanted and the first line has common column
    names; if texts are wanted, only if all names are known, or two are and the rows have as many fields, since a line
    of text may also begin with "Comment,".

    Raises
    ------
    ValueError
        If `layout` names no format, or the first lines are not text.
    """
    if layout.format is not None:
        return Format(check_choice("format", layout.format, owner, FORMATS), True)
    if layout.delimiter is not None:
        return Format("csv", True)
    suffix = Path(unpacked_name(path)).suffix
    if suffix in SUFFIXES:
        return Format(SUFFIXES[suffix], True)
    with path.open("rb") as file:
        if file.read(4) == _PARQUET_MAGIC:
            return Format("parquet", False)
    lines = _first_lines(path, layout)
    return _by_content(lines, layout, with_labels)


def _first_lines(path: Path, layout: TableLayout) -> list[str]:
    lines = (line for _, line in numbered_lines(path, layout.encoding, layout.errors) if line.strip())
    return list(itertools.islice(lines, _N_LOOKED_AT))


def _by_content(lines: list[str], layout: TableLayout, with_labels: bool) -> Format:
    if not lines:
        return Format("text", False)
    n_labelled = sum(FASTTEXT_LABEL.search(line) is not None for line in lines)
    if n_labelled and (with_labels or 2 * n_labelled >= len(lines)):
        return Format("fasttext", False)
    first = lines[0].lstrip("\ufeff \t")
    if _begins_json(first):
        return Format("jsonl", False)
    wanted = {*layout.columns, *_names(layout.text_column), *_names(layout.label_column)}
    for kind, delimiter in (("tsv", "\t"), ("csv", ",")):
        is_sure, is_likely = _evidence(lines, delimiter, wanted, bool(layout.columns))
        if is_sure or (is_likely and with_labels):
            return Format(kind, False)
        if is_likely:
            return Format("text", False, kind)
    return Format("text", False)


def _begins_json(line: str) -> bool:
    if line[:1] not in ("{", "["):
        return False
    try:
        return isinstance(json_value(line), dict) or line.startswith("[{")
    except ValueError:
        # The first line of a printed object or array: a brace or bracket and nothing else, or a key.
        return re.fullmatch(r'[\[{]\s*(\{\s*)?("[^"]*"\s*:.*)?', line) is not None


def _evidence(lines: list[str], delimiter: str, wanted: set[str], has_names: bool) -> tuple[bool, bool]:
    """Return whether lines certainly are a table, and whether they may be one."""
    try:
        rows = [fields for fields in csv_reader(lines, delimiter=delimiter) if fields]
    except csv.Error:
        return False, False
    header = rows[0]
    if len(header) < 2:
        return False, False
    is_even = len({len(row) for row in rows}) == 1
    if has_names:
        return is_even, True
    names = [name.strip().lower() for name in header]
    if wanted & ({*names} | {name.strip() for name in header}):
        return True, True
    known = sum(name in (*TEXT_NAMES, *LABEL_NAMES, *ROW_NAMES[1:], *_OTHER_NAMES) for name in names)
    has_text = any(name in (*TEXT_NAMES, *LABEL_NAMES) for name in names)
    # "Comment, please": a header has no spaces after the separator.
    is_clean = all(name == name.strip() and name for name in header)
    is_all_known = known == len(names)
    return has_text and is_clean and (is_all_known or (known > 1 and is_even)), has_text


def _names(column: object) -> set[str]:
    if column is None or isinstance(column, int):
        return set()
    if isinstance(column, str):
        return {column, *(name.strip() for name in column.split(","))}
    return {name for name in column if isinstance(name, str)}  # type: ignore[attr-defined]
