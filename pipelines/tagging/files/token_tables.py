"""A reader of tagged sentences in CSV and TSV with a header: one token or one sentence per row."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted, listed, shown

from .corpora import TaggedCorpus
from .lines import csv_reader, no_sentence, numbered_lines

__all__ = ["header_of_tokens", "holds_sentences", "read_token_table"]

_SENTENCES = (
    "sentence #", "sentence_id", "sentence id", "sentence_idx", "sent_id", "sentence_number", "sentence number",
    "sent", "sid", "sentence",
)  # fmt: skip
_TOKENS = ("word", "words", "token", "tokens", "form", "character", "char", "字", "词", "sentence", "text")
_TAGS = (
    "tag",
    "tags",
    "ner_tag",
    "ner_tags",
    "ner",
    "label",
    "labels",
    "bio",
    "iob",
    "entity",
    "pos",
    "upos",
    "标签",
)
_DELIMITERS = ",\t;"


def header_of_tokens(line: str) -> tuple[str, list[str]] | None:
    """Return the delimiter and the names of a header with columns of words and tags, or None for another line."""
    for delimiter in _DELIMITERS:
        names = [name.strip() for name in _fields(line, delimiter)]
        # "text" and "label" alone are those of labelled texts.
        if len(names) > 1 and _index(names, _TOKENS[:-2]) is not None and _index(names, _TAGS) is not None:
            return delimiter, names
        if (
            len(names) > 1
            and _index(names, ("sentence", "text")) is not None
            and _index(names, _TAGS[:6]) is not None
        ):
            return delimiter, names
    return None


def holds_sentences(lines: Sequence[str], delimiter: str, names: Sequence[str]) -> bool:
    """Return whether the first rows after a header are tokens, or sentences with as many tags as words.

    The names alone do not distinguish a table of sentences with tags from one of texts with labels.
    """
    token, tag = _index(names, _TOKENS), _index(names, _TAGS)
    if token is None or tag is None or names[token].lower() not in _TOKENS[-2:]:
        return token is not None and tag is not None
    rows = [fields for line in lines[:5] if (fields := _fields(line, delimiter))]
    return any(len(fields) == len(names) and _are_lists(fields[token], fields[tag]) for fields in rows)


def read_token_table(
    file: Path, encoding: str, errors: str, names: Sequence[str] = (), delimiter: str | None = None
) -> TaggedCorpus:
    """Read a table with one token per row, such as Kaggle's ``Sentence #,Word,POS,Tag``, or one sentence per row.

    A sentence begins where the column with its number or name changes, or after an empty row. In a table with one
    sentence per row, words and tags are separated by spaces, or are written as Python lists.

    Parameters
    ----------
    file : Path
    encoding, errors : str
    names : sequence of str
        The names of the columns of a file without a header.
    delimiter : str, optional

    Returns
    -------
    TaggedCorpus
        The column of the words is called "token", the others as in the file.

    Raises
    ------
    ValueError
        If there is no column of words or tags, a row is incomplete, or the ends of sentences are unknown; the message
        names the line.
    """
    lines = numbered_lines(file, encoding, errors)
    if not names:
        number, header = next(((number, line) for number, line in lines if line.strip()), (1, ""))
        found = header_of_tokens(header)
        if found is None:
            raise AdvisedError(
                f"{str(file)!r}, line {number}: {header[:60]!r} is not a header with columns of words and of tags.",
                "the names of the columns with {columns}, such as sentence,word,tag",
            )
        delimiter, names = found
    rows = list(_rows(lines, delimiter or ",", len(names), file))
    if not rows:
        raise no_sentence(file)
    token = _index(names, _TOKENS)
    tag = _index(names, _TAGS)
    sentence = _index(names, _SENTENCES)
    if token is None or tag is None:
        what = "words" if token is None else "tags"
        raise AdvisedError(
            f"{str(file)!r} has the columns {listed(list(map(shown, names)), 20)}, and none of them has a "
            f"usual name for a column of {what}.",
            advice="Name all columns in their order with {columns}, such as sentence,word,tag.",
        )
    full = [fields for _, fields in rows if fields]
    are_lists = all(_are_lists(fields[token], fields[tag]) for fields in full)
    if sentence in (None, token) and are_lists and any(len(_listed(fields[token])) > 1 for fields in full):
        return _sentences_of_rows(rows, names, token, tag, file)
    return _sentences_of_tokens(rows, names, token, tag, None if sentence == token else sentence, file)


def _fields(line: str, delimiter: str) -> list[str]:
    """Return the fields of a line; none if it cannot be read as CSV."""
    try:
        return next(csv_reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _index(names: Sequence[str], known: Sequence[str]) -> int | None:
    lower = [name.lower() for name in names]
    return next((lower.index(name) for name in known if name in lower), None)


def _rows(
    lines: Iterator[tuple[int, str]], delimiter: str, n_columns: int, file: Path
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each row's first line, and its fields; none for an empty row."""
    first, last = 0, 0

    def texts() -> Iterator[str]:
        nonlocal first, last
        for number, line in lines:
            first, last = first or number, number
            yield f"{line}\n"

    # A quotation mark is a token where tabs separate.
    quoting: Any = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    reader = csv_reader(texts(), delimiter=delimiter, quoting=quoting)
    while True:
        first = 0
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(
                f"{str(file)!r}, line {first or last}: the row cannot be read as CSV ({error}). Check its "
                "quotation marks."
            ) from error
        if not any(field.strip() for field in fields):
            yield first, []
        elif len(fields) != n_columns:
            raise ValueError(
                f"{str(file)!r}, line {first}: {counted(len(fields), 'field')}, where there are {n_columns} columns. "
                "Correct the line."
            )
        else:
            yield first, fields


