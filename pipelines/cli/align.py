"""`wordvec align`: map word vectors of one language into the space of another's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson, OutFormat, given, show


def align(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The word vectors to map.")],
    target: Annotated[
        Path,
        typer.Argument(metavar="TARGET", help="Word vectors of the other language, left unchanged."),
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
            "--out",
            "-o",
            metavar="FILE",
            help="File for the mapped vectors; the extension determines the format.",
        ),
    ],
    test_pairs: Annotated[
        Path | None,
        typer.Option(
            "--test-pairs", metavar="FILE", help="A dictionary for testing the map.", show_default="none"
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            metavar="procrustes|rcsls",
            help="A rotation, or a map optimised for CSLS. [default: procrustes]",
        ),
    ] = None,
    n_refinements: Annotated[
        int | None,
        typer.Option(
            "--refinements", metavar="N", help="Times to relearn the map with mutual neighbours. [default: 0]"
        ),
    ] = None,
    n_frequent: Annotated[
        int | None,
        typer.Option(
            "--frequent",
            metavar="N",
            help="Most frequent words to search for neighbours. [default: 20000]",
        ),
    ] = None,
    center: Annotated[
        bool, typer.Option("--center/--no-center", help="Subtract the mean of each table first.")
    ] = True,
    encoding: Annotated[
        str, typer.Option("--encoding", metavar="NAME", help="Encoding of the dictionaries.")
    ] = "utf-8",
    out_format: OutFormat = None,
    as_json: AsJson = False,
) -> None:
    """Map word vectors into the space of another language's vectors, with a dictionary.

    The output shares one space with TARGET: wordvec.vectors.alignment.translate finds translations of words, and a
    classifier on the vectors of TARGET understands texts of both languages. --test-pairs reports the share of words
    whose nearest word by CSLS is their translation (P@1).

    Example: wordvec align en.bin zh.bin --pairs en-zh.tsv -o en-in-zh.bin --test-pairs held-out.tsv
    """
    options = given(locals(), without="source target out")
    from ..workflows.spaces.alignment import align_vectors

    show(align_vectors(source, target, out, **options), as_json)
