"""Word pairs with human judgements: readers of all published formats."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec.vectors.evaluation_sets.lines import (
    Column,
    Line,
    choose_delimiter,
    column_places,
    columns_of,
    delimiter_name,
    is_number,
    plain_name,
    read_set_lines,
    shown_line,
    split_fields,
    usual_width,
)

__all__ = ["WordPairs", "pairs_in", "read_word_pairs"]

_WIDTH = 3  # of the plain form: word, word, number
# Names of columns, as `plain_name` gives them.
_ORDINAL = re.compile(r"(?:1|one|first|a|left)$|^(?:first|left)|一$")
_SCORES = re.compile(
    r"(?:human|average|avg|mean|gold|sim(?:ilarity|lex(?:999)?|verb(?:3500)?)?|relatedness|score|rating|value|"
    r"judge?ments?|label|相似度|相关度|得分|评分|打分|平均|平均值|平均分|分数|wert|bewertung|puntuacion|note)+"
)
_INDEX = re.compile(r"(?:pair|row|line|word)?(?:id|idx|index|no|nr|num|number)|unnamed\d*|序号|编号|")
_CODE = re.compile(r"[A-Za-z]")
_HEADER_WORDS = re.compile(
    r"words?|scores?|mean|human|rating|similarity|relatedness|word ?[12]", re.IGNORECASE
)
_POS_SUFFIX = re.compile(r"(?<=.)[-_][a-z]$")
# A mean that is published with two digits.
_MEAN_TOLERANCE = 0.06
_MOST_NAMED = 6


@dataclass(frozen=True)
class WordPairs:
    """Word pairs and human judgements of their similarity.

    Attributes
    ----------
    path : Path
    pairs : list of (str, str)
    judgements : float64 (n_pairs,)
    has_pos : bool
        Whether every word ends with a letter for its part of speech, for example ``sun-n``, as in MEN's lemmas.
    """

    path: Path
    pairs: list[tuple[str, str]]
    judgements: np.ndarray
    has_pos: bool = False


class _Choice(NamedTuple):
    """The places of the words and the judgement, and what is assumed about them: "" for the plain format."""

    places: list[int]
    has_header: bool
    assumed: str


def read_word_pairs(
    path: str | os.PathLike[str],
    *,
    delimiter: str | None = None,
    columns: Sequence[int | str] | str | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> WordPairs:
    """Read word pairs: two words and a number per line.

    The separator is a tab, semicolon, comma, bar, colon or white space, whichever splits most lines into the same
    number of fields. Lines that start with # are comments. If there are more than three columns, they are identified by
    the header or by their content: line numbers and single letters for parts of speech are ignored; the judgement is
    the only other number, or a mean that precedes the ratings it is the mean of. The choice is reported as an
    assumption. Numbers may have decimal commas if all do.

    Parameters
    ----------
    path : str or path
        May be compressed, or an archive of one file.
    delimiter : str, optional
    columns : sequence of int or str, optional
        The columns of the two words and the judgement, by header name or by number from 1; a str separates them by
        commas.
    encoding, errors : str
        As for `open`.

    Raises
    ------
    ValueError
        If a line is malformed, no line is a pair, the columns cannot be identified, or the text is not in `encoding`.
    """
    path = Path(path)
    return pairs_in(path, read_set_lines(path, encoding, errors), delimiter, columns)


def pairs_in(
    path: Path,
    lines: Sequence[Line],
    delimiter: str | None = None,
    columns: Sequence[int | str] | str | None = None,
) -> WordPairs:
    """Return the word pairs in the lines of a file; see `read_word_pairs`."""
    comment = ""
    data: list[Line] = []
    for line in lines:
        if not line.text.startswith("#"):
            data.append(line)
        elif not data:
            comment = line.text.lstrip("#")
    if not data:
        raise ValueError(f"{str(path)!r} holds no word pairs: lines of two words and a number.")
    delimiter, rows = choose_delimiter(data, delimiter, _may_be_pair)
    if len(data) == 1 and _HEADER_WORDS.search(data[0].text) and not any(map(is_number, rows[0])):
        raise ValueError(f"{str(path)!r} holds a header and no word pairs: lines of two words and a number.")
    data, rows, titled = _without_title(data, rows, delimiter)
    names = split_fields(comment, delimiter)
    choice = _choose(path, rows, columns, names)
    if choice.has_header:
        data, rows = data[1:], rows[1:]
    comma = _has_decimal_commas(rows, choice.places[2])
    found = [_pair(row, choice.places, comma) for row in rows]
    width = usual_width(rows) if rows else 0
    for line, row, pair in zip(data, rows, found):
        if pair is None or not _is_whole(row, width, choice.places):
            raise _bad_line(path, line, delimiter, choice.places, width)
    good = [pair for pair in found if pair is not None]
    pairs = [(first, second) for first, second, _ in good]
    clauses = [choice.assumed] if choice.assumed and columns is None else []
    if titled:
        clauses.append(f"the first line ({shown_line(titled)}) a header")
    if comma:
        clauses.append("decimal commas")
    if clauses:
        assume(f"{str(path)!r}: {', '.join(clauses)}")
    has_pos = len(pairs) > 1 and all(_POS_SUFFIX.search(word) for pair in pairs for word in pair)
    return WordPairs(path, pairs, np.array([judgement for _, _, judgement in good]), has_pos)


def without_pos(word: str) -> str:
    """Return a word without the letter for its part of speech.

    >>> without_pos("sun-n")
    'sun'
    """
    return _POS_SUFFIX.sub("", word)


def _may_be_pair(fields: list[str]) -> bool:
    return len(fields) >= _WIDTH and any(map(is_number, fields))


def _without_title(
    lines: list[Line], rows: list[list[str]], delimiter: str | None
) -> tuple[list[Line], list[list[str]], Line | None]:
    """Leave out a header whose names contain white space where that separates the fields: ``Word 1  Word 2  Score``."""
    is_title = (
        delimiter is None
        and len(rows) > 1
        and len(rows[0]) != usual_width(rows[1:])
        and not is_number(rows[0][-1])
        and _HEADER_WORDS.search(lines[0].text) is not None
    )
    return (lines[1:], rows[1:], lines[0]) if is_title else (lines, rows, None)


def _choose(
    path: Path, rows: list[list[str]], given: Sequence[int | str] | str | None, comment: list[str]
) -> _Choice:
    """Return the columns of the words and the judgement."""
    width = usual_width(rows)
    regular = [row for row in rows if len(row) == width]
    first = rows[0] if len(rows[0]) == width else []
    if given is not None:
        places = column_places(given, (_WIDTH,), first or comment, width, path)
        return _Choice(places, bool(first) and not is_number(first[places[2]]), "")
    if width < _WIDTH:
        return _Choice([0, 1, 2], has_header=False, assumed="")  # each line will be found malformed
    body = regular[1:] if first and len(regular) > 1 else regular
    numeric = [_is_numeric(column) for column in columns_of(body, ())]
    if width == _WIDTH and numeric == [False, False, True]:
        return _plain(first)
    # Names may be numbers, those of raters for example; that of the judgement is none.
    has_names = bool(first) and any(is_it and not is_number(name) for name, is_it in zip(first, numeric))
    names = first if has_names else comment if len(comment) == width else []
    columns = columns_of(body if has_names else regular, names)
    places = [
        *(column.place for column in _words(path, columns)),
        _score(path, columns).place,
    ]
    if names:
        words, judgement = [repr(names[place]) for place in places[:2]], repr(names[places[2]])
        return _Choice(places, has_names, f"words in {' and '.join(words)}, judgements in {judgement}")
    first_word, second_word, judged = (place + 1 for place in places)
    return _Choice(
        places, False, f"words in columns {first_word} and {second_word}, judgements in column {judged}"
    )


def _plain(first: list[str]) -> _Choice:
    """Return the columns of word, word, number; a header is reported unless its names are clear."""
    has_header = bool(first) and not is_number(first[2])
    assumed = ""
    if has_header and not _HEADER_WORDS.search(" ".join(first)):
        assumed = f"the first line ({' '.join(first)!r}) a header"
    return _Choice([0, 1, 2], has_header, assumed)


def _is_numeric(column: Column) -> bool:
    """Return whether at least half of the fields are numbers: a bad number is an error, not another kind of column."""
    return 2 * sum(map(is_number, column.cells)) >= len(column.cells)


def _words(path: Path, columns: list[Column]) -> list[Column]:
    """Return the columns of the two words: those whose names differ in an ordinal, or the first two of text."""
    texts = [column for column in columns if not _is_numeric(column) and any(column.cells)]
    words = [column for column in texts if not all(map(_CODE.fullmatch, filter(None, column.cells)))]
    if len(words) < 2:
        words = texts
    for place, column in enumerate(words):
        stem = _ORDINAL.sub("", plain_name(column.name))
        if stem == plain_name(column.name):
            continue
        for other in words[place + 1 :]:
            if _second_stem(plain_name(other.name)) == stem:
                return [column, other]
    if len(words) < 2:
        raise _unclear(path, columns, "the columns of the two words cannot be told")
    return words[:2]


def _second_stem(name: str) -> str:
    """Return the name of a second column without its ordinal, or the name and a mark if it has none."""
    stem = re.sub(r"(?:2|two|second|b|right)$|^(?:second|right)|二$", "", name)
    return stem if stem != name else f"{name} "


def _score(path: Path, columns: list[Column]) -> Column:
    """Return the column of the judgements."""
    numbers = [column for column in columns if _is_numeric(column)]
    scores = [column for column in numbers if not _is_index(column)] or numbers
    if len(scores) == 1:
        return scores[0]
    named = [column for column in scores if _SCORES.fullmatch(plain_name(column.name))]
    if len(named) == 1:
        return named[0]
    if not named and scores and _is_mean(scores[0], scores[1:]):
        return scores[0]
    what = "the column of the judgements cannot be told" if scores else "no column holds numbers"
    raise _unclear(path, columns, what)


def _is_index(column: Column) -> bool:
    """Return whether a column numbers the lines, judged by its name or as an unnamed first column."""
    if column.name and column.place > 0:
        return _INDEX.fullmatch(plain_name(column.name)) is not None and bool(plain_name(column.name))
    if not all(cell.isdecimal() and len(cell) < 19 for cell in column.cells):
        return False
    numbers = list(map(int, column.cells))
    counts_lines = all(after == before + 1 for before, after in zip(numbers, numbers[1:]))
    is_named = _INDEX.fullmatch(plain_name(column.name)) is not None
    return column.place == 0 and (counts_lines or bool(column.name and is_named))


def _is_mean(column: Column, others: list[Column]) -> bool:
    """Return whether nearly all numbers of a column are the means of at least two others in their line."""
    if len(others) < 2:
        return False
    n_means = 0
    for place, cell in enumerate(column.cells):
        rated = [_number(other.cells[place], comma=False) for other in others]
        known = [number for number in rated if number is not None]
        mean = _number(cell, comma=False)
        n_means += bool(known) and mean is not None and abs(mean - sum(known) / len(known)) < _MEAN_TOLERANCE
    return n_means >= 0.9 * len(column.cells)


def _unclear(path: Path, columns: list[Column], finding: str) -> AdvisedError:
    numbers = [column for column in columns if _is_numeric(column)]
    names = [repr(column.name) if column.name else str(column.place + 1) for column in numbers]
    held = f", numbers in {', '.join(names[:_MOST_NAMED])}" if names else ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    example = "1,2,3" if not columns[0].name else ",".join(column.name for column in columns[:_WIDTH])
    return AdvisedError(
        f"{str(path)!r} has {len(columns)} columns{held}{more}, and {finding}.",
        f"the {{columns}} of the two words and the judgement, by name or number, {example!r} for example",
        advice="A file with just these three columns is read as it is.",
    )


def _has_decimal_commas(rows: list[list[str]], place: int) -> bool:
    cells = [row[place] for row in rows if len(row) > place]
    with_comma = [cell for cell in cells if "," in cell and is_number(cell)]
    return bool(with_comma) and not any("." in cell for cell in cells)


def _number(text: str, comma: bool) -> float | None:
    if not is_number(text) or (not comma and "," in text):
        return None
    return float(text.replace(",", "."))


def _pair(row: list[str], places: list[int], comma: bool) -> tuple[str, str, float] | None:
    if len(row) <= max(places):
        return None
    first, second, judgement = (row[place] for place in places)
    number = _number(judgement, comma)
    return (first, second, number) if first and second and number is not None else None


def _is_whole(row: list[str], width: int, places: list[int]) -> bool:
    """Return whether a row has all required fields; further ratings may be missing, and trailing fields empty."""
    is_short = max(places) + 1 < len(row) <= width or len(row) == width
    return is_short or not any(row[width:])


def _bad_line(path: Path, line: Line, delimiter: str | None, places: list[int], width: int) -> ValueError:
    where = "" if width <= _WIDTH else f" in columns {places[0] + 1}, {places[1] + 1} and {places[2] + 1}"
    return ValueError(
        f"Line {line.number} of {str(path)!r} must be two words and a number{where}, separated by "
        f"{delimiter_name(delimiter)}. Got {shown_line(line)}."
    )
