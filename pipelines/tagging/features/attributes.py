"""The index of a tagger's attributes: strings such as ``w[-1]=the`` and their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, count, repeat

import numpy as np

from ..kernels.attributes import SEPARATOR
from .string_table import JoinedStrings, StringTable

Ids = defaultdict[str, int]


@dataclass(frozen=True)
class _Values:
    """The values of one prefix as bytes, a separator between them; their ids are consecutive.

    This takes an eighth of the memory of a dict with its strings, in training, when nothing is looked up.
    """

    first_id: int
    n_values: int
    text: bytes

    @classmethod
    def of(cls, values: Sequence[str], first_id: int) -> _Values | None:
        """Return the values in this form, None if one holds a separator."""
        text = SEPARATOR.join(values).encode("utf-8", "surrogatepass")
        if text.count(SEPARATOR.encode()) != len(values) - 1:
            return None
        return cls(first_id, len(values), text)

    def __len__(self) -> int:
        return self.n_values

    def keep(self, places: np.ndarray, first_id: int) -> _Values:
        """Return some of the values, numbered anew; `places` rise."""
        data = np.frombuffer(self.text + SEPARATOR.encode(), np.uint8)
        lengths = np.diff(np.flatnonzero(data == ord(SEPARATOR)), prepend=-1)
        is_kept = np.zeros(self.n_values, bool)
        is_kept[places] = True
        return _Values(first_id, len(places), data[np.repeat(is_kept, lengths)].tobytes()[:-1])

    def ids(self) -> Ids:
        """Return the values and their ids as a dict."""
        return Ids(None, zip(self.values(), range(self.first_id, self.first_id + self.n_values)))

    def values(self) -> list[str]:
        """Return the values by id."""
        return self.text.decode("utf-8", "surrogatepass").split(SEPARATOR)


class AttributeIndex:
    """The attributes and their ids, which are 0, 1, 2, ... in the order in which they were added.

    It has one of two forms, and changes to the other when needed. Features of a caller's own are looked up
    whole (`ids`), many at a time, in a table of their bytes. Those of templates are looked up by
    prefix and value (`value_ids`): ``w[-1]=`` and ``the`` of ``w[-1]=the``, in a dict for each prefix, so that
    the one string ``the`` with its hash serves ``w[0]=`` and all the others too.

    Parameters
    ----------
    attributes : iterable of str
        The first attributes, each once: the `index_to_attribute` of another index, for example.

    Raises
    ------
    TypeError
        If an attribute is not a str.
    ValueError
        If one occurs twice.

    Examples
    --------
    >>> index = AttributeIndex(["w[0]=the"])
    >>> index.add("w[0]=cat"), index.get("w[0]=dog")
    (1, -1)
    >>> index.index_to_attribute
    ['w[0]=the', 'w[0]=cat']
    """

    def __init__(self, attributes: Iterable[str] = ()) -> None:
        attributes = list(attributes)
        for place, attribute in enumerate(attributes):
            if not isinstance(attribute, str):
                raise TypeError(
                    f"The attributes of AttributeIndex must be strings. Got {attribute!r} at place {place}."
                )
        # One attribute of this object, so that threads see either form but never a mixture.
        self._tables: StringTable | dict[str, Ids | _Values] = StringTable()
        is_repeated = self.ids(attributes, grow=True) != np.arange(len(attributes))
        if is_repeated.any():
            place = int(np.argmax(is_repeated))
            raise ValueError(
                f"The attributes of AttributeIndex must not repeat. Got {attributes[place]!r} again at place {place}."
            )

    def __reduce__(self) -> tuple[type[AttributeIndex], tuple[list[str]]]:
        return AttributeIndex, (self.index_to_attribute,)

    def __len__(self) -> int:
        return self._size if isinstance(self._tables, dict) else len(self._tables)

    def __contains__(self, attribute: str) -> bool:
        return self.get(attribute) >= 0

    @property
    def index_to_attribute(self) -> list[str]:
        """The attributes by id: a new list."""
        if isinstance(self._tables, StringTable):
            return self._tables.strings()
        attributes = [""] * len(self)
        for prefix, table in self._tables.items():
            if isinstance(table, _Values):
                own = slice(table.first_id, table.first_id + table.n_values)
                attributes[own] = [prefix + value for value in table.values()]
                continue
            for value, number in table.items():
                attributes[number] = prefix + value
        return attributes

    def get(self, attribute: str) -> int:
        """Return the id of an attribute, -1 if it is not known."""
        if isinstance(self._tables, StringTable):
            return int(self.ids([attribute], grow=False)[0])
        prefix, value = split_attribute(attribute)
        return _unpacked(self._tables, prefix).get(value, -1) if prefix in self._tables else -1

    def add(self, attribute: str) -> int:
        """Return the id of an attribute, which is added if it is new."""
        return int(self.ids([attribute], grow=True)[0])

    def ids(self, attributes: Sequence[str], *, grow: bool) -> np.ndarray:
        """Return the ids of attributes, int32 (n_attributes,).

        Parameters
        ----------
        attributes : sequence of str
        grow : bool
            Whether to add those that are new; otherwise their id is -1.
        """
        joined = JoinedStrings.of(attributes)
        return self.whole.add(joined) if grow else self.whole.find(joined)

    @property
    def whole(self) -> StringTable:
        """The table of whole attributes; the index changes to that form."""
        if isinstance(self._tables, StringTable):
            return self._tables
        table = StringTable()
        table.add(JoinedStrings.of(self.index_to_attribute))
        self._tables = table
        return table

    def value_ids(self, prefix: str, values: Sequence[str], *, grow: bool) -> np.ndarray:
        """Return the ids of the attributes ``prefix + value``, int32 (n_values,).

        Parameters
        ----------
        prefix : str
            With one ``=``, at its end, or with none.
        values : sequence of str
        grow : bool
            Whether to add those that are new; otherwise their id is -1.
        """
        tables = self._tables
        if isinstance(tables, StringTable):
            tables = self._tables_of(tables)
        if not prefix.endswith("="):
            prefix, values = "", [prefix + value for value in values]
        if not grow:
            table = _unpacked(tables, prefix) if prefix in tables else {}
            return np.fromiter(map(table.get, values, repeat(-1)), np.int32, len(values))
        is_new, first_id = prefix not in tables, self._size
        if is_new:
            tables[prefix] = Ids(None)
        table = _unpacked(tables, prefix)
        ids = self._added(table, values)
        if is_new and table:
            tables[prefix] = _Values.of(list(table), first_id) or table
        return ids

    def keep(self, kept_ids: np.ndarray) -> AttributeIndex:
        """Return an index of some attributes, numbered anew in the order of `kept_ids`, int (n_kept,)."""
        tables = self._tables
        if isinstance(tables, StringTable) or (np.diff(kept_ids) <= 0).any():
            attributes = self.index_to_attribute
            return AttributeIndex(attributes[kept] for kept in kept_ids.tolist())
        index = AttributeIndex()
        index._size, index._tables = len(kept_ids), {}
        for prefix, table in tables.items():
            if isinstance(table, _Values):
                first, last = np.searchsorted(kept_ids, [table.first_id, table.first_id + table.n_values])
                kept: Ids | _Values = table.keep(kept_ids[first:last] - table.first_id, int(first))
            else:
                ids = np.fromiter(table.values(), np.int64, len(table))
                is_kept = np.isin(ids, kept_ids)
                new_ids = np.searchsorted(kept_ids, ids[is_kept]).tolist()
                kept = Ids(None, zip(compress(table, is_kept.tolist()), new_ids))
            if len(kept):
                index._tables[prefix] = kept
        return index

    def _tables_of(self, whole: StringTable) -> dict[str, Ids | _Values]:
        """Return tables by prefix of the attributes in a table of whole strings; the index changes to that form."""
        tables: dict[str, Ids] = {}
        attributes = whole.strings()
        for number, attribute in enumerate(attributes):
            prefix, value = split_attribute(attribute)
            tables.setdefault(prefix, Ids(None))[value] = number
        self._tables, self._size = {**tables}, len(attributes)
        return self._tables

    def _added(self, table: Ids, values: Sequence[str]) -> np.ndarray:
        """Return the ids of values of a prefix, int32 (n_values,), and add those that are new."""
        # The dict numbers new values by itself, without Python code for any value.
        n_before = len(table)
        table.default_factory = count(self._size).__next__
        try:
            return np.fromiter(map(table.__getitem__, values), np.int32, len(values))
        finally:
            table.default_factory = None
            self._size += len(table) - n_before


def _unpacked(tables: dict[str, Ids | _Values], prefix: str) -> Ids:
    """Return the dict of a prefix, which replaces its bytes."""
    table = tables[prefix]
    if isinstance(table, _Values):
        table = table.ids()
        tables[prefix] = table
    return table


def split_attribute(attribute: str) -> tuple[str, str]:
    """Return an attribute's prefix, up to its first ``=``, and its value; without ``=`` it is all value."""
    prefix, sign, value = attribute.partition("=")
    return (prefix + sign, value) if sign else ("", attribute)
