"""`wordvec plot loss`: the loss during training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..output import note
from .options import Out


def loss(
    log: Annotated[
        Path,
        typer.Argument(
            metavar="LOG", help="The folder of a training, its log.jsonl, or what train --json printed."
        ),
    ],
    out: Out,
) -> None:
    """Draw the loss during training.

    Example: wordvec plot loss model/ -o loss.png
    """
    from ...workflows.spaces.plots import plot_loss

    plot_loss(log, out)
    note(f"The picture is in {out}")
