"""`wordvec lm solve`: solve questions with a language model, step by step."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from wordvec._utils.errors import SeveralErrors
from wordvec._utils.messages import counted

from ...workflows.prompting.generators import open_generator
from ...workflows.prompting.solving import (
    AskedQuestion,
    SolvedQuestion,
    SolvingReport,
    make_solver,
    read_questions,
    solve_questions,
)
from ..errors import CommandError
from ..options import STDIN, AsJson, Encoding, FileErrors, given, show

# Whose parameters the options set; --help shows their ranges.
DECLARED_BY = (
    "wordvec.pipelines.prompting.solving.thoughts:SelfConsistency",
    "wordvec.pipelines.prompting.generators.endpoint.generator:HTTPGenerator",
)
_ABOUT_GENERATOR = ("model", "endpoint", "api_model", "api_key_variable", "timeout", "cache", "device")
_ABOUT_SOLVER = (
    "method", "examples", "select", "n_examples", "with_problem", "n_samples", "temperature", "wording", "max_tokens",
    "max_calls", "max_total_tokens", "retries", "seed",
)  # fmt: skip


# Options are None unless given, so that the defaults of what they set hold.
def solve(
    questions: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="Questions; - for one per line of stdin.")
    ] = None,
    question_file: Annotated[
        Path | None,
        typer.Option(
            "--questions",
            metavar="FILE",
            help='Questions, one per line, or JSON lines with "question" and optionally "answer".',
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the causal model that answers.")
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            "--endpoint",
            metavar="URL",
            help="An OpenAI-compatible endpoint, e.g. http://localhost:8000/v1.",
        ),
    ] = None,
    api_model: Annotated[
        str | None, typer.Option("--api-model", metavar="NAME", help="The model of the endpoint.")
    ] = None,
    api_key_variable: Annotated[
        str | None,
        typer.Option(
            "--api-key-variable",
            metavar="NAME",
            show_default="OPENAI_API_KEY",
            help="The environment variable with the key of the endpoint.",
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="least-to-most|chain-of-thought|self-consistency|plain",
            show_default="least-to-most",
            help="How questions are solved.",
        ),
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="none",
            help='JSON lines with "question", "answer", and "steps" or "reasoning".',
        ),
    ] = None,
    select: Annotated[
        str | None,
        typer.Option(
            metavar="bm25|coverage|random",
            show_default="all examples",
            help="How examples of each question are chosen.",
        ),
    ] = None,
    n_examples: Annotated[
        int | None, typer.Option(metavar="N", show_default="4", help="Number of examples chosen; --select.")
    ] = None,
    with_problem: Annotated[
        bool | None,
        typer.Option(
            "--with-problem/--without-problem",
            show_default="with",
            help="Whether a question precedes its steps; least-to-most.",
        ),
    ] = None,
    n_samples: Annotated[
        int | None,
        typer.Option(
            "--samples", metavar="N", show_default="10", help="Samples that vote; self-consistency."
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(metavar="X", show_default="0.7", help="Sampling temperature; self-consistency."),
    ] = None,
    wording: Annotated[
        str | None,
        typer.Option(
            "--language", metavar="auto|en|zh", show_default="auto", help="Language of the prompts."
        ),
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            "--max-new-tokens", metavar="N", show_default="256", help="Maximum new tokens per call."
        ),
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option(metavar="N", show_default="32", help="Maximum calls per question.")
    ] = None,
    max_total_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="N", show_default="no limit", help="Maximum tokens read and generated per question."
        ),
    ] = None,
    retries: Annotated[
        int | None,
        typer.Option(metavar="N", show_default="1", help="Retries of a call whose text cannot be parsed."),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", show_default="0", help="Seed of sampling.")] = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", show_default="60", help="Timeout of requests to the endpoint."),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", show_default="none", help="Folder to cache answers of the endpoint."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write solutions with their traces as JSON lines."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue FILE: solved questions are not asked again.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Print all prompts and completions.")] = False,
    encoding: Encoding = "utf-8",
    errors: FileErrors = "strict",
    device: Annotated[
        str | None,
        typer.Option(
            metavar="auto|cpu|cuda",
            show_default="auto",
            help="Device of --model; auto: a GPU if there is one.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Solve questions with a language model, by Least-to-Most prompting: it lists simpler questions and answers them.

    Prints the answers; with -o, their number and, if the answers are known, how many are right. --json prints solutions
    with their traces, one per line.

    Example: wordvec lm solve --endpoint http://localhost:8000/v1 --api-model NAME --examples worked.jsonl "..."
    """
    options = given(locals())
    asked = _asked(questions or [], question_file, encoding, errors)
    if out is None and (resume or overwrite):
        raise CommandError("--resume and --overwrite are about the file of -o. Pass that, or leave them out.")
    generator = open_generator(**{name: options[name] for name in _ABOUT_GENERATOR if name in options})
    solver = make_solver(generator, **{name: options[name] for name in _ABOUT_SOLVER if name in options})
    solved = []
    for each in solve_questions(solver, asked, out=out, resume=resume, overwrite=overwrite):
        solved.append(each)
        if out is None:
            _print(each, as_json, trace, several=len(asked) > 1)
    report = SolvingReport.of(solved)
    failures = [each.error for each in solved if each.error is not None]
    if out is not None:
        show(report, as_json)
    elif report.n_known:
        warnings.warn(f"{report.n_right} of {counted(report.n_known, 'answer')} right.", stacklevel=2)
    if n_without := len(solved) - report.n_answers - len(failures):
        warnings.warn(
            f"{counted(n_without, 'question')} without an answer; --json and -o say why.", stacklevel=2
        )
    if n_left := len(asked) - len(solved):
        failures.append(CommandError(f"{counted(n_left, 'question')} more not asked."))
    if failures:
        raise SeveralErrors(failures)


def _asked(questions: list[str], file: Path | None, encoding: str, errors: str) -> list[AskedQuestion]:
    """Return the questions of the command line, of standard input for "-", and of a file."""
    found: list[AskedQuestion] = []
    for question in questions:
        lines = list(sys.stdin) if question == STDIN else [question]
        found += [AskedQuestion(line.strip()) for line in lines if line.strip()]
    if file is not None:
        found += read_questions(file, encoding, errors)
    if not found:
        raise CommandError("There is no question. Write one after the options, or pass --questions FILE.")
    return found


def _print(each: SolvedQuestion, as_json: bool, trace: bool, several: bool) -> None:
    if as_json:
        print(json.dumps(each.to_dict(), ensure_ascii=False), flush=True)
        return
    solution = each.solution
    if trace:
        print(f"{solution.trace.format()}\n\n{solution.format()}\n", flush=True)
    elif each.error is not None:
        print(solution.format(), flush=True)  # what was done before the error
    else:
        answer = " ".join((solution.answer or "").split())
        print(f"{' '.join(solution.question.split())}\t{answer}" if several else answer, flush=True)
