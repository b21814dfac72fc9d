"""Options shared by the commands of `wordvec classify`."""

from __future__ import annotations

from typing import Annotated

import typer

Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,...",
        show_default="the first line",
        help="Names of all columns, if a CSV or TSV file has no header.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="csv|tsv|jsonl|fasttext|text", show_default="by extension, else by the first line"
    ),
]
