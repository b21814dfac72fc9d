"""Which of many passages may answer a question: BM25, fused with vectors of texts by reciprocal ranks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csc_array

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice, check_int
from wordvec.text.language import HAN, majority_language
from wordvec.text.lists import check_string, check_strings
from wordvec.text.tokenizers import split_unicode_words

from .words import english_key

__all__ = ["PassageIndex"]

_OWNER = "PassageIndex"
_K1, _B = 1.2, 0.75
_RANK_CONSTANT = 60  # of Cormack, Clarke and Buettcher (2009)
_HAN_RUN = re.compile(f"[{HAN}]+")


class PassageIndex:
    """Finds the passages that a question may be answered from.

    Passages are ranked by BM25 over words without their endings, of Chinese over characters and pairs of them. With a
    vectorizer they are ranked by cosine, too, and the two ranks are fused: a passage gets 1 / (60 + rank) from each.

    Parameters
    ----------
    passages : list of str
    vectorizer : object with transform(texts), optional
        Fitted: `EmbeddingVectorizer` with ``pooling="usif"``, or `TransformerFeatures`.
    language : {"auto", "en", "zh"}
        "auto" is "zh" if at least half of the passages are Chinese.

    Examples
    --------
    >>> index = PassageIndex(["Iron melts at 1538 degrees.", "Gold melts at 1064 degrees.", "Water boils."])
    >>> index.rank("When does gold melt?", 2)
    [1, 0]

    References
    ----------
    Robertson and Zaragoza (2009), "The probabilistic relevance framework: BM25 and beyond". Cormack, Clarke and
    Buettcher (2009), "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", SIGIR.
    """

    def __init__(self, passages: Any, *, vectorizer: Any = None, language: str = "auto") -> None:
        self.passages = check_strings(passages, _OWNER, "passages", "passage")
        if not self.passages:
            raise ValueError(f"{_OWNER} needs at least one passage. Got none.")
        check_choice("language", language, _OWNER, ("auto", "en", "zh"))
        if vectorizer is not None and not callable(getattr(vectorizer, "transform", None)):
            raise ParameterError("vectorizer", _OWNER, "have a method transform(texts)", vectorizer)
        self.language = majority_language(self.passages) if language == "auto" else language
        self.vectorizer = vectorizer
        self._number_of: dict[str, int] = {}
        self._weights = self._index()
        self._vectors = None if vectorizer is None else _unit(vectorizer.transform(self.passages))

    def rank(self, question: str, n: int = 5) -> list[int]:
        """Return the numbers of the n best passages, the best first; of equal ones the first."""
        check_string(question, 0, f"{_OWNER}.rank", "question")
        check_int("n", n, f"{_OWNER}.rank", 1)
        scores = self.bm25(question)
        if self._vectors is not None:
            cosines = self._vectors @ _unit(self.vectorizer.transform([question]))[0]
            scores = sum(
                (1 / (_RANK_CONSTANT + _ranks(part)) for part in (scores, cosines)), np.zeros(len(scores))
            )
        return [int(number) for number in np.argsort(-scores, kind="stable")[:n]]

    def bm25(self, question: str) -> np.ndarray:
        """Return the BM25 score of each passage, float64 (N,)."""
        terms = [self._number_of[term] for term in set(self._terms(question)) if term in self._number_of]
        scores: np.ndarray = np.asarray(self._weights[:, sorted(terms)].sum(axis=1)).ravel()
        return scores

    def _index(self) -> csc_array:
        """Return the weight of each term in each passage, float64 (N, V)."""
        rows: list[int] = []
        columns: list[int] = []
        for row, passage in enumerate(self.passages):
            terms = self._terms(passage)
            columns += [self._number_of.setdefault(term, len(self._number_of)) for term in terms]
            rows += [row] * len(terms)
        shape = (len(self.passages), max(len(self._number_of), 1))
        counts = csc_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        counts.sum_duplicates()
        lengths = np.bincount(rows, minlength=shape[0]).astype(float)
        n_with = np.diff(counts.indptr)
        idf = np.log1p((shape[0] - n_with + 0.5) / (n_with + 0.5))
        norm = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1e-9))
        counts.data *= (_K1 + 1) / (counts.data + norm[counts.indices]) * np.repeat(idf, n_with)
        return counts

    def _terms(self, text: str) -> list[str]:
        found = []
        for word in split_unicode_words(text):
            runs = _HAN_RUN.findall(word) if self.language == "zh" else []
            for run in runs:
                found += [*run, *(run[place : place + 2] for place in range(len(run) - 1))]
            if not runs:
                found.append(english_key(word))
        return found


def _unit(vectors: Any) -> np.ndarray:
    rows = np.asarray(vectors, float)
    unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit


def _ranks(scores: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the rank of each score, from 1; of equal ones the first is before the others."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(-np.asarray(scores), kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks
