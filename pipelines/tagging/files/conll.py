"""Readers and writers of CoNLL columns and CoNLL-U.

Files whose names end in .gz, .bz2, .xz or .zst are read and written compressed. Only the space and the tab count as
white space, because other spaces occur as tokens in Chinese texts.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_choice, check_path

from .column_layout import (
    TOKEN_AND_POSITION,
    ColumnLayout,
    check_no_conllu,
    checked_names,
    is_comment,
    language_of_tokens,
    split_character,
)
from .corpora import ConlluCorpus, TaggedCorpus, line_of
from .lines import blocks, existing_file, no_sentence, write_blocks

__all__ = ["CONLLU_COLUMNS", "read_conll", "read_conllu", "write_conll", "write_conllu"]

_Table = dict[str, list[list[str]]]

CONLLU_COLUMNS = ("token", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_DOCUMENT_START = "-DOCSTART-"
# The sentences that show how a file is laid out.
_N_SAMPLE = 200
# Longer than sentences are: the empty lines may be missing.
_N_LONG_SENTENCE = 200
_NODE_ID = re.compile(r"([0-9]+)([-.])([0-9]+)")


def read_conll(
    path: str | os.PathLike[str],
    columns: Sequence[str] | None = None,
    sep: str | None = None,
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> TaggedCorpus:
    """Read a file with one token per line, in columns, and empty lines between sentences.

    Lines that begin with ``-DOCSTART-`` end a sentence and are skipped. Comments before a sentence are skipped as well:
    lines that begin with ``#`` and are not rows of the table, such as ``# sent_id = 1``. Trailing separators are
    ignored.

    Parameters
    ----------
    path : path
    columns : sequence of str, optional
        A name for each column. ``"token+position"`` is a character followed by its position in the word (Weibo NER),
        and becomes two columns. By default the names are token, tag; or token, pos, tag; or token, pos, chunk, tag;
        with more columns, those between token and tag are called ``column_2`` and so on. If the first column numbers
        the tokens of a sentence, it is called ``number``; then GermEval's fourth column is ``inner``. If the last
        column is the same in all lines, like the name of an annotator, the only column with span tags is ``tag``.
        ``"token+position"`` is detected as well, and so are tags before their tokens (the MIT corpora). A language
        prefix of every token (``en:Ada``, PAN-X) is removed.
    sep : str, optional
        The separator of columns. By default the tab if the first line has one, else runs of spaces; or both, if only
        that gives all lines the same number of columns. A line that is separated differently is read if its last field
        is a tag.
    encoding, errors : str
        As for `LineCorpus`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line has a different number of columns or an empty one, the bytes are not text in `encoding`, or there is
        no sentence; the message names the file and the line.

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
    names = None if columns is None else checked_names(columns)
    if sep is not None and not (isinstance(sep, str) and sep):
        raise ParameterError("sep", "read_conll", "be a str that is not empty, or None", sep)
    stream = blocks(file, encoding, errors, _DOCUMENT_START)
    sample = list(itertools.islice(stream, _N_SAMPLE))
    if not sample:
        raise no_sentence(file)
    layout = ColumnLayout.of_blocks([lines for _, lines in sample], names, sep)
    if names is None:
        check_no_conllu(file, layout)
        assume(f"{str(file)!r}: CoNLL, with the columns {', '.join(layout.names)}")
    table: list[list[list[str]]] = [[] for _ in layout.names]
    shared: list[dict[str, str]] = [{} for _ in layout.names]
    first_lines: list[int | list[int]] = []
    reader = _RowReader(file, layout, shared[-1])
    for first_line, lines in itertools.chain(sample, stream):
        if lines[0][0] == "#" and (n_comments := layout.n_comments(lines, shared[-1])):
            lines, first_line = lines[n_comments:], first_line + n_comments
            if not lines:
                continue
        rows = reader.read(lines, first_line)
        first_lines.append(first_line if len(rows) == len(lines) else reader.numbers)
        for sentences, known, fields in zip(table, shared, zip(*rows)):
            # Each string is kept once: MSRA's two million tags are seven strings.
            sentences.append(list(map(known.setdefault, fields, fields)))
    if not first_lines:
        raise no_sentence(file)
    reader.tell_of_separators()
    read = dict(zip(layout.names, table))
    if "token" in read and (language := language_of_tokens(read["token"])):
        assume(f"{str(file)!r}: the tokens without {language!r}, with which each of them begins")
        read["token"] = [[token[len(language) :] for token in tokens] for tokens in read["token"]]
    n_tokens = sum(map(len, table[0]))
    if len(first_lines) == 1 and n_tokens >= _N_LONG_SENTENCE:
        assume(f"{str(file)!r}: one sentence of {n_tokens:,} tokens, since no line between them is empty")
    if TOKEN_AND_POSITION in read:
        read = _split_positions(read, file, first_lines)
    return TaggedCorpus(read, layout.tag_column, lines=first_lines)


