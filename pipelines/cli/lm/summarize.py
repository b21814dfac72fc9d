"""`wordvec lm summarize`: abstractive summaries of lines of text, of a table's texts or of a whole file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ...datasets.tables import read_texts
from ...workflows.applications.summarizers import load_summarizer, read_whole_text, summarize_texts
from ..options import (
    STDIN,
    AsJsonLines,
    Delimiter,
    Encoding,
    FileErrors,
    Quiet,
    TextColumn,
    given,
    table_layout,
    verbosity,
)
from ..stdin import as_file
from .options import Beams, Columns, Device, Format, LengthPenalty

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.pipelines.applications.summarization.abstractive:AbstractiveSummarizer",)
_OWNER = "wordvec lm summarize"


def summarize(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A folder that wordvec lm train-summarizer wrote.")
    ],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="One text per line, or a table of texts; - for stdin.")
    ] = STDIN,
    is_whole: Annotated[
        bool, typer.Option("--whole", help="Treat FILE as one text, with all of its lines.")
    ] = False,
    num_beams: Beams = None,
    length_penalty: LengthPenalty = None,
    batch_size: Annotated[
        int | None,
        typer.Option("--batch", metavar="N", show_default="as in training", help="Texts per batch."),
    ] = None,
    text_column: TextColumn = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: AsJsonLines = False,
) -> None:
    """Summarise each line of a file, each text of a table, or a whole file, with a trained model.

    Each summary is one line; blank lines stay blank. wordvec summarize needs no model.

    Example: wordvec lm summarize summarizer texts.txt
    """
    layout = table_layout(locals())
    search = given({"num_beams": num_beams, "length_penalty": length_penalty, "batch_size": batch_size})
    summarizer = load_summarizer(model, device, verbose=verbosity(quiet), **search)
    with as_file(file, "one text" if is_whole else "one text a line") as path:
        texts = (
            read_whole_text(path, encoding, errors) if is_whole else read_texts(path, layout, owner=_OWNER)
        )
        for found in summarize_texts(summarizer, texts):
            record = {"text": found.text, "summary": found.summary}
            print(json.dumps(record, ensure_ascii=False) if as_json else found.summary)
