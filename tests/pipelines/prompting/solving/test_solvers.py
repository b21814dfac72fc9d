"""Prompts, retries, votes, budgets and traces of the ways to solve a question, with scripted generators."""

import json

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.prompting import (
    ChainOfThought,
    Completion,
    DemonstrationSelector,
    EndpointError,
    FunctionGenerator,
    LeastToMost,
    PlainPrompting,
    SelfConsistency,
    SolvingError,
    Wording,
    WorkedExample,
    read_worked_examples,
)

from .support import LETTER_EXAMPLES, Scripted, last_letters

STORY = {
    "question": "Mo is 5. Kody is 2 years older. How old are both?",
    "steps": [{"question": "How old is Kody?", "answer": "Kody is 5 + 2 = 7."}],
    "reasoning": "Mo is 5 and Kody is 7, and 5 + 7 = 12.",
    "answer": "12",
}
QUESTION = "Ann has 3 pens. Bo has twice as many. How many are there?"


def test_the_prompts_of_least_to_most():
    script = Scripted(
        "We first answer:\n1. How many has Bo?", " Bo has 6. \n", "3 + 6 = 9. So the answer is 9."
    )
    solution = LeastToMost(script, [STORY]).solve(f" {QUESTION} ")
    prompts = [call.prompt for call in solution.trace]
    assert prompts[0] == (
        f"Q: {STORY['question']}\nA: To answer this question, we first answer:\n1. How old is Kody?\n\n"
        f"Q: {QUESTION}\nA:"
    )
    head = (
        f"Problem: {STORY['question']}\n\nQ: How old is Kody?\nA: Kody is 5 + 2 = 7.\n\n"
        f"Q: {STORY['question']}\nA: Mo is 5 and Kody is 7, and 5 + 7 = 12. So the answer is 12.\n\n"
        f"Problem: {QUESTION}\n\nQ: How many has Bo?\nA:"
    )
    assert prompts[1] == head
    assert prompts[2] == f"{head} Bo has 6.\n\nQ: {QUESTION}\nA:"
    assert [options["stop"] for _, options in script.asked] == [["\nQ:", "\nProblem:"]] * 3
    assert solution.answer == "9" and solution.problems == []
    assert [step.answer for step in solution.steps] == ["Bo has 6", "9"]


def test_without_examples_instructions_ask_for_a_list():
    script = Scripted("1. How many has Bo?", "6", "9")
    solution = LeastToMost(script).solve(QUESTION)
    assert solution.trace[0].prompt.startswith("List the simpler questions") and solution.answer == "9"
    assert solution.trace[1].prompt == f"Problem: {QUESTION}\n\nQ: How many has Bo?\nA:"


def test_the_prompts_of_one_call():
    plain = PlainPrompting(Scripted(" 9\nQ: more"), [STORY]).solve(QUESTION)
    assert plain.trace[0].prompt == f"Q: {STORY['question']}\nA: 12\n\nQ: {QUESTION}\nA:"
    assert plain.answer == "9"
    thought = ChainOfThought(Scripted("3 + 6 = 9. So the answer is 9."), [STORY]).solve(QUESTION)
    assert thought.trace[0].prompt == (
        f"Q: {STORY['question']}\nA: Mo is 5 and Kody is 7, and 5 + 7 = 12. So the answer is 12.\n\nQ: {QUESTION}\nA:"
    )
    assert thought.answer == "9" and len(thought.trace) == 1
    alone = ChainOfThought(Scripted("The answer is 9.")).solve(QUESTION)
    assert alone.trace[0].prompt == f"Q: {QUESTION}\nA: Let's think step by step."


