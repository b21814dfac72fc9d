"""Detection of the format of a file: one of the formats of tagged sentences, or running text."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Sequence
from operator import itemgetter
from pathlib import Path

from wordvec._io.compression import unpacked_name

from ..tagging.files.column_layout import ColumnLayout, is_comment, is_tag_like
from ..tagging.files.lines import existing_file, numbered_lines

__all__ = ["TAGGED_FORMATS", "Sample", "format_of_name"]

TAGGED_FORMATS = ("conll", "conllu", "csv", "jsonl", "word/tag")
_SUFFIXES = {
    ".conllu": "conllu", ".conllx": "conllu", ".conll": "conll", ".iob": "conll", ".iob1": "conll",
    ".iob2": "conll", ".bio": "conll", ".bioes": "conll", ".bmes": "conll", ".bilou": "conll", ".iobes": "conll",
}  # fmt: skip
# The number of lines that decide.
_N_LOOKED_AT = 1000
_COLUMNS_LEFT = "-DOCSTART-"


def format_of_name(path: Path) -> str | None:
    """Return the format of column files named by the extension, also of a compressed file, or None."""
    if not path.is_file():
        return None
    suffixes = {*Path(unpacked_name(path)).suffixes, *(suffix.lower() for suffix in path.suffixes)}
    return next((kind for suffix, kind in _SUFFIXES.items() if suffix in suffixes), None)


class Sample:
    """The beginning of a file, from which its format is detected.

    Parameters
    ----------
    path : Path
    encoding, errors : str
        As for `LineCorpus`.
    """

    def __init__(self, path: Path, encoding: str, errors: str) -> None:
        file = existing_file(path, "read_tagged", encoding, errors)
        lines = itertools.islice(numbered_lines(file, encoding, errors), _N_LOOKED_AT)
        self.lines = [line.strip(" \t") and line for _, line in lines]

    def format(self, known_tags: Collection[str] = ()) -> str:
        """Return one of `TAGGED_FORMATS`, or "text".

        Columns are recognised by tags: those in `known_tags`, or typical tags in a file divided into sentences by empty
        lines. A file without any sign of a format is text.
        """
        full = [line for line in self.lines if line]
        if not full:
            return "text"
        if self._is_json(full):
            return "jsonl"
        if self._is_table(full):
            return "csv"
        blocks = self._blocks()
        if not blocks:
            return "text"
        if ColumnLayout.of_blocks(blocks, None, None).is_conllu:
            return "conllu"
        if self._has_words_with_tags(full, known_tags):
            return "word/tag"
        return "conll" if _are_columns(blocks, known_tags) else "text"

    def describe(self) -> str:
        """Return a description of the text, for a message."""
        full = [line for line in self.lines if line]
        if not full:
            return "an empty file"
        if full[0].lstrip()[:1] == "<":
            return "a page of HTML or XML"
        if self._starts_as_json(full[0]):
            return "JSON without tokens and tags, and without spans"
        sizes = sorted(len(line.split()) for line in full)
        few, many = sizes[len(sizes) // 20], sizes[-1 - len(sizes) // 20]
        words = f"{few}" if few == many else f"{few} to {many}"
        return f"running text (lines of {words} {'word' if many == 1 else 'words'})"

    def _is_json(self, full: Sequence[str]) -> bool:
        from ..tagging.files.json_lines import first_value
        from ..tagging.files.json_sentences import is_tagged_record

        if not self._starts_as_json(full[0]):
            return False
        value = first_value("\n".join(full))
        return value is not None and is_tagged_record(value)

    @staticmethod
    def _starts_as_json(line: str) -> bool:
        # "[ O" and "[中央/n" begin a sentence.
        return re.match(r"\s*(\{\s*(\"|$)|\[\s*([\[{\"]|$))", line) is not None

    @staticmethod
    def _is_table(full: Sequence[str]) -> bool:
        from ..tagging.files.token_tables import header_of_tokens, holds_sentences

        found = header_of_tokens(full[0])
        return found is not None and holds_sentences(full[1:], *found)

    @staticmethod
    def _has_words_with_tags(full: Sequence[str], known_tags: Collection[str]) -> bool:
        from ..tagging.files.word_tags import separator_of_words

        lines = [line.split() for line in full]
        sep = separator_of_words(lines)
        if sep is None or not known_tags:
            return sep is not None
        # "and/or" is text: a tagger wants to see its tags, or a few that come again.
        tags = [item.rpartition(sep)[2] for line in lines for item in line]
        return 2 * sum(tag in known_tags for tag in tags) >= len(tags) or _is_closed(tags)

    def _blocks(self) -> list[list[str]]:
        """Return the blocks of lines between empty lines and document starts, except blocks of comments only."""
        blocks: list[list[str]] = [[]]
        for line in self.lines:
            if line and not line.startswith(_COLUMNS_LEFT):
                blocks[-1].append(line)
            elif blocks[-1]:
                blocks.append([])
        return [block for block in blocks if block]


def _are_columns(blocks: Sequence[Sequence[str]], known_tags: Collection[str]) -> bool:
    layout = ColumnLayout.of_blocks(blocks, None, None)
    rows = []
    for block in blocks:
        for line in block[layout.n_comments(block, known_tags) :]:
            if is_comment(line):
                continue
            row = layout.split(line)
            fits = len(row) == len(layout.names)
            rows.append(row if fits else layout.split_otherwise(line, known_tags) or row)
    n_columns, n_rows = max(Counter(map(len, rows)).items(), key=itemgetter(1), default=(0, 0))
    # Nine in ten, so that one bad line is told as such, not tagged as text.
    if n_columns < 2 or n_rows < 0.9 * len(rows):
        return False
    columns = list(zip(*(row for row in rows if len(row) == n_columns)))
    if layout.names[0] == "tag":
        return True
    # Marks of punctuation are tags too, but end lines of text as well.
    columns = [column for column in columns[1:] if any(map(_has_letter, column))]
    if any(_are_known(column, known_tags) for column in columns):
        return True
    # Half of them have known tags: the file may have others that a tagger has never seen.
    is_parted = len(blocks) > 1 and len(rows) >= 2 * len(blocks)
    looks_like_tags = any(map(is_tag_like, columns))
    if not known_tags and looks_like_tags:
        return True
    return is_parted and (looks_like_tags or layout.sep == "\t" or any(map(_is_closed, columns)))


def _are_known(column: Sequence[str], known_tags: Collection[str]) -> bool:
    lettered = [field for field in column if _has_letter(field)]
    return 2 * sum(field in known_tags for field in lettered) >= max(len(lettered), len(column) // 2)


def _has_letter(field: str) -> bool:
    return any(map(str.isalnum, field))


def _is_closed(values: Sequence[str]) -> bool:
    """Return whether a column repeats a few values, as tags do and names do not."""
    return 3 * len(set(values)) <= len(values)
