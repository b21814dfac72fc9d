"""`wordvec summarize`: extractive summaries of texts."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated

import typer

from ..workflows.applications.summaries import FileSummary, summarize_files
from .options import STDIN, Encoding, FileErrors
from .stdin import as_file

DECLARED_BY = ("wordvec.pipelines.applications.summarization.summarizer:Summarizer",)


def summarize(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Text files, may be compressed; - for stdin.")
    ],
    sentences: Annotated[
        int | None, typer.Option(metavar="N", show_default="3", help="Length in sentences.")
    ] = None,
    words: Annotated[int | None, typer.Option(metavar="N", help="Maximum length in words.")] = None,
    ratio: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Length as a share of the text's sentences.")
    ] = None,
    method: Annotated[
        str,
        typer.Option(metavar="mmr|centroid|lexrank|lead", help="How sentences are chosen; see the guide."),
    ] = "mmr",
    vectors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", show_default="TF-IDF", help="Word vectors, for similarity beyond identical words."
        ),
    ] = None,
    by_line: Annotated[bool, typer.Option("--by-line", help="Treat each line as a sentence.")] = False,
    tokenizer: Annotated[
        str,
        typer.Option(
            metavar="word|ptb|ud|whitespace|zh|chars",
            show_default="by language",
            help="How sentences are split into words.",
        ),
    ] = "auto",
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per file.")] = False,
) -> None:
    """Summarise English or Chinese texts by their own sentences, without training.

    With --json each sentence has its score and its character offsets.

    Example: wordvec summarize report.txt --sentences 3
    """
    from wordvec.vectors.keyed_vectors import KeyedVectors

    from ..applications.summarization.summarizer import Summarizer

    summarizer = Summarizer(
        method,
        sentences=sentences,
        words=words,
        ratio=ratio,
        vectors=None if vectors is None else KeyedVectors.load(vectors),
        by_line=by_line,
        tokenizer=tokenizer,
    )
    with contextlib.ExitStack() as stack:
        paths = [stack.enter_context(as_file(file, "a text")) for file in files]
        names = {str(path): file for path, file in zip(paths, files)}
        for number, found in enumerate(summarize_files(paths, summarizer, encoding=encoding, errors=errors)):
            _print(FileSummary(names[found.file], found.summary), as_json, len(files) > 1, number)


def _print(found: FileSummary, as_json: bool, is_named: bool, number: int) -> None:
    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    if is_named:
        gap = "\n" if number else ""
        print(f"{gap}==> {'standard input' if found.file == STDIN else found.file} <==")
    print(found.summary)
