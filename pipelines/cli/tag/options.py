"""Options shared by the commands of `wordvec tag`."""

from __future__ import annotations

from typing import Annotated

import typer

Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,...",
        show_default="by their number",
        help="Names of the columns, such as token,pos,chunk,tag.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="conll|conllu|csv|jsonl|word/tag", show_default="by extension and content"
    ),
]
