"""`wordvec tag predict`: tag the words of files and of text."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable
from typing import Annotated

import typer

from wordvec._utils.messages import counted

from ...datasets.tagged_files import load_tagger
from ...workflows.tagged_formats import Formatter
from ...workflows.tagged_sentences import TaggedSentence, tag_file
from ..options import STDIN, Encoding, Jobs, TaggerFile, UserDict, corpus_tokenizer, tagged_layout
from ..stdin import as_file
from .options import Columns


def predict(
    model: TaggerFile,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="CoNLL, CoNLL-U or plain text; - for stdin.")
    ] = STDIN,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="conll|conllu|csv|jsonl|word/tag|text",
            show_default="by extension and content",
        ),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="ptb|ud|word|whitespace|zh|chars",
            show_default="as the training data was split",
            help="How lines of text are split into tokens; ptb and ud are for English.",
        ),
    ] = None,
    user_dict: UserDict = None,
    split_sentences: Annotated[
        bool,
        typer.Option("--split-sentences", help="Split lines of text into sentences, and tag each by itself."),
    ] = False,
    columns: Columns = None,
    encoding: Encoding = "utf-8",
    nbest: Annotated[
        int | None, typer.Option(metavar="K", help="The K most probable sequences, with probabilities.")
    ] = None,
    marginals: Annotated[
        bool, typer.Option("--marginals", help="Also show the probability of each tag.")
    ] = False,
    n_jobs: Jobs = -1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per sentence.")] = False,
) -> None:
    """Tag a file, or text with one sentence per line.

    Text is split into tokens like the training data. With --json each line of text, even a blank one, yields an object;
    start and end of a span are character offsets, token_start and token_end token offsets.

    On a terminal the text is shown with its entities in colour; otherwise one token per line with its tag (CoNLL). Set
    the environment variable NO_COLOR to disable colours.

    Example: echo "Ada Lovelace lived in London." | wordvec tag predict tagger.safetensors
    """
    layout = tagged_layout(columns, file_format, encoding)
    # User words are for the Chinese segmenter alone.
    chosen = tokenizer if user_dict is None else corpus_tokenizer(tokenizer or "zh", user_dict, None)
    tagger = load_tagger(model, n_jobs)
    formatter = Formatter.of_tagger(tagger, colour=has_colours())
    with as_file(file, "one sentence a line") as path:
        found = tag_file(
            tagger,
            path,
            layout,
            tokenizer=chosen,
            split_sentences=split_sentences,
            nbest=nbest,
            marginals=marginals,
        )
        print_tagged(found, formatter, as_json)


def has_colours() -> bool:
    """Return whether text is printed in colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def print_tagged(found: Iterable[TaggedSentence], formatter: Formatter, as_json: bool) -> None:
    """Print tagged sentences: text on a terminal, otherwise CoNLL or JSON lines.

    CoNLL cannot represent a line without tokens: a note says how many there were.
    """
    n_blank = 0
    is_conll = not as_json and not sys.stdout.isatty()
    render = formatter.json if as_json else formatter.conll if is_conll else formatter.text
    for prediction in found:
        if is_conll and not prediction.tokens:
            n_blank += 1
        else:
            print(render(prediction))
    if n_blank:
        warnings.warn(
            f"{counted(n_blank, 'blank line')} of the text gave no output. --json has an object for each line.",
            stacklevel=2,
        )
