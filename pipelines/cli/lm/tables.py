"""The labelled files that `wordvec lm` fine-tunes and evaluates on: tables of texts, or tagged sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ...datasets.tables import TableLayout
from ...datasets.tagged_files import Layout, column_of, read_corpus, split_names
from ..classify.options import layout_of

Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAME,...",
        show_default="the first line; CoNLL: by their number",
        help="Names of all columns.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="csv|tsv|jsonl|fasttext|conll|conllu", show_default="by extension"),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="NAME", show_default="tag; upos", help="The column of the tags; tag only."
    ),
]


@dataclass(frozen=True)
class Layouts:
    """How files are laid out if they are tables of texts, and if they are tagged sentences."""

    table: TableLayout
    sentences: Layout


def layouts_of(
    text_column: str | None,
    label_column: str | None,
    columns: str | None,
    file_format: str | None,
    delimiter: str | None,
    encoding: str,
) -> Layouts:
    """Return the layouts that the options say."""
    table = layout_of(text_column, label_column, columns, file_format, delimiter, encoding)
    return Layouts(table, Layout(file_format, split_names(columns), encoding))


def read_tagged(
    files: Sequence[Path], layout: Layout, target: str | None
) -> tuple[list[list[str]], list[list[str]]]:
    """Return the words and the tags of the sentences of all files.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is not what `layout` says.
    """
    words: list[list[str]] = []
    tags: list[list[str]] = []
    for path in files:
        corpus = read_corpus(path, layout)
        tags += column_of(corpus, target or corpus.tag_column, path, is_target=True)
        words += column_of(corpus, "token", path)
    return words, tags
