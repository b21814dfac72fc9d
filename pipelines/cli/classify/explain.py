"""`wordvec classify explain`: show the words that led to a prediction."""

from __future__ import annotations

from typing import Annotated

import typer

from ...workflows.classifiers import load_classifier
from ..options import AsJson, ClassifierFile, Jobs
from ..output import print_json


def explain(
    model: ClassifierFile,
    texts: Annotated[
        list[str], typer.Argument(metavar="TEXT", help="One or more texts, in quotation marks.")
    ],
    n_jobs: Jobs = -1,
    as_json: AsJson = False,
) -> None:
    """Show a classifier's prediction for a text, and the words that led to it.

    Example: wordvec classify explain model.safetensors "a warm and funny film, but too long"
    """
    classifier = load_classifier(model, n_jobs)
    found = [classifier.explain(text) for text in texts]
    if as_json:
        print_json([explanation.to_dict() for explanation in found])
    else:
        print("\n\n".join(explanation.format() for explanation in found))
