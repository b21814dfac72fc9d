"""`wordvec neighbors`: the words nearest to a word."""

from __future__ import annotations

from typing import Annotated

import typer

from wordvec._utils.tables import format_table, text_width

from ..options import AsJson, Duplicates, Vectors, VectorsEncoding, VectorsErrors, VectorsFormat
from ..output import print_json


def neighbors(
    vectors: Vectors,
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="One or more words.")],
    topn: Annotated[
        int, typer.Option("--topn", "-n", metavar="N", help="Number of neighbours of each word.")
    ] = 10,
    encoding: VectorsEncoding = "utf-8",
    errors: VectorsErrors = "strict",
    duplicates: Duplicates = "first",
    file_format: VectorsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Print the words whose vectors are nearest, by cosine.

    Unknown words are reported on stderr and make the exit code 2; the others are still looked up.

    Example: wordvec neighbors vectors.bin king paris --topn 5
    """
    from ...workflows.vectors import find_neighbors, open_vectors

    kv = open_vectors(vectors, encoding=encoding, errors=errors, duplicates=duplicates, format=file_format)
    answers = find_neighbors(kv, words, topn)
    if as_json and answers.found:
        print_json(answers.found)
    elif not as_json:
        for place, (word, found) in enumerate(answers.found.items()):
            print(("\n" if place else "") + word + "\n" + "-" * text_width(word))
            print(format_table([(other, f"{score:.4f}") for other, score in found]))
    answers.raise_failures()
