"""`wordvec tag explain`: the strongest features and the transitions of a tagger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import AsJson, TaggerFile, show
from ..output import note


def explain(
    model: TaggerFile,
    top: Annotated[
        int, typer.Option("--top", "-n", metavar="N", help="Features for and against each tag.")
    ] = 10,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Draw the transitions as a heat map, .png or .svg."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the strongest features of each tag, and the weights of transitions.

    The heat map needs: pip install "wordvec[plot]"

    Example: wordvec tag explain tagger.safetensors --top 5 --plot transitions.png
    """
    from ...tagging.crf import CRFTagger

    explanation = CRFTagger.load(model).explain(top)
    if plot is not None:
        explanation.plot_transitions(plot)
    show(explanation, as_json)
    if plot is not None:
        note(f"The heat map is in {plot}")
