"""Options shared by the commands of `wordvec classify`."""

from __future__ import annotations

from typing import Annotated

import typer

from ...datasets.table_layout import FORMATS

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
    typer.Option("--format", metavar="|".join(FORMATS), show_default="by extension, else by the first lines"),
]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        show_default="by the names in it",
        help="Whether the first line of CSV or TSV names the columns.",
    ),
]
LabelSeparator = Annotated[
    str | None,
    typer.Option(
        "--label-separator",
        metavar="CHAR",
        show_default="none",
        help="Separator of several labels in one field.",
    ),
]
UnseenLabels = Annotated[
    str,
    typer.Option(
        "--unseen-labels",
        metavar="count|error",
        help="Count labels not seen in training as errors and name them, or stop with an error.",
    ),
]
NearDuplicates = Annotated[
    float | None,
    typer.Option(
        "--near-duplicates",
        metavar="J",
        show_default="only equal texts",
        help="Also find near-duplicates of training texts: those with at least this Jaccard index of n-grams, such "
        "as 0.8.",
    ),
]
