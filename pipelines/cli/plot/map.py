"""`wordvec plot map`: words as points."""

from __future__ import annotations

from typing import Annotated

import typer

from ..options import Duplicates, Vectors, VectorsEncoding, VectorsErrors, VectorsFormat
from ..output import note
from .options import Out


def map(  # noqa: A001 - the name of the command
    vectors: Vectors,
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="Words to draw.")],
    out: Out,
    topn: Annotated[
        int, typer.Option("--topn", "-n", metavar="N", help="Also draw this many neighbours of each word.")
    ] = 0,
    encoding: VectorsEncoding = "utf-8",
    errors: VectorsErrors = "strict",
    duplicates: Duplicates = "first",
    file_format: VectorsFormat = None,
) -> None:
    """Draw words on the first two principal components of their vectors, and those of their neighbours.

    Example: wordvec plot map vectors.bin king paris --topn 8 -o map.png
    """
    from ...workflows.paths import check_overwriting
    from ...workflows.spaces.plots import plot_words
    from ...workflows.vectors import open_vectors

    check_overwriting([vectors], [out], "pictures")
    kv = open_vectors(vectors, encoding=encoding, errors=errors, duplicates=duplicates, format=file_format)
    n_words = plot_words(kv, words, out, topn=topn)
    note(f"{n_words} words are in {out}")