def _are_lists(words: str, tags: str) -> bool:
    return len(_listed(words)) == len(_listed(tags)) > 0


def _listed(field: str) -> list[str]:
    """Return the items of a list in Python's notation, or the words of a field."""
    if field.startswith("[") and field.endswith("]"):
        try:
            return list(map(str, ast.literal_eval(field)))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            pass
    return field.split()


def _sentences_of_rows(
    rows: list[tuple[int, list[str]]], names: Sequence[str], token: int, tag: int, file: Path
) -> TaggedCorpus:
    assume(f"{str(file)!r}: a sentence a row, words in {names[token]!r} and tags in {names[tag]!r}")
    full = [(line, fields) for line, fields in rows if fields]
    columns = {
        "token": [_listed(fields[token]) for _, fields in full],
        names[tag]: [_listed(fields[tag]) for _, fields in full],
    }
    return TaggedCorpus(columns, names[tag], lines=[[line] for line, _ in full])


def _sentences_of_tokens(
    rows: list[tuple[int, list[str]]],
    names: Sequence[str],
    token: int,
    tag: int,
    sentence: int | None,
    file: Path,
) -> TaggedCorpus:
    kept = [k for k in range(len(names)) if k != sentence and names[k]]
    called = {k: "token" if k == token else names[k] for k in kept}
    sentences: list[list[list[str]]] = []
    lines: list[list[int]] = []
    known: dict[str, str] = {}
    before = ""
    is_new = True
    for line, fields in rows:
        number = "" if sentence is None or not fields else fields[sentence].strip()
        is_new |= not fields or (number not in ("", before))
        if not fields:
            continue
        for k in (token, tag):
            if not fields[k].strip():
                raise ValueError(
                    f"{str(file)!r}, line {line}: no {'word' if k == token else 'tag'} in {names[k]!r}. "
                    "Correct the line."
                )
        if is_new:
            sentences.append([])
            lines.append([])
            is_new = False
        before = number or before
        sentences[-1].append([known.setdefault(field, field) for field in fields])
        lines[-1].append(line)
    if sentence is None and len(sentences) == 1 and len(rows) > 1:
        raise AdvisedError(
            f"{str(file)!r} does not say where sentences end: no column among {listed(list(map(shown, names)), 20)} "
            "numbers them, and no row is empty.",
            advice="Add a column 'sentence_id', or empty lines between sentences.",
        )
    columns = {called[k]: [[fields[k] for fields in rows_of] for rows_of in sentences] for k in kept}
    columns = {"token": columns.pop("token"), **columns}
    others = f", sentences by {names[sentence]!r}" if sentence is not None else ""
    assume(f"{str(file)!r}: a token a row, words in {names[token]!r} and tags in {names[tag]!r}{others}")
    return TaggedCorpus(columns, names[tag] if tag != token else "tag", lines=lines)
