"""Analogies, "a is to b as c is to d": readers of all published formats."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted
from wordvec.vectors.evaluation_sets.lines import (
    Line,
    choose_delimiter,
    column_places,
    delimiter_name,
    is_number,
    plain_name,
    read_set_lines,
    shown_line,
    usual_width,
)

__all__ = ["Analogies", "analogies_in", "has_sections", "is_header", "is_relation", "read_analogies"]

_WIDTH = 4
_RELATION_WIDTH = 2
# A set of n pairs asks n * (n - 1) questions; BATS has 50.
_MOST_PAIRS = 500
_COMMENT = re.compile(r"#+(?:\s|$)")
_BATS_NAME = re.compile(r"[DEIL]\d\d \[.*\]")
# Names of columns, as `plain_name` gives them.
_WORD = re.compile(r"(?:word|w|term|item|wort|mot|词|词语|单词)(?:[1-4]|[abcd]|one|two|three|four)")
_TARGET = re.compile(r"target|answer|expected|gold|答案")
_LETTER = re.compile(r"[abcd]|[abxy][12]")
_SECTION = re.compile(
    r"(?:(?:sub)?(?:type|category|relation|section|class|group|kind)|relationtype|类型|类别|关系)"
)


@dataclass(frozen=True)
class Analogies:
    """Questions "a is to b as c is to ?" in sections.

    Attributes
    ----------
    path : Path
    sections : list of str
        Their names; "" for questions outside any section.
    section_of : list of int
        The section of each question.
    questions : list of (a, b, c)
    answers : list of tuples of str
        The correct answers to each question; one, except in BATS.
    """

    path: Path
    sections: list[str]
    section_of: list[int]
    questions: list[tuple[str, str, str]]
    answers: list[tuple[str, ...]]


def read_analogies(
    path: str | os.PathLike[str],
    *,
    delimiter: str | None = None,
    columns: Sequence[int | str] | str | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> Analogies:
    """Read analogies: four words per line, in sections that start with ": name".

    Other formats: four words per line without sections; a table whose header names a type column, which defines the
    sections, and four word columns (``type,word1,word2,word3,target``); and the pairs of one relation in the format of
    BATS (``word<TAB>answer/other answer``), of which every two make a question, whose answer may be any of those of the
    second pair. The delimiter is detected as in `read_word_pairs`; assumptions are reported.

    Parameters
    ----------
    path : str or path
        May be compressed, or an archive of one file.
    delimiter : str, optional
    columns : sequence of int or str, optional
        The columns of the four words, or of the section and the four words, by header name or by number from 1; a str
        separates them by commas.
    encoding, errors : str
        As for `open`.

    Raises
    ------
    ValueError
        If a line is malformed, there is no question, the columns cannot be identified, or the text is not in
        `encoding`.

    References
    ----------
    Gladkova, Drozd, Matsuoka (2016), "Analogy-based detection of morphological and semantic relations with word
    embeddings: what works and what doesn't", NAACL student workshop (BATS).
    """
    path = Path(path)
    return analogies_in(path, read_set_lines(path, encoding, errors), delimiter, columns)


def analogies_in(
    path: Path,
    lines: Sequence[Line],
    delimiter: str | None = None,
    columns: Sequence[int | str] | str | None = None,
) -> Analogies:
    """Return the analogies in the lines of a file; see `read_analogies`."""
    lines = [line for line in lines if not _COMMENT.match(line.text)]
    asked = [line for line in lines if not _is_section(line)]
    if not asked:
        raise ValueError(
            f"{str(path)!r} holds no questions: lines of four words, in sections that start ': name'."
        )
    chosen, rows = choose_delimiter(asked, delimiter, lambda row: len(row) >= _WIDTH and all(row[:_WIDTH]))
    if len(asked) < len(lines):
        return _in_sections(path, lines, asked, rows, chosen)
    if columns is not None or usual_width(rows) > _WIDTH or is_header(rows[0]):
        return _in_table(path, asked, rows, chosen, columns)
    if usual_width(rows) < _WIDTH:
        related = choose_delimiter(asked, delimiter, lambda row: len(row) == _RELATION_WIDTH and all(row))
        if usual_width(related[1]) == _RELATION_WIDTH:
            return _of_relation(path, asked, *related)
    words = [_four(path, line, row, chosen) for line, row in zip(asked, rows)]
    assume(f"{str(path)!r}: analogies without sections, four words a line")
    return _analogies(path, [""], [0] * len(words), words)


def has_sections(lines: Sequence[Line]) -> bool:
    """Return whether a line starts a section."""
    return any(map(_is_section, lines))


def is_relation(path: Path, lines: Sequence[Line]) -> bool:
    """Return whether lines are pairs of one relation in BATS's format, by the file's name or alternatives."""
    _, rows = choose_delimiter(lines, None, lambda row: len(row) == _RELATION_WIDTH and all(row))
    if any(len(row) != _RELATION_WIDTH for row in rows):
        return False
    return bool(_BATS_NAME.match(path.name)) or any("/" in row[1].strip("/") for row in rows)


def _is_section(line: Line) -> bool:
    return line.text.lstrip().startswith(":")


def _in_sections(
    path: Path, lines: Sequence[Line], asked: Sequence[Line], rows: list[list[str]], delimiter: str | None
) -> Analogies:
    names: list[str] = []
    section_of: list[int] = []
    words = []
    fields_of = {line.number: row for line, row in zip(asked, rows)}
    for line in lines:
        if _is_section(line):
            names.append(line.text.strip()[1:].strip(" \t,;"))
            continue
        if not names:
            names.append("")
            assume(f"{str(path)!r}: the questions before the first ': name' in a section without a name")
        section_of.append(len(names) - 1)
        words.append(_four(path, line, fields_of[line.number], delimiter))
    return _analogies(path, names, section_of, words)


def _in_table(
    path: Path,
    lines: Sequence[Line],
    rows: list[list[str]],
    delimiter: str | None,
    columns: Sequence[int | str] | str | None,
) -> Analogies:
    """Return the analogies of a table with a header, or with columns named by the user."""
    header, width = rows[0], usual_width(rows)
    has_header = is_header(header)
    if columns is not None:
        places = column_places(columns, (_WIDTH, _WIDTH + 1), header, width, path)
        by_name = {header[place] for place in places} & {str(name).strip() for name in _listed(columns)}
        has_header = has_header or bool(by_name)
    else:
        places = _named_places(path, header, rows[1:], has_header)
        taken = [repr(header[place]) for place in places]
        sections = f"sections in {taken[0]}, " if len(places) > _WIDTH else ""
        assume(f"{str(path)!r}: {sections}words in {', '.join(taken[-_WIDTH:])}")
    numbers: dict[str, int] = {}
    section_of: list[int] = []
    words = []
    for line, row in list(zip(lines, rows))[has_header:]:
        cells = [row[place] for place in places] if len(row) > max(places) else []
        words.append(_four(path, line, cells[-_WIDTH:], delimiter))
        section_of.append(numbers.setdefault(cells[0] if len(places) > _WIDTH else "", len(numbers)))
    if not words:
        raise ValueError(f"{str(path)!r} holds a header and no questions.")
    return _analogies(path, list(numbers), section_of, words)


def _listed(columns: Sequence[int | str] | str) -> Sequence[int | str]:
    return columns.split(",") if isinstance(columns, str) else columns


def _named_places(path: Path, header: list[str], body: list[list[str]], has_header: bool) -> list[int]:
    """Return the places of the section, if there is one, and of the four words."""
    names = list(map(plain_name, header))
    named = [place for place, name in enumerate(names) if _WORD.fullmatch(name) or _TARGET.fullmatch(name)]
    sections = [place for place, name in enumerate(names) if _SECTION.fullmatch(name)]
    if len(named) != _WIDTH:
        rest = set(range(len(names))) - set(sections)
        named = sorted(place for place in rest if names[place] and not _all_numbers(body, place))
    if not has_header or len(named) != _WIDTH:
        finding = f"{str(path)!r} has {len(header)} columns, and those of the four words cannot be told"
        raise AdvisedError(
            f"{finding} from its first line, {' '.join(header)[:80]!r}.",
            "the {columns} of the four words, or of the section and the four words, by name or number, '2,3,4,5' for "
            "example",
            advice="A file of four words a line, in sections that start ': name', is read as it is.",
        )
    return [*sections[-1:], *named]  # a finer type stands after a coarser one


def _all_numbers(body: list[list[str]], place: int) -> bool:
    return all(is_number(row[place]) for row in body if len(row) > place)


def is_header(row: list[str]) -> bool:
    """Return whether fields are column names of analogies; single letters count only next to a longer name."""
    names = list(map(plain_name, row))
    words = [name for name in names if _WORD.fullmatch(name) or _TARGET.fullmatch(name)]
    letters = [name for name in names if _LETTER.fullmatch(name)]
    is_clear = bool(words) or any(map(_SECTION.fullmatch, names))
    return len(row) >= _WIDTH and is_clear and len(words) + len(letters) >= _WIDTH - 1


def _of_relation(
    path: Path, lines: Sequence[Line], delimiter: str | None, rows: list[list[str]]
) -> Analogies:
    """Return the questions of one relation: each pair serves as the example for every other one."""
    pairs = []
    for line, row in zip(lines, rows):
        answers = tuple(word for part in row[1:2] for word in map(str.strip, part.split("/")) if word)
        if len(row) != _RELATION_WIDTH or not row[0] or not answers:
            raise ValueError(
                f"Line {line.number} of {str(path)!r} must be a word and its answers (answer/other answer), separated "
                f"by {delimiter_name(delimiter)}. Got {shown_line(line)}."
            )
        pairs.append((row[0], answers))
    if len(pairs) > _MOST_PAIRS:
        raise ValueError(
            f"{str(path)!r} has {len(pairs):,} lines of two words. Analogies are four words a line, or the pairs of "
            f"one relation, at most {_MOST_PAIRS}, of which every two make a question."
        )
    found = [
        (a, answers[0], c, targets)
        for first, (a, answers) in enumerate(pairs)
        for second, (c, targets) in enumerate(pairs)
        if first != second
    ]
    if not found:
        raise ValueError(f"{str(path)!r} holds one pair of a relation; a question needs two.")
    assume(
        f"{str(path)!r}: {counted(len(pairs), 'pair')} of one relation (BATS), of which every two make a question, "
        f"{counted(len(found), 'question')}"
    )
    questions = [(a, b, c) for a, b, c, _ in found]
    return Analogies(path, [""], [0] * len(found), questions, [targets for *_, targets in found])


def _four(path: Path, line: Line, row: list[str], delimiter: str | None) -> list[str]:
    """Return the four words of a line; raise ValueError if it has not four."""
    if delimiter is not None and len(row) > _WIDTH and not any(row[_WIDTH:]):
        row = row[:_WIDTH]  # a separator at the end of the line
    if len(row) != _WIDTH or not all(row):
        raise ValueError(
            f"Line {line.number} of {str(path)!r} must be four words, separated by {delimiter_name(delimiter)}. "
            f"Got {shown_line(line)}."
        )
    return row


def _analogies(path: Path, names: list[str], section_of: list[int], words: list[list[str]]) -> Analogies:
    return Analogies(path, names, section_of, [(a, b, c) for a, b, c, _ in words], [(d,) for *_, d in words])
