"""Rules of the parameters of `TokenFeatures` that are more than a number or a choice: names and clusters."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from numbers import Integral
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import shown
from wordvec._utils.parameters import Rule

_OWN_NAMES = {"w", "lower", "shape", "c", "type"}


class ColumnNames(Rule):
    """Names of extra columns, none of which can be confused with another attribute."""

    description = "a list of different names"

    def check(self, name: str, value: Any, owner: str) -> Any:
        """Return the names as they are, or raise ParameterError."""
        if not isinstance(value, (list, tuple)) or len(set(map(repr, value))) != len(value):
            raise ParameterError(name, owner, f"be {self.description}", value)
        for column in value:
            if not _is_column_name(column):
                raise ParameterError(
                    name,
                    owner,
                    "hold names that are Python identifiers, without 'cluster' in them, and none of "
                    f"{', '.join(sorted(_OWN_NAMES))}",
                    column,
                    "Choose another name.",
                )
        return value

    def bad_values(self) -> list[Any]:
        """Return other types, and lists with a repeated name, a reserved one, or one that is not an identifier."""
        return ["pos", None, 3, ["pos", "pos"], ["w"], ["a b"], ["cluster0"], [3], [["a"]]]


class GazetteerNames(Rule):
    """A mapping of names to phrases, or None; the checked value is a mapping. Gazetteers check their phrases."""

    description = "a dict from names to phrases, or None"

    def check(self, name: str, value: Any, owner: str) -> Any:
        """Return the gazetteers, empty for None, or raise ParameterError."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise ParameterError(name, owner, f"be {self.description}", value)
        for kind in value:
            if not isinstance(kind, str) or set(kind) & set("[]=|"):
                raise ParameterError(
                    name,
                    owner,
                    "have names that are strings without [, ], = and |",
                    kind,
                    "Choose another name.",
                )
        return value

    def bad_values(self) -> list[Any]:
        """Return other types, and mappings with names that attributes cannot hold."""
        return [[], "LOC", {3: ["Rome"]}, {"a=b": ["Rome"]}]


class WordClusters(Rule):
    """A mapping of words to the same number of cluster ids each, or None."""

    description = "a dict from words to lists of cluster ids, or None"

    def check(self, name: str, value: Any, owner: str) -> Any:
        """Return the clusters, or raise ParameterError for the first word that has no list of integers."""
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise ParameterError(name, owner, f"be {self.description}", value)
        if not _are_clusters(value):
            word, row = next(
                (w, row) for w, row in value.items() if not isinstance(w, str) or not _are_ids(row)
            )
            raise ParameterError(
                name,
                owner,
                "be a dict from words to lists of cluster ids, which are integers",
                row,
                f"That is the value of {shown(word)}. cluster_vectors(...).tolist() gives such lists.",
            )
        sizes = sorted({len(row) for row in value.values()})
        if len(sizes) > 1:
            raise ParameterError(
                name,
                owner,
                "have the same number of cluster ids for every word",
                sizes,
                f"There are words with {sizes[0]} and with {sizes[-1]}.",
            )
        return value

    def bad_values(self) -> list[Any]:
        """Return other types, and mappings of words to values other than lists of integers."""
        return [[], "1", {"Ada": 3}, {"Ada": "12"}, {3: [1]}, {"Ada": [1.5]}, {"Ada": [1], "Bob": [1, 2]}]


def _is_column_name(name: Any) -> bool:
    return isinstance(name, str) and name.isidentifier() and name not in _OWN_NAMES and "cluster" not in name


def _are_clusters(clusters: Mapping[Any, Any]) -> bool:
    # By types, of which there are few, because words are many.
    kinds = {type(row) for row in clusters.values()}
    if not all(issubclass(kind, str) for kind in set(map(type, clusters))):
        return False
    if any(issubclass(kind, (str, bytes, Mapping)) or not hasattr(kind, "__getitem__") for kind in kinds):
        return False
    return all(issubclass(kind, Integral) for kind in set(map(type, chain.from_iterable(clusters.values()))))


def _are_ids(row: Any) -> bool:
    if isinstance(row, (str, bytes, Mapping)) or not hasattr(row, "__getitem__"):
        return False
    return all(isinstance(number, Integral) for number in row)
