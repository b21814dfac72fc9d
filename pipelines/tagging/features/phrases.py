"""A trie of phrases in sorted arrays, which finds all their occurrences in a text level by level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class _Level:
    """The nodes that a further token leads to.

    Attributes
    ----------
    keys : int64 (n_nodes,)
        The node of the level before and the token, as one number; ascending.
    ends : int64 (n_phrases,)
        The node of this level for each phrase that ends here; -1 for other phrases.
    """

    keys: np.ndarray
    ends: np.ndarray


class PhraseTable:
    """A table of phrases of a text, to find them again in that text or in another one.

    Parameters
    ----------
    type_ids : int32 (n_tokens,)
        The words of the text, by number.
    n_types : int
        Their number.
    begins, lengths : int64 (n_phrases,)
        Where each occurrence begins, and its tokens.
    """

    def __init__(self, type_ids: np.ndarray, n_types: int, begins: np.ndarray, lengths: np.ndarray) -> None:
        self._n_types = n_types
        self._levels: list[_Level] = []
        nodes = np.zeros(len(begins), np.int64)
        alive = np.flatnonzero(lengths > 0)
        while len(alive):
            depth = len(self._levels)
            keys, nodes[alive] = np.unique(
                nodes[alive] * n_types + type_ids[begins[alive] + depth], return_inverse=True
            )
            is_last = lengths[alive] == depth + 1
            ends = np.full(len(begins), -1, np.int64)
            ends[alive[is_last]] = nodes[alive[is_last]]
            self._levels.append(_Level(keys, ends))
            alive = alive[~is_last]

    def counts(self, kinds: np.ndarray, n_kinds: int) -> list[np.ndarray]:
        """Return how often each node ends a phrase of each kind: for each length from 1, int64 (n_nodes, n_kinds).

        Parameters
        ----------
        kinds : int64 (n_phrases,)
            The kind of each occurrence, -1 to leave it out.
        n_kinds : int
        """
        found = []
        for level in self._levels:
            is_counted = (level.ends >= 0) & (kinds >= 0)
            places = level.ends[is_counted] * n_kinds + kinds[is_counted]
            counts = np.bincount(places, minlength=len(level.keys) * n_kinds)
            found.append(counts.reshape(len(level.keys), n_kinds))
        return found

    def find(self, starts: np.ndarray, type_ids: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield, for each length from 1, the tokens where a path of that length begins, and its last node.

        Parameters
        ----------
        starts : int64 (n_sentences + 1,)
        type_ids : int32 (n_tokens,)
            Numbers of the table's own words; -1 for others.

        Yields
        ------
        places, nodes : int64 (n,)
        """
        ends = np.repeat(starts[1:], np.diff(starts))
        places = np.arange(len(type_ids), dtype=np.int64)
        nodes = np.zeros(len(type_ids), np.int64)
        for depth, level in enumerate(self._levels):
            is_inside = places + depth < ends[places]
            places, nodes = places[is_inside], nodes[is_inside]
            words = type_ids[places + depth]
            keys = nodes * self._n_types + words
            nodes = np.searchsorted(level.keys, keys)
            is_found = words >= 0
            is_found[is_found] = (
                level.keys[np.minimum(nodes[is_found], len(level.keys) - 1)] == keys[is_found]
            )
            places, nodes = places[is_found], nodes[is_found]
            yield places, nodes