def test_chinese_prompts():
    steps = [{"question": "小红几岁？", "answer": "小红7岁。"}]
    example = {"question": "小明5岁，小红大2岁。一共几岁？", "steps": steps, "answer": "12岁"}
    script = Scripted("1、小波有几支？", "6支。", "3加6等于9。所以答案是9支。")
    with collected_assumptions() as assumed:
        solution = LeastToMost(script, [example]).solve("小安有3支笔，小波是他的两倍。一共几支？")
    assert assumed == ["prompts are written in Chinese, as the questions are"]
    assert solution.answer == "9支" and [each.question for each in solution.steps][0] == "小波有几支？"
    assert solution.trace[0].prompt.startswith(
        "问：小明5岁，小红大2岁。一共几岁？\n答： 要回答这个问题，需要先回答：\n1. 小红几岁？"
    )
    assert "题目：小安有3支笔" in solution.trace[1].prompt
    assert "\n答： 所以答案是12岁。" in solution.trace[1].prompt
    assert script.asked[0][1]["stop"] == ["\n问：", "\n题目："]
    english = LeastToMost(Scripted("1. x?", "y", "z"), wording="en").solve("小安有几支笔？")
    assert english.trace[2].prompt.endswith("Q: 小安有几支笔？\nA:")


def test_a_wording_of_ones_own():
    words = Wording(question="Frage: {question}", answer="Antwort:", final="Ergebnis => {answer}")
    solver = ChainOfThought(Scripted("3 plus 6. Ergebnis => 9\nfertig"), [STORY], wording=words)
    solution = solver.solve("Wie viele {question} {answer}?")
    assert solution.answer == "9"
    assert solution.trace[0].prompt.endswith(
        "Ergebnis => 12\n\nFrage: Wie viele {question} {answer}?\nAntwort:"
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"question": "Q:"}, "question"),
        ({"final": "x"}, "answer"),
        ({"answer": None}, "answer parameter of Wording"),
    ],
)
def test_a_wording_that_is_none(fields, message):
    with pytest.raises(ValueError, match=message):
        Wording(**fields)


def test_an_answer_that_is_not_marked_is_asked_for():
    text = "First there are three, and then six more come, so nine it must be."
    script = Scripted(text, " nine.")
    solution = ChainOfThought(script, [STORY]).solve(QUESTION)
    assert solution.answer == "nine" and [call.purpose for call in solution.trace] == ["answer", "extract"]
    assert script.asked[1][0] == f"{script.asked[0][0]} {text}\nSo the answer is"
    assert "marks no answer, so it was asked for" in solution.problems[0]
    without = ChainOfThought(Scripted(text), [STORY], retries=0).solve(QUESTION)
    assert (
        without.answer is None
        and "no answer was found in the text of the answer: 'First" in without.problems[0]
    )
    assert ChainOfThought(Scripted(text), [STORY], max_calls=1).solve(QUESTION).answer is None
    empty = ChainOfThought(Scripted("", ""), [STORY]).solve(QUESTION)
    assert empty.answer is None and len(empty.problems) == 2
    assert PlainPrompting(Scripted(" \n"), [STORY]).solve(QUESTION).answer is None


def test_a_list_that_cannot_be_parsed_is_drawn_again():
    script = Scripted("Let me think about it.", "1. How many has Bo?", "6", "9")
    solution = LeastToMost(script, [STORY], seed=4).solve(QUESTION)
    assert solution.answer == "9" and solution.problems == []
    drawn = [(options["temperature"], options["seed"]) for _, options in script.asked]
    assert drawn == [(0.0, 4), (0.7, 5), (0.0, 4), (0.0, 4)]
    script = Scripted("Let me think.", "Once more.", "9")
    solution = LeastToMost(script, [STORY]).solve(QUESTION)
    assert solution.answer == "9" and [step.question for step in solution.steps] == [QUESTION]
    assert solution.problems == ["no sub-questions were found, so the question was asked alone: 'Once more.'"]


def test_a_question_that_is_simple_is_asked_alone():
    solution = LeastToMost(Scripted(f"1. {QUESTION}", "9"), [STORY]).solve(QUESTION)
    assert solution.answer == "9" and len(solution.trace) == 2 and not solution.problems
    assert "Problem: " + QUESTION not in solution.trace[1].prompt


