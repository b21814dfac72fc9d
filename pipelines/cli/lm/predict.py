"""`wordvec lm predict`: labels for texts, or tags for words, by a fine-tuned model."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wordvec._utils.assumptions import assume
from wordvec._utils.validation import check_choice, check_int, import_optional

from ...datasets.tables import read_texts
from ...datasets.tagged_files import TOKENIZERS, TaggedLayout, column_of, is_text, read_corpus, read_text
from ...workflows.model_folders import task_of
from ...workflows.tagged_formats import Formatter
from ...workflows.tagged_sentences import TaggedSentence
from ..classify.predict import print_predictions
from ..errors import CommandError
from ..options import STDIN, AsJsonLines, Delimiter, Encoding, TextColumn, table_layout, tagged_layout
from ..stdin import as_file
from ..tag.predict import has_colours, print_tagged
from .options import Columns, Device, Format

if TYPE_CHECKING:
    from wordvec.transformer import TransformerTagger

_OWNER = "wordvec lm predict"
# Sentences that are tagged at a time.
_N_SENTENCES = 4096


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a fine-tuned model.")],
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A text a line, a table of texts, or CoNLL for a tagger; - for stdin."
        ),
    ] = STDIN,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", "-p", help="Show the probability of each class; texts only.")
    ] = False,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="whitespace|word|zh|chars",
            show_default="whitespace; chars for taggers of characters",
            help="How a line becomes words; taggers only.",
        ),
    ] = None,
    text_column: TextColumn = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    batch_size: Annotated[int, typer.Option("--batch", metavar="N", help="Texts per batch.")] = 32,
    device: Device = "auto",
    as_json: AsJsonLines = False,
) -> None:
    """Label texts, or tag the words of sentences.

    Of texts, TSV with a header: the label, probabilities if asked for, and the text in one line. Of words, on a
    terminal the text with its entities in colour; elsewhere a word a line with its tag (CoNLL).

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
    ):
        if is_given and task not in (other, "language model"):
            raise CommandError(
                f"The option {flag} does not go with {str(model)!r}, a model for the task {task}. Leave it out."
            )
    if task == "classify":
        from wordvec.transformer import TransformerClassifier

        classifier = TransformerClassifier.load(model, device=device)
        classifier.batch_size = batch_size
        layout = table_layout(text_column, None, columns, file_format, delimiter, encoding)
        with as_file(file, "one text a line") as path:
            print_predictions(classifier, read_texts(path, layout, owner=_OWNER), probabilities, as_json)
    elif task == "tag":
        from wordvec.transformer import TransformerTagger

        tagger = TransformerTagger.load(model, device=device)
        tagger.batch_size = batch_size
        # None stands for what the tagger was trained on.
        name = None if tokenizer is None else check_choice("tokenizer", tokenizer, _OWNER, TOKENIZERS)
        sentences = tagged_layout(columns, file_format, encoding)
        with as_file(file, "one sentence a line") as path:
            found = predict_sentences(tagger, _read_sentences(tagger, path, sentences, name))
            print_tagged(found, _formatter(tagger, name or _words_of(tagger)), as_json)
    else:
        raise CommandError(
            f"{str(model)!r} holds a language model, which labels nothing. Fine-tune it first: wordvec lm finetune "
            f"{model} ..."
        )


def predict_sentences(
    tagger: TransformerTagger, sentences: Iterable[tuple[list[str], list[list[str]]]]
) -> Iterator[TaggedSentence]:
    """Yield the tags of each sentence, for its words and the columns of each word in the file."""
    stream = iter(sentences)
    while batch := list(itertools.islice(stream, _N_SENTENCES)):
        for (words, rows), tags in zip(batch, tagger.predict([words for words, _ in batch])):
            yield TaggedSentence(words, tags, rows, [], None)


def _read_sentences(
    tagger: TransformerTagger, path: Path, layout: TaggedLayout, tokenizer: str | None
) -> Iterator[tuple[list[str], list[list[str]]]]:
    if is_text(path, layout, set(tagger.classes_.tolist())):
        if tokenizer is None and tagger.tags_characters_:
            assume("the sentences: characters, as in the training data of the tagger")
        for words in read_text(path, tokenizer or _words_of(tagger), layout.encoding):
            yield words, [[word] for word in words]
        return
    corpus = read_corpus(path, layout)
    for words, *fields in zip(column_of(corpus, "token", path), *corpus.columns.values()):
        yield words, list(map(list, zip(*fields)))


def _words_of(tagger: TransformerTagger) -> str:
    """Return how a line becomes the words that a tagger was trained on."""
    return "chars" if tagger.tags_characters_ else TOKENIZERS[0]


def _formatter(tagger: TransformerTagger, tokenizer: str) -> Formatter:
    from ...schemes.detection import detect_scheme
    from ...schemes.prefixes import is_tag

    tags = tagger.classes_.tolist()
    has_spans = detect_scheme([[tag] for tag in tags]) is not None and all(map(is_tag, tags))
    between = "" if tokenizer == "chars" else " "
    return Formatter(tags, has_spans=has_spans, between=between, colour=has_colours())
