"""`wordvec lm train-translator`: train a translator on sentence pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...workflows.applications.translation import train_translator as run_training
from ..errors import CommandError
from ..options import AsJson, Encoding, FileErrors, Quiet, given, show, verbosity
from ..output import note
from .options import (
    Averaged,
    Device,
    Dropout,
    LabelSmoothing,
    LanguageColumn,
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
    SourceColumn,
    TargetColumn,
    TimeBudget,
    ValidationFraction,
    pair_layout,
)

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.pipelines.applications.translation.translator:Translator",)
_LAYOUT = "file_format source_column target_column language_column header delimiter encoding errors"


# Options of the estimator are None unless given, so that its defaults hold; tests check what --help shows of them.
def train_translator(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="PAIRS",
            help="Tables of sentence pairs (TSV, CSV, JSON lines), or two files of sentences.",
        ),
    ],
    out: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder for the translator.")],
    validation: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            show_default="pairs held out",
            help="Pairs for model selection; twice for two files of sentences.",
        ),
    ] = None,
    time_budget: TimeBudget = None,
    epochs: PairEpochs = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch", metavar="N", show_default="128", help="Pairs per step.")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.01, less if wider", help="Peak learning rate."),
    ] = None,
    hidden_size: Annotated[
        int | None,
        typer.Option(
            "--width", metavar="N", show_default="128, or that of vectors", help="Width of the model."
        ),
    ] = None,
    num_layers: Annotated[
        int | None, typer.Option("--layers", metavar="N", show_default="4", help="Layers of each side.")
    ] = None,
    num_heads: NumHeads = None,
    vocab_size: Annotated[
        int | None, typer.Option(metavar="N", show_default="8000", help="Maximum pieces of a subword table.")
    ] = None,
    shared_vocabulary: Annotated[
        bool | None,
        typer.Option(
            "--shared-vocabulary/--separate-vocabularies",
            show_default="shared if the letters are",
            help="One subword table for both sides, or one for each.",
        ),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="128", help="Maximum number of tokens in a sentence."),
    ] = None,
    max_length_ratio: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            show_default="3.0",
            help="How many times longer than usual one side of a pair may be.",
        ),
    ] = None,
    dropout: Dropout = None,
    label_smoothing: LabelSmoothing = None,
    n_averaged: Averaged = None,
    selection: Annotated[
        str | None,
        typer.Option(
            metavar="bleu|loss", show_default="bleu if 100 or more", help="Criterion of model selection."
        ),
    ] = None,
    patience: PairPatience = None,
    validation_fraction: ValidationFraction = None,
    source_vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Word vectors to initialise the sources' table.")
    ] = None,
    target_vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Word vectors to initialise the targets' table.")
    ] = None,
    source_column: SourceColumn = None,
    target_column: TargetColumn = None,
    language_column: LanguageColumn = None,
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
    """Train a translator: pairs are cleaned, some held out, and the model that translates these best is kept.

    FOLDER is written when training is complete; until then FOLDER.run holds its state. Ctrl-C stops after a step;
    --resume continues, also after a crash. With a language column, one model translates into several languages.

    Example: wordvec lm train-translator pairs.tsv -o translator --time 2400
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
