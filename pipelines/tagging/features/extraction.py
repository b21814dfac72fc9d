"""Extraction of attributes by templates, column by column.

A column has a code for each distinct word or for each token, and the string of each code. A template is a
prefix, a column and an offset: ``("w[-1]=", words, -1)``. Ids are looked up once for each template and value, never
for each token; the tokens' attributes are then a gather from a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

import numpy as np

from ..kernels.extraction import count_codes, fill_attributes, number_pairs
from .attributes import AttributeIndex
from .encoding import EncodedSentences, NumberedWords, number_values


@dataclass(frozen=True)
class Column:
    """The codes of words or tokens that a template reads.

    Attributes
    ----------
    values : list of str
        Each once.
    codes : int32 (n_types,) or (n_tokens,)
        Places in `values`, -1 for none.
    by_type : bool
        Whether a code belongs to a distinct word, not to a token.
    """

    values: list[str]
    codes: np.ndarray
    by_type: bool = True


class LexicalColumn(NamedTuple):
    """A column of lexical values, the name of its attributes, and whether these get bigrams."""

    name: str
    column: Column
    has_bigrams: bool


class Template(NamedTuple):
    """An attribute is `prefix` and the value of `column` at the token `offset` places further on."""

    prefix: str
    column: Column
    offset: int


def column_of(values: Iterable[str | None], n_values: int, *, by_type: bool = True) -> Column:
    """Return the column of values; None means no value."""
    return Column(*number_values(values, n_values), by_type)


def neighbours(name: str, column: Column, offsets: Iterable[int]) -> Iterator[Template]:
    """Yield templates of one column at several offsets."""
    for offset in offsets:
        yield Template(f"{name}[{offset}]=", column, offset)


class Conjunctions:
    r"""Templates of several tokens' values: ``w[-1]|w[0]=New|York``.

    A ``|`` inside a value is written ``\|`` and a ``\`` is written ``\\``, so that two sequences of values
    never look the same.

    Parameters
    ----------
    words : NumberedWords
    name : str
    column : Column
    """

    def __init__(self, words: NumberedWords, name: str, column: Column) -> None:
        self.starts = words.starts
        self.name = name
        self.values = [escaped(value) for value in column.values]
        self.codes = column.codes[words.type_ids] if column.by_type else column.codes
        # Columns by the distances of later tokens from the first: (0, 1) serves w[-1]|w[0] and w[0]|w[1].
        self._columns: dict[tuple[int, ...], Column] = {(0,): Column(self.values, self.codes, by_type=False)}

    def templates(self, spans: Iterable[tuple[int, ...]]) -> Iterator[Template]:
        """Yield a template for each tuple of ascending offsets."""
        for span in spans:
            prefix = "|".join(f"{self.name}[{offset}]" for offset in span) + "="
            yield Template(prefix, self._column(tuple(offset - span[0] for offset in span)), span[0])

    def _column(self, distances: tuple[int, ...]) -> Column:
        if distances not in self._columns:
            self._columns[distances] = self._extended(self._column(distances[:-1]), distances[-1])
        return self._columns[distances]

    def _extended(self, column: Column, distance: int) -> Column:
        """Return the column of a column's values, each joined with the value `distance` places further on."""
        codes, first_pos = _numbered_pairs(self.starts, column.codes, self.codes, distance)
        left = map(column.values.__getitem__, column.codes[first_pos].tolist())
        right = map(self.values.__getitem__, self.codes[first_pos + distance].tolist())
        return Column([f"{a}|{b}" for a, b in zip(left, right)], codes, by_type=False)


def repetitions(words: NumberedWords, distance: int) -> Column:
    """Return the column that has the one value "" where a token is repeated `distance` places further on."""
    n_tokens = len(words.type_ids)
    codes = np.full(n_tokens, -1, np.int32)
    pos = np.arange(max(n_tokens - distance, 0))
    same = words.type_ids[pos] == words.type_ids[pos + distance]
    ends = np.repeat(words.starts[1:], np.diff(words.starts))
    codes[pos[same & (pos + distance < ends[pos])]] = 0
    return Column([""], codes, by_type=False)


