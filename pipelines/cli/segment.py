"""`wordvec segment`: Chinese word segmentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..workflows.segmentation import segment_file
from .options import STDIN, Convert, Encoding, Jobs, Quiet, verbosity
from .stdin import as_file


def segment(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Chinese text, may be compressed; - for stdin.")
    ] = STDIN,
    tagger: Annotated[
        Path | None,
        typer.Option(
            metavar="MODEL",
            show_default="rjieba",
            help="A tagger: of characters with tags B, M, E, S, which cuts; or of words, for --pos.",
        ),
    ] = None,
    pos: Annotated[bool, typer.Option("--pos", help="Add parts of speech: word/tag.")] = False,
    user_dict: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="none",
            help="Words for rjieba, each line: word [frequency] [part of speech].",
        ),
    ] = None,
    convert: Convert = None,
    encoding: Encoding = "utf-8",
    errors: Annotated[
        str, typer.Option(metavar="strict|replace|ignore", help="Treatment of bytes that are not valid text.")
    ] = "strict",
    n_jobs: Jobs = -1,
    quiet: Quiet = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per line.")] = False,
) -> None:
    """Segment Chinese text into words, separated by spaces; lines and blank lines are kept.

    Words keep their spelling; white space within a word of your dictionary is printed as "_". Without --tagger, parts
    of speech come from jieba's dictionary.

    Example: wordvec segment zh.txt --pos --user-dict words.txt > segmented.txt
    """
    from wordvec.text.segmenter import Segmenter

    from ..datasets.tagged_files import load_tagger

    segmenter = None if user_dict is None else Segmenter(user_dict)
    model = None if tagger is None else load_tagger(tagger, n_jobs)
    with as_file(file, "Chinese text") as path:
        for found in segment_file(
            path,
            segmenter,
            model,
            pos=pos,
            convert=convert,
            encoding=encoding,
            errors=errors,
            verbose=verbosity(quiet),
        ):
            if as_json:
                fields = {"text": found.text, "tokens": found.words}
                print(json.dumps(fields | ({"tags": found.tags} if pos else {}), ensure_ascii=False))
            else:
                print(found)
