"""`wordvec classify evaluate`: score a classifier on labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wordvec._io.atomic import check_writable, replace_when_whole

from ...workflows.classifiers import evaluate_classifier
from ...workflows.paths import check_overwriting
from ..options import (
    AsJson,
    ClassifierFile,
    Delimiter,
    Encoding,
    FileErrors,
    Jobs,
    LabelColumn,
    TextColumn,
    show,
    table_layout,
)
from ..output import note
from .options import Columns, Format, Header, LabelSeparator, NearDuplicates, UnseenLabels


def evaluate(
    model: ClassifierFile,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Labelled texts: CSV, TSV, JSON (lines), Parquet or fastText; a file or a folder for each class.",
        ),
    ],
    html: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Also write the report as an HTML page.")
    ] = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    header: Header = None,
    label_separator: LabelSeparator = None,
    unseen_labels: UnseenLabels = "count",
    training_data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            show_default="fingerprints in the model",
            help="Texts of training, to tell which of the texts are among them; more than once for several.",
        ),
    ] = None,
    near_duplicates: NearDuplicates = None,
    n_jobs: Jobs = -1,
    as_json: AsJson = False,
) -> None:
    """Score a classifier: accuracy with a confidence interval, precision, recall and F1 by class, calibration.

    The HTML page is self-contained: it has the confusion matrix, the curves, and examples of mistakes.

    Example: wordvec classify evaluate model.safetensors test.csv --html report.html
    """
    if html is not None:
        check_writable(html)
        check_overwriting([model, *files], [html], "reports")
    layout = table_layout(locals())
    report = evaluate_classifier(
        model,
        files,
        layout,
        unseen_labels=unseen_labels,
        training_data=training_data or (),
        near_duplicates=near_duplicates,
        n_jobs=n_jobs,
    )
    show(report, as_json)  # before the page, which a full disk may cost
    if html is not None:
        with replace_when_whole(html) as file:
            file.write(report.to_html().encode())
        note(f"The page is {html}")
