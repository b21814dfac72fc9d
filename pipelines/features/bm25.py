"""BM25Index: BM25 weights of texts, and scores of queries against all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from wordvec.text.language import majority_language

from .terms import bm25_idf, bm25_weights, retrieval_terms

__all__ = ["BM25Index"]


class BM25Index:
    """BM25 weights of texts: over stemmed words for English, over characters and character pairs for Chinese.

    Parameters
    ----------
    texts : list of str
    language : {"auto", "en", "zh"}
        "auto" is "zh" if at least half of the texts are Chinese.

    Attributes
    ----------
    language : {"en", "zh"}
    number_of : dict of str to int
        The ids of terms.
    weights : csr_array (V, N), float64
        The weight of each term in each text.

    Examples
    --------
    >>> index = BM25Index(["Iron melts at 1538 degrees.", "Gold melts at 1064 degrees.", "Water boils."])
    >>> index.scores(["When does gold melt?", "boiling"]).argmax(axis=1).tolist()
    [1, 2]

    References
    ----------
    Robertson and Zaragoza (2009), "The probabilistic relevance framework: BM25 and beyond".
    """

    def __init__(self, texts: Sequence[str], language: str = "auto") -> None:
        self.language = majority_language(texts) if language == "auto" else language
        self.number_of: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        for row, text in enumerate(texts):
            terms = retrieval_terms(text, self.language)
            columns += [self.number_of.setdefault(term, len(self.number_of)) for term in terms]
            rows += [row] * len(terms)
        shape = (len(texts), max(len(self.number_of), 1))
        counts = csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        counts.sum_duplicates()
        idf = bm25_idf(np.bincount(counts.indices, minlength=shape[1]), shape[0])
        self.weights: csr_array = bm25_weights(counts, idf, len(rows) / shape[0]).T.tocsr()

    def terms_of(self, query: str) -> list[int]:
        """Return the ids of the known terms of a query, each once, ascending."""
        asked = set(retrieval_terms(query, self.language))
        return sorted(self.number_of[term] for term in asked if term in self.number_of)

    def scores(self, queries: Sequence[str]) -> np.ndarray:
        """Return the score of each text for each query, float64 (Q, N)."""
        terms = [self.terms_of(query) for query in queries]
        starts = np.concatenate([[0], np.cumsum([len(some) for some in terms])])
        columns = np.array([number for some in terms for number in some], np.int64)
        shape = (len(terms), self.weights.shape[0])
        asked: Any = csr_array((np.ones(len(columns)), columns, starts), shape=shape)
        scores: np.ndarray = (asked @ self.weights).toarray()
        return scores
