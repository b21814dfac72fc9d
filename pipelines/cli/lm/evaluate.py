"""`wordvec lm evaluate`: how well a model predicts a text, or labels texts and words."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ...workflows.lm_evaluation import (
    evaluate_classifier,
    evaluate_language_model,
    evaluate_tagger,
    format_language_model_scores,
    task_of,
)
from ..classify.options import Delimiter, LabelColumn, TextColumn
from ..output import print_json
from ..tag.evaluate import format_tagging_scores
from .options import AsJson, Device, Encoding, Errors
from .tables import Columns, Format, Target, layouts_of


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="Text for language models; labelled texts or tagged sentences for others."
        ),
    ],
    window: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="what the model takes", help="Tokens read at once; text only."
        ),
    ] = None,
    stride: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="half the window", help="Tokens from window to window; text only."
        ),
    ] = None,
    words: Annotated[
        str | None,
        typer.Option(
            metavar="whitespace|word|zh|chars",
            show_default="whitespace",
            help="What counts as a word in the perplexity per word.",
        ),
    ] = None,
    documents: Annotated[
        str | None,
        typer.Option(
            metavar="auto|blank-lines|headers|file",
            show_default="auto",
            help="What ends a document of the text.",
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option("--batch", metavar="N", help="Sequences at once.")] = 8,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    target: Target = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    errors: Errors = "strict",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Score a model: perplexity of a language model, accuracy and F1 of a fine-tuned one.

    Perplexity is that of a token, which depends on the tokenizer, and that of a word, which does not. A masked
    model predicts the tokens that are masked as in training; its figure compares with that of no other kind.

    Example: wordvec lm evaluate model held-out.txt
    """
    layouts = layouts_of(text_column, label_column, columns, file_format, delimiter, encoding)
    task = task_of(model)
    of_text = {"window": window, "stride": stride, "words": words, "documents": documents}
    given: dict[str, Any] = {name: value for name, value in of_text.items() if value is not None}
    if given and task != "language model":
        raise ValueError(
            f"The option --{next(iter(given))} is for language models. {str(model)!r} labels texts or words: leave it "
            "out."
        )
    scores: Any
    if task == "classify":
        scores = evaluate_classifier(model, files, layouts.table, device=device, batch_size=batch_size)
        shown, values = scores.format(), scores.to_dict()
    elif task == "tag":
        scores = evaluate_tagger(
            model, files, layouts.sentences, target, device=device, batch_size=batch_size
        )
        shown, values = format_tagging_scores(scores), asdict(scores)
    else:
        scores = evaluate_language_model(
            model,
            files,
            batch_size=batch_size,
            encoding=encoding,
            errors=errors,
            device=device,
            **given,
        )
        shown, values = format_language_model_scores(scores), asdict(scores)
    if as_json:
        print_json({"task": task, **values})
    else:
        print(shown)
