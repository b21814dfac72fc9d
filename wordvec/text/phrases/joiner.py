"""`PhraseJoiner`: tables of phrases that join the words of a stream of ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from wordvec.kernels.text.phrases import enter_keys, join_pairs, number_units
from wordvec.kernels.text.tokenise import LINE_END
from wordvec.text.encoding import WordIndex

# The words of a phrase, first to last.
Parts = tuple[str, ...]


class _Pass(NamedTuple):
    """The lookup tables of `join_pairs`."""

    starts_phrase: np.ndarray  # bool (n_known,)
    is_connector: np.ndarray  # bool (n_known,)
    slots: np.ndarray  # uint64 (S, 2)


class PhraseJoiner:
    """Joins phrases in streams of units. Read-only, so that threads may share it.

    Parameters
    ----------
    passes : sequence of collections of tuples of str
        The phrases of each pass over the text; a pass treats earlier phrases as words.
    connector_words : collection of str
    delimiter : str
        The string that joins the words of a phrase.

    Attributes
    ----------
    words : list of str
        The words of the phrases, and the phrases: a word's index is its unit. Other words have the units after these.
    """

    def __init__(
        self, passes: Sequence[Collection[Parts]], connector_words: Collection[str], delimiter: str
    ) -> None:
        index = WordIndex()
        phrases = [
            [(tuple(index[word] for word in parts), index[delimiter.join(parts)]) for parts in each]
            for each in passes
        ]
        is_connector = np.zeros(len(index), bool)
        is_connector[[index[word] for word in connector_words if word in index]] = True
        self.words = list(index)
        self._passes = [_pass_of(each, is_connector) for each in phrases]

    def join(self, items: np.ndarray, tails: list[np.ndarray] | None = None) -> np.ndarray:
        """Return a part of a text with phrases joined.

        Parameters
        ----------
        items : int32 (n,)
            Units and LINE_END.
        tails : list of int32 arrays, one for each pass, optional
            The remainders of earlier parts, replaced by those of this part, which may begin a phrase that continues in
            the next part. Without them, `items` must end with LINE_END.
        """
        for number, table in enumerate(self._passes):
            if tails is not None:
                items = np.concatenate([tails[number], items])
            out = np.empty(len(items), np.int32)
            n_done, n_out = join_pairs(items, *table, out)
            if tails is not None:
                tails[number] = items[n_done:].copy()
            items = out[:n_out]
        return items

    def no_tails(self) -> list[np.ndarray]:
        """Return the initial `tails` for the first part of a text."""
        return [np.empty(0, np.int32) for _ in self._passes]


class StreamJoiner:
    """Joins the phrases of a text that is read part by part, and counts and numbers the resulting words.

    Parameters
    ----------
    joiner : PhraseJoiner

    Attributes
    ----------
    words : list of str
        The words of the joined text, in order of first occurrence.
    counts : int64 (n_words,)
    """

    def __init__(self, joiner: PhraseJoiner) -> None:
        self._joiner = joiner
        self._index = WordIndex((word, unit) for unit, word in enumerate(joiner.words))
        self._tails = joiner.no_tails()
        self._unit_of = np.empty(0, np.int32)
        self._tables = np.full(1, -1, np.int32), np.empty(1, np.int32), np.zeros(1, np.int64)
        self._n_numbers = 0

    @property
    def words(self) -> list[str]:
        """The words of the joined text, in order of first occurrence."""
        known = list(self._index)
        return [known[unit] for unit in self._tables[1][: self._n_numbers].tolist()]

    @property
    def counts(self) -> np.ndarray:
        """How often each of `words` occurs, int64 (n_words,)."""
        return self._tables[2][: self._n_numbers]

    def feed(self, items: np.ndarray, new_words: Iterable[str]) -> np.ndarray:
        """Return a part of the text as ids of `words`, with phrases joined, as far as these are certain.

        Parameters
        ----------
        items : int32 (n,)
            Word ids, and LINE_END after each line.
        new_words : iterable of str
            The words of the ids not seen before, in order; "" for words that are left out.
        """
        added = np.array([self._index[word] if word else -1 for word in new_words], np.int32)
        self._unit_of = np.concatenate([self._unit_of, added])
        ends = items == LINE_END
        units = self._unit_of[items] if len(self._unit_of) else np.full(len(items), -1, np.int32)
        kept = ends | (units >= 0)
        units[ends] = LINE_END
        joined = self._joiner.join(units[kept], self._tails)
        n_units = len(self._tables[0])
        if n_units < len(self._index):
            size = max(len(self._index), n_units * 3 // 2)
            self._tables = tuple(_longer(each, size) for each in self._tables)  # type: ignore[assignment]
        self._n_numbers = number_units(joined, *self._tables, self._n_numbers)
        return joined


def _longer(values: np.ndarray, size: int) -> np.ndarray:
    longer = np.full(size, 0 if values.dtype == np.int64 else -1, values.dtype)
    longer[: len(values)] = values
    return longer


def _pass_of(phrases: list[tuple[tuple[int, ...], int]], is_connector: np.ndarray) -> _Pass:
    starts_phrase = np.zeros(len(is_connector), bool)
    nodes: dict[tuple[int, ...], int] = {}
    entries: dict[int, int] = {}
    for units, joined in phrases:
        starts_phrase[units[0]] = True
        node = units[0]
        for k in range(1, len(units) - 1):
            run = units[: k + 1]
            key = _pack(node, run[-1])
            node = nodes.setdefault(run, len(is_connector) + len(nodes))
            entries[key] = node + 1
        entries[_pack(node, units[-1])] = joined + 1
    slots = np.zeros((1 << max(4, (2 * len(entries)).bit_length()), 2), np.uint64)
    enter_keys(
        np.fromiter(entries, np.uint64, len(entries)),
        np.fromiter(entries.values(), np.uint64, len(entries)),
        slots,
    )
    return _Pass(starts_phrase, is_connector, slots)


def _pack(node: int, unit: int) -> int:
    return node << 32 | unit
