"""What solvers are given: examples from Python, files and selectors, parameters, questions."""

import json

import pytest

from wordvec.pipelines.prompting import (
    ChainOfThought,
    DemonstrationSelector,
    LeastToMost,
    PlainPrompting,
    SelfConsistency,
    WorkedExample,
    read_worked_examples,
)

from .support import LETTER_EXAMPLES, QUESTION, STORY, Scripted, last_letters


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
    with pytest.raises(ValueError, match="must choose indices of 1 examples for one question"):
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
        (dict(selector=Chooses([[0]]), examples=[]), "must be None if there are no examples"),
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
