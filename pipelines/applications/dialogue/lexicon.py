"""Lexicon: ids and idf weights of terms, learned from turns, and term counts of texts."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, diags_array

from ...features.terms import bm25_idf

__all__ = ["Lexicon", "unit_rows"]

# Few turns do not show which words are common: the idf is as if there were _MORE_TURNS more, _MORE_WITH of them with
# each common word.
_MORE_TURNS, _MORE_WITH = 100, 20


@dataclass(frozen=True)
class Lexicon:
    """The terms of some turns.

    Attributes
    ----------
    number_of : dict of str to int
    idf : float64 (V,)
    unseen_idf : float
        The idf of unseen terms.
    mean_length : float
        Mean number of terms in a turn.
    """

    number_of: dict[str, int]
    idf: np.ndarray
    unseen_idf: float
    mean_length: float

    @classmethod
    def learn(cls, turns: Sequence[Sequence[str]], common: Collection[str], min_turns: int = 1) -> Lexicon:
        """Return a lexicon of the terms that occur in at least `min_turns` turns.

        Parameters
        ----------
        turns : sequence of lists of terms
        common : collection of str
            Terms known to be common.
        min_turns : int
        """
        n_with: dict[str, int] = {}
        for terms in turns:
            for term in dict.fromkeys(terms):
                n_with[term] = n_with.get(term, 0) + 1
        kept = {term: n for term, n in n_with.items() if n >= min_turns}
        n_turns = len(turns) + _MORE_TURNS
        n_kept = np.array([n + _MORE_WITH * (term in common) for term, n in kept.items()], float)
        idf = bm25_idf(n_kept, n_turns)
        unseen = float(bm25_idf(np.zeros(1), n_turns)[0])
        mean_length = sum(map(len, turns)) / max(1, len(turns))
        return cls({term: number for number, term in enumerate(kept)}, idf, unseen, mean_length)

    def counts(self, texts: Iterable[Sequence[str]], others: dict[str, int] | None = None) -> csr_array:
        """Return the occurrences of each term in each text, float64 (N, V).

        Parameters
        ----------
        texts : iterable of lists of terms
        others : dict of str to int, optional
            Ids of terms that are not in the lexicon, from V on; new terms are added to it. If None, such terms are not
            counted.
        """
        columns: list[int] = []
        starts = [0]
        width = len(self.number_of)
        for terms in texts:
            for term in terms:
                number = self.number_of.get(term)
                if number is None and others is not None:
                    number = others.setdefault(term, width + len(others))
                if number is not None:
                    columns.append(number)
            starts.append(len(columns))
        shape = (len(starts) - 1, width + len(others or ()))
        rows = csr_array((np.ones(len(columns)), columns, starts), shape=(shape[0], max(1, shape[1])))
        rows.sum_duplicates()
        return rows

    def idf_of(self, width: int) -> np.ndarray:
        """Return the idf of each term for counts of this width."""
        return np.pad(self.idf, (0, max(0, width - len(self.idf))), constant_values=self.unseen_idf)

    def tf_idf(self, counts: csr_array) -> csr_array:
        """Return rows of length 1 with (1 + log count) * idf of each term."""
        weights = counts.copy()
        weights.data = (1 + np.log(weights.data)) * self.idf_of(counts.shape[1])[weights.indices]
        return unit_rows(weights)


def unit_rows(rows: csr_array) -> csr_array:
    """Return rows divided by their Euclidean norms; zero rows are kept."""
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return csr_array(diags_array(1 / np.where(lengths > 0, lengths, math.inf)) @ rows) if rows.nnz else rows
