"""Features of a history and a response: word overlap, lengths, and the responses to similar histories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from ...features.terms import bm25_weights, retrieval_terms
from ..answering.words import function_words
from .lexicon import Lexicon, unit_rows

__all__ = ["FEATURES", "HistoryRows", "PairFeatures", "ResponseRows"]

# Parts of a history: its last turn, the one before, and all before the last.
_PARTS = ("last", "previous", "before")
FEATURES = (
    *(f"BM25 of the {part}" for part in _PARTS),
    *(f"cosine of the {part}" for part in _PARTS),
    "length", "length by last", "length by mean", "length squared", "length by turns",
    "cosine with neighbours", "cosine with near neighbours",
    "vectors of the last", "vectors of the before",
)  # fmt: skip
_BM25_SCALE = 0.1
_USUAL_LENGTH = 2.0  # logarithm, about which lengths lie
# Of the history, the last turn tells most; the parts' weights in comparisons and for the encoder.
_NEIGHBOUR_WEIGHTS = (1.0, 0.5, 0.0)
_ENCODER_WEIGHTS = (1.0, 0.7, 0.7)
_N_NEIGHBOURS = 10
_SIMILARITIES = 1 << 22  # of histories with known ones at a time
_QUESTION_MARKS = "?!\uff1f\uff01"


@dataclass(frozen=True)
class HistoryRows:
    """Histories as rows; N of them, V terms, P patterns.

    Attributes
    ----------
    words, weights : lists of csr_array (N, V)
        For each part: which terms it has, and their TF-IDF weights.
    patterns : csr_array (N, 3 P)
    lengths : float64 (N, 3)
        Log lengths of the last turn, of the mean turn, and of the history in turns.
    expected : csr_array (N, V)
        Mean TF-IDF of the responses to the most similar known histories.
    nearest : float64 (N,)
        The highest similarity.
    vectors : list of float64 (N, D)
        Vectors of the last turn and of the turns before; (N, 0) without word vectors.
    """

    words: list[csr_array]
    weights: list[csr_array]
    patterns: csr_array
    lengths: np.ndarray
    expected: csr_array
    nearest: np.ndarray
    vectors: list[np.ndarray]


@dataclass(frozen=True)
class ResponseRows:
    """Responses as rows: BM25 weights, TF-IDF, patterns, log lengths, vectors."""

    bm25: csr_array
    weights: csr_array
    patterns: csr_array
    lengths: np.ndarray
    vectors: np.ndarray


class PairFeatures:
    """Computes the features of history-response pairs, after learning from known pairs.

    Parameters
    ----------
    language : {"en", "zh"}
    vectorizer : object with transform(texts), optional
    """

    def __init__(self, language: str, vectorizer: Any = None) -> None:
        self.language, self.vectorizer = language, vectorizer

    def fit(self, histories: Sequence[Sequence[str]], responses: Sequence[str]) -> PairFeatures:
        """Learn terms and patterns, and store the pairs."""
        turns = list(dict.fromkeys([*(turn for history in histories for turn in history), *responses]))
        common = {term for word in function_words(self.language) for term in self._terms(word)}
        self.terms = Lexicon.learn(list(map(self._terms, turns)), common)
        # A canned response counts as often as it is given, so that it is a pattern itself.
        said = dict.fromkeys(turn for history in histories for turn in history)
        each = [*map(self._patterns, said), *map(self._response_patterns, responses)]
        self.patterns = Lexicon.learn(each, common, min_turns=2)
        self.known_histories = self._compared([self._parts(history) for history in histories], None)
        self.known_responses = self.terms.tf_idf(self.terms.counts(map(self._terms, responses)))
        return self

    @property
    def n_patterns(self) -> int:
        """Number of patterns, P."""
        return max(1, len(self.patterns.number_of))

    def rows(
        self,
        histories: Sequence[Sequence[str]],
        responses: Sequence[str],
        groups: np.ndarray | None = None,
        known_groups: np.ndarray | None = None,
    ) -> tuple[HistoryRows, ResponseRows]:
        """Return histories and responses as rows over the same terms.

        Parameters
        ----------
        histories : sequence of lists of str
        responses : sequence of str
        groups, known_groups : int (N,) and (K,), optional
            Known histories of the same group are excluded as neighbours.
        """
        others: dict[str, int] = {}
        found = self.response_rows(responses, others)
        return self.history_rows(histories, others, groups, known_groups), found

    def history_rows(
        self,
        histories: Sequence[Sequence[str]],
        others: dict[str, int],
        groups: np.ndarray | None = None,
        known_groups: np.ndarray | None = None,
    ) -> HistoryRows:
        """Return histories as rows; unknown terms get ids in `others`."""
        parts = [self._parts(history) for history in histories]
        counted = [
            self.terms.counts([self._terms(part[k]) for part in parts], others) for k in range(len(_PARTS))
        ]
        lengths = np.array([self._lengths(history) for history in histories]).reshape(-1, 3)
        expected, nearest = self._neighbours(parts, groups, known_groups)
        patterns = [
            self.patterns.tf_idf(self.patterns.counts(self._patterns(part[k]) for part in parts)) * weight
            for k, weight in enumerate(_ENCODER_WEIGHTS)
        ]
        return HistoryRows(
            [(counts > 0).astype(np.float64) for counts in counted],
            [self.terms.tf_idf(counts) for counts in counted],
            csr_array(hstack(patterns, format="csr")),
            lengths,
            expected,
            nearest,
            [self._vectors([part[k] for part in parts]) for k in (0, 2)],
        )

    def response_rows(self, responses: Sequence[str], others: dict[str, int]) -> ResponseRows:
        """Return responses as rows; unknown terms get ids in `others`."""
        counts = self.terms.counts(map(self._terms, responses), others)
        return ResponseRows(
            bm25_weights(counts, self.terms.idf_of(counts.shape[1]), self.terms.mean_length),
            self.terms.tf_idf(counts),
            self.patterns.tf_idf(self.patterns.counts(map(self._response_patterns, responses))),
            np.array([np.log1p(len(self._terms(text))) for text in responses]),
            self._vectors(responses),
        )

    def _parts(self, history: Sequence[str]) -> tuple[str, str, str]:
        return history[-1], history[-2] if len(history) > 1 else "", " \n ".join(history[:-1])

    def _terms(self, text: str) -> list[str]:
        return retrieval_terms(text, self.language)

    def _patterns(self, text: str) -> list[str]:
        """Return words, bigrams, the first and the last word, and question marks."""
        words = self._terms(text)
        found = [*words, *(mark for mark in _QUESTION_MARKS if mark in text)]
        if words:
            found += [f"^ {words[0]}", f"{words[-1]} $"]
        if self.language != "zh":  # of Chinese, pairs of characters are terms
            found += [f"{first} {second}" for first, second in zip(words, words[1:])]
        return found

    def _response_patterns(self, text: str) -> list[str]:
        return [*self._patterns(text), f"= {text}"]

    def _lengths(self, history: Sequence[str]) -> list[float]:
        lengths = [np.log1p(len(self._terms(turn))) for turn in history]
        return [lengths[-1], float(np.mean(lengths)), np.log1p(len(history))]

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        if self.vectorizer is None:
            return np.zeros((len(texts), 0))
        rows = np.asarray(self.vectorizer.transform(list(texts)), float)
        unit: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return unit

    def _compared(self, parts: Sequence[tuple[str, str, str]], others: dict[str, int] | None) -> csr_array:
        """Return the rows by which histories are compared."""
        rows = [
            self.terms.tf_idf(self.terms.counts([self._terms(part[k]) for part in parts], others)) * weight
            for k, weight in enumerate(_NEIGHBOUR_WEIGHTS)
            if weight
        ]
        width = max(row.shape[1] for row in rows)
        for row in rows:
            row.resize((row.shape[0], width))
        return unit_rows(csr_array(sum(rows[1:], rows[0])))

    def _neighbours(
        self,
        parts: Sequence[tuple[str, str, str]],
        groups: np.ndarray | None,
        known_groups: np.ndarray | None,
    ) -> tuple[csr_array, np.ndarray]:
        """Return the responses to similar histories, TF-IDF of unit length, (N, V), and the highest similarity."""
        queries = self._compared(parts, {})
        queries.resize((len(parts), self.known_histories.shape[1]))
        known = self.known_histories.T.tocsr()
        n_known = known.shape[1]
        n_near = min(_N_NEIGHBOURS, n_known)
        blocks, nearest = [], np.zeros(len(parts))
        size = max(1, _SIMILARITIES // n_known)
        for first in range(0, len(parts), size):
            some = slice(first, first + size)
            similar = (queries[some] @ known).toarray()
            if groups is not None and known_groups is not None:
                similar[groups[some][:, None] == known_groups[None, :]] = 0.0
            near = np.argpartition(-similar, n_near - 1, axis=1)[:, :n_near]
            values = np.take_along_axis(similar, near, axis=1)
            nearest[some] = values.max(axis=1)
            starts = np.arange(len(values) + 1) * n_near
            weights = csr_array(((values**2).ravel(), near.ravel(), starts), shape=(len(values), n_known))
            blocks.append(weights @ self.known_responses)
        if not blocks:
            return csr_array((0, self.known_responses.shape[1])), nearest
        return unit_rows(csr_array(vstack(blocks, format="csr"))), nearest

    def grid(
        self, histories: HistoryRows, responses: ResponseRows, i: np.ndarray, j: np.ndarray
    ) -> np.ndarray:
        """Return the features of each history of `i` with each response of `j`, float64 (I, J, F)."""
        return _features(
            histories,
            responses,
            i,
            j,
            lambda rows, columns: (rows @ _as_wide(columns, rows).T).toarray(),
            lambda rows, columns: rows @ columns.T,
            lambda row: row[:, None],
        )

    def pairs(
        self, histories: HistoryRows, responses: ResponseRows, i: np.ndarray, j: np.ndarray
    ) -> np.ndarray:
        """Return the features of history i[k] with response j[k] for each k, float64 (K, F)."""
        return _features(
            histories,
            responses,
            i,
            j,
            lambda rows, columns: np.asarray(rows.multiply(_as_wide(columns, rows)).sum(axis=1)).ravel(),
            lambda rows, columns: np.einsum("kd,kd->k", rows, columns),
            lambda row: row,
        )


def _features(
    histories: HistoryRows,
    responses: ResponseRows,
    i: np.ndarray,
    j: np.ndarray,
    sparse: Callable[[csr_array, csr_array], np.ndarray],
    dense: Callable[[np.ndarray, np.ndarray], np.ndarray],
    aligned: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Return the features in the order of `FEATURES`, last dimension F."""
    bm25, weights = responses.bm25[j], responses.weights[j]
    length = responses.lengths[j] - _USUAL_LENGTH
    last, mean, turns = (aligned(column) for column in (histories.lengths[i] - [2.0, 2.0, 1.0]).T)
    found = [_BM25_SCALE * sparse(words[i], bm25) for words in histories.words]
    found += [sparse(rows[i], weights) for rows in histories.weights]
    found += [length + 0 * last, length * last, length * mean, length**2 + 0 * last, length * turns]
    expected = sparse(histories.expected[i], weights)
    found += [expected, expected * aligned(histories.nearest[i])]
    found += [dense(rows[i], responses.vectors[j]) for rows in histories.vectors]
    return np.stack(found, axis=-1)


def _as_wide(rows: csr_array, others: csr_array) -> csr_array:
    """Return rows extended or cut to the columns of others; the columns concerned are unused in either."""
    width = others.shape[1]
    if rows.shape[1] == width:
        return rows
    if rows.shape[1] > width:
        return rows[:, :width]
    return csr_array((rows.data, rows.indices, rows.indptr), shape=(rows.shape[0], width))
