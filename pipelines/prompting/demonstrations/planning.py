"""Selection methods: how each chooses examples for a block of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...features.bm25 import BM25Index
from ...features.vectorizer import EmbeddingVectorizer
from .choosing import Criterion, Determinant, Limits, Marginal, Relevance, choose
from .coverage import Coverage, Covering, TermCovering, TokenCovering, WordCovering
from .examples import Examples
from .searching import BLOCK_BYTES, ByScores, ByVectors, Chance, Groups, InOrder, Search

__all__ = ["METHODS", "NEEDS_VECTORS", "Plan", "Ranked", "Reranked", "State", "WordByWord", "make_plan"]

METHODS = ("knn", "bm25", "mmr", "dpp", "coverage", "votek", "random")
NEEDS_VECTORS = ("knn", "mmr", "dpp", "votek")
_POOL = 4  # candidates for each example that is chosen, where some may not fit the budget


class Plan(Protocol):
    """A selection method, ready for queries: texts, or rows of vectors."""

    def choose(
        self, queries: Any, k: int, barred_Q: np.ndarray, limits: Limits, groups: Groups
    ) -> np.ndarray:
        """Return the chosen examples, in order of choice, int64 (Q, k), -1 where there are fewer.

        Parameters
        ----------
        queries : sequence
        k : int
        barred_Q : int64 (Q,)
            The example excluded for each query, or -1.
        limits : Limits
        groups : list of int64 (M,), optional
            The eligible examples, by label if the selection is balanced; all by default.
        """


@dataclass(frozen=True)
class State:
    """The state of a fitted selector, with U examples of distinct texts.

    Attributes
    ----------
    examples : Examples
    codes : int64 (U,), optional
        The label of each, if the selection is balanced.
    costs : int64 (U,), optional
        The number of tokens of each, if there is a budget.
    order : int64 (U,), optional
        The order of vote-k.
    plan : Plan
    embedder : object, optional
        Fitted.
    vectors : float32 (U, D), optional
    """

    examples: Examples
    codes: np.ndarray | None
    costs: np.ndarray | None
    order: np.ndarray | None
    plan: Plan
    embedder: Any
    vectors: np.ndarray | None


@dataclass(frozen=True)
class Ranked:
    """The best examples by a score that does not depend on other choices."""

    search: Search

    def choose(
        self, queries: Any, k: int, barred_Q: np.ndarray, limits: Limits, groups: Groups
    ) -> np.ndarray:
        """As `Plan.choose`."""
        if groups is None:
            return _wide(self.search.best(queries, k, barred_Q)[0], k)
        chosen = np.full((len(queries), k), -1, np.int64)
        open_Q = np.arange(len(queries))
        n = k if limits.costs is None else _POOL * k
        while len(open_Q):
            some = queries[open_Q] if isinstance(queries, np.ndarray) else [queries[q] for q in open_Q]
            rows_QP, scores_QP = self.search.best(some, n, barred_Q[open_Q], groups)
            relevance = Relevance(np.where(rows_QP < 0, 0.0, scores_QP))
            cut = [] if limits.costs is None else [rows for rows in groups if len(rows) > n]
            found, is_sure_Q = choose(relevance, rows_QP, k, limits, cut)
            chosen[open_Q[is_sure_Q]] = found[is_sure_Q]
            open_Q = open_Q[~is_sure_Q]
            n *= 8
        return chosen


@dataclass(frozen=True)
class Reranked:
    """The best of the nearest examples, by a criterion that depends on other choices.

    Attributes
    ----------
    search : Search
    unit_ND : float32 (N, D)
    method : {"mmr", "dpp"}
    weight : float
        The weight of relevance.
    n_candidates : int
    """

    search: Search
    unit_ND: np.ndarray
    method: str
    weight: float
    n_candidates: int

    def choose(
        self, queries: np.ndarray, k: int, barred_Q: np.ndarray, limits: Limits, groups: Groups
    ) -> np.ndarray:
        """As `Plan.choose`."""
        n_groups = 1 if groups is None else len(groups)
        n_each = max(-(-self.n_candidates // n_groups), k)
        pool_QP, scores_QP = self.search.best(queries, n_each, barred_Q, groups)
        n_block = max(1, BLOCK_BYTES // (16 * pool_QP.shape[1] ** 2))
        parts = [np.empty((0, k), np.int64)]
        for first in range(0, len(pool_QP), n_block):
            rows_QP = pool_QP[first : first + n_block]
            vectors_QPD = self.unit_ND[rows_QP]
            similarity_QPP = vectors_QPD @ vectors_QPD.transpose(0, 2, 1)
            relevance_QP = np.where(rows_QP < 0, 0.0, scores_QP[first : first + n_block])
            kind: type[Marginal | Determinant] = Marginal if self.method == "mmr" else Determinant
            criterion: Criterion = kind(relevance_QP, similarity_QPP, self.weight)
            parts.append(choose(criterion, rows_QP, k, limits)[0])
        return np.concatenate(parts)


@dataclass(frozen=True)
class WordByWord:
    """The examples that together cover the words of a query."""

    covering: Covering
    n_examples: int

    def choose(
        self, queries: Sequence[str], k: int, barred_Q: np.ndarray, limits: Limits, groups: Groups
    ) -> np.ndarray:
        """As `Plan.choose`."""
        rows = np.arange(self.n_examples) if groups is None else np.sort(np.concatenate(groups))
        chosen = np.full((len(queries), k), -1, np.int64)
        for place, (text, barred) in enumerate(zip(queries, barred_Q.tolist())):
            allowed = rows[rows != barred]
            criterion = Coverage(self.covering.of(text), allowed)
            chosen[place] = choose(criterion, allowed[None], k, limits)[0][0]
        return chosen


def make_plan(selector: Any, examples: Examples, order: np.ndarray | None) -> Plan:
    """Return the plan of a selector.

    Parameters
    ----------
    selector : DemonstrationSelector
        With `embedder_`, `vectors_` and `seed_`.
    examples : Examples
    order : int64 (U,), optional
        Of vote-k.
    """
    n, method, vectors = len(examples.rows), selector.method, selector.vectors_
    if method == "random":
        return Ranked(ByScores(n, Chance(n, selector.seed_)))
    if order is not None:
        return Ranked(InOrder(order))
    if method == "coverage" and selector.embedder_ is not None:
        is_word_by_word = isinstance(selector.embedder_, EmbeddingVectorizer)
        kind: Any = WordCovering if is_word_by_word else TokenCovering
        return WordByWord(kind(examples.different_texts, selector.embedder_), n)
    if method in ("bm25", "coverage"):
        index = BM25Index(examples.different_texts, selector.language)
        return Ranked(ByScores(n, index.scores)) if method == "bm25" else WordByWord(TermCovering(index), n)
    search = ByVectors(vectors)
    if method == "knn":
        return Ranked(search)
    return Reranked(search, vectors, method, selector.relevance_weight, selector.n_candidates)


def _wide(rows: np.ndarray, k: int) -> np.ndarray:
    """Return (Q, P) as (Q, k), filled with -1."""
    return np.pad(rows, ((0, 0), (0, max(0, k - rows.shape[1]))), constant_values=-1)[:, :k]
