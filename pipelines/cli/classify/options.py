"""The options that the commands of `wordvec classify` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...datasets.tables import TableLayout

if TYPE_CHECKING:
    from ...classification.classifier import TextClassifier

FORMAT_NAMES = "csv|tsv|jsonl|fasttext|text"

TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text-column", metavar="NAME", show_default="text, review, ...", help="Column of the texts."
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label-column", metavar="NAME", show_default="label, class, ...", help="Column of the labels."
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,...",
        show_default="the first line",
        help="Names of all columns, if a CSV or TSV file has no header.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar=FORMAT_NAMES, show_default="by extension, else by the first line"),
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHAR", show_default="a comma", help="What separates fields of CSV."),
]
Encoding = Annotated[str, typer.Option("--encoding", metavar="NAME", help="Encoding of the text.")]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", help="Threads; -1 for all cores.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def layout_of(
    text_column: str | None,
    label_column: str | None,
    columns: str | None,
    file_format: str | None,
    delimiter: str | None,
    encoding: str,
) -> TableLayout:
    """Return the layout of files that the options say."""
    names = [] if columns is None else [name.strip() for name in columns.split(",")]
    return TableLayout(file_format, text_column, label_column, names, delimiter, encoding)


def load_classifier(path: Path, n_jobs: int) -> TextClassifier:
    """Read a classifier that `wordvec classify train` wrote.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it holds something else; or there cannot be so many threads.
    """
    from wordvec._utils.threads import check_n_jobs

    from ...classification.classifier import TextClassifier

    check_n_jobs(n_jobs, "wordvec classify")
    classifier = TextClassifier.load(path)
    classifier.n_jobs = n_jobs
    return classifier
