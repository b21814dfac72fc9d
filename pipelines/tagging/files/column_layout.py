"""The layout of files with one token per line: the separator, the names of the columns, and comment lines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wordvec._utils.errors import AdvisedError, ParameterError

__all__ = [
    "TOKEN_AND_POSITION",
    "ColumnLayout",
    "check_no_conllu",
    "checked_names",
    "is_comment",
    "is_tag_like",
    "language_of_tokens",
    "split_character",
]

TOKEN_AND_POSITION = "token+position"
_DEFAULT_NAMES = {
    1: ("token",),
    2: ("token", "tag"),
    3: ("token", "pos", "tag"),
    4: ("token", "pos", "chunk", "tag"),
}
# The number, form, lemma, two parts of speech, features, head, relation and two more columns.
_N_CONLLU = 10
# In "412" the token is "4" and its place 12: the token has one character at least.
_CHARACTER_AND_POSITION = re.compile(r"(.+?)([0-9]+)", re.DOTALL)
# "# sent_id = 1", "# newdoc", "#begin document (a/b); part 0".
_COMMENT = re.compile(r"#\s*(\S+\s*=(\s|$)|newdoc\b|newpar\b|(begin|end) document\b)")
_IOB_TAG = re.compile(r"[BIESMLU]-\S+")
# Tags of spans, parts of speech in capitals, punctuation, nothing.
_TAG = re.compile(r"O|[BIESMLU](-\S+)?|[A-Z]{1,6}\$?|[A-Z]{2,6}[-_][A-Z]+|[^\w\s]{1,5}|_+|-[A-Z]+-")
# "en:Anna", as PAN-X (WikiANN) writes each token.
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]+)*:")
_N_WITH_LANGUAGE = 4
_BLANKS = re.compile(r"[ \t]+")
# This many lines, all with the same number of words, show that spaces separate columns as tabs do.
_N_OF_WORDS = 4


def is_tag_like(values: Collection[str]) -> bool:
    """Return whether nearly all values look like span tags or upper-case parts of speech, or are empty.

    Half of them are enough if there are tags such as B-PER, which can hardly be anything else.
    """
    found = [value for value in values if _TAG.fullmatch(value)]
    least = 0.5 if any(map(_IOB_TAG.fullmatch, found)) else 0.9
    return bool(found) and len(found) >= least * len(values)


def language_of_tokens(sentences: Sequence[Sequence[str]]) -> str:
    """Return the language and colon that every token begins with (PAN-X), or an empty string."""
    match = _LANGUAGE.match(sentences[0][0])
    if match is None or sum(map(len, sentences)) < _N_WITH_LANGUAGE:
        return ""
    start = match[0]
    every = all(len(token) > len(start) and token.startswith(start) for each in sentences for token in each)
    return start if every else ""


def split_character(field: str) -> tuple[str, str] | None:
    """Return a character and its position in the word, which follows it; None for another field."""
    match = _CHARACTER_AND_POSITION.fullmatch(field)
    return None if match is None else (match[1], match[2])


@dataclass(frozen=True)
class ColumnLayout:
    """The layout of a file: the separator and the names of its columns.

    Attributes
    ----------
    names : tuple of str
    tag_column : str
        The column of the tags.
    sep : str
        The separator.
    is_runs : bool
        Whether several consecutive separators count as one.
    is_mixed : bool
        Whether tabs and spaces both separate.
    is_given : bool
        Whether the separator was passed, so that no other is tried.
    are_named : bool
        Whether the names were passed, so that a line with as many fields is a row, not a comment.
    """

    names: tuple[str, ...]
    tag_column: str = "tag"
    sep: str = " "
    is_runs: bool = True
    is_mixed: bool = False
    is_given: bool = False
    are_named: bool = False

    @classmethod
    def of_blocks(
        cls, sample: Sequence[Sequence[str]], names: tuple[str, ...] | None, sep: str | None
    ) -> ColumnLayout:
        """Return the layout detected from the first sentences of a file.

        Parameters
        ----------
        sample : sequence of sequences of str
            The lines of each sentence.
        names : tuple of str, optional
            The names of the columns, if they are known.
        sep : str, optional
            The separator, if it is known.
        """
        tokens = [line for lines in sample for line in lines if line[0] != "#"]
        lines = tokens or [line for lines in sample for line in lines]
        layout = _separated(lines, sep)
        rows = [[layout.split(line) for line in block if line[0] != "#" or not tokens] for block in sample]
        n_columns = len(next(row for block in rows for row in block))
        are_named, tag_column = names is not None, "tag"
        if names is None:
            names, tag_column = _names_of([[row for row in block if len(row) == n_columns] for block in rows])
        return replace(layout, names=names, tag_column=tag_column, are_named=are_named)

    @property
    def is_conllu(self) -> bool:
        """Whether these are the ten columns of CoNLL-U or CoNLL-X, with the numbers of the words."""
        return len(self.names) == _N_CONLLU and self.names[0] == "number" and self.sep == "\t"

    def split(self, line: str) -> list[str]:
        """Return the fields of a line; trailing separators are ignored."""
        if self.is_mixed:
            return _BLANKS.split(line.strip(" \t"))
        # Not str.split(): it takes U+3000 and U+00A0, which are tokens in Chinese texts, for white space.
        fields = [field for field in line.split(self.sep) if field or not self.is_runs]
        n_columns = len(self.names)
        while len(fields) > n_columns and not fields[-1]:
            fields.pop()
        return fields

    def split_otherwise(self, line: str, known_tags: Collection[str]) -> list[str] | None:
        """Return the fields of a line that is separated differently from the others, if its last field is a tag."""
        fields = _BLANKS.split(line.strip(" \t"))
        if self.is_given or len(fields) != len(self.names):
            return None
        return fields if fields[-1] in known_tags or is_tag_like(fields[-1:]) else None

    def n_comments(self, lines: Sequence[str], known_tags: Collection[str]) -> int:
        """Return how many lines at the start of a sentence are comments."""
        return next(
            (
                k
                for k, line in enumerate(lines)
                if line[0] != "#" or not self._is_comment(line, lines[k + 1 :], known_tags)
            ),
            len(lines),
        )

    def _is_comment(self, line: str, others: Sequence[str], known_tags: Collection[str]) -> bool:
        fields = self.split(line)
        if is_comment(line) or len(fields) != len(self.names):
            return True
        # A comment may have as many words as there are columns: then the last is not a tag.
        last = fields[-1]
        if self.are_named or line[:2] != "# " or len(fields) < 2 or last in known_tags or is_tag_like([last]):
            return False
        return last not in {self.split(other)[-1] for other in others if other[0] != "#"}


def is_comment(line: str) -> bool:
    """Return whether a line can only be a comment, such as ``# sent_id = 1``."""
    return _COMMENT.match(line) is not None


