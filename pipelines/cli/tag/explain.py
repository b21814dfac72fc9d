"""`wordvec tag explain`: show the strongest features and the transitions of a tagger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import CommandError
from ..options import AsJson, TaggerFile, show
from ..output import note


def explain(
    model: TaggerFile,
    top: Annotated[
        int,
        typer.Option(
            "--top", "-n", metavar="N", help="Number of features for and against each tag, or of each token."
        ),
    ] = 10,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Draw the transitions as a heat map, .png or .svg."),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Show the features that led to the tags of this sentence."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the strongest features of each tag and the transition weights, or what led to the tags of a sentence.

    The heat map needs: pip install "wordvec[plot]"

    Example: wordvec tag explain tagger.safetensors --top 5 --plot transitions.png
    """
    from ...tagging.crf import CRFTagger

    tagger = CRFTagger.load(model)
    if text is not None:
        if plot is not None:
            raise CommandError(
                "The heat map is of the tagger, not of a sentence. Leave --plot or --text out."
            )
        show(tagger.explain(text, top), as_json)
        return
    explanation = tagger.explain(topn=top)
    if plot is not None:
        explanation.plot_transitions(plot)
    show(explanation, as_json)
    if plot is not None:
        note(f"The heat map is in {plot}")
