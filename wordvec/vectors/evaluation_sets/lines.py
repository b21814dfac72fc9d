"""Lines of an evaluation set, and their fields."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from wordvec._io.text_files import read_lines
from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Choice, TextEncoding

# In order of preference where several cut the lines equally well; None is white space.
DELIMITERS = ("\t", ";", ",", "|", ":", None)
_NAMES = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", ":": "colons", None: "white space"}
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_SHOWN_CHARACTERS = 80


class Line(NamedTuple):
    """A line with its number in the file, from 1."""

    number: int
    text: str


class Column(NamedTuple):
    """A column of a table of fields, without its header."""

    place: int
    name: str  # as the header has it, or ""
    cells: list[str]


def read_set_lines(path: Path, encoding: str, errors: str) -> list[Line]:
    """Return the lines of a file that are not blank; all three kinds of line end are accepted.

    Raises
    ------
    ParameterError
        If `encoding` or `errors` is not a known name.
    ValueError
        If the file is damaged, binary, or not in `encoding`.
    """
    TextEncoding().check("encoding", encoding, "an evaluation")
    Choice("strict", "replace", "ignore").check("errors", errors, "an evaluation")
    found = []
    number = 0
    for text, _, _ in read_lines(path, encoding, errors):
        for part in text.removesuffix("\r").split("\r"):
            number += 1
            if part.strip():
                found.append(Line(number, part))
    return found


def split_fields(text: str, delimiter: str | None) -> list[str]:
    """Return the fields of a line, stripped of white space; CSV quotation marks are understood.

    >>> split_fields('"New York, NY", Boston ,8.0', ",")
    ['New York, NY', 'Boston', '8.0']
    """
    n_quotes = text.count('"')
    if not n_quotes or n_quotes % 2:
        return [field.strip() for field in text.split(delimiter)]
    line = " ".join(text.split()) if delimiter is None else text.strip(" ")
    try:
        fields = next(csv.reader([line], delimiter=delimiter or " ", skipinitialspace=True))
    except csv.Error:  # a field of 131,072 characters is not a word
        return [field.strip() for field in text.split(delimiter)]
    return [field for field in fields if field] if delimiter is None else [field.strip() for field in fields]


def choose_delimiter(
    lines: Sequence[Line], delimiter: str | None, fits: Callable[[list[str]], bool]
) -> tuple[str | None, list[list[str]]]:
    """Return the separator that gives most lines the same number of fields, all valid, and the fields.

    Parameters
    ----------
    delimiter : str, optional
        The separator, if known.
    fits : callable
        Whether fields are those of a valid line.

    Raises
    ------
    ParameterError
        If `delimiter` is empty.
    """
    if delimiter is not None:
        if not isinstance(delimiter, str) or len(delimiter) != 1:
            raise ParameterError("delimiter", "an evaluation", "be one character", delimiter)
        chosen = None if delimiter == " " else delimiter
        return chosen, [split_fields(line.text, chosen) for line in lines]
    best: tuple[int, str | None, list[list[str]]] = (-1, None, [])
    for candidate in DELIMITERS:
        rows = [split_fields(line.text, candidate) for line in lines]
        good = [row for row in rows if fits(row)]
        n_good = Counter(map(len, good)).most_common(1)[0][1] if good else 0
        if n_good > best[0]:
            best = n_good, candidate, rows
    if best[0] == 0:  # none fits: white space, the plainest, is what messages speak of
        return None, [split_fields(line.text, None) for line in lines]
    return best[1], best[2]


def usual_width(rows: Iterable[list[str]]) -> int:
    """Return the number of fields that most rows have, the first one in case of a tie."""
    return Counter(map(len, rows)).most_common(1)[0][0]


def columns_of(rows: Sequence[list[str]], names: Sequence[str]) -> list[Column]:
    """Return the columns of rows of equal width; `names` are empty without a header."""
    width = len(rows[0])
    return [
        Column(place, names[place] if names else "", [row[place] for row in rows]) for place in range(width)
    ]


def is_number(text: str) -> bool:
    """Return whether a field is a number, with a decimal point or comma; "nan" is not."""
    return _NUMBER.fullmatch(text) is not None


def plain_name(name: str) -> str:
    """Return a column name in lower case, letters and digits only.

    >>> plain_name("# Word 1"), plain_name("Human (mean)")
    ('word1', 'humanmean')
    """
    return "".join(filter(str.isalnum, name.lower()))


def delimiter_name(delimiter: str | None) -> str:
    """Return the name of a separator for messages."""
    return _NAMES.get(delimiter) or repr(delimiter)


def shown_line(line: Line) -> str:
    """Return the beginning of a line, quoted."""
    return repr(line.text.strip()[:_SHOWN_CHARACTERS])


def column_places(
    columns: Sequence[int | str] | str, n_needed: Sequence[int], header: Sequence[str], width: int, path: Path
) -> list[int]:
    """Return the places of the columns that the user named, by header name or by number from 1.

    Parameters
    ----------
    columns : sequence of int or str, or one str of names separated by commas
    n_needed : sequence of int
        The accepted numbers of columns.
    header : sequence of str
        The fields of the first line.
    width : int
        The number of columns.

    Raises
    ------
    ParameterError
        If they are too few or too many, or one is not in the file.
    """
    given = columns.split(",") if isinstance(columns, str) else list(columns)
    needed = " or ".join(map(str, n_needed))
    rule = f"name {needed} columns, by names of the header or numbers from 1"
    if len(given) not in n_needed or len({str(name).strip() for name in given}) < len(given):
        raise ParameterError("columns", "an evaluation", rule, columns)
    known = [name.strip() for name in header]
    plain = [plain_name(name) for name in header]
    places = []
    for name in given:
        text = str(name).strip()
        if text in known:
            places.append(known.index(text))
        elif plain_name(text) in plain and not text.isdecimal():
            places.append(plain.index(plain_name(text)))
        elif text.isdecimal() and 1 <= int(text) <= width:
            places.append(int(text) - 1)
        else:
            fix = f"{str(path)!r} has {width} columns; its first line is {', '.join(map(repr, known))}."
            raise ParameterError("columns", "an evaluation", rule, name, fix)
    return places
