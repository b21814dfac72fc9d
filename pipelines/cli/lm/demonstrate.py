"""`wordvec lm demonstrate`: few-shot prompts with examples chosen for each query, or a model's labels for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ...datasets.tables import read_texts
from ...datasets.tagged_files import split_pairs
from ...workflows.prompting.demonstrations import (
    classify_in_context,
    demonstrate as choose,
    fit_in_context,
    fit_selector,
)
from ..classify.options import Columns, Format, Header
from ..classify.predict import print_classified
from ..errors import CommandError
from ..options import STDIN, Delimiter, Encoding, FileErrors, LabelColumn, TextColumn, given, table_layout
from ..stdin import as_file
from .options import Device

_OWNER = "wordvec lm demonstrate"
_LINE = "-" * 40
# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.pipelines.prompting.demonstrations.selector:DemonstrationSelector",)


def demonstrate(
    examples: Annotated[
        Path,
        typer.Argument(
            metavar="EXAMPLES", help="Labelled texts: CSV, TSV, JSON (lines), Parquet or fastText."
        ),
    ],
    queries: Annotated[
        str, typer.Argument(metavar="QUERIES", help="One text per line, or a table of texts; - for stdin.")
    ] = STDIN,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="knn|bm25|mmr|dpp|coverage|votek|random",
            show_default="knn with --vectors, else bm25",
            help="How examples are chosen.",
        ),
    ] = None,
    k: Annotated[
        int | None,
        typer.Option("--k", "-k", metavar="N", show_default="4", help="Number of examples per query."),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default="none", help="Word vectors; texts are compared by uSIF."),
    ] = None,
    balance: Annotated[bool, typer.Option("--balance", help="Balance the labels of the examples.")] = False,
    budget: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="none", help="Maximum number of tokens for the examples of a prompt."
        ),
    ] = None,
    tokenizer: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            show_default="that of --model",
            help="Tokenizer that counts the tokens of --budget.",
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            show_default=r"Text: {text}\nLabel: {label}",
            help="Template of an example; the query is cut off before its label.",
        ),
    ] = None,
    instruction: Annotated[
        str, typer.Option(metavar="TEXT", show_default="none", help="Text at the beginning of prompts.")
    ] = "",
    words: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL=WORD,...", show_default="the labels", help="Words for labels: 0=bad,1=good."
        ),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(metavar="best_last|best_first", show_default="best_last", help="Order of the examples."),
    ] = None,
    random_state: Annotated[
        int | None, typer.Option("--seed", metavar="N", show_default="1", help="Seed of --method random.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", show_default="prompts alone", help="A causal model to label the queries."
        ),
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", "-p", help="Show the probability of each label; --model.")
    ] = False,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate/--no-calibrate",
            help="Calibrate by the model's preferences for content-free input; --model.",
        ),
    ] = True,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    columns: Columns = None,
    file_format: Format = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    header: Header = None,
    chat: Annotated[
        bool, typer.Option("--chat", help="Print chat messages, one line of JSON per query.")
    ] = False,
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per query.")] = False,
) -> None:
    r"""Show few-shot prompts: the examples chosen for each query, followed by the query.

    Prompts are separated by lines of dashes. With --model each query gets the label that the model finds most probable,
    printed as by wordvec classify predict. Both files are read with the same options.

    Example: wordvec lm demonstrate reviews.tsv new.txt -k 4 --template "Review: {text}\nSentiment: {label}"
    """
    if model is None and (probabilities or not calibrate):
        flag = "--probabilities" if probabilities else "--no-calibrate"
        raise CommandError(f"The option {flag} needs --model, which gives the probabilities of labels.")
    if chat and as_json:
        raise CommandError("--chat and --json print different lines of JSON. Leave one out.")
    if model is not None and chat:
        raise CommandError("--chat prints prompts, and with --model labels are printed. Leave one out.")
    if tokenizer is not None and budget is None:
        raise CommandError(
            "The option --tokenizer counts the tokens of a --budget. Give one, or leave it out."
        )
    options = given(
        dict(
            method=method, vectors=vectors, balance=balance, budget=budget, order=order, random_state=random_state,
            k=k, template=template, instruction=instruction, tokenizer=tokenizer, verbalizers=_words(words),
        )
    )  # fmt: skip
    layout = table_layout(locals())
    if model is not None:
        classifier = fit_in_context(
            [examples], model, layout, is_calibrated=calibrate, device=device, **options
        )
        names = list(map(str, classifier.classes_.tolist()))
        with as_file(queries, "one query a line") as path:
            labelled = classify_in_context(classifier, read_texts(path, layout, owner=_OWNER))
            print_classified(labelled, names, probabilities, as_json)
        return
    selector = fit_selector([examples], layout, **options)
    with as_file(queries, "one query a line") as path:
        texts = read_texts(path, layout, owner=_OWNER)
        for number, found in enumerate(choose(selector, texts)):
            if chat:
                print(json.dumps({"messages": found.messages}, ensure_ascii=False))
            elif as_json:
                record = {"text": found.text, "prompt": found.prompt, "examples": found.examples}
                print(json.dumps(record, ensure_ascii=False))
            else:
                print(*([_LINE] if number else []), found.prompt, sep="\n")


def _words(words: str | None) -> dict[str, str] | None:
    """Return the words used for labels."""
    try:
        return None if words is None else split_pairs(words)
    except ValueError:
        raise CommandError(f"The option --words must be pairs such as 0=bad,1=good. Got {words!r}.") from None
