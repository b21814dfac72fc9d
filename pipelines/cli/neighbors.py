"""`wordvec neighbors`: the words nearest to a word."""

from __future__ import annotations

from typing import Annotated

import typer

from wordvec._utils.tables import format_table, text_width

from .options import AsJson, Vectors
from .output import print_json


def neighbors(
    vectors: Vectors,
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="One word or more.")],
    topn: Annotated[int, typer.Option("--topn", "-n", metavar="N", help="Neighbours of each word.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Print the words whose vectors are nearest, by cosine.

    Example: wordvec neighbors vectors.bin king paris --topn 5
    """
    from wordvec.vectors.keyed_vectors import KeyedVectors

    answers = dict(zip(words, KeyedVectors.load(vectors).most_similar_batch(words, topn=topn)))
    if as_json:
        print_json(answers)
        return
    for place, (word, found) in enumerate(answers.items()):
        print(("\n" if place else "") + word + "\n" + "-" * text_width(word))
        print(format_table([(other, f"{score:.4f}") for other, score in found]))