def test_votes_and_ties():
    none = "no idea what that could be, none at all"
    texts = ["So the answer is 8.", "The answer is 9.", none, "Answer: 9", "8 it is: the answer is 7"]
    solution = SelfConsistency(Scripted(*texts), [STORY], n_samples=5).solve(QUESTION)
    assert solution.answer == "9" and solution.votes == [("9", 2), ("8", 1), ("7", 1)]
    assert solution.problems == ["1 of 5 texts marked no answer and did not vote"]
    assert solution.steps[0].text == "The answer is 9."
    script = Scripted("The answer is B.", "The answer is A.", "The answer is a", "The answer is b!")
    solution = SelfConsistency(script, n_samples=4).solve(QUESTION)
    assert solution.answer == "B" and solution.votes == [("B", 2), ("A", 2)]
    assert solution.problems == ["a tie between 'B', 'A'; the first that was drawn is taken"]
    nothing = SelfConsistency(Scripted(*["well, that is hard to say for anyone"] * 3), n_samples=3).solve(
        QUESTION
    )
    assert nothing.answer is None and nothing.votes == [] and "3 of 3 texts" in nothing.problems[0]


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
        SolvingError, match="budget of 3 calls does not suffice for the answer .* 0 were made, and 5 more"
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


def test_examples_are_selected():
    many = [{"question": f'"a{n}, b{n}, c{n}"', "answer": f"{n}"} for n in range(8)] + LETTER_EXAMPLES
    selector = DemonstrationSelector("bm25", k=1)
    solver = LeastToMost(last_letters, many, selector=selector)
    solution = solver.solve('"think, machine, learning, dog"')
    assert solution.answer == "kegg" and "a1" not in solution.trace[0].prompt + solution.trace[1].prompt
    two = PlainPrompting(Scripted("x"), many, selector=solver.selector, n_examples=2).solve('"think, a3"')
    assert two.trace[0].prompt.count("Q: ") == 3 and '"a3, b3, c3"' in two.trace[0].prompt


class Chooses:
    def __init__(self, chosen):
        self.chosen = chosen

    def select(self, queries, k=None):
        return self.chosen


