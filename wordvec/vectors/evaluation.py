"""Evaluation of word vectors: agreement with human similarity judgements, and analogies.

The scores are those of gensim 4 (`evaluate_word_pairs`, `evaluate_word_analogies` with dummy4unknown=False)
on the same files. A line that cannot be understood is an error here and skipped there, and spaces around a
field do not belong to the word here (wordsim-297 has 15 such lines).
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.validation import check_choice, check_int
from wordvec.vectors.neighbors import unit_rows
from wordvec.vectors.table import WordTable

__all__ = ["AnalogyScores", "PairScores", "SectionScore", "evaluate_word_analogies", "evaluate_word_pairs"]

# Levy and Goldberg (2014) add this to the denominator of 3CosMul.
COSMUL_EPSILON = 1e-6
# Scores of one product: 256 questions over 32,768 rows are 32 MB.
QUESTION_BATCH = 256
ROW_BLOCK = 1 << 15


@dataclass(frozen=True)
class PairScores:
    """Agreement with human judgements of similarity.

    Attributes
    ----------
    pearson, spearman : correlation of cosines and judgements; NaN where one of them is constant
    n_pairs : pairs in the file
    n_used : pairs whose two words are known
    coverage : n_used / n_pairs
    """

    pearson: float
    spearman: float
    n_pairs: int
    n_used: int
    coverage: float

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
    case_insensitive: bool = True,
    restrict_vocab: int | None = 300_000,
) -> PairScores:
    """Correlate cosines with human judgements: lines of word, word, number.

    Lines that start with # are comments; the first other line may be a header.

    Parameters
    ----------
    delimiter : str, optional
        What separates the fields; if None, a tab, else a comma, else white space, told line by line.
    case_insensitive : bool
        Compare words in upper case; the first, most frequent spelling counts.
    restrict_vocab : int, optional
        Know only the first words of the vocabulary.

    Raises
    ------
    ValueError
        If a line is malformed, the text is not UTF-8, or fewer than two pairs have known words.
    """
    # Half a second to import, which questions to KeyedVectors need not wait for.
    from scipy import stats

    row_of_word, _ = _known_words(kv, case_insensitive, restrict_vocab)
    pairs = _read_pairs(Path(path), delimiter)
    fold = str.upper if case_insensitive else str
    # An unknown word is row -1.
    rows_N2 = np.array([[row_of_word.get(fold(word), -1) for word in (a, b)] for a, b, _ in pairs], np.int64)
    used = np.flatnonzero((rows_N2.reshape(-1, 2) >= 0).all(axis=1))
    if len(used) < 2:
        raise ValueError(
            f"{len(used)} of the {len(pairs)} pairs in {str(path)!r} have both words in the vocabulary; a "
            "correlation needs two. Are vectors and file of the same language?"
        )
    first_ND, second_ND = (unit_rows(kv.vectors[rows_N2[used, side]]) for side in (0, 1))
    cosines = np.einsum("ij,ij->i", first_ND, second_ND, dtype=np.float64)
    judgements = np.array([pairs[place][2] for place in used])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.ConstantInputWarning)
        pearson = float(stats.pearsonr(judgements, cosines)[0])
        spearman = float(stats.spearmanr(judgements, cosines)[0])
    return PairScores(pearson, spearman, len(pairs), len(used), len(used) / len(pairs))


def evaluate_word_analogies(
    kv: WordTable,
    path: str | os.PathLike[str],
    *,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    method: str = "3cosadd",
) -> AnalogyScores:
    """Answer questions "a is to b as c is to ?": lines of four words, in sections that start ": name".

    A question counts if its four words are known; the answer is the nearest word that is none of a, b, c in
    any spelling. Parameters as in `evaluate_word_pairs`.

    Parameters
    ----------
    method : "3cosadd" (Mikolov et al. 2013) or "3cosmul" (Levy and Goldberg 2014)

    Raises
    ------
    ValueError
        If a line is malformed, comes before the first section, or the text is not UTF-8.
    """
    check_choice("method", method, "evaluate_word_analogies", ("3cosadd", "3cosmul"))
    row_of_word, canonical = _known_words(kv, case_insensitive, restrict_vocab)
    names, section_of, questions = _read_analogies(Path(path))
    fold = str.upper if case_insensitive else str
    # An unknown word is row -1.
    rows_N4 = np.array([[row_of_word.get(fold(word), -1) for word in line] for line in questions], np.int64)
    sections_N = np.array(section_of)
    known_N = (rows_N4 >= 0).all(axis=1)
    answers = _answers(kv, rows_N4[known_N, :3], canonical, method)
    # An answer in another spelling of the expected word is right.
    correct_N = np.zeros(len(questions), bool)
    correct_N[known_N] = canonical[answers] == rows_N4[known_N, 3]
    asked, known, correct = (
        np.bincount(sections_N[mask], minlength=len(names)).tolist()
        for mask in (np.ones_like(known_N), known_N, correct_N)
    )
    sections = tuple(SectionScore(*counts) for counts in zip(names, correct, known, asked))
    return AnalogyScores(Path(path).name, sum(correct), sum(known), len(questions), sections)


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
    """Return pairs (question, row) of the rows that may not answer: a, b, c in every spelling."""
    by_word = np.argsort(canonical, kind="stable")
    starts = np.searchsorted(canonical[by_word], questions_N3.ravel(), side="left")
    stops = np.searchsorted(canonical[by_word], questions_N3.ravel(), side="right")
    lengths = stops - starts
    places = np.arange(lengths.sum()) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return np.repeat(np.arange(questions_N3.size) // 3, lengths), by_word[places]


def _read_pairs(path: Path, delimiter: str | None) -> list[tuple[str, str, float]]:
    pairs: list[tuple[str, str, float]] = []
    may_be_header = True
    for number, line in _lines(path):
        if line.startswith("#"):
            continue
        fields = _fields(line, delimiter)
        try:
            first, second, judgement = fields[0], fields[1], float(fields[2])
            good = len(fields) == 3 and bool(first and second) and math.isfinite(judgement)
        except (IndexError, ValueError):
            good = False
        if good:
            pairs.append((first, second, judgement))
        elif not may_be_header or len(fields) != 3:
            raise ValueError(
                f"Line {number} of {str(path)!r} must be two words and a number, separated by "
                f"{'tabs, commas or spaces' if delimiter is None else repr(delimiter)}. Got {line[:80]!r}."
            )
        may_be_header = False
    return pairs


def _fields(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        delimiter = next((mark for mark in ("\t", ",") if line.count(mark) >= 2), None)
    return [field.strip() for field in line.split(delimiter)]


def _read_analogies(path: Path) -> tuple[list[str], list[int], list[list[str]]]:
    """Return the names of the sections, and each question's section and words."""
    names: list[str] = []
    section_of: list[int] = []
    questions: list[list[str]] = []
    for number, line in _lines(path):
        if line.startswith(":"):
            names.append(line[1:].strip())
            continue
        words = line.split()
        if len(words) != 4 or not names:
            raise ValueError(
                f"Line {number} of {str(path)!r} must be four words, after a line ': section'. "
                f"Got {line[:80]!r}."
            )
        section_of.append(len(names) - 1)
        questions.append(words)
    if not questions:
        raise ValueError(f"{str(path)!r} holds no questions: lines of four words, after a line ': section'.")
    return names, section_of, questions


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers, without white space around them."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"Line {number} of {str(path)!r} is not valid UTF-8 ({error.reason})."
                ) from error
            if line:
                yield number, line


def _none_for_nan(value: float) -> float | None:
    return None if math.isnan(value) else value
