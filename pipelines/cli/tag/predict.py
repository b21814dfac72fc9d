"""`wordvec tag predict`: tags for files and for text."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wordvec._utils.validation import check_choice, check_int

from ...datasets.tagged_files import (
    TaggedLayout,
    extractor_of,
    is_conllu,
    is_text,
    load_tagger,
    read_as_trained,
    read_text,
    sentences_of,
)
from ..options import STDIN, Encoding, Jobs, TaggerFile, tagged_layout
from ..stdin import as_file
from .options import Columns
from .output import Formatter, Prediction

if TYPE_CHECKING:
    from ...tagging import CRFTagger

# Sentences that are tagged at a time: enough for all threads, little memory.
BATCH = 4096


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
    formatter = make_formatter(tagger, colour=has_colours())
    with as_file(file, "one sentence a line") as path:
        found = predict_file(tagger, path, layout, tokenizer=tokenizer, nbest=nbest, marginals=marginals)
        print_tagged(found, formatter, as_json)


def has_colours() -> bool:
    """Return whether text is printed in colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def print_tagged(found: Iterable[Prediction], formatter: Formatter, as_json: bool) -> None:
    """Print tagged sentences: text on a terminal, elsewhere CoNLL or JSON lines."""
    render = formatter.json if as_json else formatter.text if sys.stdout.isatty() else formatter.conll
    for prediction in found:
        print(render(prediction))


def make_formatter(tagger: CRFTagger, *, colour: bool) -> Formatter:
    """Return what formats the predictions of a tagger."""
    between = "" if extractor_of(tagger).kind == "char" else " "
    has_spans = tagger.scheme_ is not None
    return Formatter(tagger.classes_.tolist(), has_spans=has_spans, between=between, colour=colour)


def predict_file(
    tagger: CRFTagger,
    path: Path,
    layout: TaggedLayout,
    *,
    tokenizer: str | None = None,
    nbest: int | None = None,
    marginals: bool = False,
) -> Iterator[Prediction]:
    """Yield what a tagger says of each sentence of a file.

    Parameters
    ----------
    tagger : CRFTagger, fitted on words
    path : file with CoNLL, CoNLL-U or text
    layout : TaggedLayout
    tokenizer : {"whitespace", "word", "zh", "chars"}, optional
        How a line of text becomes tokens.
    nbest : int, optional
        How many sequences to find beside the tags.
    marginals : bool
        Whether to find the probability of each tag.

    Raises
    ------
    OSError, ImportError, ValueError
        If the file cannot be read, or is not what `layout` says.
    """
    if nbest is not None:
        check_int("nbest", nbest, "wordvec tag predict", 1)
    sentences = iter(_read_sentences(tagger, path, layout, tokenizer))
    while batch := list(itertools.islice(sentences, BATCH)):
        X = [tokens for tokens, _ in batch]
        tags = tagger.predict(X)
        best = [] if nbest is None else tagger.predict_nbest(X, nbest)
        tables = tagger.predict_marginals(X) if marginals else []
        for s, (tokens, rows) in enumerate(batch):
            yield Prediction(
                tokens=list(tokens),
                tags=tags[s],
                rows=rows,
                nbest=best[s] if best else [],
                marginals=tables[s] if tables else None,
            )


def _read_sentences(
    tagger: CRFTagger, path: Path, layout: TaggedLayout, tokenizer: str | None
) -> Iterable[tuple[Any, list[list[str]]]]:
    """Yield the tokens of each sentence, and the columns of each token."""
    check_choice("format", layout.format or "text", "wordvec tag predict", ("conll", "conllu", "text"))
    extractor = extractor_of(tagger)
    if is_text(path, layout, set(tagger.classes_.tolist())):
        if extractor.columns:
            raise ValueError(
                f"The tagger needs the columns {', '.join(extractor.columns)} beside the words, which text "
                "does not have. Pass a CoNLL file, with --format conll."
            )
        name = tokenizer or ("chars" if extractor.kind == "char" else "whitespace")
        for tokens in read_text(path, name, layout.encoding):
            yield tokens, [[token] for token in tokens]
        return
    if tokenizer is not None:
        raise ValueError(
            "The option --tokenizer is for text, and this file has columns. Leave it out, or add --format text."
        )
    corpus = read_as_trained(tagger, path, layout, has_tags=False)
    X = sentences_of(corpus, extractor.columns, path)
    columns = [corpus.tokens] if is_conllu(path, layout) else list(corpus.columns.values())
    for tokens, *fields in zip(X, *columns):
        yield tokens, list(map(list, zip(*fields)))
