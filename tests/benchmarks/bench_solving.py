"""Last-letter concatenation (Zhou et al. 2022, section 3.1) with a real decoder: which way solves it, and what fails.

    python tests/benchmarks/bench_solving.py FOLDER [--questions 50] [--lengths 2,3,4,6] [--examples 2]
    python tests/benchmarks/bench_solving.py --transformers FOLDER
    python tests/benchmarks/bench_solving.py --endpoint http://localhost:8000/v1 --api-model NAME

The same questions by plain prompting, chain of thought and Least-to-Most, greedily, with the same examples of two and
three words. For each method and length: accuracy, calls and tokens of a question, and where the first prediction
failed. Then some of them, with what was expected: a decomposition, a letter of a step, the string of a step, an answer
that was not marked, or a prompt that does not fit into the model. --out keeps all traces.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from wordvec.pipelines.prompting import (
    ChainOfThought,
    Generator,
    LeastToMost,
    PipelineGenerator,
    PlainPrompting,
    Solution,
    Solver,
)
from wordvec.pipelines.prompting.solving.parsing import same_answer_key
from wordvec.pipelines.workflows import open_generator, solve_questions

WORDS = [
    "apple", "bread", "chair", "dream", "eagle", "fruit", "glass", "heart", "island", "jungle", "kitchen", "letter",
    "machine", "number", "ocean", "paper", "queen", "river", "silver", "table", "uncle", "valley", "window", "yellow",
    "zebra", "bridge", "candle", "doctor", "engine", "flower", "garden", "hammer",
]  # fmt: skip
EXAMPLE_WORDS = ["think", "machine", "learning", "reason", "pencil", "market"]


def joined(words: list[str]) -> str:
    """Return the words as a question writes them."""
    return f'"{", ".join(words)}"'


def letters(words: list[str]) -> str:
    """Return the answer: the last letters."""
    return "".join(word[-1] for word in words)


def step_text(words: list[str]) -> str:
    """Return the answer of a step, as the paper writes it: two words from their letters, more from those before."""
    last = words[-1]
    if len(words) == 2:
        first = f'The last letter of "{words[0]}" is "{words[0][-1]}".'
        before = words[0][-1]
    else:
        before = letters(words[:-1])
        first = f'{joined(words[:-1])} outputs "{before}".'
    return (
        f'{first} The last letter of "{last}" is "{last[-1]}". Concatenating "{before}", "{last[-1]}" leads to '
        f'"{letters(words)}". So, {joined(words)} outputs "{letters(words)}".'
    )


def example(words: list[str]) -> dict[str, Any]:
    """Return an example with its steps."""
    steps = [
        {"question": joined(words[:n]), "answer": step_text(words[:n])} for n in range(2, len(words) + 1)
    ]
    return {"question": joined(words), "steps": steps, "answer": letters(words)}


def first_failure(solution: Solution, words: list[str], error: Exception | None) -> str:
    """Return a kind of failure and its details, parted by a tab; empty if all is right."""
    if error is not None:
        kind = "no room" if "no room" in str(error) else "error"
        return f"{kind}\t{error}"
    expected = [joined(words[:n]) for n in range(2, len(words) + 1)]
    if solution.method == "least-to-most" and [step.question for step in solution.steps] != expected:
        return f"decomposition\tgot {[step.question for step in solution.steps]}, expected {expected}"
    for number, step in enumerate(solution.steps):
        known = words if solution.method != "least-to-most" else words[: number + 2]
        for word, letter in re.findall(r'last letter of "(\w+)" is "([^"]*)"', step.text):
            if letter != word[-1]:
                return f"letter\tstep {number + 1}: the last letter of {word!r} was said to be {letter!r}"
        if step.answer is None:
            return f"no answer\tstep {number + 1} marks none: {step.text[:100]!r}"
        if same_answer_key(step.answer) != letters(known):
            return f"string\tstep {number + 1}: got {step.answer!r}, expected {letters(known)!r} for {joined(known)}"
    return (
        "" if same_answer_key(solution.answer or "") == letters(words) else f"string\tgot {solution.answer!r}"
    )


def measure(
    solver: Solver, n_words: int, questions: list[list[str]], out: Path | None
) -> list[tuple[str, str]]:
    """Solve the questions, print a line of numbers, and return each failure with its question."""
    path = None if out is None else out / f"{solver.method}-{n_words}.jsonl"
    solved = list(solve_questions(solver, map(joined, questions), out=path, overwrite=path is not None))
    failures = [first_failure(each.solution, words, each.error) for each, words in zip(solved, questions)]
    right = [same_answer_key(s.solution.answer or "") == letters(w) for s, w in zip(solved, questions)]
    calls = sum(len(each.solution.trace) for each in solved) / len(solved)
    tokens = [each.solution.trace.n_tokens for each in solved]
    n_tokens = "" if None in tokens else f"{sum(filter(None, tokens)) / len(tokens):8.0f}"
    kinds = Counter(failure.partition("\t")[0] for failure in failures if failure)
    told = ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()) or "-"
    print(
        f"{solver.method:18} {n_words:5} {sum(right) / len(right):9.1%} {calls:6.1f} {n_tokens:>8}  {told}",
        flush=True,
    )
    return [(failure, joined(words)) for failure, words in zip(failures, questions) if failure]


def the_generator(args: argparse.Namespace) -> Generator:
    """Return the generator that the command line names."""
    if args.transformers is not None:
        from transformers import pipeline

        return PipelineGenerator(pipeline("text-generation", str(args.transformers)))
    return open_generator(args.model, args.endpoint, args.api_model)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", nargs="?", type=Path, help="folder of a decoder of ours")
    parser.add_argument("--transformers", type=Path, help="folder of a model for transformers' pipeline")
    parser.add_argument("--endpoint")
    parser.add_argument("--api-model")
    parser.add_argument("--questions", type=int, default=50, help="of each length")
    parser.add_argument("--lengths", default="2,3,4,6")
    parser.add_argument("--examples", type=int, default=2, help="of two and of three words, in turn")
    parser.add_argument("--max-tokens", type=int, default=96)
    parser.add_argument(
        "--shown", type=int, default=3, help="failures of each method and length that are printed"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="folder for the traces")
    args = parser.parse_args()
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
    generator = the_generator(args)
    # The longer one stands last, next to the question.
    sizes = [2 + number % 2 for number in range(args.examples)]
    draw = random.Random(0)
    examples = [example(draw.sample(EXAMPLE_WORDS, size)) for size in sizes]
    print(f"{generator!r}, {len(examples)} examples, {args.questions} questions of each length")
    print(f"{'method':18} {'words':>5} {'accuracy':>9} {'calls':>6} {'tokens':>8}  first failure")
    failed = []
    for n_words in map(int, args.lengths.split(",")):
        draw = random.Random(args.seed * 1000 + n_words)
        questions = [draw.sample(WORDS, n_words) for _ in range(args.questions)]
        for kind in (PlainPrompting, ChainOfThought, LeastToMost):
            more = {"with_problem": False} if kind is LeastToMost else {}
            solver = kind(generator, examples, max_tokens=args.max_tokens, retries=0, **more)
            failed.append((solver.method, n_words, measure(solver, n_words, questions, args.out)))
    for method, n_words, failures in failed:
        for failure, question in failures[: args.shown]:
            kind, _, details = failure.partition("\t")
            print(f"{method}, {n_words} words, {question}: {kind}: {details}")


if __name__ == "__main__":
    main()
