"""Evaluation of word vectors: agreement with human similarity judgements, and analogies.

The scores are those of gensim 4 (`evaluate_word_pairs`, `evaluate_word_analogies` with dummy4unknown=False)
on the same files. A malformed line is an error here and is skipped there, and spaces around a field are not part of the
word here (wordsim-297 has 15 such lines). The files are read by `wordvec.vectors.evaluation_sets`.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wordvec._utils.assumptions import assume
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_choice, check_int
from wordvec.vectors.evaluation_sets.analogies import Analogies, read_analogies
from wordvec.vectors.evaluation_sets.pairs import WordPairs, read_word_pairs, without_pos
from wordvec.vectors.neighbors import unit_rows
from wordvec.vectors.table import WordTable

__all__ = [
    "AnalogyScores",
    "PairScores",
    "SectionScore",
    "TooFewPairsError",
    "evaluate_word_analogies",
    "evaluate_word_pairs",
    "score_analogies",
    "score_word_pairs",
]

# Levy and Goldberg (2014) add this to the denominator of 3CosMul.
COSMUL_EPSILON = 1e-6
# Scores of one product: 256 questions over 32,768 rows are 32 MB.
QUESTION_BATCH = 256
ROW_BLOCK = 1 << 15


class TooFewPairsError(ValueError):
    """Fewer than two pairs have both words in the vocabulary, so there is no correlation."""


@dataclass(frozen=True)
class PairScores:
    """Agreement with human judgements of similarity.

    Attributes
    ----------
    pearson, spearman : correlation of cosines and judgements; NaN where one of them is constant
    n_pairs : pairs in the file
    n_used : pairs whose two words have vectors
    coverage : n_used / n_pairs
    ngram_share : share of the words of these pairs whose vectors come from n-grams alone; 0 for whole-word vectors
    """

    pearson: float
    spearman: float
    n_pairs: int
    n_used: int
    coverage: float
    ngram_share: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, NaN as None (JSON has no NaN)."""
        return {name: _none_for_nan(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class SectionScore:
    """Analogies of one section: `correct` of `total` answered, out of `n_questions` in the file."""

    name: str
    correct: int
    total: int
    n_questions: int

    @property
    def accuracy(self) -> float:
        """Correct / total, NaN if no question has all its words in the vocabulary."""
        return self.correct / self.total if self.total else math.nan

    @property
    def coverage(self) -> float:
        """Total / n_questions."""
        return self.total / self.n_questions if self.n_questions else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, accuracy and coverage, NaN as None."""
        return {**asdict(self), "accuracy": _none_for_nan(self.accuracy), "coverage": self.coverage}


@dataclass(frozen=True)
class AnalogyScores(SectionScore):
    """Analogies of a whole file, called `name`, and of its `sections`."""

    sections: tuple[SectionScore, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, accuracy and coverage, and the sections as a list of such dicts."""
        return {**super().to_dict(), "sections": [section.to_dict() for section in self.sections]}


def evaluate_word_pairs(
    kv: WordTable,
    path: str | os.PathLike[str],
    *,
    delimiter: str | None = None,
    columns: Sequence[int | str] | str | None = None,
    case_insensitive: bool = True,
    restrict_vocab: int | None = 300_000,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> PairScores:
    """Correlate cosines with the human judgements in a file: lines of word, word, number.

    Parameters
    ----------
    path : str or path
        See `wordvec.vectors.evaluation_sets.read_word_pairs` for the formats that are read.
    delimiter : str, optional
        What separates the fields; if None, the delimiter that splits most lines into the same number of fields.
    columns : sequence of int or str, optional
        The columns of the two words and the judgement, by header name or by number from 1; a str separates them by
        commas. If None, they are inferred from the header or from their content.
    case_insensitive : bool
        Compare words in upper case; of several spellings the first, most frequent one is used.
    restrict_vocab : int, optional
        Use only the first, most frequent words of the vocabulary.
    encoding, errors : str
        As for `open`.

    Raises
    ------
    ValueError
        If a line is malformed, the text is not in `encoding`, or fewer than two pairs have known words.
    """
    pairs = read_word_pairs(path, delimiter=delimiter, columns=columns, encoding=encoding, errors=errors)
    return score_word_pairs(kv, pairs, case_insensitive=case_insensitive, restrict_vocab=restrict_vocab)


def score_word_pairs(
    kv: WordTable,
    pairs: WordPairs,
    *,
    case_insensitive: bool = True,
    restrict_vocab: int | None = 300_000,
) -> PairScores:
    """Correlate cosines with the judgements of pairs that were read; see `evaluate_word_pairs`.

    Raises
    ------
    TooFewPairsError
        If fewer than two pairs have known words.
    """
    # Half a second to import, which questions to KeyedVectors need not wait for.
    from scipy import stats

    row_of_word, _ = _known_words(kv, case_insensitive, restrict_vocab)
    fold = str.upper if case_insensitive else str
    find = _Finder(row_of_word, fold)
    n_pairs = len(pairs.pairs)
    rows_N2 = find.rows(pairs.pairs)
    assumed = find.assumed
    if pairs.has_pos and not (rows_N2 >= 0).any():
        find = _Finder(row_of_word, fold)
        rows_N2 = find.rows([(without_pos(a), without_pos(b)) for a, b in pairs.pairs])
        assumed = f"the words without the letters for their parts of speech ({pairs.pairs[0][0]!r})"
    by_ngrams = _NGramVectors(kv, pairs.pairs, rows_N2, case_insensitive)
    used = np.flatnonzero(((rows_N2 >= 0) | by_ngrams.known_N2).all(axis=1))
    if len(used) < 2:
        raise TooFewPairsError(
            f"{len(used)} of the {counted(n_pairs, 'pair')} in {str(pairs.path)!r} have both words in the vocabulary; "
            "a correlation needs two. Are vectors and file of the same language?"
        )
    if assumed:
        assume(f"{str(pairs.path)!r}: {assumed}")
    if by_ngrams.assumed:
        assume(f"{str(pairs.path)!r}: {by_ngrams.assumed}")
    first_ND, second_ND = (unit_rows(by_ngrams.vectors(used, side)) for side in (0, 1))
    cosines = np.einsum("ij,ij->i", first_ND, second_ND, dtype=np.float64)
    judgements = pairs.judgements[used]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.ConstantInputWarning)
        pearson = float(stats.pearsonr(judgements, cosines)[0])
        spearman = float(stats.spearmanr(judgements, cosines)[0])
    return PairScores(pearson, spearman, n_pairs, len(used), len(used) / n_pairs, by_ngrams.share(used))


def evaluate_word_analogies(
    kv: WordTable,
    path: str | os.PathLike[str],
    *,
    delimiter: str | None = None,
    columns: Sequence[int | str] | str | None = None,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    method: str = "3cosadd",
    encoding: str = "utf-8",
    errors: str = "strict",
) -> AnalogyScores:
    """Answer questions "a is to b as c is to ?": lines of four words, in sections that start ": name".

    A question counts if all four of its words are known; the answer is the nearest word other than a, b and c in any
    spelling. Parameters as in `evaluate_word_pairs`, except:

    Parameters
    ----------
    path : str or path
        See `wordvec.vectors.evaluation_sets.read_analogies` for the formats that are read.
    columns : sequence of int or str, optional
        The columns of the four words, or of the section and the four words.
    method : "3cosadd" (Mikolov et al. 2013) or "3cosmul" (Levy and Goldberg 2014)

    Raises
    ------
    ValueError
        If a line is malformed, there is no question, or the text is not in `encoding`.
    """
    analogies = read_analogies(path, delimiter=delimiter, columns=columns, encoding=encoding, errors=errors)
    return score_analogies(
        kv, analogies, restrict_vocab=restrict_vocab, case_insensitive=case_insensitive, method=method
    )


def score_analogies(
    kv: WordTable,
    analogies: Analogies,
    *,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    method: str = "3cosadd",
) -> AnalogyScores:
    """Answer analogies that were read; see `evaluate_word_analogies`."""
    check_choice("method", method, "evaluate_word_analogies", ("3cosadd", "3cosmul"))
    row_of_word, canonical = _known_words(kv, case_insensitive, restrict_vocab)
    find = _Finder(row_of_word, str.upper if case_insensitive else str)
    questions_N3 = find.rows(analogies.questions)
    # As many columns as a question has right answers at most; -1 fills up.
    n_answers = max(map(len, analogies.answers))
    answers_NA = find.rows([(*words, *[""] * (n_answers - len(words))) for words in analogies.answers])
    if find.assumed:
        assume(f"{str(analogies.path)!r}: {find.assumed}")
    known_N = np.asarray((questions_N3 >= 0).all(axis=1) & (answers_NA >= 0).any(axis=1))
    answered = canonical[_answers(kv, questions_N3[known_N], canonical, method)]
    # An answer in another spelling of the expected word is right.
    correct_N = np.zeros(len(known_N), bool)
    correct_N[known_N] = (answered[:, None] == answers_NA[known_N]).any(axis=1)
    sections_N = np.array(analogies.section_of)
    names = analogies.sections
    asked, known, correct = (
        np.bincount(sections_N[mask], minlength=len(names)).tolist()
        for mask in (np.ones_like(known_N), known_N, correct_N)
    )
    sections = tuple(SectionScore(*counts) for counts in zip(names, correct, known, asked))
    return AnalogyScores(analogies.path.name, sum(correct), sum(known), len(known_N), sections)


class _NGramVectors:
    """Vectors of the words of pairs; those of unknown words come from their n-grams, where there are any.

    Attributes
    ----------
    known_N2 : bool (N, 2)
        Whether n-grams give a vector to an unknown word.
    assumed : str
        What was assumed of the case of unknown words, or "".
    """

    def __init__(
        self, kv: WordTable, pairs: Sequence[Sequence[str]], rows_N2: np.ndarray, case_insensitive: bool
    ) -> None:
        self._kv, self._rows_N2 = kv, rows_N2
        self.known_N2, self.assumed = np.zeros(rows_N2.shape, bool), ""
        self._words: dict[tuple[int, int], str] = {}
        if kv.subwords is None:
            return
        # A vocabulary in lower case has n-grams in lower case.
        lowers = case_insensitive and all(word == word.lower() for word in kv.index_to_key)
        for row, side in np.argwhere(rows_N2 < 0).tolist():
            word = pairs[row][side]
            if lowers and word != word.lower():
                word = word.lower()
                self.assumed = "unknown words in lower case for their n-grams, as the vocabulary is"
            self._words[row, side] = word
            # Words of the table past `restrict_vocab` stay unknown.
            self.known_N2[row, side] = word not in kv and kv.knows(word)

    def vectors(self, used: np.ndarray, side: int) -> np.ndarray:
        """Return the vectors of one side of the pairs `used`, (n, D)."""
        rows = self._rows_N2[used, side]
        unknown = np.flatnonzero(rows < 0)
        found = (
            self._kv.vectors[np.maximum(rows, 0)]
            if len(self._kv)
            else np.zeros((len(used), self._kv.vector_size))
        )
        if len(unknown):
            words = [self._words[row, side] for row in used[unknown].tolist()]
            found = found.astype(np.float32)
            found[unknown] = self._kv[words]
        return found

    def share(self, used: np.ndarray) -> float:
        """Return the share of the distinct words of the pairs `used` whose vectors come from n-grams alone."""
        rows = self._rows_N2[used]
        n_known = len(np.unique(rows[rows >= 0]))
        unknown = {self._words[used[row], side] for row, side in np.argwhere(rows < 0).tolist()}
        return len(unknown) / (n_known + len(unknown))


class _Finder:
    """Finds rows of words; a phrase that is unknown as written is looked up with ``_`` for its spaces, too."""

    def __init__(self, row_of_word: dict[str, int], fold: Callable[[str], str]) -> None:
        self._row_of_word, self._fold = row_of_word, fold
        self._joined: dict[str, None] = {}

    @property
    def assumed(self) -> str:
        """What was assumed of phrases, or ""."""
        if not self._joined:
            return ""
        first = next(iter(self._joined))
        return f"{counted(len(self._joined), 'phrase')} looked up with _ for spaces ({first!r})"

    def rows(self, lines: Sequence[Sequence[str]]) -> np.ndarray:
        """Return the rows of words, int64 (n_lines, n_words); -1 for an unknown word."""
        return np.array([[self._row(word) for word in line] for line in lines], np.int64)

    def _row(self, word: str) -> int:
        row = self._row_of_word.get(self._fold(word), -1)
        if row < 0 and " " in word:
            row = self._row_of_word.get(self._fold("_".join(word.split())), -1)
            if row >= 0:
                self._joined[word] = None
        return row


def _known_words(
    kv: WordTable, case_insensitive: bool, restrict_vocab: int | None
) -> tuple[dict[str, int], np.ndarray]:
    """Return the row of each known word, and for each row the row of its first spelling, int64 (V,)."""
    if restrict_vocab is not None:
        check_int("restrict_vocab", restrict_vocab, "an evaluation", 1)
    words = kv.index_to_key[:restrict_vocab]
    if case_insensitive:
        words = [word.upper() for word in words]
    row_of_word: dict[str, int] = {}
    canonical = np.array([row_of_word.setdefault(word, row) for row, word in enumerate(words)], np.int64)
    return row_of_word, canonical


def _answers(kv: WordTable, questions_N3: np.ndarray, canonical: np.ndarray, method: str) -> np.ndarray:
    """Return the row that answers each question, int64 (N,); questions are rows of first spellings."""
    n_rows = len(canonical)
    best_rows = np.zeros(len(questions_N3), np.int64)
    best_scores = np.full(len(questions_N3), -np.inf, np.float32)
    a_ND, b_ND, c_ND = (unit_rows(kv.vectors[column], kv.norms[column]) for column in questions_N3.T)
    # The mean of b, c and -a need not be scaled: scale does not move a maximum.
    queries = [b_ND + c_ND - a_ND] if method == "3cosadd" else [b_ND, c_ND, a_ND]
    asked_N, barred_N = _barred_rows(questions_N3, canonical)
    for start in range(0, n_rows, ROW_BLOCK):
        stop = min(start + ROW_BLOCK, n_rows)
        block_RD = unit_rows(kv.vectors[start:stop], kv.norms[start:stop])
        for first in range(0, len(questions_N3), QUESTION_BATCH):
            batch = slice(first, first + QUESTION_BATCH)
            products = [query_ND[batch] @ block_RD.T for query_ND in queries]
            scores_QR = products[0] if method == "3cosadd" else _cosmul(*products)
            span = slice(*np.searchsorted(asked_N, [first, first + QUESTION_BATCH]))
            asked, barred = asked_N[span] - first, barred_N[span] - start
            inside = (barred >= 0) & (barred < stop - start)
            scores_QR[asked[inside], barred[inside]] = -np.inf
            rows = scores_QR.argmax(axis=1)
            scores = np.take_along_axis(scores_QR, rows[:, None], axis=1)[:, 0]
            better = scores > best_scores[batch]
            best_rows[batch][better] = rows[better] + start
            best_scores[batch][better] = scores[better]
    return best_rows


def _cosmul(b_QR: np.ndarray, c_QR: np.ndarray, a_QR: np.ndarray) -> np.ndarray:
    """Return 3CosMul scores from cosines, in place: similarities shifted to [0, 1], b * c / (a + epsilon)."""
    for cosines in (b_QR, c_QR, a_QR):
        cosines += 1
        cosines /= 2
    b_QR *= c_QR
    a_QR += np.float32(COSMUL_EPSILON)
    b_QR /= a_QR
    return b_QR


def _barred_rows(questions_N3: np.ndarray, canonical: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs (question, row) of the rows that are excluded as answers: a, b, c in every spelling."""
    by_word = np.argsort(canonical, kind="stable")
    starts = np.searchsorted(canonical[by_word], questions_N3.ravel(), side="left")
    stops = np.searchsorted(canonical[by_word], questions_N3.ravel(), side="right")
    lengths = stops - starts
    places = np.arange(lengths.sum()) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return np.repeat(np.arange(questions_N3.size) // 3, lengths), by_word[places]


def _none_for_nan(value: float) -> float | None:
    return None if math.isnan(value) else value
