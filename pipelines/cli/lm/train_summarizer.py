"""`wordvec lm train-summarizer`: train an abstractive summariser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...workflows.applications.summarizers import train_summarizer as run_training
from ..errors import CommandError
from ..options import AsJson, Encoding, FileErrors, Quiet, given, show, verbosity
from ..output import note
from .options import (
    Averaged,
    Device,
    Dropout,
    LabelSmoothing,
    NumHeads,
    Overwrite,
    PairDelimiter,
    PairEpochs,
    PairFormat,
    PairHeader,
    PairPatience,
    Precision,
    RandomSeed,
    ResumeRun,
    TimeBudget,
    ValidationFraction,
    pair_layout,
)

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.pipelines.applications.summarization.abstractive:AbstractiveSummarizer",)
_LAYOUT = "file_format source_column target_column header delimiter encoding errors"


# Options of the estimator are None unless given, so that its defaults hold; tests check what --help shows of them.
def train_summarizer(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="PAIRS",
            help="Tables of texts and summaries (TSV, CSV, JSON lines), or two files with one per line.",
        ),
    ],
    out: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the summariser.")],
    validation: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            show_default="pairs held out",
            help="Pairs for model selection; twice for two files.",
        ),
    ] = None,
    time_budget: TimeBudget = None,
    epochs: PairEpochs = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch", metavar="N", show_default="32", help="Pairs per step.")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.01, less if wider", help="Peak learning rate."),
    ] = None,
    hidden_size: Annotated[
        int | None,
        typer.Option("--width", metavar="N", show_default="128", help="Width of the model."),
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option("--layers", metavar="N", show_default="2", help="Layers of each side.")
    ] = None,
    num_heads: NumHeads = None,
    vocab_size: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="8000", help="Maximum pieces of the subword table."),
    ] = None,
    max_source_length: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="256", help="Maximum number of tokens read of a text."),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="64", help="Maximum number of tokens in a summary."),
    ] = None,
    dropout: Dropout = None,
    label_smoothing: LabelSmoothing = None,
    coverage: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.0", help="Penalty for copying the same text again."),
    ] = None,
    n_averaged: Averaged = None,
    selection: Annotated[
        str | None,
        typer.Option(
            metavar="rouge|loss",
            show_default="rouge if 100 or more",
            help="Criterion of model selection.",
        ),
    ] = None,
    patience: PairPatience = None,
    validation_fraction: ValidationFraction = None,
    source_column: Annotated[
        str | None,
        typer.Option(
            "--text-column",
            metavar="NAME",
            show_default="text, article, ... or the longer",
            help="Column of the texts, or its number from 1.",
        ),
    ] = None,
    target_column: Annotated[
        str | None,
        typer.Option(
            "--summary-column",
            metavar="NAME",
            show_default="summary, title, ... or the shorter",
            help="Column of the summaries, or its number from 1.",
        ),
    ] = None,
    header: PairHeader = None,
    file_format: PairFormat = None,
    delimiter: PairDelimiter = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    resume: ResumeRun = False,
    overwrite: Overwrite = False,
    device: Device = "auto",
    precision: Precision = None,
    random_state: RandomSeed = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a summariser on texts and their summaries: headlines, subject lines, abstracts.

    Pairs are cleaned, some are held out, and the model that summarises these best is kept. FOLDER is written when
    training is complete; until then FOLDER.run holds its state. Ctrl-C stops after a step; --resume continues, also
    after a crash.

    Example: wordvec lm train-summarizer pairs.tsv -o summarizer --time 2400
    """
    if resume and overwrite:
        raise CommandError(
            "--resume would continue the run that --overwrite would replace. Pass one of them."
        )
    layout = pair_layout(locals())
    options = given(locals(), without=f"files out validation layout {_LAYOUT}")
    report = run_training(
        files, out, layout, validation=validation or (), verbose=verbosity(quiet), **options
    )
    show(report, as_json)
    if report.interrupted:
        note(f"wordvec: interrupted; {report.model} holds the state of training. To continue, add --resume.")
        raise typer.Exit(130)
