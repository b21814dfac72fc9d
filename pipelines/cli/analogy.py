"""`wordvec analogy`: the word that relates to C as B relates to A."""

from __future__ import annotations

from typing import Annotated

import typer

from wordvec._utils.tables import format_table

from .options import AsJson, Vectors
from .output import print_json


def analogy(
    vectors: Vectors,
    a: Annotated[str, typer.Argument(metavar="A")],
    b: Annotated[str, typer.Argument(metavar="B")],
    c: Annotated[str, typer.Argument(metavar="C")],
    method: Annotated[
        str, typer.Option(metavar="3cosadd|3cosmul", help="How answers are scored.")
    ] = "3cosadd",
    topn: Annotated[int, typer.Option("--topn", "-n", metavar="N", help="Answers.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Answer "A is to B as C is to ?".

    Example: wordvec analogy vectors.bin man king woman
    """
    from wordvec.vectors.keyed_vectors import KeyedVectors

    answers = KeyedVectors.load(vectors).analogy(a, b, c, method=method, topn=topn)
    if as_json:
        print_json(answers)
    else:
        print(format_table([(word, f"{score:.4f}") for word, score in answers]))
