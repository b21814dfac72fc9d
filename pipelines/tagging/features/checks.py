"""Checks of what `TokenFeatures` is given: names of columns and gazetteers, clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from numbers import Integral
from typing import Any

from wordvec._utils.messages import shown

_OWN_NAMES = {"w", "lower", "shape", "c", "type"}


def check_names(columns: Any, gazetteers: Any) -> None:
    """Raise if names of columns or gazetteers could be taken for other attributes."""
    if not isinstance(columns, (list, tuple)) or len(set(map(repr, columns))) != len(columns):
        raise ValueError(
            f"The columns parameter of TokenFeatures must be a list of different names. "
            f"Got {shown(columns)} instead."
        )
    for name in columns:
        if not isinstance(name, str) or not name.isidentifier() or name in _OWN_NAMES or "cluster" in name:
            raise ValueError(
                f"The columns parameter of TokenFeatures must hold names without spaces or signs, and none of "
                f"{', '.join(sorted(_OWN_NAMES))} or cluster. Got {name!r}. Choose another name."
            )
    if not isinstance(gazetteers, Mapping):
        raise TypeError(
            f"The gazetteers parameter of TokenFeatures must be a dict from names to phrases. "
            f"Got {shown(gazetteers)}."
        )
    for name in gazetteers:
        if not isinstance(name, str) or set(name) & set("[]=|"):
            raise ValueError(
                f"The names in the gazetteers parameter of TokenFeatures must be strings without [, ], = and |. "
                f"Got {name!r}. Choose another name."
            )


def count_granularities(clusters: Mapping[str, Sequence[int]] | None) -> int:
    """Return how many clusters every word has, 0 without clusters; raise if not equally many."""
    if clusters is None:
        return 0
    if not isinstance(clusters, Mapping):
        raise TypeError(
            f"The clusters parameter of TokenFeatures must be a dict from words to lists of cluster ids. "
            f"Got a {type(clusters).__name__} instead."
        )
    # By types, of which there are few, because words are many.
    kinds = {type(row) for row in clusters.values()}
    are_words = all(issubclass(kind, str) for kind in set(map(type, clusters)))
    are_lists = not any(issubclass(kind, (str, bytes, Mapping)) for kind in kinds)
    if not are_words or not are_lists or not all(hasattr(kind, "__getitem__") for kind in kinds):
        raise _cluster_error(clusters)
    if not all(issubclass(kind, Integral) for kind in set(map(type, chain.from_iterable(clusters.values())))):
        raise _cluster_error(clusters)
    sizes = {len(row) for row in clusters.values()}
    if len(sizes) > 1:
        raise ValueError(
            "The clusters parameter of TokenFeatures must have equally many cluster ids for every word. "
            f"Got words with {min(sizes)} and with {max(sizes)}."
        )
    return sizes.pop() if sizes else 0


def _cluster_error(clusters: Mapping[Any, Any]) -> TypeError:
    """Return the error for the first word that is none, or whose clusters are no list of integers."""
    word, row = next(
        (word, row) for word, row in clusters.items() if not isinstance(word, str) or not _are_ids(row)
    )
    return TypeError(
        f"The clusters parameter of TokenFeatures must be a dict from words to lists of cluster ids, which are "
        f"integers. Got {shown(row)} for {shown(word)}. cluster_vectors(...).tolist() gives such lists."
    )


def _are_ids(row: Any) -> bool:
    if isinstance(row, (str, bytes, Mapping)) or not hasattr(row, "__getitem__"):
        return False
    return all(isinstance(number, Integral) for number in row)
