"""Readers and writers of CoNLL columns and CoNLL-U.

Files whose names end in .gz, .bz2, .xz or .zst are unpacked and packed. White space is the space
and the tab only, because Chinese texts have other spaces as tokens.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_choice, check_path

from .corpora import ConlluCorpus, TaggedCorpus
from .lines import blocks, existing_file, no_sentence, write_blocks

__all__ = ["CONLLU_COLUMNS", "read_conll", "read_conllu", "write_conll", "write_conllu"]

_Table = dict[str, list[list[str]]]

CONLLU_COLUMNS = ("token", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_DOCUMENT_START = "-DOCSTART-"
_TOKEN_AND_POSITION = "token+position"
_DEFAULT_COLUMNS = {
    1: ("token",),
    2: ("token", "tag"),
    3: ("token", "pos", "tag"),
    4: ("token", "pos", "chunk", "tag"),
}
# In "412" the token is "4" and its place 12: the token has one character at least.
_CHARACTER_AND_POSITION = re.compile(r"(.+?)([0-9]+)", re.DOTALL)
_NODE_ID = re.compile(r"([0-9]+)([-.])([0-9]+)")


def read_conll(
    path: str | os.PathLike[str],
    columns: Sequence[str] | None = None,
    sep: str | None = None,
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> TaggedCorpus:
    """Read a file with a token a line, its columns side by side, and empty lines between sentences.

    Lines that begin with ``-DOCSTART-`` end a sentence and are left out.

    Parameters
    ----------
    path : path
    columns : sequence of str, optional
        A name for each column. ``"token+position"`` is a character with its place in the word written after
        it (Weibo NER), and becomes two columns. Without names: token, tag; or token, pos, tag; or token, pos,
        chunk, tag; with more columns those between token and tag are ``column_2`` and so on.
    sep : str, optional
        The separator of columns. Without it: the tab if the first line has one, else runs of spaces.
    encoding, errors : str
        As for `LineCorpus`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line has another number of columns or an empty one, the bytes are not text in `encoding`, or
        there is no sentence; the message names the file and the line.

    Examples
    --------
    >>> corpus = TaggedCorpus({"token": [["Ada", "left"], ["Bob"]], "tag": [["B-PER", "O"], ["B-PER"]]})
    >>> write_conll("names.conll.gz", corpus)
    >>> read_conll("names.conll.gz").column("tag")
    [['B-PER', 'O'], ['B-PER']]

    References
    ----------
    Tjong Kim Sang and De Meulder (2003), "Introduction to the CoNLL-2003 shared task", CoNLL.
    """
    file = existing_file(path, "read_conll", encoding, errors)
    names = None if columns is None else _checked_names(columns)
    if sep is not None and not (isinstance(sep, str) and sep):
        raise ParameterError("sep", "read_conll", "be a str that is not empty, or None", sep)
    table: list[list[list[str]]] = []
    shared: list[dict[str, str]] = []
    is_runs = False
    between = ""
    for first_line, lines in blocks(file, encoding, errors, _DOCUMENT_START):
        if names is None or not table:
            between, is_runs = _separator(lines[0], sep)
            names = names or _default_names(len(_split_line(lines[0], between, is_runs)))
            table = [[] for _ in names]
            shared = [{} for _ in names]
        rows = _split_lines(lines, between, is_runs, len(names), file, first_line)
        for sentences, known, fields in zip(table, shared, zip(*rows)):
            # Each string is kept once: MSRA's two million tags are seven strings.
            sentences.append(list(map(known.setdefault, fields, fields)))
    if names is None or not table:
        raise no_sentence(file)
    read = dict(zip(names, table))
    if _TOKEN_AND_POSITION in read:
        read = _split_positions(read, file)
    return TaggedCorpus(read)


def count_columns(path: str | os.PathLike[str], *, encoding: str = "utf-8", errors: str = "strict") -> int:
    """Return the number of columns at the first token of a file that `read_conll` reads, 0 without a token.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `read_conll`.
    """
    file = existing_file(path, "read_conll", encoding, errors)
    _, lines = next(blocks(file, encoding, errors, _DOCUMENT_START), (0, []))
    return len(_split_line(lines[0], *_separator(lines[0]))) if lines else 0


def write_conll(path: str | os.PathLike[str], corpus: TaggedCorpus, sep: str = " ") -> None:
    """Write a token a line, its columns side by side, and an empty line after each sentence.

    Parameters
    ----------
    path : path
        The extension says how to compress the file: .gz, .bz2 or .xz.
    corpus : TaggedCorpus
    sep : {" ", tab}

    Raises
    ------
    TypeError
        If `path` is not a path, or `corpus` not a TaggedCorpus.
    ValueError
        If a field is empty or has the separator or a line end in it, or a sentence has no token.
    OSError
        If the file cannot be written; what was there before is still there.
    """
    target = _check_written(path, corpus, TaggedCorpus, "write_conll")
    check_choice("sep", sep, "write_conll", (" ", "\t"))
    _check_fields(corpus.columns, sep, reserved=_DOCUMENT_START)
    sentences = zip(*corpus.columns.values())
    write_blocks(target, (map(sep.join, zip(*columns)) for columns in sentences))


def read_conllu(
    path: str | os.PathLike[str], *, encoding: str = "utf-8", errors: str = "strict"
) -> ConlluCorpus:
    """Read a CoNLL-U file (Universal Dependencies): ten columns, comments, multiword tokens, empty nodes.

    Parameters
    ----------
    path : path
    encoding, errors : str
        As for `LineCorpus`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line has not ten columns or has an empty one, the words of a sentence are not numbered 1, 2, ...,
        or there is no sentence; the message names the file and the line.
    """
    file = existing_file(path, "read_conllu", encoding, errors)
    table: list[list[list[str]]] = [[] for _ in CONLLU_COLUMNS]
    shared: list[dict[str, str]] = [{} for _ in CONLLU_COLUMNS]
    comments, other_nodes = [], []
    for first_line, lines in blocks(file, encoding, errors):
        n_comments = next((k for k, line in enumerate(lines) if not line.startswith("#")), len(lines))
        rows = _split_lines(
            lines[n_comments:], "\t", False, 1 + len(CONLLU_COLUMNS), file, first_line + n_comments
        )
        words, others = _split_nodes(rows, file, first_line + n_comments)
        comments.append(lines[:n_comments])
        other_nodes.append(others)
        for sentences, known, fields in zip(table, shared, list(zip(*words))[1:]):
            sentences.append(list(map(known.setdefault, fields, fields)))
    if not comments:
        raise no_sentence(file)
    return ConlluCorpus(dict(zip(CONLLU_COLUMNS, table)), comments=comments, other_nodes=other_nodes)


def write_conllu(path: str | os.PathLike[str], corpus: ConlluCorpus) -> None:
    """Write a CoNLL-U file.

    Parameters
    ----------
    path : path
        The extension says how to compress the file: .gz, .bz2 or .xz.
    corpus : ConlluCorpus

    Raises
    ------
    TypeError
        If `path` is not a path, or `corpus` not a ConlluCorpus.
    ValueError
        If the columns are not `CONLLU_COLUMNS`, or a field is empty or has a tab or a line end in it.
    OSError
        If the file cannot be written; what was there before is still there.
    """
    target = _check_written(path, corpus, ConlluCorpus, "write_conllu")
    if set(corpus.columns) != set(CONLLU_COLUMNS):
        raise ValueError(
            f"A CoNLL-U file has the columns {', '.join(CONLLU_COLUMNS)}. Got {', '.join(corpus.columns)} instead."
        )
    _check_fields(corpus.columns, "\t")
    write_blocks(target, (_conllu_lines(corpus, number) for number in range(len(corpus))))


def _check_written(path: Any, corpus: Any, kind: type[TaggedCorpus], owner: str) -> Path:
    """Return the path to write to, or raise TypeError if it is none, or the corpus not of the right kind."""
    if not isinstance(corpus, kind):
        hint = '{"token": X, "tag": y}' if kind is TaggedCorpus else "columns"
        rule, fix = f"be a {kind.__name__}", f"Make one with {kind.__name__}({hint})."
        raise ParameterError("corpus", owner, rule, corpus, fix)
    return check_path("path", path, owner)


def _checked_names(columns: Sequence[str]) -> tuple[str, ...]:
    names = tuple(columns) if isinstance(columns, (list, tuple)) else ()
    made = {"token", "position"} if _TOKEN_AND_POSITION in names else set()
    are_names = all(isinstance(name, str) and name for name in names)
    if not names or not are_names or len(set(names)) != len(names) or made.intersection(names):
        raise ParameterError("columns", "read_conll", "be a list of different names", columns)
    return names


def _default_names(n_columns: int) -> tuple[str, ...]:
    if n_columns in _DEFAULT_COLUMNS:
        return _DEFAULT_COLUMNS[n_columns]
    return ("token", *(f"column_{k}" for k in range(2, n_columns)), "tag")


def _separator(line: str, sep: str | None = None) -> tuple[str, bool]:
    """Return the separator of columns, and whether several in a row count as one."""
    is_runs = sep is None and "\t" not in line
    return sep or (" " if is_runs else "\t"), is_runs


def _split_line(line: str, sep: str, is_runs: bool) -> list[str]:
    # Not str.split(): it takes U+3000 and U+00A0, which are tokens in Chinese texts, for white space.
    return [field for field in line.split(sep) if field or not is_runs]


def _split_lines(
    lines: list[str], sep: str, is_runs: bool, n_columns: int, path: Path, first_line: int
) -> list[list[str]]:
    """Return the fields of each line; `is_runs` takes several separators for one."""
    rows = [line.split(sep) for line in lines]
    if set(map(len, rows)) == {n_columns} and not any("" in fields for fields in zip(*rows)):
        return rows
    rows = [_split_line(line, sep, is_runs) for line in lines]
    for number, row in enumerate(rows, first_line):
        if len(row) != n_columns:
            raise ValueError(
                f"{str(path)!r}, line {number}: {counted(len(row), 'column')}, where {n_columns} "
                f"{'is' if n_columns == 1 else 'are'} expected "
                f"({' '.join(row)[:60]!r}). Correct the line, or name the columns and what separates them."
            )
        if "" in row:
            raise ValueError(
                f"{str(path)!r}, line {number}: column {row.index('') + 1} is empty. Correct the line."
            )
    return rows


def _split_positions(table: _Table, path: Path) -> _Table:
    """Return the table with its column of characters and places as two columns."""
    read: _Table = {}
    for name, sentences in table.items():
        if name != _TOKEN_AND_POSITION:
            read[name] = sentences
            continue
        matches = [[_CHARACTER_AND_POSITION.fullmatch(field) for field in fields] for fields in sentences]
        for fields, found in zip(sentences, matches):
            if None in found:
                raise ValueError(
                    f"{str(path)!r}: {fields[found.index(None)]!r} is not a character with its place in the "
                    'word, such as "中0". Name the column "token" to read it as it is.'
                )
        read["token"] = [[match[1] for match in found if match] for found in matches]
        read["position"] = [[match[2] for match in found if match] for found in matches]
    return read


def _check_fields(table: _Table, sep: str, reserved: str | None = None) -> None:
    """Raise for a field that would not be read back as it is."""
    bad = re.compile(r"[\n\r\0" + (r" \t" if sep == " " else r"\t") + "]")
    for k, (name, sentences) in enumerate(table.items()):
        known: set[str] = set()
        for number, fields in enumerate(sentences):
            if not fields:
                raise ValueError(
                    f"Sentence {number} has no token, and files have no place for it. Leave it out."
                )
            for field in fields:
                if field in known:
                    continue
                known.add(field)
                if not isinstance(field, str) or not field or bad.search(field):
                    raise ValueError(
                        f"Sentence {number}: {field!r} in column {name!r} must be a str that is not empty and "
                        f"has no separator ({sep!r}), tab or line end in it. Replace it."
                    )
                if reserved and k == 0 and field.startswith(reserved):
                    raise ValueError(
                        f"Sentence {number}: {field!r} means the start of a document. Replace it."
                    )


def _split_nodes(
    rows: list[list[str]], path: Path, first_line: int
) -> tuple[list[list[str]], list[tuple[int, list[str]]]]:
    """Return the words of a sentence, and its other nodes with the number of words before each."""
    words: list[list[str]] = []
    others: list[tuple[int, list[str]]] = []
    for number, row in enumerate(rows, first_line):
        if row[0] == str(len(words) + 1):
            words.append(row)
            continue
        node = _NODE_ID.fullmatch(row[0])
        # A multiword token stands before its first word, an empty node after its word.
        if node is None or (node[1].lstrip("0") or "0") != str(len(words) + (node[2] == "-")):
            raise ValueError(
                f"{str(path)!r}, line {number}: the word should be number {len(words) + 1}. "
                f"Got {row[0]!r} instead. Correct the line."
            )
        others.append((len(words), row))
    if not words:
        raise ValueError(f"{str(path)!r}, line {first_line}: a sentence without a word. Leave it out.")
    return words, others


def _conllu_lines(corpus: ConlluCorpus, number: int) -> Iterator[str]:
    others = list(corpus.other_nodes[number]) if corpus.other_nodes else []
    yield from corpus.comments[number] if corpus.comments else ()
    words = zip(*(corpus.columns[name][number] for name in CONLLU_COLUMNS))
    for n_before, fields in enumerate(words):
        while others and others[0][0] == n_before:
            yield "\t".join(others.pop(0)[1])
        yield "\t".join((str(n_before + 1), *fields))
    yield from ("\t".join(fields) for _, fields in others)
