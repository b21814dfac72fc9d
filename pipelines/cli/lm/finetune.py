"""`wordvec lm finetune`: fine-tune a pre-trained model to a classifier or a tagger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wordvec._utils.validation import check_choice

from ...workflows.fine_tuning import TASKS, finetune_model
from ..errors import CommandError
from ..options import (
    AsJson,
    Delimiter,
    Encoding,
    FileErrors,
    LabelColumn,
    Quiet,
    Scheme,
    TagMap,
    TextColumn,
    given,
    show,
    table_layout,
    tagged_layout,
    verbosity,
)
from ..output import note
from .options import Columns, Device, Format, Overwrite, Precision, Target

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.transformer.estimators.classifier:TransformerClassifier",)


# Options of the estimators are None unless given, so that their defaults hold; tests/test_cli_lm.py checks what
# --help shows of them.
def finetune(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a pre-trained model.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="TABLE", help="Labelled texts as wordvec classify reads them, or tagged sentences."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the fine-tuned model.")
    ],
    task: Annotated[
        str, typer.Option(metavar="classify|tag", help="Texts have labels, or words have tags (CoNLL).")
    ] = "classify",
    crf: Annotated[
        bool, typer.Option("--crf", help="Add a CRF over the tags of a sentence; tag only.")
    ] = False,
    scheme: Scheme = "auto",
    validation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also show the score on this file.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", show_default="3", help="Passes over the texts.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch", metavar="N", show_default="32", help="Texts per step.")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="3e-4; width 512 or more: 3e-5", help="Peak learning rate."),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="128", help="Maximum tokens of a text, up to the model's length."
        ),
    ] = None,
    truncation: Annotated[
        str | None,
        typer.Option(
            metavar="right|left|error",
            show_default="right",
            help="Which end of longer texts is cut off; classify only.",
        ),
    ] = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    target: Target = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    tag_map: TagMap = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    device: Device = "auto",
    precision: Precision = None,
    random_state: Annotated[
        int | None, typer.Option("--seed", metavar="N", show_default="1", help="Seed.")
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fine-tune a model: BERT or GPT-2 in Hugging Face's layout, or what wordvec lm pretrain wrote.

    FOLDER then holds a model that transformers loads, too (except with --crf), and that wordvec lm evaluate scores.
    Longer texts are truncated, with a note that counts them; longer sentences are tagged in parts.

    Example: wordvec lm finetune model train.csv -o sentiment --validation dev.csv
    """
    options = given(
        locals(),
        without="files text_column label_column columns file_format delimiter encoding errors tag_map",
    )
    check_choice("task", task, "wordvec lm finetune", TASKS)
    for flag, is_given, other in (
        ("--crf", crf, "tag"),
        ("--scheme", scheme != "auto", "tag"),
        ("--target", target, "tag"),
        ("--map", tag_map, "tag"),
        ("--truncation", truncation, "classify"),
        ("--text-column", text_column, "classify"),
        ("--label-column", label_column, "classify"),
        ("--delimiter", delimiter, "classify"),
    ):
        if is_given and task != other:
            raise CommandError(f"The option {flag} goes with --task {other}, not {task}. Leave it out.")
    layout = (
        tagged_layout(columns, file_format, encoding, errors, tag_map)
        if task == "tag"
        else table_layout(locals())
    )
    options["crf"] = crf or None
    report = finetune_model(files=files, layout=layout, verbose=verbosity(quiet), **given(options))
    show(report, as_json)
    if report.interrupted:
        note(f"wordvec: interrupted; {report.model} holds what was learned so far.")
        raise typer.Exit(130)
