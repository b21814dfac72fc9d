"""Ways to solve a question that fail: errors, budgets, nonsense; the trace so far is kept."""

import json

import pytest

from wordvec.pipelines.prompting import (
    ChainOfThought,
    Completion,
    EndpointError,
    FunctionGenerator,
    LeastToMost,
    PlainPrompting,
    SelfConsistency,
    SolvingError,
)

from .support import QUESTION, STORY, Scripted


def test_texts_before_a_failure_are_in_the_trace():
    replies = iter(["The answer is 1.", "The answer is 2."])
    with pytest.raises(SolvingError) as caught:
        SelfConsistency(lambda prompt: next(replies), n_samples=4).solve(QUESTION)
    assert [call.text for call in caught.value.solution.trace] == ["The answer is 1.", "The answer is 2."]
    script = Scripted(*["The answer is 1."] * 9, n_tokens=10)
    with pytest.raises(SolvingError, match="budget of 50 tokens is used up") as caught:
        SelfConsistency(script, n_samples=9, max_total_tokens=50).solve(QUESTION)
    assert caught.value.solution.trace.n_tokens == 60


@pytest.mark.parametrize("most", range(1, 60, 7))
def test_a_budget_of_tokens_holds_where_prompts_can_be_counted(most):
    def generator(prompt, max_tokens):
        assert max_tokens > 0
        return " ".join(["word"] * min(max_tokens, 8))

    counted = FunctionGenerator(generator, count_tokens=lambda text: len(text.split()))
    with pytest.raises(SolvingError, match=f"budget of {most} tokens is used up before the answer") as caught:
        SelfConsistency(counted, n_samples=20, max_total_tokens=most).solve(QUESTION)
    assert caught.value.solution.trace.n_tokens <= most


def test_a_function_draws_with_other_seeds():
    seeds = []
    SelfConsistency(lambda prompt, seed: f"The answer is {seeds.append(seed)}.", n_samples=5).solve(QUESTION)
    assert len(set(seeds)) == 5


def test_draws_have_the_seed():
    script = Scripted(*["The answer is 1."] * 3)
    SelfConsistency(script, n_samples=3, temperature=0.4, seed=8).solve(QUESTION)
    assert all(options["temperature"] == 0.4 and options["seed"] == 8 for _, options in script.asked)


