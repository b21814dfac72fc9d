"""Search for the best examples for each query, without limits: by vectors, by BM25, at random, or in a fixed order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from wordvec.vectors.neighbors import nearest, top_rows

__all__ = ["ByScores", "ByVectors", "Chance", "InOrder", "Search"]

Groups = list[np.ndarray] | None
Found = tuple[np.ndarray, np.ndarray]
NONE = -1
# Of scores and similarities at a time.
BLOCK_BYTES = 1 << 26


class Search(Protocol):
    """The interface of searches; queries are rows of vectors or texts, depending on the search."""

    def best(self, queries: Any, n: int, barred_Q: np.ndarray, groups: Groups = None) -> Found:
        """Return the n best examples for each query, descending; ties in the given order.

        Parameters
        ----------
        queries : sequence
        n : int
        barred_Q : int64 (Q,)
            The example excluded for each query, or -1.
        groups : list of int64 (M,), optional
            The eligible examples, ascending; n of each group are found. By default, all are one group.

        Returns
        -------
        rows : int64 (Q, P)
            -1 where there are fewer.
        scores : float64 (Q, P)
        """


class ByVectors:
    """Search by cosine.

    Parameters
    ----------
    unit_ND : float32 (N, D)
        Rows of unit length, or zeros.
    """

    def __init__(self, unit_ND: np.ndarray) -> None:
        self.unit_ND = unit_ND

    def best(self, queries: np.ndarray, n: int, barred_Q: np.ndarray, groups: Groups = None) -> Found:
        """As `Search.best`; queries are float32 (Q, D) of unit length."""
        if groups is None:
            return self._best(self.unit_ND, queries, n, barred_Q)
        parts = []
        for rows in groups:
            places, scores = self._best(self.unit_ND[rows], queries, n, _places(barred_Q, rows))
            parts.append((np.where(places < 0, NONE, rows[places]), scores))
        return _merged(parts)

    def _best(self, table: np.ndarray, queries: np.ndarray, n: int, barred_Q: np.ndarray) -> Found:
        ones, n_found = np.ones(len(table), np.float32), min(n, len(table))
        return _filled(nearest(table, ones, queries, barred_Q, n_found, BLOCK_BYTES), n_found)


class ByScores:
    """Search by any score over all examples.

    Parameters
    ----------
    n_examples : int
    scores : callable
        Maps queries to scores, float (Q, N), which may be changed.
    """

    def __init__(self, n_examples: int, scores: Callable[[Any], np.ndarray]) -> None:
        self.n_examples, self.scores = n_examples, scores

    def best(self, queries: Any, n: int, barred_Q: np.ndarray, groups: Groups = None) -> Found:
        """As `Search.best`."""
        listed = [np.arange(self.n_examples)] if groups is None else groups
        found: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in listed]
        n_block = max(1, BLOCK_BYTES // (16 * self.n_examples))
        for first in range(0, len(queries), n_block):
            block = slice(first, first + n_block)
            for scores_N, barred in zip(self.scores(queries[block]), barred_Q[block].tolist()):
                if barred >= 0:
                    scores_N[barred] = -np.inf
                for rows, part in zip(listed, found):
                    scores_M = scores_N if groups is None else scores_N[rows]
                    places = top_rows(scores_M, n)
                    places = places[scores_M[places] > -np.inf]
                    part.append((rows[places], scores_M[places]))
        return _merged([_filled(part, min(n, len(rows))) for rows, part in zip(listed, found)])


class InOrder:
    """Search in a fixed order, regardless of the query.

    Parameters
    ----------
    order : int64 (N,)
        All examples, best first.
    """

    def __init__(self, order: np.ndarray) -> None:
        self.order = order
        self._ranks = np.empty(len(order))
        self._ranks[order] = np.arange(len(order))

    def best(self, queries: Any, n: int, barred_Q: np.ndarray, groups: Groups = None) -> Found:
        """As `Search.best`; scores are negative positions in the order."""
        parts = []
        for rows in [self.order] if groups is None else groups:
            # The one that is barred may be among them.
            ranked = rows[np.argsort(self._ranks[rows])[: n + 1]]
            found = [ranked[ranked != barred][:n] for barred in barred_Q.tolist()]
            parts.append(_filled([(some, -self._ranks[some]) for some in found], min(n, len(rows))))
        return _merged(parts)


class Chance:
    """Scores for a random choice: each a function of the seed, the query and the index of the example.

    Parameters
    ----------
    n_examples : int
    seed : int
    """

    def __init__(self, n_examples: int, seed: int) -> None:
        self.numbers, self.seed = np.arange(1, n_examples + 1, dtype=np.uint64), seed

    def __call__(self, texts: Any) -> np.ndarray:
        """Return float64 (Q, N) in [0, 1) for texts."""
        keys = np.array([_hash(text, self.seed) for text in texts], np.uint64)
        # SplitMix64 (Steele, Lea and Flood 2014): its output at each number, from the state of the query.
        with np.errstate(over="ignore"):
            state = keys[:, None] + self.numbers * np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        found: np.ndarray = ((state ^ (state >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
        return found


def _hash(text: str, seed: int) -> int:
    digest = hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=8, key=seed.to_bytes(8, "big")
    )
    return int.from_bytes(digest.digest(), "big")


def _places(rows: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return the index of each row in `among`, or -1."""
    places = np.searchsorted(among, rows)
    is_there = among[np.minimum(places, len(among) - 1)] == rows
    return np.where(is_there, places, NONE)


def _filled(found: list[tuple[np.ndarray, np.ndarray]], n: int) -> Found:
    """Return rows and scores as arrays (Q, n), filled with -1 and -inf."""
    rows, scores = np.full((len(found), n), NONE, np.int64), np.full((len(found), n), -np.inf)
    for place, (some, their) in enumerate(found):
        rows[place, : len(some)], scores[place, : len(some)] = some, their
    return rows, scores


def _merged(parts: list[Found]) -> Found:
    """Return the results of all groups, by decreasing score."""
    if len(parts) == 1:
        return parts[0]
    rows, scores = (np.concatenate(arrays, axis=1) for arrays in zip(*parts))
    order = np.lexsort((rows, -scores), axis=1)
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
