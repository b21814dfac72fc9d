"""`wordvec evaluate`: word similarity and analogies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvec._utils.tables import format_score, format_table

from .options import AsJson, Vectors
from .output import print_json

if TYPE_CHECKING:
    from ..comparison.scoring import FileScore


def evaluate(
    vectors: Vectors,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE", help="Word pairs or analogies. By default the English sets of gensim."
        ),
    ] = None,
    restrict_vocab: Annotated[
        int | None,
        typer.Option(
            "--restrict-vocab", metavar="N", help="Know only the N most frequent words. [default: 300000]"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score word vectors on word similarity (Spearman's correlation) and analogies (share answered right).

    A file holds word pairs (word, word, number on a line) or analogies (four words on a line, in sections
    that start with ": name"); its content tells. Without files, those that gensim ships are taken, which
    needs: pip install "wordvec[gensim]"

    Example: wordvec evaluate vectors.bin --restrict-vocab 30000
    """
    from wordvec.vectors.keyed_vectors import KeyedVectors

    from ..comparison.scoring import RESTRICT_VOCAB, gensim_evaluation_files, score_files

    paths = files or gensim_evaluation_files("wordvec evaluate without files")
    limit = RESTRICT_VOCAB if restrict_vocab is None else restrict_vocab
    scores = score_files(KeyedVectors.load(vectors), paths, limit)
    if as_json:
        print_json([score.to_dict() for score in scores])
    else:
        print(format_scores(scores))


def format_scores(scores: list[FileScore], with_sections: bool = True) -> str:
    """Return a table of scores; the sections of analogies below their file."""
    from wordvec.vectors.evaluation import AnalogyScores, PairScores

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