ERRORS = [RuntimeError("out of luck"), OSError("gone"), KeyError("x")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_in_the_middle_keeps_the_trace(error):
    script = Scripted("1. How many has Bo?\n2. How many is that?", "6", error, error)
    with pytest.raises(SolvingError, match="The generator failed at step 2 of 3 of 'Ann") as caught:
        LeastToMost(script, [STORY]).solve(QUESTION)
    assert caught.value.__cause__ is error and str(error) in str(caught.value)
    assert isinstance(error, OSError) or f"{type(error).__name__}: {error}" in str(caught.value)
    solution = caught.value.solution
    assert solution.answer is None and [step.text for step in solution.steps] == ["6"]
    assert [call.purpose for call in solution.trace] == ["decompose", "solve"]
    assert json.loads(json.dumps(solution.to_dict()))["steps"][0]["question"] == "How many has Bo?"


def test_an_error_that_passes_is_no_error():
    script = Scripted("1. How many has Bo?", RuntimeError("busy"), "6", "9")
    assert LeastToMost(script, [STORY]).solve(QUESTION).answer == "9"
    with pytest.raises(SolvingError, match="busy"):
        LeastToMost(Scripted("1. x?", RuntimeError("busy"), "6"), [STORY], retries=0).solve(QUESTION)


@pytest.mark.parametrize(
    "error", [TypeError("bad"), ValueError("too long"), EndpointError("It is {down}.", "a {timeout}")]
)
def test_an_error_that_lasts_is_not_tried_again(error):
    with pytest.raises(SolvingError, match="bad|too long|It is {down}. Pass a timeout.") as caught:
        LeastToMost(Scripted("1. x?", error, "6"), [STORY], retries=5).solve(QUESTION)
    assert len(caught.value.solution.trace) == 1


def test_an_interrupt_is_none():
    with pytest.raises(KeyboardInterrupt):
        LeastToMost(Scripted("1. x?", KeyboardInterrupt()), [STORY]).solve(QUESTION)


@pytest.mark.parametrize("answer", [None, 5, Completion(None)])
def test_a_generator_that_returns_nonsense(answer):
    with pytest.raises(
        SolvingError, match="must return a list of 1 completions with a text each. At step 1"
    ) as caught:
        LeastToMost(Scripted("1. x?", answer), [STORY]).solve(QUESTION)
    assert len(caught.value.solution.trace) == 1
    with pytest.raises(SolvingError, match="must return a text"):
        ChainOfThought(lambda prompt: None, [STORY]).solve(QUESTION)


class Wrong:
    def __init__(self, found):
        self.found = found

    def generate(self, prompts, **options):
        return self.found


@pytest.mark.parametrize("found", [None, [], "text", ["text"], [Completion("a")] * 2])
def test_a_generator_that_returns_no_list(found):
    with pytest.raises(SolvingError, match="Wrong must return a list of 1 completions"):
        PlainPrompting(Wrong(found)).solve(QUESTION)


def test_budgets_of_calls():
    questions = "1. a?\n2. b?\n3. c?"
    message = "decomposed into 3 questions, so 4 more calls are needed. Pass a larger max_calls"
    with pytest.raises(SolvingError, match=message) as caught:
        LeastToMost(Scripted(questions), [STORY], max_calls=4).solve(QUESTION)
    assert len(caught.value.solution.trace) == 1
    assert LeastToMost(Scripted(questions, *"abcd"), [STORY], max_calls=5).solve(QUESTION).answer == "d"
    with pytest.raises(
        SolvingError, match="budget of 3 calls is too small for the answer .* 0 were made, and 5 more"
    ):
        SelfConsistency(Scripted(), n_samples=5, max_calls=3).solve(QUESTION)


def test_budgets_of_tokens():
    script = Scripted("1. a?\n2. b?", "a", "b", "c", n_tokens=10)
    with pytest.raises(
        SolvingError, match="budget of 40 tokens is used up before step 2 of 3 .*: 40 were"
    ) as caught:
        LeastToMost(script, [STORY], max_total_tokens=40).solve(QUESTION)
    assert [step.text for step in caught.value.solution.steps] == ["a"]
    assert [options["max_tokens"] for _, options in script.asked] == [40, 20]
    with pytest.raises(
        SolvingError, match="Scripted does not count tokens.* Pass no max_total_tokens, or a generator that"
    ):
        LeastToMost(Scripted("1. a?"), [STORY], max_total_tokens=40).solve(QUESTION)


def test_a_text_that_was_cut_is_told():
    cut = Completion("The answer is 9", 3, 4, "length")
    solution = ChainOfThought(Scripted(cut), max_tokens=4).solve(QUESTION)
    assert solution.problems == ["the text of the answer was cut at 4 tokens"]


def test_reports():
    texts = ("1. How many has Bo?", "6\nor so", "So the answer is 9.")
    solution = LeastToMost(Scripted(*texts, n_tokens=2), [STORY]).solve(QUESTION)
    assert str(solution) == (
        f"question: {QUESTION}\nstep 1: How many has Bo?\n    6\n    or so\nstep 2: {QUESTION}\n"
        "    So the answer is 9.\nanswer: 9\nmethod: least-to-most, 3 calls, 12 tokens"
    )
    lines = [json.loads(line) for line in solution.trace.to_json_lines().splitlines()]
    assert lines == solution.to_dict()["trace"] == solution.trace.to_dict()["calls"]
    assert [line["text"] for line in lines] == list(texts)
    shown = solution.trace.format()
    assert (
        shown.startswith("call 1 (decompose, 2 new tokens, stop)\n  Q: Mo is 5.") and "> 6\n> or so" in shown
    )
    assert len(solution.trace) == 3 and solution.trace[-1].purpose == "answer"