def count_columns(path: str | os.PathLike[str], *, encoding: str = "utf-8", errors: str = "strict") -> int:
    """Return the number of columns at the first token of a file that `read_conll` reads; 0 if there is no token.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `read_conll`.
    """
    file = existing_file(path, "read_conll", encoding, errors)
    sample = itertools.islice(blocks(file, encoding, errors, _DOCUMENT_START), _N_SAMPLE)
    lines = [lines for _, lines in sample]
    return len(ColumnLayout.of_blocks(lines, None, None).names) if lines else 0


def write_conll(path: str | os.PathLike[str], corpus: TaggedCorpus, sep: str = " ") -> None:
    """Write one token per line, in columns, and an empty line after each sentence.

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
        If a field is empty or contains the separator or a line end, or a sentence has no token.
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
        If a line does not have ten columns or has an empty one, the words of a sentence are not numbered 1, 2, ..., or
        there is no sentence; the message names the file and the line.
    """
    file = existing_file(path, "read_conllu", encoding, errors)
    table: list[list[list[str]]] = [[] for _ in CONLLU_COLUMNS]
    shared: list[dict[str, str]] = [{} for _ in CONLLU_COLUMNS]
    comments, other_nodes = [], []
    lines_of: list[int | list[int]] = []
    wordless = None
    layout = ColumnLayout(("number", *CONLLU_COLUMNS), sep="\t", is_runs=False, is_given=True)
    reader = _RowReader(file, layout, ())
    for first_line, lines in blocks(file, encoding, errors):
        n_comments = next((k for k, line in enumerate(lines) if not line.startswith("#")), len(lines))
        if n_comments == len(lines):
            wordless = first_line + n_comments  # comments of the whole file, if sentences follow
            continue
        rows = reader.read(lines[n_comments:], first_line + n_comments)
        words, others, numbers = _split_nodes(rows, file, first_line + n_comments)
        lines_of.append(numbers if others else numbers[0])
        comments.append(lines[:n_comments])
        other_nodes.append(others)
        for sentences, known, fields in zip(table, shared, list(zip(*words))[1:]):
            sentences.append(list(map(known.setdefault, fields, fields)))
    if not comments:
        raise no_sentence(file) if wordless is None else _no_word(file, wordless)
    return ConlluCorpus(
        dict(zip(CONLLU_COLUMNS, table)), comments=comments, other_nodes=other_nodes, lines=lines_of
    )


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
        If the columns are not `CONLLU_COLUMNS`, or a field is empty or contains a tab or a line end.
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
    """Return the path to write to, or raise TypeError if it is not a path, or the corpus is of the wrong type."""
    if not isinstance(corpus, kind):
        hint = '{"token": X, "tag": y}' if kind is TaggedCorpus else "columns"
        rule, fix = f"be a {kind.__name__}", f"Make one with {kind.__name__}({hint})."
        raise ParameterError("corpus", owner, rule, corpus, fix)
    return check_path("path", path, owner)


