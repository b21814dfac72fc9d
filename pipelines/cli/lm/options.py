"""Options shared by the commands of `wordvec lm`."""

from __future__ import annotations

from typing import Annotated

import typer

Device = Annotated[
    str, typer.Option(metavar="auto|cpu|cuda", help="Device to compute on; auto: a GPU if there is one.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a model that is in FOLDER.")]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,...",
        show_default="the first line; CoNLL: by their number",
        help="Names of all columns.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="csv|tsv|jsonl|fasttext|conll|conllu|word/tag",
        show_default="by extension and content",
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="NAME", show_default="tag; upos", help="The column of the tags; tag only."
    ),
]
