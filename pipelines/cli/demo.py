"""`wordvec demo`: word vectors, scores, a tagger and a classifier, trained in a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsJson
from .output import note, print_json


def demo(
    folder: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results.")
    ] = Path("wordvec-demo"),
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no messages and no progress bar.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train on a small real text; show neighbours, scores, the loss, a tagger and a classifier. Takes a minute.

    The texts and the evaluation sets come with gensim: pip install "wordvec[gensim]"

    Example: wordvec demo -o my-first-vectors
    """
    from ..workflows.demo import run_demo

    report = run_demo(folder, verbose=False if quiet else None, on_message=None if quiet else note)
    if as_json:
        print_json(report.to_dict())
    else:
        print(report)
    if report.training.interrupted:
        note("wordvec: interrupted; the results are from the training so far.")
        raise typer.Exit(130)
