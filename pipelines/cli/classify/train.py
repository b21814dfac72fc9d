"""`wordvec classify train`: train a text classifier on labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wordvec._utils.errors import ParameterError

from ...workflows.classifiers import train_classifier
from ..options import (
    AsJson,
    Convert,
    Delimiter,
    Encoding,
    FeatureVectorsEncoding,
    FeatureVectorsErrors,
    FileErrors,
    Jobs,
    LabelColumn,
    Quiet,
    TextColumn,
    UserDict,
    given,
    show,
    table_layout,
    verbosity,
)
from .options import Columns, Format, Header, LabelSeparator, NearDuplicates, UnseenLabels

_OWNER = "wordvec classify train"


# Options of the estimator are None unless given, so that its defaults hold. What --help shows of them is
# checked by tests/test_cli_classify.py: importing it here would make --help slow.
def train(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="TRAIN",
            help="Labelled texts: CSV, TSV, JSON (lines), Parquet or fastText; a file or a folder for each class.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="MODEL", help="File for the classifier, .safetensors."),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="sentiment|topic", show_default="none", help="The task, for the title of reports."
        ),
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Word vectors, preferably trained on unlabelled text.")
    ] = None,
    vectors_encoding: FeatureVectorsEncoding = "utf-8",
    vectors_errors: FeatureVectorsErrors = "strict",
    validation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also show the accuracy on this file.")
    ] = None,
    unseen_labels: UnseenLabels = "count",
    near_duplicates: NearDuplicates = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    header: Header = None,
    label_separator: LabelSeparator = None,
    class_weight: Annotated[
        list[str] | None,
        typer.Option(
            metavar="balanced|LABEL=WEIGHT",
            show_default="none",
            help="Class weights: by inverse frequency, or --class-weight spam=5 for each that is not 1.",
        ),
    ] = None,
    at_least_one: Annotated[
        bool,
        typer.Option(
            "--at-least-one",
            help="If texts may have several labels, give texts without any the most probable one.",
        ),
    ] = False,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="auto|whitespace|word|ptb|ud|zh|chars",
            show_default="auto",
            help="How texts are split into words.",
        ),
    ] = None,
    user_dict: UserDict = None,
    convert: Convert = None,
    n_jobs: Jobs = -1,
    random_state: Annotated[
        int | None, typer.Option("--seed", metavar="N", show_default="1", help="Seed.")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a text classifier: sentiment, topics, or any other labels.

    Text and label columns are recognised by name (text, review, ...; label, class, ...), or given by options. In
    fastText's format a line is "__label__good the text"; with several labels on a line, or lists of labels in JSON, a
    text may have several.

    Example: wordvec classify train train.csv -o model.safetensors --label-column stars --vectors vectors.bin
    """
    options = given(
        locals(),
        without="files text_column label_column columns file_format delimiter encoding errors header label_separator",
    )
    if class_weight:
        options["class_weight"] = weights_of_classes(class_weight)
    layout = table_layout(locals())
    show(train_classifier(files, layout=layout, verbose=verbosity(quiet), **options), as_json)


def weights_of_classes(given: list[str]) -> str | dict[str, float]:
    """Return the weights given by an option: "balanced", or a weight for each "LABEL=WEIGHT".

    Raises
    ------
    ParameterError
        If one is neither.
    """
    if given == ["balanced"]:
        return "balanced"
    weights: dict[str, float] = {}
    for pair in given:
        label, sign, number = pair.rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            sign = ""
        if not sign or label in weights:
            rule = "be 'balanced', or LABEL=WEIGHT once for each label"
            raise ParameterError("class_weight", _OWNER, rule, pair)
        weights[label] = weight
    return weights
