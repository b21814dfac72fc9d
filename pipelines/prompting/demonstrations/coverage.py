"""Coverage: sets of examples that together cover each word of a query.

Axes: T words of a query, N examples, V words of the examples, D floats of a vector, M words of all examples in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec.text.encoded_texts import look_up
from wordvec.text.tokenized_texts import EncodedTexts
from wordvec.vectors.neighbors import unit_rows

from ...features.bm25 import BM25Index
from ...features.vectorizer import EmbeddingVectorizer
from .embedding import checked_vectors

__all__ = ["Coverage", "Covering", "TermCovering", "TokenCovering", "WordCovering"]

# Of similarities between the words of a query and those of examples, at a time.
_BLOCK_FLOATS = 1 << 22
_OWNER = "DemonstrationSelector"
# Coverage is summed in units of a millionth, so that what is equal stays so in any order.
_UNITS = 1e6
# An example without any known word is further from each word than every other.
_NOTHING = -1.0


class Covering(Protocol):
    """The interface of measures of how well each example covers each word of a query."""

    def of(self, text: str) -> np.ndarray:
        """Return the coverage of each word by each example, float (T, N)."""


class _GreatestCosine:
    """The maximum cosine of each word of a query with any word of an example: the terms of BERTScore's recall.

    Parameters
    ----------
    counts : int64 (N,)
        Number of words of each example; the words are concatenated.
    """

    def __init__(self, counts: np.ndarray) -> None:
        self.n_texts, self.filled = len(counts), np.flatnonzero(counts)
        self.starts = np.concatenate([[0], np.cumsum(counts[self.filled])])

    def of(self, text: str) -> np.ndarray:
        """Return the cosines, float32 (T, N)."""
        query_T = self._query(text)
        found = np.full((len(query_T), self.n_texts), _NOTHING, np.float32)
        per_block = max(1, _BLOCK_FLOATS // max(1, len(query_T)))
        begin = 0
        # Whole examples at a time.
        while begin < len(self.filled) and len(query_T):
            limit = np.searchsorted(self.starts, self.starts[begin] + per_block, side="right") - 1
            end = max(begin + 1, int(limit))
            cosine_TM = self._cosines(query_T, self.starts[begin], self.starts[end])
            starts = self.starts[begin:end] - self.starts[begin]
            found[:, self.filled[begin:end]] = np.maximum.reduceat(cosine_TM, starts, axis=1)
            begin = end
        return found

    def _query(self, text: str) -> np.ndarray:
        """Return the known vectors of the words of a query, one row each."""
        raise NotImplementedError

    def _cosines(self, query_T: np.ndarray, low: int, high: int) -> np.ndarray:
        """Return the cosines with words `low` to `high` of all examples, float32 (T, high - low)."""
        raise NotImplementedError


class WordCovering(_GreatestCosine):
    """Coverage by word vectors; words without one are left out.

    Parameters
    ----------
    texts : list of str
        The examples.
    vectorizer : EmbeddingVectorizer
        Fitted; its word vectors and tokenizer are used.
    """

    def __init__(self, texts: Sequence[str], vectorizer: EmbeddingVectorizer) -> None:
        self.vectorizer = vectorizer
        encoded = self._encode(texts)
        is_known = encoded.ids >= 0
        super().__init__(np.diff(np.concatenate([[0], np.cumsum(is_known)])[encoded.starts]))
        rows, self.word_of_M = np.unique(encoded.ids[is_known], return_inverse=True)
        self.unit_VD = self._unit(rows)

    def _query(self, text: str) -> np.ndarray:
        ids = self._encode([text]).ids
        cosine_TV: np.ndarray = self._unit(ids[ids >= 0]) @ self.unit_VD.T
        return cosine_TV

    def _cosines(self, query_T: np.ndarray, low: int, high: int) -> np.ndarray:
        found: np.ndarray = query_T[:, self.word_of_M[low:high]]
        return found

    def _encode(self, texts: Sequence[str]) -> EncodedTexts:
        index = self.vectorizer.wv_.key_to_index
        return look_up(texts, self.vectorizer.tokenizer_, index, _OWNER)

    def _unit(self, rows: np.ndarray) -> np.ndarray:
        return unit_rows(np.asarray(self.vectorizer.wv_.vectors)[rows])


class TokenCovering(_GreatestCosine):
    """Coverage by contextual token vectors, as in BERTScore.

    Parameters
    ----------
    texts : list of str
        The examples.
    embedder : object with transform_tokens(texts)
        For example `TransformerFeatures`; it returns an array (n_tokens, D) for each text.
    """

    def __init__(self, texts: Sequence[str], embedder: Any) -> None:
        self.embedder = embedder
        self.width: int | None = None
        tables = self._tables(texts)
        super().__init__(np.array([len(table) for table in tables], np.int64))
        self.width = tables[0].shape[1]
        self.unit_MD = np.concatenate(tables)

    def _query(self, text: str) -> np.ndarray:
        return self._tables([text])[0]

    def _cosines(self, query_T: np.ndarray, low: int, high: int) -> np.ndarray:
        found: np.ndarray = query_T @ self.unit_MD[low:high].T
        return found

    def _tables(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return the unit-length token vectors of each text, all of the same width."""
        tables = list(self.embedder.transform_tokens(texts))
        width = self.width
        if len(tables) != len(texts):
            rule = f"return an array of the vectors of tokens for each of {len(texts)} texts"
            raise ParameterError("embedder", _OWNER, rule, f"{len(tables)} arrays")
        for place, table in enumerate(tables):
            n_tokens = len(table) if np.ndim(table) else 0
            tables[place] = checked_vectors(table, n_tokens, _OWNER, "embedder", "return", width)
            width = tables[place].shape[1]
        return tables


class TermCovering:
    """Coverage by the BM25 weight of each term of a query in each example."""

    def __init__(self, index: BM25Index) -> None:
        self.index = index

    def of(self, text: str) -> np.ndarray:
        """Return the weights, float64 (T, N)."""
        found: np.ndarray = self.index.weights[self.index.terms_of(text)].toarray()
        return found


class Coverage:
    """For one query, the sum over its words of the best coverage by any of the chosen examples.

    Gupta, Gardner and Singh (2023), "Coverage-based example selection for in-context learning", arXiv:2305.14907,
    algorithm 1. It is submodular and maximised greedily. When no further example improves the coverage of any word, the
    coverage is reset and the selection continues from scratch.

    Parameters
    ----------
    covered_TN : float (T, N)
    rows : int64 (P,)
        The candidates.
    """

    def __init__(self, covered_TN: np.ndarray, rows: np.ndarray) -> None:
        self.covered_TP = np.rint(covered_TN[:, rows] * _UNITS).astype(np.int64)
        self.own_P = self.covered_TP.sum(axis=0)
        self.best_T: np.ndarray | None = None

    def gains(self, is_allowed_QP: np.ndarray) -> np.ndarray:
        """Return the coverage with each candidate added to those chosen, int64 (1, P)."""
        if self.best_T is not None:
            together_P = np.maximum(self.covered_TP, self.best_T[:, None]).sum(axis=0)
            if together_P[is_allowed_QP[0]].max(initial=np.iinfo(np.int64).min) > self.best_T.sum():
                return together_P[None]
            self.best_T = None
        return self.own_P[None]

    def take(self, best_Q: np.ndarray) -> None:
        """Add the coverage of one more example."""
        column_T = self.covered_TP[:, best_Q[0]]
        self.best_T = column_T if self.best_T is None else np.maximum(self.best_T, column_T)
