"""`wordvec tag evaluate`: score a tagger on entities and tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...workflows.tagger_evaluation import evaluate_tagger
from ..options import AsJson, Encoding, FileErrors, Jobs, TaggerFile, TagMap, show, tagged_layout
from .options import Columns, Format


def evaluate(
    model: TaggerFile,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Tagged sentences, as for wordvec tag train.")],
    target: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default="tag; upos", help="The column with the true tags."),
    ] = None,
    columns: Columns = None,
    file_format: Format = None,
    tag_map: TagMap = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    n_jobs: Jobs = -1,
    as_json: AsJson = False,
) -> None:
    """Score a tagger: precision, recall and F1 of whole entities, and token accuracy.

    Example: wordvec tag evaluate tagger.safetensors test.conll
    """
    layout = tagged_layout(columns, file_format, encoding, errors, tag_map)
    show(evaluate_tagger(model, file, layout, target=target, n_jobs=n_jobs), as_json)
