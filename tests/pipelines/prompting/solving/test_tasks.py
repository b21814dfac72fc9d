"""The tasks of Zhou et al. (2022) with interpreters of prompts: solved exactly beyond the lengths of the examples."""

import random

import pytest
from scan import actions, commands

from wordvec.pipelines.prompting import ChainOfThought, FunctionGenerator, LeastToMost, PlainPrompting

from .support import LETTER_EXAMPLES, SCAN_EXAMPLES, last_letters, outputs, scan

WORDS = [
    "think",
    "machine",
    "learning",
    "reasoning",
    "generalization",
    "artificial",
    "intelligence",
    "dog",
    "élan",
]


@pytest.mark.parametrize("with_problem", [True, False])
@pytest.mark.parametrize("n_words", [2, 3, 4, 6, 8, 12])
def test_last_letters(n_words, with_problem):
    words = random.Random(n_words).choices(WORDS, k=n_words)
    question = '"' + ", ".join(words) + '"'
    solver = LeastToMost(last_letters, LETTER_EXAMPLES, with_problem=with_problem)
    solution = solver.solve(question)
    assert solution.answer == "".join(word[-1] for word in words)
    assert not solution.problems
    # The trace: one decomposition, then the beginnings of the list in order, the whole at last.
    asked = ['"' + ", ".join(words[:n]) + '"' for n in range(2, n_words + 1)]
    assert [step.question for step in solution.steps] == asked
    assert [call.purpose for call in solution.trace] == ["decompose", *["solve"] * (n_words - 2), "answer"]
    for number, (call, step) in enumerate(zip(solution.trace[1:], solution.steps, strict=True)):
        assert call.prompt.endswith(f"Q: {step.question}\nA:") and call.text == step.text
        # Each prompt holds the answers before it, and none of those after it.
        known = outputs(call.prompt.partition(asked[0])[2])
        expected = {
            text.strip('"'): "".join(word[-1] for word in words[:n])
            for n, text in enumerate(asked[:number], 2)
        }
        assert known == expected
        assert (f"Problem: {question}" in call.prompt) == (with_problem and n_words > 2)


def test_one_prompt_does_not_suffice():
    question = '"dog, machine, learning, think"'
    assert LeastToMost(last_letters, LETTER_EXAMPLES).solve(question).answer == "gegk"
    for method in (PlainPrompting, ChainOfThought):
        assert method(last_letters, LETTER_EXAMPLES, retries=0).solve(question).answer != "gegk"


@pytest.fixture(scope="module")
def long_commands():
    draw = random.Random(0)
    single = commands()
    joined = [
        f"{a} {joint} {b}"
        for joint in ("and", "after")
        for a, b in zip(draw.choices(single, k=40), single[::3])
    ]
    return [*single, *joined]


def test_scan(long_commands):
    solver = LeastToMost(scan, SCAN_EXAMPLES)
    n_joined = 0
    for command in long_commands:
        solution = solver.solve(command)
        assert solution.answer == " ".join(actions(command)), command
        assert solution.steps[-1].question == command
        n_joined += len(solution.steps) > 2
    assert n_joined > 50


def test_the_reference_of_scan_has_the_papers_examples():
    # Table 1 and figure 1 of Lake and Baroni (2018).
    assert actions("jump left") == ["TURN_LEFT", "JUMP"]
    assert actions("jump around right") == ["TURN_RIGHT", "JUMP"] * 4
    assert actions("turn left twice") == ["TURN_LEFT"] * 2
    assert actions("jump opposite left and walk thrice") == ["TURN_LEFT", "TURN_LEFT", "JUMP", *["WALK"] * 3]
    assert actions("jump opposite left after walk around left") == [
        *["TURN_LEFT", "WALK"] * 4, "TURN_LEFT", "TURN_LEFT", "JUMP",
    ]  # fmt: skip


def test_tokens_are_counted_where_the_generator_counts():
    generator = FunctionGenerator(last_letters, count_tokens=lambda text: len(text.split()))
    solution = LeastToMost(generator, LETTER_EXAMPLES).solve('"dog, machine, think"')
    assert solution.trace.n_tokens == sum(len(f"{c.prompt} {c.text}".split()) for c in solution.trace)
    assert solution.to_dict()["n_tokens"] == solution.trace.n_tokens
    assert LeastToMost(last_letters, LETTER_EXAMPLES).solve('"dog, machine"').trace.n_tokens is None
