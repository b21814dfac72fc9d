"""`wordvec tag predict`: tags for files and for text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from ...datasets.tagged_files import load_tagger
from ...workflows.tagged_formats import Formatter
from ...workflows.tagged_sentences import TaggedSentence, tag_file
from ..options import STDIN, Encoding, Jobs, TaggerFile, tagged_layout
from ..stdin import as_file
from .options import Columns


def predict(
    model: TaggerFile,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="CoNLL, CoNLL-U or plain text; - for stdin.")
    ] = STDIN,
    file_format: Annotated[
        str | None,
        typer.Option("--format", metavar="conll|conllu|text", show_default="by extension and content"),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="whitespace|word|zh|chars",
            show_default="whitespace; chars for taggers of characters",
            help="How lines of text become tokens.",
        ),
    ] = None,
    columns: Columns = None,
    encoding: Encoding = "utf-8",
    nbest: Annotated[
        int | None, typer.Option(metavar="K", help="The K most probable sequences, with probabilities.")
    ] = None,
    marginals: Annotated[
        bool, typer.Option("--marginals", help="Show the probability of each tag, too.")
    ] = False,
    n_jobs: Jobs = -1,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each sentence.")] = False,
) -> None:
    """Tag a file, or text with one sentence a line.

    On a terminal the text is shown with its entities in colour; elsewhere a token a line with its tag (CoNLL).
    Set the environment variable NO_COLOR for no colours.

    Example: echo "Ada Lovelace lived in London ." | wordvec tag predict tagger.safetensors
    """
    layout = tagged_layout(columns, file_format, encoding)
    tagger = load_tagger(model, n_jobs)
    formatter = Formatter.of_tagger(tagger, colour=has_colours())
    with as_file(file, "one sentence a line") as path:
        found = tag_file(tagger, path, layout, tokenizer=tokenizer, nbest=nbest, marginals=marginals)
        print_tagged(found, formatter, as_json)


def has_colours() -> bool:
    """Return whether text is printed in colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def print_tagged(found: Iterable[TaggedSentence], formatter: Formatter, as_json: bool) -> None:
    """Print tagged sentences: text on a terminal, elsewhere CoNLL or JSON lines."""
    render = formatter.json if as_json else formatter.text if sys.stdout.isatty() else formatter.conll
    for prediction in found:
        print(render(prediction))