def checked_names(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the checked names of columns, or raise ParameterError."""
    names = tuple(columns) if isinstance(columns, (list, tuple)) else ()
    made = {"token", "position"} if TOKEN_AND_POSITION in names else set()
    are_names = all(isinstance(name, str) and name for name in names)
    if not names or not are_names or len(set(names)) != len(names) or made.intersection(names):
        raise ParameterError("columns", "read_conll", "be a list of different names", columns)
    return names


def check_no_conllu(path: Path, layout: ColumnLayout) -> None:
    """Raise ValueError that names the reader for CoNLL-U if a file has that format."""
    if layout.is_conllu or ".conllu" in path.suffixes:
        raise AdvisedError(
            f"{str(path)!r} is CoNLL-U (ten columns with tabs between, the first a number). Read it with read_conllu.",
            "{columns} to read it here all the same",
        )


def _separated(lines: Sequence[str], sep: str | None) -> ColumnLayout:
    """Return a layout for lines of tokens, without column names."""
    if sep is not None:
        return ColumnLayout(
            _unnamed([line.split(sep) for line in lines]), sep=sep, is_runs=False, is_given=True
        )
    words = [_BLANKS.split(line.strip(" \t")) for line in lines]
    n_words = set(map(len, words))
    if "\t" not in lines[0]:
        return ColumnLayout(("",) * len(words[0]))
    fields = [line.split("\t") for line in lines]
    names = _unnamed(fields)
    # A blank belongs to a token, unless all lines have the same number of words, which must not be chance.
    if len(n_words) == 1 and len(names) < len(words[0]) and len(words) > 1:
        more = {word for row in words for word in row[1:]}
        if len(words) >= _N_OF_WORDS or is_tag_like(more):
            return ColumnLayout(("",) * len(words[0]), is_mixed=True)
    return ColumnLayout(names, sep="\t", is_runs=False)


def _unnamed(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return empty names for the columns of the first row, without columns at the end that are empty in every row."""
    n_empty = 0
    separated = [row for row in rows if len(row) > 1] or rows
    while all(len(row) > n_empty + 1 and not row[-1 - n_empty] for row in separated):
        n_empty += 1
    return ("",) * (len(rows[0]) - n_empty)


def _names_of(blocks: Sequence[Sequence[Sequence[str]]]) -> tuple[tuple[str, ...], str]:
    """Return the names of the columns, and which of them contains the tags."""
    rows = [row for block in blocks for row in block]
    n_columns = len(rows[0])
    if _has_positions([[row[0] for row in block] for block in blocks]):
        return (TOKEN_AND_POSITION, *_default_names(n_columns)[1:]), "tag"
    first = int(n_columns > 2 and _is_numbered(blocks))
    columns = list(zip(*rows))
    spans = [k for k in range(first + 1, n_columns) if _encodes_spans(columns[k])]
    last = n_columns - 1
    if n_columns == 2 and _encodes_spans(columns[0]) and not spans:
        return ("tag", "token"), "tag"  # MIT's corpora of films and restaurants
    outer_and_inner = n_columns == 4 and spans and spans[0] == 2 and (spans[1:] or set(columns[3]) == {"O"})
    if first and outer_and_inner:
        return ("number", "token", "tag", "inner"), "tag"  # GermEval's names in names
    # The last column may be no tag, but the annotator (UNER).
    values = set(columns[last])
    if last not in spans and len(spans) == 1 and values != {"O"} and (first or len(values) == 1):
        names = [f"column_{k}" for k in range(1, n_columns + 1)]
        names[: first + 1] = ["number", "token"][1 - first :]
        names[spans[0]] = "tag"
        return tuple(names), "tag"
    return (*(["number"] * first), *_default_names(n_columns - first)), "tag"


def _default_names(n_columns: int) -> tuple[str, ...]:
    if n_columns in _DEFAULT_NAMES:
        return _DEFAULT_NAMES[n_columns]
    return ("token", *(f"column_{k}" for k in range(2, n_columns)), "tag")


def _encodes_spans(values: Iterable[str]) -> bool:
    known = set(values)
    return known != {"O"} and all(value == "O" or _IOB_TAG.fullmatch(value) for value in known)


def _is_numbered(blocks: Sequence[Sequence[Sequence[str]]]) -> bool:
    """Return whether the first column counts the tokens of each sentence."""
    longest = 0
    for block in blocks:
        numbers = [row[0] for row in block if row[0].isdigit()]  # not 1-2 or 1.1 of CoNLL-U
        if not numbers or len(numbers) < 0.7 * len(block) or numbers[0] not in ("0", "1"):
            return False
        first = int(numbers[0])
        if numbers != [str(k) for k in range(first, first + len(numbers))]:
            return False
        longest = max(longest, len(numbers))
    return longest > 1


def _has_positions(blocks: Sequence[Sequence[str]]) -> bool:
    """Return whether tokens are characters followed by their position in the word."""
    n_fields = n_inside = n_long = 0
    for fields in blocks:
        before = -1
        for field in fields:
            parts = split_character(field)
            if parts is None or int(parts[1]) not in (0, before + 1):
                return False
            before = int(parts[1])
            n_fields += 1
            n_inside += before > 0
            n_long += len(parts[0]) > 1
    return n_fields > 1 and n_inside > 0 and n_long <= 0.1 * n_fields
