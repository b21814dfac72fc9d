"""AttributeIndex: the attributes of a tagger and their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count, repeat

import numpy as np

from pipelines.tagging.string_table import JoinedStrings, StringTable

Ids = defaultdict[str, int]


class AttributeIndex:
    """The attributes and their ids, which are 0, 1, 2, ... in the order in which they were added.

    It is held in one of two forms, and turned into the other when that is asked for. Features of a caller's own
    are looked up whole (`ids`), many at once, in a table of their bytes. Those of templates are looked up by
    prefix and value (`value_ids`): ``w[-1]=`` and ``the`` of ``w[-1]=the``, in a dict for each prefix, so that
    the one string ``the`` with its hash serves ``w[0]=`` and all the others too.

    Parameters
    ----------
    attributes : iterable of str
        Those to begin with, each once; what `index_to_attribute` of another index gave, for example.

    Raises
    ------
    TypeError
        If an attribute is no str.
    ValueError
        If one comes twice.
    """

    def __init__(self, attributes: Iterable[str] = ()) -> None:
        attributes = list(attributes)
        for place, attribute in enumerate(attributes):
            if not isinstance(attribute, str):
                raise TypeError(
                    f"The attributes of AttributeIndex must be strings. Got {attribute!r} at place {place}."
                )
        # One attribute of this object, so that threads see either form but never a mixture.
        self._tables: StringTable | dict[str, Ids] = StringTable()
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
            for value, number in table.items():
                attributes[number] = prefix + value
        return attributes

    def get(self, attribute: str) -> int:
        """Return the id of an attribute, -1 if it is not known."""
        if isinstance(self._tables, StringTable):
            return int(self.ids([attribute], grow=False)[0])
        prefix, value = split_attribute(attribute)
        return self._tables[prefix].get(value, -1) if prefix in self._tables else -1

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
            tables = {}
            attributes = self.index_to_attribute
            for number, attribute in enumerate(attributes):
                key, value = split_attribute(attribute)
                tables.setdefault(key, defaultdict(None))[value] = number
            self._tables, self._size = tables, len(attributes)
        if not prefix.endswith("="):
            prefix, values = "", [prefix + value for value in values]
        if grow:
            tables.setdefault(prefix, defaultdict(None))
        return self._looked_up(tables.get(prefix, defaultdict(None)), values, grow)

    def keep(self, kept_ids: np.ndarray) -> AttributeIndex:
        """Return an index of some attributes, numbered anew in the order of `kept_ids`, int (n_kept,)."""
        attributes = self.index_to_attribute
        return AttributeIndex(attributes[kept] for kept in kept_ids.tolist())

    def _looked_up(self, table: Ids, keys: Sequence[str], grow: bool) -> np.ndarray:
        if not grow:
            return np.fromiter(map(table.get, keys, repeat(-1)), np.int32, len(keys))
        # The dict counts by itself: no step of Python for a key, old or new.
        n_before = len(table)
        table.default_factory = count(self._size).__next__
        try:
            return np.fromiter(map(table.__getitem__, keys), np.int32, len(keys))
        finally:
            table.default_factory = None
            self._size += len(table) - n_before


def split_attribute(attribute: str) -> tuple[str, str]:
    """Return an attribute's prefix, up to its first ``=``, and its value; without ``=`` it is all value."""
    prefix, sign, value = attribute.partition("=")
    return (prefix + sign, value) if sign else ("", attribute)
