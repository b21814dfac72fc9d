"""Columns of tables: detection of the header, choice of text and label columns, and values of rows."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import listed, shown

from .table_layout import DELIMITERS, LABEL_NAMES, ROW_NAMES, TEXT_NAMES, TableLayout

_TRUE = ("1", "1.0", "true", "True", "TRUE")
_FALSE = ("0", "0.0", "false", "False", "FALSE")
# What programs write for a value that is missing.
_MISSING = ("nan", "NaN", "<NA>")
# "['a', 'b']", without quotation marks inside.
_LISTED = re.compile(r"""(['"])([^'"]*)\1""")
_PRINTED_LIST = re.compile(r"""\[\s*(('[^'"]*'|"[^'"]*")(\s*,\s*('[^'"]*'|"[^'"]*"))*)?\s*\]""")
# So many labels show that one which stands alone is a name.
_N_LABELS = 8
_NUMBER = "0123456789.+-eE"


def has_header(rows: Sequence[Sequence[str]], layout: TableLayout) -> tuple[bool, bool]:
    """Return whether the first of some rows names the columns, and whether that was decided here.

    It is a header if it contains a requested column name or a common name or, if columns are requested by number, if
    all other rows have a number in some column, or all other labels are repeated.
    """
    if layout.columns:
        return False, False
    if layout.header is not None:
        return layout.header, False
    first = [field.strip() for field in rows[0]]
    requests = [*_requests(layout.text_column, first), *_requests(layout.label_column, first)]
    if any(name in first and not _number(name, len(first)) for name in requests):
        return True, False
    if {name.lower() for name in first} & {*TEXT_NAMES, *LABEL_NAMES}:
        return True, True
    if not requests or not all(_number(name, len(first)) for name in requests):
        return True, False  # whoever looks for the columns will say that they are not there
    columns = list(zip(*(row for row in rows[1:] if len(row) == len(first))))
    for request in _requests(layout.label_column, first):
        if columns and _is_name_of_labels(columns[_number(request, len(first)) - 1], first, request):
            return True, True
    of_numbers = (all(map(_is_number, column)) for column in columns)
    return any(all_ and not _is_number(name) for all_, name in zip(of_numbers, first)), True


def _is_name_of_labels(labels: Sequence[str], first: Sequence[str], request: str) -> bool:
    """Return whether the first field of a label column occurs once, while all others are repeated."""
    counts = Counter(map(str.strip, labels))
    name = first[_number(request, len(first)) - 1]
    return len(labels) >= _N_LABELS and name not in counts and min(counts.values()) > 1


@dataclass(frozen=True)
class Columns:
    """The columns of texts and labels, as indices of a row or keys of a record.

    Attributes
    ----------
    names : tuple of str
    text, label : tuple of int
        Several texts are joined; several label columns each hold 0 or 1.
    label_separator : str, optional
    """

    names: tuple[str, ...]
    text: tuple[int, ...]
    label: tuple[int, ...]
    label_separator: str | None

    def values(self, record: Sequence[Any] | Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        """Return the values of the columns of texts and of labels."""
        if isinstance(record, Mapping):
            texts = [record.get(self.names[place]) for place in self.text]
            return texts, [record.get(self.names[place]) for place in self.label]
        return [record[place] for place in self.text], [record[place] for place in self.label]

    def text_of(self, values: Sequence[Any], where: str) -> str:
        """Return the text of a row.

        Raises
        ------
        ValueError
            If it is missing or not a string.
        """
        for value in values:
            if _is_missing(value):
                raise ValueError(f"{where}: the text is missing. Add it, or drop it.")
            if not isinstance(value, str):
                raise ValueError(
                    f"{where}: the text is {json.dumps(value, default=str)[:40]}, not a string. Put it in quotation "
                    "marks."
                )
        return values[0] if len(values) == 1 else " ".join(filter(None, map(str.strip, values)))

    def labels_of(self, values: Sequence[Any], where: str) -> str | list[str]:
        """Return the label of a row, or a list if a text may have several.

        Raises
        ------
        ValueError
            If it is missing, or neither a string nor a number.
        """
        if len(values) > 1:
            names = (self.names[place] for place in self.label)
            return [name for name, value in zip(names, values) if _is_set(value, name, where)]
        value = values[0]
        if is_printed_list(value):
            return [_label(item, where) for _, item in _LISTED.findall(value)]
        if self.label_separator is not None and isinstance(value, str):
            value = [part.strip() for part in value.split(self.label_separator) if part.strip()]
        if isinstance(value, (list, tuple)):
            return [_label(each, where) for each in value]
        return _label(value, where)


def is_printed_list(value: Any) -> bool:
    """Return whether a label is a list of labels as Python or JSON prints it: ``['a', 'b']``."""
    return isinstance(value, str) and _PRINTED_LIST.fullmatch(value.strip()) is not None


def choose_columns(
    names: Sequence[str],
    layout: TableLayout,
    path: Path,
    *,
    with_labels: bool,
    kind: str,
    delimiter: str | None = None,
    decided: bool = False,
    header: str = "",
) -> Columns:
    """Return the columns named by `layout`, or recognised by common names, and report the choice.

    Parameters
    ----------
    kind : str
        The format, for messages.
    decided : bool
        Whether the format or the header was not given.
    header : str
        What to report about the header.

    Raises
    ------
    ValueError
        If there is no such column, or it is unsuitable.
    """
    if not names:
        raise ValueError(f"{str(path)!r} is empty. Check the file.")
    text = places_of(names, layout.text_column, TEXT_NAMES)
    label = places_of(names, layout.label_column, LABEL_NAMES)
    # Of two columns the other one is clear, if it does not just number the rows.
    if len(names) == 2:
        if layout.text_column is None and not text and len(label) == 1:
            text = [1 - label[0]]
        if layout.label_column is None and not label and len(text) == 1:
            other = 1 - text[0]
            label = [] if names[other].lower() in ROW_NAMES else [other]
    for what, found, given in (("text", text, layout.text_column), ("label", label, layout.label_column)):
        if not found and (what == "text" or with_labels):
            raise _no_column(path, names, what, given, delimiter)
    label = label if with_labels else []
    if set(text) & set(label):
        name = names[next(iter(set(text) & set(label)))]
        raise ValueError(f"The column {name!r} of {str(path)!r} cannot hold both texts and labels.")
    for place in (*text, *label):
        if names.count(names[place]) > 1:
            raise AdvisedError(
                f"{str(path)!r} has the columns {_listed(names)}, {names.count(names[place])} of them called "
                f"{names[place]!r}.",
                advice="Give each a different name, in the first line or with {columns}.",
            )
    if decided or layout.text_column is None or (with_labels and layout.label_column is None):
        left = [name for k, name in enumerate(names) if k not in (*text, *label)]
        assume(
            f"{str(path)!r}: {kind}{header}, texts in {_and(names, text)}"
            + (f", labels in {_and(names, label)}" if label else "")
            + (f" (not read: {_listed(left)})" if left else "")
        )
    return Columns(tuple(names), tuple(text), tuple(label), layout.label_separator)


def _requests(column: Any, names: Sequence[str]) -> list[str]:
    if column is None:
        return []
    if isinstance(column, (str, int)):
        text = str(column)
        return [text] if text in names or "," not in text else [name.strip() for name in text.split(",")]
    return [str(name) for name in column]


def _number(name: str, n_columns: int) -> int:
    """Return the number of a column from 1, or 0 if `name` is not a number."""
    return int(name) if name.isdecimal() and 1 <= int(name) <= n_columns else 0


def places_of(names: Sequence[str], given: Any, known: Sequence[str]) -> list[int]:
    """Return the places of columns given by name or number, or of the first known one; [] if one is missing."""
    if given is None:
        lower = [name.lower() for name in names]
        return next(([lower.index(name)] for name in known if name in lower), [])
    found = []
    for name in _requests(given, names):
        if name in names:
            found.append(names.index(name))
        elif number := _number(name, len(names)):
            found.append(number - 1)
        else:
            return []
    return found


def _no_column(path: Path, names: Sequence[str], what: str, given: Any, delimiter: str | None) -> ValueError:
    found = f"{str(path)!r} has the columns {_listed(names)}"
    other = next((d for d in DELIMITERS if len(names) == 1 and delimiter and d in names[0]), None)
    if other is not None:
        return AdvisedError(
            f"{str(path)!r} has the one column {_listed(names)}.",
            f"{{delimiter={('tab' if other == chr(9) else other)!r}}} if its fields are separated by "
            f"{DELIMITERS[other]}",
        )
    if given is not None:
        missing = next(n for n in _requests(given, names) if n not in names and not _number(n, len(names)))
        return AdvisedError(
            f"{found}, but no {missing!r}.", advice=f"Name the column of the {what}s with {{{what}_column}}."
        )
    return AdvisedError(
        f"{found}, and none of them has a usual name for a column of {what}s.",
        advice=f"Name it with {{{what}_column}}, or its number from 1; "
        + ("several columns of 0 and 1 are several labels; " if what == "label" else "")
        + "if the first line is not a header, name all columns with {columns}.",
    )


def _is_number(field: str) -> bool:
    field = field.strip()
    if not field or field.strip(_NUMBER):
        return False
    try:
        float(field)
    except ValueError:
        return False
    return True


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_set(value: Any, name: str, where: str) -> bool:
    text = value.strip() if isinstance(value, str) else json.dumps(value, default=str)
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise ValueError(
        f"{where}: the column {name!r} holds {text[:40]!r}, where columns of several labels hold 0 or 1. Correct the "
        "row, or name one column of labels."
    )


def _label(value: Any, where: str) -> str:
    label = value.strip() if isinstance(value, str) else json.dumps(value, default=str)
    if _is_missing(value) or not label or label in _MISSING:
        raise ValueError(f"{where}: the label is empty or missing. Fill it in, or drop it.")
    if isinstance(value, (list, tuple, dict)):
        raise ValueError(f"{where}: the label is {label[:40]}, not a string or a number. Correct the row.")
    return label


def _and(names: Sequence[str], places: Sequence[int]) -> str:
    return " and ".join(repr(names[place]) for place in places)


def _listed(names: Iterable[str]) -> str:
    return listed([shown(name) for name in names], 20)