class _RowReader:
    """A reader that splits the lines of sentences into the fields of a layout.

    Attributes
    ----------
    numbers : list of int
        The line numbers of the rows that were read last.
    """

    def __init__(self, path: Path, layout: ColumnLayout, known_tags: Collection[str]) -> None:
        self.path, self.layout, self.known_tags = path, layout, known_tags
        self.numbers: list[int] = []
        self._n_other, self._first_other = 0, 0

    def read(self, lines: list[str], first_line: int) -> list[list[str]]:
        """Return the fields of each line, none of which may be missing."""
        n_columns = len(self.layout.names)
        if not self.layout.is_mixed:
            rows = [line.split(self.layout.sep) for line in lines]
            if set(map(len, rows)) == {n_columns} and not any("" in fields for fields in zip(*rows)):
                return rows
        rows, self.numbers = [], []
        for number, line in enumerate(lines, first_line):
            row = self.layout.split(line)
            if len(row) != n_columns:
                if is_comment(line):
                    continue
                row = self._repaired(line, row, number)
            if "" in row:
                raise ValueError(
                    f"{str(self.path)!r}, line {number}: column {row.index('') + 1} is empty. Correct the line."
                )
            rows.append(row)
            self.numbers.append(number)
        return rows

    def tell_of_separators(self) -> None:
        """Report that some lines were separated differently from the rest."""
        if self._n_other:
            assume(
                f"{str(self.path)!r}: spaces and tabs both separate columns in {counted(self._n_other, 'line')}, first "
                f"in line {self._first_other}"
            )

    def _repaired(self, line: str, row: list[str], number: int) -> list[str]:
        other = self.layout.split_otherwise(line, self.known_tags)
        if other is not None:
            self._first_other = self._first_other or number
            self._n_other += 1
            return other
        n_columns = len(self.layout.names)
        what = (
            ": CoNLL-U has ten columns with tabs between" if self.layout.names[1:] == CONLLU_COLUMNS else ""
        )
        raise AdvisedError(
            f"{str(self.path)!r}, line {number}: {counted(len(row), 'column')}, where {n_columns} "
            f"{'is' if n_columns == 1 else 'are'} expected ({' '.join(row)[:60]!r}). Correct the line{what}.",
            "{columns} and {sep} if the other lines are wrong",
        )


def _split_positions(table: _Table, path: Path, lines: Sequence[int | list[int]]) -> _Table:
    """Return the table with its column of characters and positions split into two."""
    read: _Table = {}
    for name, sentences in table.items():
        if name != TOKEN_AND_POSITION:
            read[name] = sentences
            continue
        parts = [list(map(split_character, fields)) for fields in sentences]
        for number, found in enumerate(parts):
            if None in found:
                place = found.index(None)
                raise ValueError(
                    f"{str(path)!r}, line {line_of(lines[number], place)}: {sentences[number][place]!r} is not a "
                    'character with its place in the word, such as "中0". Name the column "token" to read it as it is.'
                )
        read["token"] = [[part[0] for part in found if part] for found in parts]
        read["position"] = [[part[1] for part in found if part] for found in parts]
    return read


def _check_fields(table: _Table, sep: str, reserved: str | None = None) -> None:
    """Raise ValueError for a field that would not be read back unchanged."""
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
) -> tuple[list[list[str]], list[tuple[int, list[str]]], list[int]]:
    """Return the words of a sentence, its other nodes with the number of preceding words, and the words' lines."""
    words: list[list[str]] = []
    others: list[tuple[int, list[str]]] = []
    numbers: list[int] = []
    for number, row in enumerate(rows, first_line):
        if row[0] == str(len(words) + 1):
            words.append(row)
            numbers.append(number)
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
        raise _no_word(path, first_line)
    return words, others, numbers


def _no_word(path: Path, line: int) -> ValueError:
    return ValueError(f"{str(path)!r}, line {line}: a sentence without a word. Leave it out.")


def _conllu_lines(corpus: ConlluCorpus, number: int) -> Iterator[str]:
    others = list(corpus.other_nodes[number]) if corpus.other_nodes else []
    yield from corpus.comments[number] if corpus.comments else ()
    words = zip(*(corpus.columns[name][number] for name in CONLLU_COLUMNS))
    for n_before, fields in enumerate(words):
        while others and others[0][0] == n_before:
            yield "\t".join(others.pop(0)[1])
        yield "\t".join((str(n_before + 1), *fields))
    yield from ("\t".join(fields) for _, fields in others)
