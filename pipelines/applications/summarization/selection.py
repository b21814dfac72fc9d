"""Selection of a summary's sentences within a length: the best ones, or diverse ones by MMR."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Budget", "choose_best", "choose_diverse"]

_Similarities = Callable[[int], np.ndarray]


@dataclass(frozen=True)
class Budget:
    """The length limit of a summary; exactly one attribute is set.

    Attributes
    ----------
    sentences : int or None
    words : int or None
        In total. The first chosen sentence may have more, so that no summary is empty.
    ratio : float or None
        Share of the document's sentences, rounded up.
    """

    sentences: int | None = None
    words: int | None = None
    ratio: float | None = None

    def most_sentences(self, n_sentences: int) -> int:
        """Return how many sentences of a document may be chosen."""
        if self.ratio is not None:
            # Not one more for the rounding of a product, such as 0.7 * 10.
            return math.ceil(round(self.ratio * n_sentences, 9))
        return n_sentences if self.sentences is None else min(self.sentences, n_sentences)


def choose_best(scores: np.ndarray, lengths: np.ndarray, budget: Budget) -> list[int]:
    """Return the highest-scoring sentences that fit, in document order.

    Parameters
    ----------
    scores : float64 (n_sentences,)
        In case of a tie, the earlier sentence wins.
    lengths : int64 (n_sentences,)
        In words.
    budget : Budget
    """
    order = np.argsort(-scores, kind="stable")
    if budget.words is None:
        return sorted(order[: budget.most_sentences(len(scores))].tolist())
    chosen: list[int] = []
    left = budget.words
    for row in order.tolist():
        if lengths[row] <= left or not chosen:
            chosen.append(row)
            left -= int(lengths[row])
    return sorted(chosen)


def choose_diverse(
    scores: np.ndarray, lengths: np.ndarray, budget: Budget, similarities: _Similarities, diversity: float
) -> list[int]:
    """Return sentences by maximal marginal relevance, in document order.

    Each step chooses, among the sentences that fit, the one with the highest (1 - diversity) relevance - diversity
    times its largest similarity to the sentences chosen so far. Relevance is the score divided by the document's
    highest.

    Parameters
    ----------
    scores, lengths, budget
        As for `choose_best`.
    similarities : callable
        Maps the index of a sentence to its cosine with each sentence, float64 (n_sentences,).
    diversity : float
        From 0, which is `choose_best`, to 1.

    References
    ----------
    Carbonell and Goldstein (1998), "The use of MMR, diversity-based reranking for reordering documents and producing
    summaries", SIGIR; their lambda is 1 - diversity.
    """
    n_most = budget.most_sentences(len(scores))
    highest = scores.max(initial=0)
    relevance = (1 - diversity) * scores / (highest or 1)
    nearest = np.zeros(len(scores))
    is_open = np.ones(len(scores), bool)
    chosen: list[int] = []
    left = math.inf if budget.words is None else budget.words
    while len(chosen) < n_most:
        fits = is_open & (lengths <= left) if chosen else is_open
        if not fits.any():
            break
        row = int(np.argmax(np.where(fits, relevance - diversity * nearest, -math.inf)))
        chosen.append(row)
        is_open[row] = False
        left -= int(lengths[row])
        if len(chosen) < n_most:
            nearest = np.maximum(nearest, similarities(row))
    return sorted(chosen)
