"""The options that the commands of `wordvec lm` share."""

from __future__ import annotations

from typing import Annotated

import typer

Device = Annotated[
    str, typer.Option(metavar="auto|cpu|cuda", help="Where the work is done; auto: a GPU if there is one.")
]
Errors = Annotated[
    str, typer.Option("--errors", metavar="strict|replace", help="What becomes of bytes that are no text.")
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
    typer.Option("--format", metavar="csv|tsv|jsonl|fasttext|conll|conllu", show_default="by extension"),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="NAME", show_default="tag; upos", help="The column of the tags; tag only."
    ),
]
