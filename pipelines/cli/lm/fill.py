"""`wordvec lm fill`: the most probable tokens for masks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...workflows.filling import fill_texts
from ..errors import CommandError
from ..options import STDIN, AsJson
from ..output import print_json
from ..stdin import stdin_text
from .options import Device


def fill(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a masked model.")],
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT", help="One or more texts, in quotation marks; - for stdin, one text per line."
        ),
    ],
    top_k: Annotated[
        int, typer.Option("--top-k", "--top", "-n", metavar="N", help="Number of tokens for each mask.")
    ] = 5,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Show the most probable tokens for each [MASK] of a text, with probabilities.

    A mask stands for one token of the model's vocabulary: a word, a piece of one, or a Chinese character.

    Example: wordvec lm fill model "the capital of [MASK] is paris"
    """
    lines = texts
    if texts == [STDIN]:
        lines = [line for line in map(str.strip, stdin_text().split("\n")) if line]
        if not lines:
            raise CommandError("There is no text on the standard input. Pipe some, one a line, with masks.")
    found = fill_texts(model, lines, top_k=top_k, device=device)
    if as_json:
        print_json([each.to_dict() for each in found])
    else:
        print("\n\n".join(each.format() for each in found))
