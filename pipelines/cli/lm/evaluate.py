"""`wordvec lm evaluate`: score language models and fine-tuned models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wordvec._utils.reports import Report

from ...datasets.dialogues import DialogueLayout
from ...workflows.applications.answers import evaluate_answerer
from ...workflows.applications.dialogues import evaluate_chat
from ...workflows.applications.summarizers import evaluate_summarizer
from ...workflows.applications.translation import evaluate_translator
from ...workflows.finetuned_evaluation import evaluate_finetuned_classifier, evaluate_finetuned_tagger
from ...workflows.lm_evaluation import evaluate_language_model
from ...workflows.model_folders import task_of
from ..classify.options import UnseenLabels
from ..errors import CommandError
from ..options import (
    AsJson,
    Delimiter,
    Encoding,
    FileErrors,
    LabelColumn,
    TagMap,
    TextColumn,
    given,
    table_layout,
    tagged_layout,
)
from ..output import print_json
from .options import Columns, Device, Format, LanguageColumn, PairHeader, Target, pair_layout


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Text for language models; labelled texts, tagged sentences or pairs for others.",
        ),
    ],
    window: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="the model's length", help="Tokens read at once; text only."),
    ] = None,
    stride: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="half the window", help="Distance of windows in tokens; text only."
        ),
    ] = None,
    words: Annotated[
        str | None,
        typer.Option(
            metavar="whitespace|word|zh|chars",
            show_default="whitespace; Chinese: chars",
            help="What counts as a word in the perplexity per word.",
        ),
    ] = None,
    documents: Annotated[
        str | None,
        typer.Option(
            metavar="auto|blank-lines|headers|file",
            show_default="auto",
            help="Boundaries of documents in the text.",
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option("--batch", metavar="N", help="Sequences per batch.")] = 8,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    unseen_labels: UnseenLabels = "count",
    target: Target = None,
    source_column: Annotated[
        str | None,
        typer.Option(
            "--source-column",
            metavar="NAME",
            show_default="as in training",
            help="Translations: column of the sentences; of summaries it is --text-column.",
        ),
    ] = None,
    target_column: Annotated[
        str | None,
        typer.Option(
            "--target-column",
            "--summary-column",
            metavar="NAME",
            show_default="as in training",
            help="Column of the translations or summaries.",
        ),
    ] = None,
    language_column: LanguageColumn = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The language of all translations, if there is no column for it."),
    ] = None,
    header: PairHeader = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    tag_map: TagMap = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Score a model: perplexity of a language model, accuracy and F1 of a fine-tuned model, BLEU, ROUGE.

    Perplexity is given per token, which depends on the tokenizer, and per word and per character, which do not. A
    masked model predicts tokens masked as in training; its perplexity is not comparable with that of other kinds.

    Example: wordvec lm evaluate model held-out.txt
    """
    of_text = given({"window": window, "stride": stride, "words": words, "documents": documents})
    task = task_of(model)
    if of_text and task != "language model":
        raise CommandError(
            f"The option --{next(iter(of_text))} is for language models, and {str(model)!r} is for the task {task}. "
            "Leave it out."
        )
    report: Report
    if task == "classify":
        layout = table_layout(locals())
        report = evaluate_finetuned_classifier(
            model, files, layout, unseen_labels=unseen_labels, device=device, batch_size=batch_size
        )
    elif task == "tag":
        report = evaluate_finetuned_tagger(
            model,
            files,
            tagged_layout(columns, file_format, encoding, errors, tag_map),
            target=target,
            device=device,
            batch_size=batch_size,
        )
    elif task == "answer":
        report = evaluate_answerer(model, files, device=device, batch_size=batch_size)
    elif task == "translate":
        report = evaluate_translator(
            model, files, pair_layout(locals()), language=language, device=device, batch_size=batch_size
        )
    elif task == "summarize":
        pairs = pair_layout({**locals(), "source_column": source_column or text_column})
        report = evaluate_summarizer(model, files, pairs, device=device, batch_size=batch_size)
    elif task == "chat":
        dialogues = DialogueLayout(file_format, delimiter=delimiter, encoding=encoding, errors=errors)
        report = evaluate_chat(model, files, dialogues, device=device)
    else:
        report = evaluate_language_model(
            model, files, batch_size=batch_size, encoding=encoding, errors=errors, device=device, **of_text
        )
    if as_json:
        print_json({"task": task, **report.to_dict()})
    else:
        print(report)
