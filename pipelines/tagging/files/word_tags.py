"""A reader of lines of tagged words: ``word/tag``, with the brackets of People's Daily, or word|pos|tag."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from wordvec._utils.assumptions import assume

from .corpora import TaggedCorpus
from .lines import no_sentence, numbered_lines

__all__ = ["WORD_SEPARATORS", "read_word_tags", "separator_of_words"]

# The separators of a word and its tag.
WORD_SEPARATORS = ("/", "_", "|")
_BLANKS = re.compile(r"[ \t]+")
# A closing bracket is followed by the tag of its compound, with or without a slash.
_CLOSED = re.compile(r"\](/?)([A-Za-z0-9]*)")
_BRACKET = re.compile(r"\[+|\]/?[A-Za-z0-9]*")
# The number of a paragraph in People's Daily of 1998: day, page, article, paragraph.
_LINE_NUMBER = re.compile(r"[0-9]{8}-[0-9]{2}-[0-9]{3}-[0-9]{3}(/m)?")
_LETTER = re.compile(r"[^\W\d_]|[^\w\s]$")
_N_TAG_CHARS = 12
# Brackets that may close after one word.
_MOST_BRACKETS = 20

# The number of brackets that open, the word and its tag, and the tag of each bracket that closes after it.
_Item = tuple[int, list[str], list[str]]


def read_word_tags(file: Path, encoding: str, errors: str, sep: str | None = None) -> TaggedCorpus:
    """Read one sentence per line, with each word followed by its tag.

    Returns
    -------
    TaggedCorpus
        Columns "token" and "tag"; "pos" between them if words have two further fields; "bracket" (IOB2) with the tags
        of the outermost brackets, if there are any.
    """
    known: dict[str, str] = {}
    sentences: list[list[list[str]]] = []
    spans: list[list[tuple[int, int, str]]] = []
    lines: list[list[int]] = []
    n_numbers = n_fields = 0
    for number, line in numbered_lines(file, encoding, errors):
        items = [item for item in _BLANKS.split(line.strip(" \t\r")) if item]
        if items and _LINE_NUMBER.fullmatch(items[0]):
            del items[0]
            n_numbers += 1
        if not items:
            continue
        sep = sep or separator_of_words([items]) or "/"
        n_fields = n_fields or _count_fields(items, sep)
        rows, brackets = _rows_of(items, sep, n_fields, file, number)
        if rows:
            sentences.append([list(map(known.setdefault, column, column)) for column in zip(*rows)])
            spans.append(brackets)
            lines.append([number])
    if not sentences:
        raise no_sentence(file)
    names = ["token", "tag"] if n_fields == 2 else ["token", "pos", "tag"]
    columns = {name: [columns[k] for columns in sentences] for k, name in enumerate(names)}
    if any(spans):
        columns["bracket"] = [
            _bracket_tags(brackets, len(words)) for words, brackets in zip(columns["token"], spans)
        ]
    if n_numbers:
        assume(f"{str(file)!r}: the number of the paragraph that begins a line is left out")
    return TaggedCorpus(columns, lines=lines)


def separator_of_words(sentences: Sequence[Sequence[str]]) -> str | None:
    """Return the separator of words and tags in nearly all items of some lines, or None if there is none."""
    items = [item for sentence in sentences for item in sentence if not _BRACKET.fullmatch(item)]
    for sep in WORD_SEPARATORS:
        tags = [_tag_of(item, sep) for item in items]
        found = [tag for tag in tags if tag is not None]
        has_letters = any(_LETTER.search(tag) for tag in found)
        if len(found) > 1 and len(found) >= 0.95 * len(items) and has_letters:
            return sep
    return None


def _tag_of(item: str, sep: str) -> str | None:
    word, separator, tag = item.rpartition(sep)
    return tag if separator and word and 0 < len(tag) <= _N_TAG_CHARS else None


def _count_fields(items: Sequence[str], sep: str) -> int:
    """Return 3 for word|pos|tag, else 2."""
    return 3 if sep == "|" and all(item.count(sep) == 2 for item in items) else 2


def _rows_of(
    items: Sequence[str], sep: str, n_fields: int, path: Path, number: int
) -> tuple[list[list[str]], list[tuple[int, int, str]]]:
    """Return the fields of each word of a line, and its outermost brackets as (first word, end, tag)."""
    rows: list[list[str]] = []
    brackets: list[tuple[int, int, str]] = []
    depth = first = 0
    for item in items:
        if sep != "/":
            fields = item.rsplit(sep, n_fields - 1)
            if len(fields) != n_fields or not all(fields):
                raise _no_word_with_tag(item, sep, path, number)
            rows.append(fields)
            continue
        parsed = _parsed(item, depth > 0)
        if parsed is None:
            raise _no_word_with_tag(item, sep, path, number)
        n_opened, fields, closed = parsed
        if n_opened and not depth:
            first = len(rows)
        depth += n_opened
        if fields:
            rows.append(fields)
        for tag in closed:
            depth -= 1
            if not depth and tag and len(rows) > first:
                brackets.append((first, len(rows), tag))
            if depth < 0:
                break
        if depth < 0:
            break
    if depth:
        raise ValueError(f"{str(path)!r}, line {number}: a bracket has no partner. Correct the line.")
    return rows, brackets


@lru_cache(maxsize=1 << 16)
def _parsed(item: str, is_inside: bool) -> _Item | None:
    """Return the opening brackets, the word and tag, and the tags of the closing brackets; None for another item.

    "[/w" and "]/w" are words. Brackets may be separate items.
    """
    opened = len(item) - len(item.lstrip("["))
    if item.count("]") > _MOST_BRACKETS:
        return None  # not a compound, and slow to parse
    if opened == len(item):
        return opened, [], []
    match = _CLOSED.fullmatch(item)
    if match is not None and is_inside and match[2] != "w":
        return 0, [], [match[2]]
    closed: list[str] = []
    while (end := _closing(item)) is not None:
        closed.insert(0, end[1])
        item = item[: end[0]]
    if item[opened : opened + 1] == "/" and item.count("/") == 1:
        opened -= 1  # the bracket is the word
    word, separator, tag = item[max(opened, 0) :].rpartition("/")
    if not (separator and word and tag):
        return None
    return max(opened, 0), [word, tag], closed


def _closing(item: str) -> tuple[int, str] | None:
    """Return the position of the last closing bracket of an item, and its tag; None if there is none after a tag."""
    place = item.rfind("]")
    match = _CLOSED.fullmatch(item, place) if place > 0 else None
    before = item[:place]
    # A bracket closes after a tag; elsewhere it is part of the word.
    if match is None or "/" not in before or before[-1] == "/":
        return None
    return place, match[2]


def _bracket_tags(brackets: list[tuple[int, int, str]], n_words: int) -> list[str]:
    tags = ["O"] * n_words
    for first, end, kind in brackets:
        tags[first:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - first - 1)]
    return tags


def _no_word_with_tag(item: str, sep: str, path: Path, number: int) -> ValueError:
    return ValueError(f"{str(path)!r}, line {number}: {item[:40]!r} is not word{sep}tag. Correct the line.")
