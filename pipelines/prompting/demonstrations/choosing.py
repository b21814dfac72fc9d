"""Greedy selection of demonstrations under limits, by the gain of a criterion; ties go to the first.

Axes: Q queries, P candidates of each, by decreasing relevance, of N examples; D floats of a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

__all__ = ["Criterion", "Determinant", "Limits", "Marginal", "Relevance", "choose"]

# What a direction that is spanned already adds to a determinant: float32 leaves no zero, but noise.
_LEAST_VARIANCE = 1e-6


@dataclass(frozen=True)
class Limits:
    """The constraints of a selection.

    Attributes
    ----------
    codes : int64 (N,), optional
        The label of each example, from 0; the selection is balanced over labels.
    costs : int64 (N,), optional
        The number of tokens of each example.
    budget : int
        Maximum total number of tokens of the chosen examples.
    """

    codes: np.ndarray | None = None
    costs: np.ndarray | None = None
    budget: int = 0

    def groups(self, rows: np.ndarray) -> list[np.ndarray] | None:
        """Return the examples of `rows` that fit the budget, by label; None if all examples are one group."""
        if self.costs is not None:
            rows = rows[self.costs[rows] <= self.budget]
        if self.codes is not None:
            return [rows[self.codes[rows] == code] for code in np.unique(self.codes[rows])]
        return None if self.costs is None else [rows]


class Criterion(Protocol):
    """The gain of each candidate, given those already chosen."""

    def gains(self, is_allowed_QP: np.ndarray) -> np.ndarray:
        """Return the gain of each candidate, float64 (Q, P); arbitrary for those not allowed."""

    def take(self, best_Q: np.ndarray) -> None:
        """Add one chosen candidate for each query; arbitrary where there is none."""


class Relevance:
    """The candidates' own scores."""

    def __init__(self, relevance_QP: np.ndarray) -> None:
        self.relevance_QP = relevance_QP

    def gains(self, is_allowed_QP: np.ndarray) -> np.ndarray:
        """Return the relevance."""
        return self.relevance_QP

    def take(self, best_Q: np.ndarray) -> None:
        """Do nothing: relevance does not depend on other choices."""


class Marginal:
    """Maximal marginal relevance: w relevance - (1 - w) maximum similarity to those already chosen.

    Carbonell and Goldstein (1998), "The use of MMR, diversity-based reranking for reordering documents and producing
    summaries", SIGIR.

    Parameters
    ----------
    relevance_QP : float64 (Q, P)
    similarity_QPP : float (Q, P, P)
    weight : float
    """

    def __init__(self, relevance_QP: np.ndarray, similarity_QPP: np.ndarray, weight: float) -> None:
        self.relevance_QP, self.similarity_QPP, self.weight = relevance_QP, similarity_QPP, weight
        self.nearest_QP: np.ndarray | None = None

    def gains(self, is_allowed_QP: np.ndarray) -> np.ndarray:
        """Return the marginal relevance; for the first choice this is the relevance."""
        if self.nearest_QP is None:
            return self.relevance_QP
        found: np.ndarray = self.weight * self.relevance_QP - (1 - self.weight) * self.nearest_QP
        return found

    def take(self, best_Q: np.ndarray) -> None:
        """Update the maximum similarities with one more choice."""
        with_best_QP = self.similarity_QPP[np.arange(len(best_Q)), best_Q].astype(np.float64)
        before = self.nearest_QP
        self.nearest_QP = with_best_QP if before is None else np.maximum(before, with_best_QP)


