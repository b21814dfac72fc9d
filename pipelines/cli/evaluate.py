"""`wordvec evaluate`: word similarity and analogies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson, Vectors
from .output import print_json


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
            "--restrict-vocab", metavar="N", help="Use only the N most frequent words. [default: 300000]"
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

    from ..comparison.scoring import RESTRICT_VOCAB, format_scores, gensim_evaluation_files, score_files

    paths = files or gensim_evaluation_files("wordvec evaluate without files")
    limit = RESTRICT_VOCAB if restrict_vocab is None else restrict_vocab
    scores = score_files(KeyedVectors.load(vectors), paths, limit)
    if as_json:
        print_json([score.to_dict() for score in scores])
    else:
        print(format_scores(scores))