@pytest.mark.parametrize("chosen", [[[1]], [["x"]], [], [[0], [0]], None])
def test_a_selector_that_does_not_fit(chosen):
    with pytest.raises(ValueError, match="must choose places among 1 examples for one question"):
        PlainPrompting(Scripted("x"), [STORY], selector=Chooses(chosen)).solve(QUESTION)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(generator=None), "A generator must be"),
        (dict(examples="file.json"), "read_worked_examples reads a file"),
        (dict(examples=STORY), "must be a list of WorkedExample or mappings"),
        (
            dict(examples=[STORY, {"question": "x"}]),
            "Example 1 of LeastToMost: An example needs an answer, or steps",
        ),
        (dict(examples=[None]), "Example 0 of LeastToMost: An example must be a mapping. Got None"),
        (
            dict(examples=[{"question": " ", "answer": "x"}]),
            "The question of an example must be a text that is not",
        ),
        (dict(examples=[{"answer": "x"}]), "An example needs a question"),
        (dict(examples=[{"question": "x", "answer": ["y"]}]), "The answer of an example must be a text"),
        (dict(examples=[{"question": "x", "steps": "y"}]), "steps of an example must be a list"),
        (dict(examples=[{"question": "x", "steps": [{"answer": "y"}]}]), "A step needs a question"),
        (
            dict(examples=[{"question": "x", "anwser": "y"}]),
            "has the fields question, answer, .* Got 'anwser'",
        ),
        (dict(max_calls=0), "The max_calls parameter of LeastToMost must be an integer of at least 1"),
        (dict(max_tokens=0), "max_tokens parameter"),
        (dict(max_total_tokens=0), "max_total_tokens parameter"),
        (dict(retries=-1), "retries parameter"),
        (dict(seed="x"), "seed parameter"),
        (dict(n_examples=2), "n_examples parameter of LeastToMost must be None without selector"),
        (dict(selector=5), "selector parameter"),
        (dict(selector=Chooses), "selector parameter"),
        (dict(selector=Chooses([[0]]), examples=[]), "must be None where there are no examples"),
        (dict(wording="de"), "wording parameter .* 'auto', 'en', 'zh' or a Wording"),
        (dict(with_problem="yes"), "with_problem parameter"),
    ],
)
def test_bad_parameters(options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        LeastToMost(**({"generator": str.upper, "examples": [STORY]} | options))


@pytest.mark.parametrize("options", [dict(n_samples=0), dict(temperature=0.0), dict(temperature="hot")])
def test_bad_parameters_of_votes(options):
    with pytest.raises(ValueError, match=f"The {next(iter(options))} parameter of SelfConsistency"):
        SelfConsistency(str.upper, **options)


@pytest.mark.parametrize("question", ["", "  \n", None, 5, ["x"]])
def test_questions_that_are_none(question):
    with pytest.raises((TypeError, ValueError), match="The question of PlainPrompting.solve"):
        PlainPrompting(str.upper).solve(question)


def test_examples_of_python():
    example = WorkedExample("1 + 1 + 1", 3, ["1 + 1", {"question": "2 + 1", "answer": 3.5}])
    assert example.answer == "3" and [step.answer for step in example.steps] == [None, "3.5"]
    with pytest.raises(ValueError, match="An example needs an answer, or steps"):
        WorkedExample("1 + 1")
    with pytest.raises(ValueError, match="The question of a step must be a text"):
        WorkedExample("1 + 1", steps=[""])
    # Steps without answers show how to decompose, and are in no other prompt.
    solution = LeastToMost(Scripted("1. x?", "y", "z"), [{"question": "a?", "steps": ["b?"]}]).solve(QUESTION)
    assert (
        "1. b?" in solution.trace[0].prompt
        and "b?" not in solution.trace[1].prompt + solution.trace[2].prompt
    )
    assert (
        "a?"
        not in ChainOfThought(Scripted("z"), [{"question": "a?", "steps": ["b?"]}])
        .solve("c?")
        .trace[0]
        .prompt
    )


def test_files_of_examples(tmp_path):
    lines = tmp_path / "examples.jsonl"
    lines.write_text(
        "\ufeff" + json.dumps(STORY) + "\n\n" + json.dumps(LETTER_EXAMPLES[0]) + "\r\n", encoding="utf-8"
    )
    whole = tmp_path / "examples.json"
    whole.write_text(json.dumps([STORY, LETTER_EXAMPLES[0]], indent=1))
    found = read_worked_examples(lines)
    assert found == read_worked_examples(str(whole)) and isinstance(found[0], WorkedExample)
    assert found[0].sub_questions() == ["How old is Kody?"] and found[0].answer == "12"
    assert found[1].sub_questions() == ['"think, machine"']
    numbers = tmp_path / "numbers.jsonl"
    numbers.write_text('{"question": "1 + 1", "answer": 2, "steps": ["1"], "reasoning": null}')
    assert read_worked_examples(numbers)[0].answer == "2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no example"),
        ("[]", "holds no example"),
        ("question,answer\n1,2\n", "line 1 is not JSON"),
        ('{"question": "a", "answer": "b"}\n{"question": "a"', "line 2 is not JSON"),
        ('[{"question": "a"', "is not JSON"),
        ('{"question": "a", "answer": "b"}\n[1]\n', "line 2: An example must be a mapping. Got .1."),
        ('[{"question": "a", "answer": "b"}, 5]', "item 2: An example must be a mapping. Got 5"),
        ('{"question": "a", "answer": true}', "line 1: The answer of an example must be a text"),
        (b"\xff\xfe\x00", "is not UTF-8"),
    ],
)
def test_damaged_files_of_examples(tmp_path, text, message):
    path = tmp_path / "examples.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message) as caught:
        read_worked_examples(path)
    assert "examples.jsonl" in str(caught.value) and "\n" not in str(caught.value)


def test_no_file_of_examples(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_worked_examples(tmp_path / "nothing.json")
