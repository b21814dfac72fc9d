"""`PassageIndex`: passage retrieval by BM25, optionally fused with text vectors by reciprocal ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice, check_int
from wordvec.text.lists import check_string, check_strings

from ...features.bm25 import BM25Index

__all__ = ["PassageIndex"]

_OWNER = "PassageIndex"
_RANK_CONSTANT = 60  # of Cormack, Clarke and Buettcher (2009)


class PassageIndex:
    """Finds the passages most likely to answer a question.

    Passages are ranked by BM25 over stemmed words, for Chinese over characters and character pairs. With a vectorizer
    they are also ranked by cosine, and the two rankings are fused: a passage gets 1 / (60 + rank) from each.

    Parameters
    ----------
    passages : list of str
    vectorizer : object with transform(texts), optional
        A fitted `EmbeddingVectorizer` with ``pooling="usif"``, or `TransformerFeatures`.
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
        self._bm25 = BM25Index(self.passages, language)
        self.language = self._bm25.language
        self.vectorizer = vectorizer
        self._vectors = None if vectorizer is None else _unit(vectorizer.transform(self.passages))

    def rank(self, question: str, n: int = 5) -> list[int]:
        """Return the indices of the n best passages, best first; ties in the given order."""
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
        scores: np.ndarray = self._bm25.scores([question])[0]
        return scores


def _unit(vectors: Any) -> np.ndarray:
    rows = np.asarray(vectors, float)
    unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit


def _ranks(scores: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the rank of each score, from 1; ties in the given order."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(-np.asarray(scores), kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks
