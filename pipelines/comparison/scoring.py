"""Scores of word vectors on evaluation files of either kind: word pairs or analogies."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wordvec._utils.assumptions import collected_assumptions
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.tables import format_score, format_table
from wordvec._utils.validation import check_int
from wordvec.vectors.evaluation import (
    AnalogyScores,
    PairScores,
    TooFewPairsError,
    score_analogies,
    score_word_pairs,
)
from wordvec.vectors.evaluation_sets.analogies import Analogies
from wordvec.vectors.evaluation_sets.pairs import WordPairs
from wordvec.vectors.evaluation_sets.reading import read_evaluation_set
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..datasets.loading import gensim_file

GENSIM_PAIRS = ("wordsim353.tsv", "simlex999.txt")
GENSIM_ANALOGIES = ("questions-words.txt",)
RESTRICT_VOCAB = 300_000


@dataclass(frozen=True)
class FileScore:
    """The score of one evaluation file; `scores` is None if too few of its words are known."""

    path: Path
    kind: str  # "pairs" or "analogies"
    scores: PairScores | AnalogyScores | None
    n_lines: int  # pairs or questions of the file
    assumed: tuple[str, ...] = ()

    @property
    def value(self) -> float | None:
        """Spearman's correlation for word pairs, or accuracy for analogies; None if there is no score."""
        if isinstance(self.scores, PairScores):
            return self.scores.to_dict()["spearman"]
        return None if self.scores is None else self.scores.to_dict()["accuracy"]

    @property
    def coverage(self) -> float:
        """The share of the file's lines whose words are all known; 0 if there are too few."""
        return 0.0 if self.scores is None else self.scores.coverage

    def to_dict(self) -> dict[str, Any]:
        """Return path, kind, value, all scores, and what was assumed."""
        scores = None if self.scores is None else self.scores.to_dict()
        return {
            "path": str(self.path),
            "kind": self.kind,
            "value": self.value,
            "scores": scores,
            "n_lines": self.n_lines,
            "assumed": list(self.assumed),
        }


def format_scores(scores: list[FileScore], with_sections: bool = True) -> str:
    """Return a table of scores, with the sections of analogies below their file."""
    rows = []
    for score in scores:
        used = 0
        if isinstance(score.scores, PairScores):
            used = score.scores.n_used
        elif isinstance(score.scores, AnalogyScores):
            used = score.scores.total
        measure = "Spearman" if score.kind == "pairs" else "accuracy"
        rows.append(
            (
                score.path.name,
                measure,
                format_score(score.value),
                f"{used:,}",
                f"{score.n_lines:,}",
                f"{score.coverage:.1%}",
            )
        )
        if with_sections and isinstance(score.scores, AnalogyScores) and _has_sections(score.scores):
            rows += [
                (
                    f"  {part.name or '(no section)'}",
                    "accuracy",
                    format_score(part.accuracy),
                    f"{part.total:,}",
                    f"{part.n_questions:,}",
                    f"{part.coverage:.1%}",
                )
                for part in score.scores.sections
            ]
    shares = [score.scores.ngram_share if isinstance(score.scores, PairScores) else 0.0 for score in scores]
    table = format_table(rows, ("file", "measure", "score", "used", "of", "coverage"))
    told = [
        f"{score.path.name}: {share:.1%} of its words have vectors by n-grams alone"
        for score, share in zip(scores, shares)
        if share
    ]
    return "\n".join([table, *told])


def score_set(
    kv: KeyedVectors,
    evaluation_set: WordPairs | Analogies,
    restrict_vocab: int | None = RESTRICT_VOCAB,
    case_insensitive: bool = True,
) -> FileScore:
    """Score vectors on a set that was read; fewer than two known pairs give no score."""
    path = evaluation_set.path
    options: dict[str, Any] = {"restrict_vocab": restrict_vocab, "case_insensitive": case_insensitive}
    if isinstance(evaluation_set, Analogies):
        return FileScore(
            path, "analogies", score_analogies(kv, evaluation_set, **options), len(evaluation_set.questions)
        )
    n_lines = len(evaluation_set.pairs)
    try:
        return FileScore(path, "pairs", score_word_pairs(kv, evaluation_set, **options), n_lines)
    except TooFewPairsError:
        return FileScore(path, "pairs", None, n_lines)


def score_files(
    kv: KeyedVectors,
    paths: Sequence[Path],
    restrict_vocab: int | None = RESTRICT_VOCAB,
    *,
    case_insensitive: bool = True,
    kind: str | None = None,
    **options: Any,
) -> tuple[list[FileScore], list[Exception]]:
    """Score vectors on each file; files that cannot be read are skipped.

    Parameters
    ----------
    kind, **options
        See `wordvec.vectors.evaluation_sets.read_evaluation_set`.

    Returns
    -------
    scores : list of FileScore
        In the order of the files.
    errors : list of Exception
        One for each file without a score.

    Raises
    ------
    ValueError
        If an option is out of range.
    """
    if restrict_vocab is not None:
        check_int("restrict_vocab", restrict_vocab, "score_files", 1)
    scores: list[FileScore] = []
    errors: list[Exception] = []
    for path in paths:
        with collected_assumptions() as assumed:
            sets, found = read_each([(path, kind)], **options)
            errors += found
            for each in sets:
                score = score_set(kv, each, restrict_vocab, case_insensitive)
                scores.append(replace(score, assumed=tuple(assumed)))
                if score.scores is None:
                    warnings.warn(
                        f"Fewer than two of the {counted(score.n_lines, 'pair')} in {str(path)!r} have both words in "
                        "the vocabulary, so it has no score. Are vectors and file of the same language?",
                        stacklevel=2,
                    )
    return scores, errors


def read_each(
    files: Sequence[tuple[Path, str | None]], **options: Any
) -> tuple[list[WordPairs | Analogies], list[Exception]]:
    """Read evaluation files, each with its kind or None, and return the sets and the errors of those that fail.

    Raises
    ------
    ParameterError
        If an option is invalid for all files.
    """
    sets: list[WordPairs | Analogies] = []
    errors: list[Exception] = []
    for path, kind in files:
        try:
            sets.append(read_evaluation_set(path, kind, **options))
        except (OSError, ValueError) as error:
            if isinstance(error, ParameterError) and error.name != "columns":
                raise  # it is wrong for every file
            errors.append(error)
    return sets, errors


def gensim_evaluation_files(purpose: str) -> list[Path]:
    """Return the English word pairs and analogies that gensim ships."""
    return [gensim_file(name, purpose) for name in (*GENSIM_PAIRS, *GENSIM_ANALOGIES)]


def _has_sections(scores: AnalogyScores) -> bool:
    return [part.name for part in scores.sections] != [""]