class Determinant:
    """Determinantal point process: w sum of relevance + (1 - w) log det of the similarities of those chosen.

    Greedy MAP inference of Chen, Zhang and Zhou (2018), "Fast greedy MAP inference for determinantal point
    process", NeurIPS, algorithm 1, with the kernel of their section 5.2; as Ye et al. (2023), "Compositional exemplars
    for in-context learning", arXiv:2302.05698, choose demonstrations.

    Parameters
    ----------
    relevance_QP : float64 (Q, P)
    similarity_QPP : float (Q, P, P)
        Positive semi-definite, with ones on the diagonal, or zeros for vectors of zeros.
    weight : float
    """

    def __init__(self, relevance_QP: np.ndarray, similarity_QPP: np.ndarray, weight: float) -> None:
        self.relevance_QP, self.similarity_QPP, self.weight = relevance_QP, similarity_QPP, weight
        # Not the last bits of a product, which would decide between equals.
        self.variance_QP = np.rint(np.einsum("qpp->qp", similarity_QPP)).astype(np.float64)
        self.columns: list[np.ndarray] = []  # of the Cholesky factor, each (Q, P)

    def gains(self, is_allowed_QP: np.ndarray) -> np.ndarray:
        """Return the increase of the objective by each candidate."""
        log_QP = np.log(np.maximum(self.variance_QP, _LEAST_VARIANCE))
        found: np.ndarray = self.weight * self.relevance_QP + (1 - self.weight) * log_QP
        return found

    def take(self, best_Q: np.ndarray) -> None:
        """Add a column to the Cholesky factor, and update the conditional variances."""
        queries = np.arange(len(best_Q))
        left_QP = self.similarity_QPP[queries, best_Q].astype(np.float64)
        for column_QP in self.columns:
            left_QP -= column_QP[queries, best_Q][:, None] * column_QP
        scale_Q = np.sqrt(np.maximum(self.variance_QP[queries, best_Q], _LEAST_VARIANCE))
        column_QP = left_QP / scale_Q[:, None]
        self.columns.append(column_QP)
        self.variance_QP = self.variance_QP - column_QP**2


def choose(
    criterion: Criterion, rows_QP: np.ndarray, k: int, limits: Limits, cut: Sequence[np.ndarray] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Choose up to k candidates for each query, one at a time.

    With labels, each choice is restricted to the least chosen labels among those with candidates left within the
    budget. With a budget, candidates that do not fit are skipped.

    Parameters
    ----------
    criterion : Criterion
    rows_QP : int64 (Q, P)
        The example of each candidate, or -1.
    k : int
    limits : Limits
    cut : list of int64 (M,)
        The examples of each label not all of whose examples are candidates; without labels, all examples.

    Returns
    -------
    chosen : int64 (Q, k)
        Examples in the order of choice, -1 where there are fewer.
    is_sure_Q : bool (Q,)
        Whether further, less relevant candidates would change nothing: no label ran out of fitting candidates while
        others might exist.
    """
    # Without labels all examples have one, and without a budget none costs anything.
    nothing = np.zeros(1 + rows_QP.max(initial=0), np.int64)
    codes = nothing if limits.codes is None else limits.codes
    costs = nothing if limits.costs is None else limits.costs
    codes_QP, costs_QP = codes[rows_QP], costs[rows_QP]
    queries = np.arange(len(rows_QP))
    left_Q = np.full(len(rows_QP), limits.budget, np.int64)
    counts_QL = np.zeros((len(rows_QP), int(codes.max()) + 1), np.int64)
    chosen = np.full((len(rows_QP), k), -1, np.int64)
    is_open_QP = rows_QP >= 0
    is_sure_Q = np.ones(len(rows_QP), bool)
    for step in range(k if rows_QP.shape[1] else 0):
        is_left_QP = is_open_QP & (costs_QP <= left_Q[:, None])
        for rows in cut:
            has_one_Q = (is_left_QP & (codes_QP == codes[rows[0]])).any(axis=1)
            is_sure_Q &= has_one_Q | (left_Q < costs[rows].min())
        counts_QP = np.where(is_left_QP, np.take_along_axis(counts_QL, codes_QP, axis=1), k)
        is_allowed_QP = is_left_QP & (counts_QP == counts_QP.min(axis=1, keepdims=True))
        best_Q = np.where(is_allowed_QP, criterion.gains(is_allowed_QP), -np.inf).argmax(axis=1)
        is_found_Q = is_allowed_QP[queries, best_Q]
        if not is_found_Q.any():
            break
        chosen[:, step] = np.where(is_found_Q, rows_QP[queries, best_Q], -1)
        criterion.take(best_Q)
        is_open_QP[queries, best_Q] = False
        counts_QL[queries, codes_QP[queries, best_Q]] += 1
        left_Q -= np.where(is_found_Q, costs_QP[queries, best_Q], 0)
    return chosen, is_sure_Q
