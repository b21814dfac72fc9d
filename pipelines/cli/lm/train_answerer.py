"""`wordvec lm train-answerer`: train an extractive question answering model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...workflows.applications.answers import train_answerer as train
from ..options import AsJson, Quiet, given, show, verbosity
from ..output import note
from .options import Device, Overwrite, Precision, RandomSeed, TimeBudget

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.transformer.estimators.answers:AnswerExtractor",)


def train_answerer(
    files: Annotated[
        list[Path], typer.Argument(metavar="SQUAD", help="Questions in SQuAD's JSON, 1.1 or 2.")
    ],
    out: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the model.")],
    pretrained: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="MODEL", show_default="a small new one", help="Start from this model."
        ),
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Questions for selecting the weights and for scoring.")
    ] = None,
    missing: Annotated[
        str,
        typer.Option(metavar="error|skip", help="What happens to answers that are not in their passages."),
    ] = "error",
    epochs: Annotated[
        int | None, typer.Option(metavar="N", show_default="3", help="Passes over the questions.")
    ] = None,
    time_budget: TimeBudget = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch", metavar="N", show_default="16", help="Windows per step.")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="X", show_default="new: 1e-3; 3e-4; width 512 or more: 3e-5", help="Peak learning rate."
        ),
    ] = None,
    max_length: Annotated[
        int | None, typer.Option(metavar="N", show_default="384", help="Tokens of a window.")
    ] = None,
    stride: Annotated[
        int | None, typer.Option(metavar="N", show_default="128", help="Overlap of windows in tokens.")
    ] = None,
    max_answer_length: Annotated[
        int | None, typer.Option(metavar="N", show_default="30", help="Maximum tokens of an answer.")
    ] = None,
    hidden_size: Annotated[
        int | None, typer.Option("--width", metavar="N", show_default="128", help="Width of a new model.")
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option("--layers", metavar="N", show_default="2", help="Layers of a new model.")
    ] = None,
    num_heads: Annotated[
        int | None, typer.Option("--heads", metavar="N", show_default="4", help="Heads of a new model.")
    ] = None,
    vocab_size: Annotated[
        int | None, typer.Option(metavar="N", show_default="8000", help="Vocabulary of a new model.")
    ] = None,
    device: Device = "auto",
    precision: Precision = None,
    random_state: RandomSeed = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model that answers questions with spans of passages; transformers' BertForQuestionAnswering loads it.

    Longer passages are read in windows. From questions without an answer the model learns to return none, with a
    threshold chosen on --validation.

    Example: wordvec lm train-answerer train.json -o answerer --from bert --validation dev.json
    """
    options = given(locals(), without="files out")
    report = train(files, out, verbose=verbosity(quiet), **options)
    show(report, as_json)
    if report.interrupted:
        note(f"wordvec: interrupted; {report.model} holds what was learned so far.")
        raise typer.Exit(130)
