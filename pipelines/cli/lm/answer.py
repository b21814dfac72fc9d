"""`wordvec lm answer`: answer questions from passages, with an untrained reader or a fine-tuned model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from wordvec._io.atomic import check_writable

from ...datasets.squad import check_unique_ids, read_squad, write_predictions
from ...workflows.applications.answers import (
    Answerer,
    AnswerScores,
    answer_questions,
    answer_squad,
    open_answerer,
    read_passages,
    score_answers,
)
from ..errors import CommandError, option_flags
from ..options import STDIN, AsJsonLines, Encoding, FileErrors, given
from ..stdin import stdin_text
from .options import Device

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = ("wordvec.transformer.estimators.answers:AnswerExtractor",)


def answer(
    questions: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="Questions; - for one per line of stdin.")
    ] = None,
    passages: Annotated[
        list[str] | None,
        typer.Option("--passage", metavar="FILE", help="A text, or a folder of them; may be repeated."),
    ] = None,
    squad: Annotated[
        Path | None,
        typer.Option("--squad", metavar="FILE", help="Questions with their passages, in SQuAD's JSON."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", show_default="a reader without training", help="A question answering model."
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default="none", help="Word vectors for the reader."),
    ] = None,
    top_k: Annotated[
        int, typer.Option("--top", "-n", metavar="N", help="Number of answers per question.")
    ] = 1,
    n_passages: Annotated[
        int, typer.Option("--read", metavar="N", help="Number of best passages to read for a question.")
    ] = 5,
    no_answer_threshold: Annotated[
        float | None,
        typer.Option(
            "--no-answer",
            metavar="X",
            show_default="as trained; reader: always an answer",
            help="No answer if: model: its log odds exceed X; reader: the best score is below X.",
        ),
    ] = None,
    max_length: Annotated[
        int | None, typer.Option(metavar="N", show_default="as trained", help="Tokens of a window; --model.")
    ] = None,
    stride: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="as trained", help="Overlap of windows in tokens; --model."),
    ] = None,
    max_answer_length: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="as trained", help="Maximum tokens of an answer; --model."),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option("--batch", metavar="N", show_default="as trained", help="Windows per batch; --model."),
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="auto|en|zh", help="Language of the questions, for the reader.")
    ] = "auto",
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--predictions", metavar="FILE", help="Write the answers in the format of SQuAD's script."
        ),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(
            "--score",
            metavar="auto|squad|cmrc|mlqa",
            show_default="no score",
            help="Print exact match and F1 on --squad instead of the answers.",
        ),
    ] = None,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    device: Device = "auto",
    as_json: AsJsonLines = False,
) -> None:
    """Answer questions with a span of a passage; the best of several passages are found by search.

    Without --model neither training nor PyTorch is needed. Each answer is one line, separated by tabs: score, character
    offsets in the passage, file and text; an empty text means that there is no answer.

    Example: wordvec lm answer --passage report.txt "Who wrote the report?"
    """
    options = given(
        {
            "batch_size": batch_size,
            "max_length": max_length,
            "stride": stride,
            "max_answer_length": max_answer_length,
        }
    )
    if model is None and options:
        flag = option_flags(answer)[next(iter(options))]
        raise CommandError(f"The option {flag} needs --model; the reader without training has no windows.")
    if model is not None and vectors is not None:
        raise CommandError("--vectors is for the reader without training. Leave --model or --vectors out.")
    _check_sources(questions, passages, squad, predictions, measure)
    options |= {"device": device, "language": language, "no_answer_threshold": no_answer_threshold}
    if squad is not None:
        found = read_squad(squad)
        if predictions is not None:
            check_unique_ids(found)
            check_writable(predictions)
            if predictions.exists() and predictions.samefile(squad):
                raise CommandError("--predictions would replace the file of --squad. Choose another name.")
        answerer = open_answerer(model, vectors, **options)
        _answer_squad(answerer, found, predictions, measure, top_k, as_json)
        return
    texts = read_passages(passages or [], encoding, errors)
    asked = _asked(questions or [])
    answerer = open_answerer(model, vectors, **options)
    answers = answer_questions(answerer, asked, texts, top_k=top_k, n_passages=n_passages)
    for question, some in zip(asked, answers):
        for one in some:
            name = texts[one.passage].name
            _print(one, {"question": question}, name, as_json, several=len(asked) > 1)


def _answer_squad(
    answerer: Answerer,
    questions: list[Any],
    predictions: Path | None,
    measure: str | None,
    top_k: int,
    as_json: bool,
) -> None:
    if measure is None and predictions is None:
        asked, passages = [q.question for q in questions], [q.passage for q in questions]
        for question, some in zip(questions, answerer.predict_spans(asked, passages, top_k)):
            for one in some:
                _print(
                    one,
                    {"id": question.id, "question": question.question},
                    question.title,
                    as_json,
                    several=True,
                )
        return
    found = answer_squad(answerer, questions)
    if predictions is not None:
        write_predictions(predictions, {name: one.text for name, one in found.items()})
    if measure is not None:
        texts = [found[question.id].text for question in questions]
        report = AnswerScores(*score_answers(questions, texts, None if measure == "auto" else measure))
        print(json.dumps(report.to_dict()) if as_json else report)


def _check_sources(
    questions: list[str] | None,
    passages: list[str] | None,
    squad: Path | None,
    predictions: Path | None,
    measure: str | None,
) -> None:
    """Raise CommandError unless there are questions, and passages for them."""
    if squad is not None:
        if passages or questions:
            raise CommandError("--squad holds questions and passages. Leave the others out, or --squad.")
        return
    for flag, is_given in (("--predictions", predictions), ("--score", measure)):
        if is_given is not None:
            raise CommandError(f"{flag} needs the ids and answers of --squad. Leave it out, or pass that.")
    if not passages:
        raise CommandError(
            "There is no passage. Pass --passage FILE, or questions with passages as --squad FILE."
        )
    if not questions:
        raise CommandError('There is no question. Write one after the options: "Who wrote the report?".')


def _asked(questions: list[str]) -> list[str]:
    """Return the questions, read from standard input for "-"."""
    asked: list[str] = []
    for question in questions:
        asked += [line.strip() for line in stdin_text().split("\n")] if question == STDIN else [question]
    asked = [question for question in asked if question.strip()]
    if not asked:
        raise CommandError('There is no question. Write one after the options: "Who wrote the report?".')
    return asked


def _print(answer: Any, question: dict[str, str], name: str, as_json: bool, several: bool) -> None:
    if as_json:
        print(json.dumps({**question, **answer.to_dict(), "passage": name}, ensure_ascii=False))
        return
    text = " ".join(answer.text.split())
    fields = [f"{answer.score:.3f}", f"{answer.start}-{answer.end}", name, text]
    print("\t".join([question["question"], *fields] if several else fields))
