"""Questions solved by a generator: files of questions, the solver that a command selects, and its results."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import shown
from wordvec._utils.reports import Report
from wordvec._utils.tables import format_fields
from wordvec._utils.validation import check_choice

from .solution_files import SolutionFile

if TYPE_CHECKING:
    from ...prompting import Generator, Solution, Solver

__all__ = [
    "METHODS",
    "AskedQuestion",
    "SolvedQuestion",
    "SolvingReport",
    "make_solver",
    "read_questions",
    "solve_questions",
]

# The class of each method, and the options that it alone has.
METHODS = {
    "least-to-most": ("LeastToMost", ("with_problem",)),
    "chain-of-thought": ("ChainOfThought", ()),
    "self-consistency": ("SelfConsistency", ("n_samples", "temperature")),
    "plain": ("PlainPrompting", ()),
}
_OWN = {option for _, own in METHODS.values() for option in own}
_N_EXAMPLES = 4  # that are chosen by default
SELECTIONS = ("bm25", "coverage", "random")
_JSON = {".json", ".jsonl", ".ndjson"}
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # of objects without a repr of their own
_FORM = '{"question": "...", "answer": "..."}'
# Answers of an endpoint after which no other question can do better.
_HOPELESS = {None, 401, 403, 404}


@dataclass(frozen=True)
class AskedQuestion:
    """A question, and its answer if known."""

    question: str
    answer: str | None = None


@dataclass(frozen=True)
class SolvedQuestion:
    """A question with its solution or error.

    Attributes
    ----------
    question : AskedQuestion
    solution : Solution
        The solution; after an error, the partial solution without an answer.
    error : SolvingError or None
    is_right : bool or None
        Whether the answer is correct; None if the correct answer is not known.
    """

    question: AskedQuestion
    solution: Solution
    error: Exception | None
    is_right: bool | None

    def to_dict(self) -> dict[str, Any]:
        """Return the solution's values, and the known answer and the error, if any."""
        values = self.solution.to_dict()
        if self.question.answer is not None:
            values |= {"expected": self.question.answer, "is_right": bool(self.is_right)}
        if self.error is not None:
            values["error"] = str(self.error)
        return values


