"""`wordvec lm train-chat`: train a dialogue model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...datasets.dialogues import DialogueLayout
from ...workflows.applications.dialogues import train_chat as run_training
from ..options import AsJson, Delimiter, Encoding, FileErrors, Quiet, given, show, verbosity
from ..output import note
from .options import Device, Overwrite, Precision, RandomSeed, TimeBudget

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.transformer.estimators.dialogue:DialogueModel",)
_LAYOUT = "file_format dialogue_column turn_column delimiter encoding errors"


# Options of the estimator are None unless given, so that its defaults hold; tests check what --help shows of them.
def train_chat(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES",
            help="Dialogues: turns separated by tabs or __eou__, one turn per line, JSON, or CSV with one row "
            "per turn.",
        ),
    ],
    out: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the model.")],
    validation: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", show_default="dialogues held out", help="Dialogues for selecting the weights."
        ),
    ] = None,
    pretrained: Annotated[
        Path | None,
        typer.Option("--from", metavar="MODEL", show_default="a new model", help="A GPT-2 to start from."),
    ] = None,
    time_budget: TimeBudget = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", show_default="10", help="Passes over the dialogues.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch", metavar="N", show_default="16", help="Windows per step.")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.005; pretrained: 3e-4 or 3e-5", help="Peak learning rate."),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="256", help="Maximum number of tokens that the model reads."),
    ] = None,
    hidden_size: Annotated[
        int | None, typer.Option("--width", metavar="N", show_default="128", help="Width of a new model.")
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option("--layers", metavar="N", show_default="4", help="Layers of a new model.")
    ] = None,
    num_heads: Annotated[
        int | None,
        typer.Option("--heads", metavar="N", show_default="4", help="Attention heads of a new model."),
    ] = None,
    vocab_size: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="4000", help="Maximum pieces of a new subword table."),
    ] = None,
    dropout: Annotated[
        float | None, typer.Option(metavar="X", show_default="0.1", help="Dropout of a new model.")
    ] = None,
    validation_fraction: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.05", help="Share of the dialogues to hold out."),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="eou|tabs|lines|jsonl|json|csv|tsv",
            show_default="by extension and content",
        ),
    ] = None,
    dialogue_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", show_default="dialogue_id, ...", help="Column that identifies dialogues."
        ),
    ] = None,
    turn_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default="utterance, text, ...", help="Column of the turns."),
    ] = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    overwrite: Overwrite = False,
    device: Device = "auto",
    precision: Precision = None,
    random_state: RandomSeed = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a dialogue model; some dialogues are held out, and the weights that predict them best are kept.

    FOLDER is a GPT-2 for transformers. Ctrl-C stops after a step and keeps what was learned.

    Example: wordvec lm train-chat dialogues.txt -o bot --time 600
    """
    layout = DialogueLayout(file_format, dialogue_column, turn_column, delimiter, encoding, errors)
    options = given(locals(), without=f"files out validation layout {_LAYOUT}")
    report = run_training(
        files, out, layout, validation=validation or (), verbose=verbosity(quiet), **options
    )
    show(report, as_json)
    if report.interrupted:
        note(f"wordvec: interrupted; {report.model} holds what was learned so far.")
        raise typer.Exit(130)