def edges(words: NumberedWords) -> Iterator[Template]:
    """Yield the templates of a sentence's first and last token."""
    filled = np.diff(words.starts) > 0
    for name, places in (("BOS", words.starts[:-1]), ("EOS", words.starts[1:] - 1)):
        codes = np.full(len(words.type_ids), -1, np.int32)
        codes[places[filled]] = 0
        yield Template(name, Column([""], codes, by_type=False), 0)


def encode_templates(
    words: NumberedWords,
    templates: Sequence[Template],
    index: AttributeIndex,
    *,
    grow: bool,
    min_freq: int = 1,
) -> EncodedSentences:
    """Return the attributes of each token by templates.

    Parameters
    ----------
    words : NumberedWords
    templates : sequence of Template
        With different prefixes.
    index : AttributeIndex
    grow : bool
        Whether attributes that are not in `index` are added to it; otherwise they are dropped.
    min_freq : int
        Attributes of fewer tokens are not added; no string is created for them.
    """
    by_type, by_token, places = _stacked(words, templates)
    sizes = [len(template.column.values) for template in templates]
    table_starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
    arrays = (words.starts, words.type_ids, by_type, by_token, places, table_starts)
    if grow:
        counts = np.zeros(table_starts[-1], np.int32)
        count_codes(*arrays, counts)
        table = _grown_table(templates, table_starts, index, counts >= min_freq)
    else:
        known = [index.value_ids(prefix, column.values, grow=False) for prefix, column, _ in templates]
        table = np.concatenate([np.empty(0, np.int32), *known])
    indptr = np.empty(len(words.type_ids) + 1, np.int64)
    # Pages that are never written are never allocated, so room for every template costs nothing.
    indices = np.empty(len(words.type_ids) * len(templates), np.int32)
    n_written = fill_attributes(*arrays, table, indptr, indices)
    indices.resize(n_written, refcheck=False)
    return EncodedSentences(words.starts, indptr, indices)


def _grown_table(
    templates: Sequence[Template], table_starts: np.ndarray, index: AttributeIndex, frequent: np.ndarray
) -> np.ndarray:
    """Add the frequent attributes; return the attribute of each template's values, int32, -1 for none.

    Even without a minimum frequency some are left out: ``w[2]=The`` if The only begins sentences.
    """
    table = np.full(table_starts[-1], -1, np.int32)
    for k, (prefix, column, _) in enumerate(templates):
        part = slice(table_starts[k], table_starts[k + 1])
        kept = frequent[part]
        table[part][kept] = index.value_ids(prefix, list(compress(column.values, kept.tolist())), grow=True)
    return table


def _stacked(
    words: NumberedWords, templates: Sequence[Template]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the codes by type (n_types, C1) and by token (n_tokens, C2), and the templates, int64 (K, 2)."""
    columns = list({id(template.column): template.column for template in templates}.values())
    columns.sort(key=lambda column: not column.by_type)  # stable: columns by type come first
    n_by_type = sum(column.by_type for column in columns)
    by_type = np.empty((len(words.types), n_by_type), np.int32)
    by_token = np.empty((len(words.type_ids), len(columns) - n_by_type), np.int32)
    for place, column in enumerate(columns):
        if column.by_type:
            by_type[:, place] = column.codes
        else:
            by_token[:, place - n_by_type] = column.codes
    place_of = {id(column): place for place, column in enumerate(columns)}
    places = [[place_of[id(template.column)], template.offset] for template in templates]
    return by_type, by_token, np.array(places, np.int64).reshape(-1, 2)


def _numbered_pairs(
    starts: np.ndarray, left: np.ndarray, right: np.ndarray, distance: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each token's pair, and where each pair was first seen."""
    n_tokens = len(left)
    n_slots = 1 << (2 * n_tokens).bit_length()
    slots_S2 = np.zeros((n_slots, 2), np.uint64)
    codes, first_pos = np.empty(n_tokens, np.int32), np.empty(n_tokens, np.int32)
    n_pairs = number_pairs(starts, left, right, distance, slots_S2, codes, first_pos)
    return codes, first_pos[:n_pairs]


def escaped(value: str) -> str:
    """Return a value with ``|`` and the backslash escaped, so that a plain ``|`` only separates values."""
    if "|" in value or "\\" in value:
        return value.replace("\\", "\\\\").replace("|", "\\|")
    return value
