"""`wordvec drift`: find the words whose neighbourhoods changed between two files of vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import AsJson, Duplicates, Top, VectorsEncoding, VectorsErrors, VectorsFormat
from ..output import print_json


def drift(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Vectors of one text, period or model.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Vectors of the other one.")],
    more_old: Annotated[
        list[Path] | None,
        typer.Option(
            "--old",
            metavar="FILE",
            show_default="none",
            help="More vectors of the old side, with other seeds; may be repeated.",
        ),
    ] = None,
    more_new: Annotated[
        list[Path] | None,
        typer.Option("--new", metavar="FILE", show_default="none", help="The same for the new side."),
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Option("--word", metavar="WORD", show_default="all", help="A word to report; may be repeated."),
    ] = None,
    topn: Top = 20,
    method: Annotated[
        str, typer.Option(metavar="neighbors|procrustes", help="How two models are compared.")
    ] = "neighbors",
    n_neighbors: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            show_default="100, or a tenth of the words",
            help="Number of nearest words compared; neighbors only.",
        ),
    ] = None,
    min_count: Annotated[
        int, typer.Option(metavar="N", help="Leave out rarer words, if the files have counts.")
    ] = 20,
    restrict_vocab: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="all", help="Use only the first, most frequent words."),
    ] = None,
    level: Annotated[
        float, typer.Option(metavar="X", help="The q-value up to which a word counts as changed.")
    ] = 0.05,
    encoding: VectorsEncoding = "utf-8",
    errors: VectorsErrors = "strict",
    duplicates: Duplicates = "first",
    file_format: VectorsFormat = None,
    as_json: AsJson = False,
) -> None:
    """Print the words with the strongest evidence of change, with neighbours gained and lost.

    Example: wordvec drift 1990.bin 2020.bin --old 1990-seed2.bin --new 2020-seed2.bin --topn 30
    """
    from ...workflows.spaces.drift import compare_drift

    report = compare_drift(
        [old, *(more_old or ())],
        [new, *(more_new or ())],
        reading={"encoding": encoding, "errors": errors, "duplicates": duplicates, "format": file_format},
        method=method,
        n_neighbors=n_neighbors,
        min_count=min_count,
        restrict_vocab=restrict_vocab,
        words=words or None,
        level=level,
    )
    if as_json:
        print_json(report.to_dict(topn))
    else:
        print(report.format(topn))
