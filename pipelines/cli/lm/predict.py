"""`wordvec lm predict`: label texts, or tag words, with a fine-tuned model."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvec._utils.assumptions import assume
from wordvec._utils.validation import check_int, import_optional

from ...datasets.tables import read_texts
from ...datasets.tagged_files import TaggedLayout, column_of, is_text, read_corpus
from ...workflows.model_folders import task_of
from ...workflows.tagged_formats import Formatter
from ...workflows.tagged_sentences import (
    BATCH,
    SourceSentence,
    TaggedSentence,
    read_text,
    refuse_for_columns,
)
from ..classify.predict import print_predictions
from ..errors import CommandError
from ..options import STDIN, AsJsonLines, Delimiter, Encoding, TextColumn, table_layout, tagged_layout
from ..stdin import as_file
from ..tag.predict import has_colours, print_tagged
from .options import Columns, Device, Format

if TYPE_CHECKING:
    from wordvec.text.offsets import SpanTokenizer
    from wordvec.transformer import TransformerTagger

_OWNER = "wordvec lm predict"


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a fine-tuned model.")],
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="One text per line, a table of texts, or CoNLL for a tagger; - for stdin."
        ),
    ] = STDIN,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", "-p", help="Show the probability of each class; texts only.")
    ] = False,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="ptb|ud|word|whitespace|zh|chars",
            show_default="as the training data was split",
            help="How lines of text are split into words; taggers only.",
        ),
    ] = None,
    split_sentences: Annotated[
        bool,
        typer.Option("--split-sentences", help="A line of text may hold several sentences; taggers only."),
    ] = False,
    text_column: TextColumn = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    batch_size: Annotated[int, typer.Option("--batch", metavar="N", help="Texts per batch.")] = 32,
    device: Device = "auto",
    as_json: AsJsonLines = False,
) -> None:
    """Label texts, or tag the words of sentences: plain text, split like the training data, or columns.

    For texts, prints TSV with a header: the label, optionally the probabilities, and the text on one line. For words,
    prints the text with entities in colour on a terminal; otherwise one word per line with its tag (CoNLL).

    Example: wordvec lm predict sentiment reviews.txt
    """
    import_optional("torch", pip="wordvec[transformer]", purpose="wordvec lm")
    task = task_of(model)
    check_int("batch_size", batch_size, _OWNER, 1)
    for flag, is_given, other in (
        ("--probabilities", probabilities, "classify"),
        ("--text-column", text_column is not None, "classify"),
        ("--delimiter", delimiter is not None, "classify"),
        ("--tokenizer", tokenizer is not None, "tag"),
        ("--split-sentences", split_sentences, "tag"),
    ):
        if is_given and task not in (other, "language model", "translate", "summarize", "chat", "answer"):
            raise CommandError(
                f"The option {flag} does not go with {str(model)!r}, a model for the task {task}. Leave it out."
            )
    if task == "classify":
        from wordvec.transformer import TransformerClassifier

        classifier = TransformerClassifier.load(model, device=device)
        classifier.batch_size = batch_size
        layout = table_layout(locals())
        with as_file(file, "one text a line") as path:
            print_predictions(classifier, read_texts(path, layout, owner=_OWNER), probabilities, as_json)
    elif task == "tag":
        from wordvec.transformer import TransformerTagger

        tagger = TransformerTagger.load(model, device=device)
        tagger.batch_size = batch_size
        sentences = tagged_layout(columns, file_format, encoding)
        with as_file(file, "one sentence a line") as path:
            sources = _read_sentences(tagger, path, sentences, tokenizer, split_sentences)
            print_tagged(predict_sentences(tagger, sources), _formatter(tagger), as_json)
    elif task == "answer":
        raise CommandError(
            f"{str(model)!r} holds a model for questions, which labels nothing: wordvec lm answer --model {model}"
        )
    elif task in ("translate", "summarize", "chat"):
        raise CommandError(
            f"{str(model)!r} holds a model that writes texts and labels none: wordvec lm {task} {model}"
        )
    else:
        raise CommandError(
            f"{str(model)!r} holds a language model, which labels nothing. Fine-tune it first: wordvec lm finetune "
            f"{model} ..."
        )


def predict_sentences(
    tagger: TransformerTagger, sources: Iterable[SourceSentence]
) -> Iterator[TaggedSentence]:
    """Yield each sentence with its tags."""
    stream = iter(sources)
    while batch := list(itertools.islice(stream, BATCH)):
        for source, tags in zip(batch, tagger.predict([source.tokens for source in batch])):
            yield source.tagged(tags)


def _read_sentences(
    tagger: TransformerTagger, path: Path, layout: TaggedLayout, tokenizer: str | None, split_sentences: bool
) -> Iterator[SourceSentence]:
    if is_text(path, layout, set(tagger.classes_.tolist())):
        yield from read_text(path, layout, lambda: _span_tokenizer(tagger, tokenizer), split_sentences)
        return
    refuse_for_columns(tokenizer, split_sentences)
    corpus = read_corpus(path, layout)
    for words, *fields in zip(column_of(corpus, "token", path), *corpus.columns.values()):
        yield SourceSentence(words, list(map(list, zip(*fields))))


def _span_tokenizer(tagger: TransformerTagger, tokenizer: str | None) -> SpanTokenizer:
    from wordvec.text.offsets import span_tokenizer

    if tokenizer is not None:
        return span_tokenizer(tokenizer, _OWNER)
    if tagger.word_tokenizer_ is None:
        assume("the texts: tokens by the tokenizer 'whitespace', as the model names none")
        return span_tokenizer("whitespace", _OWNER)
    assume(f"the texts: tokens as in the tagger's training data, tokenizer {tagger.word_tokenizer_!r}")
    return span_tokenizer(tagger.word_tokenizer_, _OWNER)


def _formatter(tagger: TransformerTagger) -> Formatter:
    from wordvec.schemes.detection import detect_scheme
    from wordvec.schemes.prefixes import is_tag

    tags = tagger.classes_.tolist()
    # A model that does not tell its scheme may have tags of spans all the same.
    has_spans = tagger.scheme_ is not None or (
        detect_scheme([[tag] for tag in tags]) is not None and all(map(is_tag, tags))
    )
    between = "" if tagger.word_tokenizer_ == "chars" else " "
    return Formatter(tags, has_spans=has_spans, between=between, colour=has_colours())
