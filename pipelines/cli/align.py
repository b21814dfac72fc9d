"""`wordvec align`: word vectors of one language into the space of those of another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson, OutFormat, given, show


def align(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The word vectors to map.")],
    target: Annotated[
        Path,
        typer.Argument(metavar="TARGET", help="Word vectors of the other language, which stay as they are."),
    ],
    pairs: Annotated[
        str,
        typer.Option(
            "--pairs",
            metavar="FILE|identical",
            help="A dictionary: a word of SOURCE and its translation on a line, with a tab or a space between; or the "
            "words that both have.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FILE", help="The mapped vectors; the extension chooses the format."
        ),
    ],
    test_pairs: Annotated[
        Path | None,
        typer.Option(
            "--test-pairs", metavar="FILE", help="A dictionary to test the map with.", show_default="none"
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            metavar="procrustes|rcsls",
            help="A rotation, or a map made for CSLS. [default: procrustes]",
        ),
    ] = None,
    n_refinements: Annotated[
        int | None,
        typer.Option(
            "--refinements", metavar="N", help="Times to learn anew, with mutual neighbours. [default: 0]"
        ),
    ] = None,
    n_frequent: Annotated[
        int | None,
        typer.Option(
            "--frequent",
            metavar="N",
            help="Words to look for neighbours among, the most frequent. [default: 20000]",
        ),
    ] = None,
    center: Annotated[
        bool, typer.Option("--center/--no-center", help="Learn from vectors less the mean of their table.")
    ] = True,
    encoding: Annotated[
        str, typer.Option("--encoding", metavar="NAME", help="Encoding of the dictionaries.")
    ] = "utf-8",
    out_format: OutFormat = None,
    as_json: AsJson = False,
) -> None:
    """Map word vectors into the space of those of another language, by a dictionary.

    What is written stands beside TARGET: wordvec.vectors.alignment.translate finds words of one in the other, and a
    classifier on the vectors of TARGET understands texts of both languages. With --test-pairs, the share of words whose
    nearest word by CSLS is their translation is told (P@1).

    Example: wordvec align en.bin zh.bin --pairs en-zh.tsv -o en-in-zh.bin --test-pairs held-out.tsv
    """
    options = given(locals(), without="source target out")
    from ..workflows.spaces.alignment import align_vectors

    show(align_vectors(source, target, out, **options), as_json)
