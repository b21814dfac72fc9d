"""`wordvec tag train`: train a tagger on tagged files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ...datasets.tagged_files import split_names
from ...workflows.taggers import train_tagger
from ..options import (
    AsJson,
    Encoding,
    FeatureVectorsEncoding,
    FeatureVectorsErrors,
    FileErrors,
    Jobs,
    Quiet,
    Scheme,
    TagMap,
    given,
    show,
    tagged_layout,
    verbosity,
)
from .options import Columns, Format

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.pipelines.tagging.crf:CRFTagger",)


# Options of the estimator are None unless given, so that its defaults hold. What --help shows of them is
# checked by tests/test_cli_tag.py: importing it here would make --help slow.
def train(
    files: Annotated[list[Path], typer.Argument(metavar="TRAIN", help="Files with tagged sentences.")],
    out: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="MODEL", help="File for the tagger, .safetensors."),
    ],
    validation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the weights that are best on this file.")
    ] = None,
    vectors: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Word vectors as features; may be repeated."),
    ] = None,
    vectors_encoding: FeatureVectorsEncoding = "utf-8",
    vectors_errors: FeatureVectorsErrors = "strict",
    vector_window: Annotated[
        str | None,
        typer.Option(
            metavar="N|none",
            show_default="0",
            help="Also use vectors of neighbours up to this distance; none: only the --clusters.",
        ),
    ] = None,
    n_clusters: Annotated[
        str | None,
        typer.Option(
            "--clusters",
            metavar="N,...",
            show_default="none",
            help="Clusters of the words of --vectors as features, such as 64,256,1024.",
        ),
    ] = None,
    gazetteers: Annotated[
        list[str] | None,
        typer.Option(
            "--gazetteer",
            metavar="[NAME=]FILE",
            show_default="none",
            help="A list of names, one per line, as features; may be repeated.",
        ),
    ] = None,
    dictionary: Annotated[
        bool,
        typer.Option(
            "--dictionary",
            help="Use the tags of words, or of names of characters, in other parts of TRAIN as features.",
        ),
    ] = False,
    algorithm: Annotated[
        str | None,
        typer.Option(metavar="lbfgs|sgd|perceptron", show_default="lbfgs", help="The training algorithm."),
    ] = None,
    c1: Annotated[
        float | None,
        typer.Option("--c1", metavar="X", show_default="0.0", help="L1 penalty; lbfgs only."),
    ] = None,
    c2: Annotated[
        float | None,
        typer.Option("--c2", metavar="X", show_default="1.0", help="L2 penalty; not for perceptron."),
    ] = None,
    max_iter: Annotated[
        int | None, typer.Option(metavar="N", show_default="100", help="Maximum number of iterations.")
    ] = None,
    min_freq: Annotated[
        float | None, typer.Option(metavar="X", show_default="0.0", help="Leave out rarer features.")
    ] = None,
    n_jobs: Jobs = -1,
    random_state: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            show_default="1",
            help="Seed; for sgd, perceptron, --clusters and --dictionary.",
        ),
    ] = None,
    scheme: Scheme = "auto",
    kind: Annotated[
        str, typer.Option(metavar="word|char", help="Tokens are words, or Chinese characters.")
    ] = "word",
    columns: Columns = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default="tag; upos", help="The column with the tags to learn."),
    ] = None,
    extra_columns: Annotated[
        str | None,
        typer.Option(metavar="NAME,...", show_default="none", help="Columns that are features, such as pos."),
    ] = None,
    file_format: Format = None,
    tag_map: TagMap = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a tagger: names, parts of speech, chunks, Chinese word segmentation.

    Files are CoNLL (one token per line, with columns, and empty lines between sentences), CoNLL-U, CSV with one token
    per row, JSON lines with tokens and tags or with a text and spans, or lines of word/tag.

    Example: wordvec tag train train.conll -o tagger.safetensors --validation dev.conll --c1 0.05 --c2 0.05
    """
    options = given(locals(), without="files columns extra_columns file_format encoding errors tag_map")
    options |= _numbers(vector_window, n_clusters)
    report = train_tagger(
        files,
        layout=tagged_layout(columns, file_format, encoding, errors, tag_map),
        extra_columns=split_names(extra_columns),
        verbose=verbosity(quiet),
        **options,
    )
    show(report, as_json)


def _numbers(vector_window: str | None, n_clusters: str | None) -> dict[str, Any]:
    """Return the numbers in two options; other values are left to the parameter checks."""
    found: dict[str, Any] = {}
    if vector_window is not None:
        found["vector_window"] = None if vector_window == "none" else _number(vector_window)
    if n_clusters is not None:
        found["n_clusters"] = [_number(text) for text in split_names(n_clusters)]
    return found


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() else text
