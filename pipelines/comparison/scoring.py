"""Scores of word vectors on evaluation files of either kind: word pairs or analogies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.tables import format_score, format_table
from wordvec._utils.validation import check_int
from wordvec.vectors.evaluation import (
    AnalogyScores,
    PairScores,
    evaluate_word_analogies,
    evaluate_word_pairs,
)
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

    @property
    def value(self) -> float | None:
        """Spearman's correlation of word pairs, or the share of right answers; None if there is none."""
        if isinstance(self.scores, PairScores):
            return self.scores.to_dict()["spearman"]
        return None if self.scores is None else self.scores.to_dict()["accuracy"]

    @property
    def coverage(self) -> float:
        """The share of the file's lines whose words are all known; 0 if too few are."""
        return 0.0 if self.scores is None else self.scores.coverage

    def to_dict(self) -> dict[str, Any]:
        """Return path, kind, value and all scores."""
        scores = None if self.scores is None else self.scores.to_dict()
        return {"path": str(self.path), "kind": self.kind, "value": self.value, "scores": scores}


def format_scores(scores: list[FileScore], with_sections: bool = True) -> str:
    """Return a table of scores; the sections of analogies below their file."""
    rows = []
    for score in scores:
        used, total = "0", "-"
        if isinstance(score.scores, PairScores):
            used, total = f"{score.scores.n_used:,}", f"{score.scores.n_pairs:,}"
        elif isinstance(score.scores, AnalogyScores):
            used, total = f"{score.scores.total:,}", f"{score.scores.n_questions:,}"
        measure = "Spearman" if score.kind == "pairs" else "accuracy"
        rows.append(
            (score.path.name, measure, format_score(score.value), used, total, f"{score.coverage:.1%}")
        )
        if with_sections and isinstance(score.scores, AnalogyScores):
            rows += [
                (
                    f"  {part.name}",
                    "accuracy",
                    format_score(part.accuracy),
                    f"{part.total:,}",
                    f"{part.n_questions:,}",
                    f"{part.coverage:.1%}",
                )
                for part in score.scores.sections
            ]
    return format_table(rows, ("file", "measure", "score", "used", "of", "coverage"))


def file_kind(path: Path) -> str:
    """Return "pairs" or "analogies", after reading all of the file.

    Analogies have sections (a line that starts with a colon), word pairs have none.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line of the file is malformed.
    """
    if not path.is_file():
        raise FileNotFoundError(f"The evaluation file {str(path)!r} does not exist. Check the path.")
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    kind = "analogies" if re.search(r"^\s*:", text, re.MULTILINE) else "pairs"
    # Vectors that know every word show whether the evaluator understands the file.
    words = sorted(set(re.split(r"[\s,]+", text)) - {""}) or ["none"]
    vectors = np.arange(2.0 * len(words), dtype=np.float32).reshape(-1, 2)
    _score(KeyedVectors(vectors, words), path, kind, restrict_vocab=None)
    return kind


def score_file(
    kv: KeyedVectors, path: Path, kind: str, restrict_vocab: int | None = RESTRICT_VOCAB
) -> FileScore:
    """Score vectors on a file whose `kind` `file_kind` told, so that it is well-formed."""
    try:
        return FileScore(path, kind, _score(kv, path, kind, restrict_vocab))
    except ValueError:
        # A correlation needs two pairs of known words; nothing else can be wrong with the file.
        return FileScore(path, kind, None)


def score_files(
    kv: KeyedVectors, paths: list[Path], restrict_vocab: int | None = RESTRICT_VOCAB
) -> list[FileScore]:
    """Score vectors on each file.

    Raises
    ------
    FileNotFoundError, ValueError
        If a file is missing or malformed, or `restrict_vocab` is not a positive number; nothing has been scored then.
    """
    if restrict_vocab is not None:
        check_int("restrict_vocab", restrict_vocab, "score_files", 1)
    kinds = [file_kind(path) for path in paths]
    return [score_file(kv, path, kind, restrict_vocab) for path, kind in zip(paths, kinds)]


def gensim_evaluation_files(purpose: str) -> list[Path]:
    """Return the English word pairs and analogies that gensim ships."""
    return [gensim_file(name, purpose) for name in (*GENSIM_PAIRS, *GENSIM_ANALOGIES)]


def _score(kv: KeyedVectors, path: Path, kind: str, restrict_vocab: int | None) -> PairScores | AnalogyScores:
    evaluate = evaluate_word_pairs if kind == "pairs" else evaluate_word_analogies
    return evaluate(kv, path, restrict_vocab=restrict_vocab)
