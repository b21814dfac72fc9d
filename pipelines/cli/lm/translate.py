"""`wordvec lm translate`: translate lines of text or a table's texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ...datasets.tables import read_texts
from ...workflows.applications.translation import load_translator, translate_texts
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
DECLARED_BY = ("wordvec.pipelines.applications.translation.translator:Translator",)
_OWNER = "wordvec lm translate"


def translate(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A folder that wordvec lm train-translator wrote.")
    ],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="One text per line, or a table of texts; - for stdin.")
    ] = STDIN,
    language: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default="the only one", help="The language to translate into."),
    ] = None,
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
    """Translate each line of a file, or each text of a table, into one line; blank lines stay blank.

    Example: wordvec lm translate translator texts.txt
    """
    layout = table_layout(locals())
    search = given({"num_beams": num_beams, "length_penalty": length_penalty, "batch_size": batch_size})
    translator = load_translator(model, device, verbose=verbosity(quiet), **search)
    with as_file(file, "one text a line") as path:
        for found in translate_texts(translator, read_texts(path, layout, owner=_OWNER), language):
            record = {"text": found.text, "translation": found.translation}
            print(json.dumps(record, ensure_ascii=False) if as_json else found.translation)