@dataclass(frozen=True)
class SolvingReport(Report):
    """A summary of the results for many questions.

    Attributes
    ----------
    n_questions, n_answers, n_errors : int
        Number of all questions, of those with an answer, and of those that failed.
    n_right, n_known : int
        Number of correct answers, and of questions whose answer is known.
    n_calls : int
    n_tokens : int or None
        None if the generator does not count them.
    """

    n_questions: int
    n_answers: int
    n_errors: int
    n_right: int
    n_known: int
    n_calls: int
    n_tokens: int | None

    @classmethod
    def of(cls, solved: Sequence[SolvedQuestion]) -> SolvingReport:
        """Return the report of some questions."""
        tokens = [each.solution.trace.n_tokens for each in solved]
        return cls(
            n_questions=len(solved),
            n_answers=sum(each.solution.answer is not None for each in solved),
            n_errors=sum(each.error is not None for each in solved),
            n_right=sum(each.is_right is True for each in solved),
            n_known=sum(each.is_right is not None for each in solved),
            n_calls=sum(len(each.solution.trace) for each in solved),
            n_tokens=None if None in tokens else sum(n for n in tokens if n is not None),
        )

    def format(self) -> str:
        """Return the numbers, one per line."""
        fields = {"questions": f"{self.n_questions:,}, {self.n_answers:,} with an answer"}
        if self.n_errors:
            fields["failed"] = f"{self.n_errors:,}"
        if self.n_known:
            fields["accuracy"] = f"{self.n_right / self.n_known:.1%} of {self.n_known:,}"
        fields["calls"] = f"{self.n_calls:,}"
        if self.n_tokens is not None:
            fields["tokens"] = f"{self.n_tokens:,} read and written"
        return format_fields(fields)

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes."""
        return dict(vars(self))


def make_solver(
    generator: Generator,
    method: str = "least-to-most",
    examples: str | Path | Sequence[Any] | None = None,
    *,
    select: str | None = None,
    **options: Any,
) -> Solver:
    """Return a solver.

    Parameters
    ----------
    generator : Generator
    method : {"least-to-most", "chain-of-thought", "self-consistency", "plain"}
    examples : path or list, optional
        A file that `read_worked_examples` reads, or any argument that a solver accepts.
    select : {"bm25", "coverage", "random"}, optional
        How examples are chosen for each question; by default all are shown.
    **options
        Options of the solver; one that the method does not have is an error.

    Raises
    ------
    AdvisedError, ParameterError
        If an option does not fit.
    OSError, ValueError
        If the file of examples cannot be read.
    """
    from ... import prompting

    check_choice("method", method, "make_solver", tuple(METHODS))
    name, own = METHODS[method]
    for option in options:
        if option in _OWN and option not in own:
            others = [other for other, (_, has) in METHODS.items() if option in has]
            raise AdvisedError(
                f"The method {method!r} does not have all of these options.",
                f"{{method={others[0]!r}}} for {{{option}}}",
                advice=f"Or leave {{{option}}} out.",
            )
    if isinstance(examples, (str, Path)):
        examples = prompting.read_worked_examples(examples)
    if select is None and options.get("n_examples") is not None:
        raise ParameterError(
            "n_examples", "make_solver", "be left out without {select}", options["n_examples"]
        )
    if select is not None:
        check_choice("select", select, "make_solver", SELECTIONS)
        if not examples:
            raise AdvisedError(
                "There are no examples to choose from.", "{examples}", advice="Or leave {select} out."
            )
        n_given = options.get("n_examples")
        if n_given is not None and n_given > len(examples):
            rule = f"be at most {len(examples)}, the number of examples"
            raise ParameterError("n_examples", "make_solver", rule, n_given)
        if n_given is None and len(examples) < _N_EXAMPLES:
            options["n_examples"] = len(examples)
            assume(f"all examples are shown, as there are fewer than {_N_EXAMPLES}")
        options["selector"] = prompting.DemonstrationSelector(select, random_state=options.get("seed", 0))
    solver: Solver = getattr(prompting, name)(generator, examples or (), **options)
    return solver


def read_questions(path: Path, encoding: str = "utf-8", errors: str = "strict") -> list[AskedQuestion]:
    """Read questions: one per line, or JSON objects with "question" and optionally "answer".

    Parameters
    ----------
    path : Path
        A file that is read as JSON, in lines or a list, if it ends in .json, .jsonl or .ndjson or begins with an
        object; otherwise as text.
    encoding, errors : str
        The encoding of text.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, or contains no question; the message names the line.
    """
    from wordvec._io.json_files import json_value
    from wordvec._io.text_files import read_lines

    is_json = any(suffix.lower() in _JSON for suffix in path.suffixes[-2:])
    lines: list[str] = []
    if not is_json:
        lines = [line.strip() for line, _, _ in read_lines(path, encoding, errors)]
        first = next(filter(None, lines), "")
        try:
            is_json = first.startswith("{") and isinstance(json_value(first), dict)
        except ValueError:
            is_json = False
    if is_json:
        return _read_json_questions(path)
    found = [AskedQuestion(line) for line in lines if line]
    if not found:
        raise ValueError(f"{str(path)!r} holds no question.")
    assume(f"{str(path)!r}: a question a line")
    return found


def _read_json_questions(path: Path) -> list[AskedQuestion]:
    from ...prompting.solving.examples import json_objects

    found = []
    for place, value in json_objects(path, _FORM):
        question = value.get("question") if isinstance(value, dict) else value
        answer = value.get("answer") if isinstance(value, dict) else None
        if question is not None and not isinstance(question, str):
            raise ValueError(
                f"{place}: the question must be a text. Got {shown(question)}. The form is {_FORM}."
            )
        if question is None or not question.strip():
            raise ValueError(f"{place} holds no question. The form is {_FORM}.")
        if answer is not None and type(answer) not in (str, int, float):
            raise ValueError(f"{place}: the answer must be a text or a number. The form is {_FORM}.")
        if answer is not None and not str(answer).strip():
            raise ValueError(f"{place}: the answer is empty. Leave it out where it is not known.")
        found.append(AskedQuestion(question.strip(), None if answer is None else str(answer)))
    if not found:
        raise ValueError(f"{str(path)!r} holds no question. The form is {_FORM}.")
    return found


def solve_questions(
    solver: Solver,
    questions: Iterable[AskedQuestion | str],
    *,
    out: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Iterator[SolvedQuestion]:
    """Return an iterator over the results, in order; each is written to the file before it is yielded.

    A question that fails is yielded with its error and the trace so far, and the run continues with the others, unless
    an endpoint cannot be reached or denies access.

    Parameters
    ----------
    solver : Solver
    questions : iterable of AskedQuestion or str
    out : Path, optional
        A file of JSON lines.
    resume : bool
        Whether to continue an existing file: solved questions are skipped, failed ones are asked again.
    overwrite : bool
        Whether to replace an existing file.

    Raises
    ------
    OSError, ValueError
        If a question is empty, the file cannot be read or written, or it exists and neither `resume` nor `overwrite` is
        set.
    """
    every = [each if isinstance(each, AskedQuestion) else AskedQuestion(each) for each in questions]
    for number, asked in enumerate(every):
        if not isinstance(asked.question, str) or not asked.question.strip():
            raise ValueError(
                f"Question {number} of solve_questions is empty, or no text: {shown(asked.question)}."
            )
    if out is None:
        if resume or overwrite:
            raise AdvisedError("There is no file of solutions.", "{out} with its path")
        return _solved(solver, every, None)
    return _written(solver, every, SolutionFile(out, settings_of(solver), resume=resume, overwrite=overwrite))


def _written(solver: Solver, questions: list[AskedQuestion], file: SolutionFile) -> Iterator[SolvedQuestion]:
    with file:
        yield from _solved(solver, questions, file)


def _solved(
    solver: Solver, questions: list[AskedQuestion], file: SolutionFile | None
) -> Iterator[SolvedQuestion]:
    from ...prompting import EndpointError, Solution, SolvingError

    seen: Counter[str] = Counter()
    for asked in questions:
        occurrence = seen[asked.question]
        seen[asked.question] += 1
        if file is not None and (line := file.finished.get((asked.question, occurrence))):
            solution = Solution.from_dict(line)
            yield SolvedQuestion(asked, solution, None, _is_right(solution, asked))
            continue
        failure = None
        try:
            solution = solver.solve(asked.question)
        except SolvingError as error:
            solution, failure = error.solution, error
        solved = SolvedQuestion(asked, solution, failure, _is_right(solution, asked))
        if file is not None:
            file.add(occurrence, {**solved.to_dict(), "question": asked.question})
        yield solved
        cause = None if failure is None else failure.__cause__
        if isinstance(cause, EndpointError) and cause.status in _HOPELESS:
            return


def settings_of(solver: Solver) -> dict[str, Any]:
    """Return the settings that determine a solver's solutions, as JSON types."""
    examples = json.dumps([repr(each) for each in solver.examples], ensure_ascii=True)
    values = {
        "method": solver.method,
        "generator": _ADDRESS.sub("", repr(solver.generator)),
        "examples": hashlib.sha256(examples.encode()).hexdigest()[:16],
        "selector": None if solver.selector is None else repr(solver.selector),
        "n_examples": solver.n_examples,
        "wording": solver.wording if isinstance(solver.wording, str) else repr(solver.wording),
        "retries": solver.retries,
        "seed": solver.seed,
        **vars(solver.budget),
    }
    own = METHODS[solver.method][1] if solver.method in METHODS else ()
    return values | {name: getattr(solver, name) for name in own}


def _is_right(solution: Solution, asked: AskedQuestion) -> bool | None:
    from ...prompting.solving.parsing import same_answer_key

    if asked.answer is None:
        return None
    return solution.answer is not None and same_answer_key(solution.answer) == same_answer_key(asked.answer)
