"""Matching the sentences of a passage with a question: BM25, and the cosine of uSIF vectors."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from wordvec.text.sentences import sentence_spans

from .features import SentenceMatch
from .questions import Question
from .words import Words, words_of

__all__ = ["PassageSentences"]

_K1, _B = 1.2, 0.75  # of BM25: Robertson and Zaragoza (2009)
# So many characters without a full stop are a list or a transcript, and all spans of it would fill the memory.
_LONGEST = 4000


class PassageSentences:
    """The sentences of a passage, split into words once for all questions about it.

    Parameters
    ----------
    passage : str
    language : {"en", "zh"}
    vectorizer : EmbeddingVectorizer, optional
        Fitted; for the cosine similarity of question and sentence.
    """

    def __init__(self, passage: str, language: str, vectorizer: Any = None) -> None:
        self.passage, self.language, self.vectorizer = passage, language, vectorizer
        self.spans = [piece for span in sentence_spans(passage) for piece in _pieces(passage, *span)]
        self.texts = [passage[begin:end] for begin, end in self.spans]
        self.words = [words_of(text, language) for text in self.texts]
        self._counts = [Counter(_terms(words)) for words in self.words]
        self._lengths = np.array([counts.total() for counts in self._counts], float)
        self._n_with = Counter(term for counts in self._counts for term in counts)
        self._vectors = None if vectorizer is None or not self.texts else vectorizer.transform(self.texts)

    def idf(self, term: str) -> float:
        """Return the weight of a term: the fewer sentences contain it, the higher."""
        n, n_with = len(self._counts), self._n_with[term]
        return math.log1p((n - n_with + 0.5) / (n_with + 0.5))

    def matches(self, question: Question) -> list[SentenceMatch]:
        """Return how well each sentence matches a question, in order."""
        if not self.texts:
            return []
        terms = list(dict.fromkeys(_question_terms(question)))
        weights = {term: self.idf(term) for term in terms}
        total = sum(weights.values()) or 1.0
        held = [{term for term in terms if term in counts} for counts in self._counts]
        shares = np.array([sum(weights[term] for term in some) for some in held]) / total
        scores = np.array([self._bm25(terms, weights, number) for number in range(len(held))])
        relative = scores / max(scores.max(), 1e-9)
        pairs = [self._pairs(question, words) for words in self.words]
        cosines = self._cosines(question)
        found = []
        key_weights = {key: self.idf(key) for key in question.keys}
        key_total = sum(key_weights.values()) or 1.0
        for number, words in enumerate(self.words):
            around = set().union(*held[max(0, number - 1) : number + 2])
            share_around = sum(weights[term] for term in around) / total
            is_best = float(relative[number] == relative.max())
            row = (shares[number], relative[number], is_best, share_around, pairs[number], cosines[number])
            matched = np.array([_match(key, question, key_weights) for key in words.keys])
            begin = self.spans[number][0]
            found.append(
                SentenceMatch(words, begin, self.texts[number], matched, tuple(map(float, row)), key_total)
            )
        return found

    def _bm25(self, terms: list[str], weights: dict[str, float], number: int) -> float:
        counts = self._counts[number]
        norm = _K1 * (1 - _B + _B * self._lengths[number] / max(self._lengths.mean(), 1e-9))
        return sum(
            weights[term] * counts[term] * (_K1 + 1) / (counts[term] + norm)
            for term in terms
            if term in counts
        )

    def _pairs(self, question: Question, words: Words) -> float:
        """Return the share of the question's word bigrams that also occur in a sentence."""
        wanted = set(zip(question.keys, question.keys[1:]))
        return len(wanted & set(zip(words.keys, words.keys[1:]))) / max(len(wanted), 1)

    def _cosines(self, question: Question) -> np.ndarray:
        if self._vectors is None:
            return np.zeros(len(self.texts))
        vector = self.vectorizer.transform([question.text])[0]
        norms = np.linalg.norm(self._vectors, axis=1) * np.linalg.norm(vector)
        cosines: np.ndarray = self._vectors @ vector / np.maximum(norms, 1e-9)
        # Vectors of one training lie nearer to each other than those of another.
        standard: np.ndarray = (cosines - cosines.mean()) / max(float(cosines.std()), 1e-6)
        return standard


def _pieces(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence, or its pieces if it is too long, cut after a space if there is one."""
    while end - begin > _LONGEST:
        blank = text.rfind(" ", begin + 1, begin + _LONGEST)
        last = blank if blank > 0 else begin + _LONGEST
        yield begin, last
        begin = last + (blank > 0)
    yield begin, end


def _terms(words: Words) -> list[str]:
    """Return the terms of a sentence: keys of words and, for Chinese, pairs of characters."""
    if words.language != "zh":
        return words.keys
    text = "".join(key for key, is_mark in zip(words.keys, words.is_mark) if not is_mark)
    return [*words.keys, *(text[place : place + 2] for place in range(len(text) - 1))]


def _question_terms(question: Question) -> list[str]:
    if question.words.language != "zh":
        return question.keys
    found = list(question.keys)
    for key in question.keys:
        found += [key[place : place + 2] for place in range(len(key) - 1)]
    return found


def _match(key: str, question: Question, weights: dict[str, float]) -> float:
    """Return the weight of a word that is in the question; a Chinese one may be part of a longer word."""
    if key in weights:
        return weights[key]
    if question.words.language == "zh" and len(key) > 1 and key in question.text:
        return max(weights.values(), default=1.0)
    return 0.0
