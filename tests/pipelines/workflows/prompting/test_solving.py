"""Questions solved one by one: files, repetitions, errors, and what is kept of an interrupted run."""

import json
from pathlib import Path

import pytest

from wordvec._utils.assumptions import collected_assumptions
from wordvec.pipelines.prompting import PlainPrompting, Solution, SolvingError
from wordvec.pipelines.workflows import (
    AskedQuestion,
    SolvingReport,
    make_solver,
    open_generator,
    read_questions,
    solve_questions,
)

from ...prompting.solving.support import LETTER_EXAMPLES, Scripted, last_letters

TWO = [*LETTER_EXAMPLES, {"question": '"tea, cup"', "answer": "ap"}]

QUESTIONS = ["1 + 1", "2 + 2", "1 + 1"]


def test_solutions_survive_a_file(tmp_path):
    solver = make_solver(last_letters, "least-to-most", LETTER_EXAMPLES)
    (solved,) = solve_questions(solver, ['"dog, machine, think"'], out=tmp_path / "out.jsonl")
    line = json.loads((tmp_path / "out.jsonl").read_text())
    assert Solution.from_dict(line) == solved.solution and line["settings"]["method"] == "least-to-most"
    votes = make_solver(Scripted(*["The answer is 3."] * 4), "self-consistency", n_samples=4).solve("1 + 2")
    assert Solution.from_dict(json.loads(json.dumps(votes.to_dict()))) == votes


def test_equal_questions_are_solved_each(tmp_path):
    out = tmp_path / "out.jsonl"
    first = list(solve_questions(PlainPrompting(Scripted("2", "4", "two")), QUESTIONS, out=out))
    assert [each.solution.answer for each in first] == ["2", "4", "two"]
    again = list(solve_questions(PlainPrompting(Scripted("5")), [*QUESTIONS, "2 + 2"], out=out, resume=True))
    assert [each.solution.answer for each in again] == ["2", "4", "two", "5"]


def added(prompt):
    return str(sum(map(int, prompt.rpartition("Q: ")[2].removesuffix("\nA:").split(" + "))))


def test_the_last_line_of_a_file(tmp_path):
    out = tmp_path / "out.jsonl"
    list(solve_questions(PlainPrompting(added), ["1 + 1", "2 + 2"], out=out))
    whole = out.read_bytes()
    out.write_bytes(whole.removesuffix(b"\n").replace(b"\n", b"\r\n"))  # as an editor may leave it
    found = list(solve_questions(PlainPrompting(added), ["1 + 1", "2 + 2", "3 + 3"], out=out, resume=True))
    assert [each.solution.answer for each in found] == ["2", "4", "6"] and out.read_bytes().count(b"\n") == 3
    for end in (1, 10, len(whole) // 2, len(whole) - 1):
        out.write_bytes(whole[:end])
        found = list(solve_questions(PlainPrompting(added), ["1 + 1", "2 + 2"], out=out, resume=True))
        assert [each.solution.answer for each in found] == ["2", "4"] and out.read_bytes() == whole
    out.write_bytes(whole[:-5])
    with pytest.raises(ValueError, match="another setting: seed was 0, and is 3 now"):
        list(solve_questions(PlainPrompting(added, seed=3), ["1 + 1"], out=out, resume=True))
    assert out.read_bytes() == whole[:-5]


def test_a_file_may_be_replaced_and_a_folder_not(tmp_path):
    out = tmp_path / "out.jsonl"
    list(solve_questions(PlainPrompting(Scripted("2")), ["1 + 1"], out=out))
    found = list(solve_questions(PlainPrompting(Scripted("two"), seed=5), ["1 + 1"], out=out, overwrite=True))
    line = json.loads(out.read_text())
    assert found[0].solution.answer == line["answer"] == "two" and line["settings"]["seed"] == 5
    for path, message in ((tmp_path, "directory"), (tmp_path / "no" / "out.jsonl", "does not exist")):
        with pytest.raises(OSError, match=message):
            list(solve_questions(PlainPrompting(Scripted("2")), ["1 + 1"], out=path))


def test_an_interrupted_run_keeps_what_was_solved(tmp_path):
    out = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        list(solve_questions(PlainPrompting(Scripted("2", KeyboardInterrupt())), QUESTIONS, out=out))
    assert [json.loads(line)["answer"] for line in out.read_text().splitlines()] == ["2"]
    found = list(solve_questions(PlainPrompting(Scripted("4", "6")), QUESTIONS, out=out, resume=True))
    assert [each.solution.answer for each in found] == ["2", "4", "6"]


def test_an_error_is_that_of_one_question():
    script = Scripted("2", RuntimeError("busy"), RuntimeError("busy"), "6")
    asked = [AskedQuestion(question, "2") for question in QUESTIONS]
    found = list(solve_questions(PlainPrompting(script), asked))
    assert [each.is_right for each in found] == [True, False, False]
    assert isinstance(found[1].error, SolvingError) and "busy" in found[1].to_dict()["error"]
    report = SolvingReport.of(found)
    assert (report.n_questions, report.n_answers, report.n_errors, report.n_right) == (3, 2, 1, 1)
    assert "accuracy   33.3% of 3" in str(report) and report.to_dict()["n_tokens"] is None


@pytest.mark.parametrize("questions", [[""], ["a", " "], [None], [AskedQuestion("")]])
def test_empty_questions_are_refused_before_anything_is_asked(questions):
    script = Scripted("x")
    with pytest.raises(ValueError, match="of solve_questions is empty, or no text"):
        solve_questions(PlainPrompting(script), questions)
    assert not script.asked


def test_files_of_questions(tmp_path):
    path = tmp_path / "q.txt"
    path.write_text('{"question": "a", "answer": 1.5}\n{"question": "b"}\n')
    assert read_questions(path) == [AskedQuestion("a", "1.5"), AskedQuestion("b")]
    path.write_text("{a} or {b}?\n[1] what?\n")
    assert read_questions(path) == [AskedQuestion("{a} or {b}?"), AskedQuestion("[1] what?")]
    path.with_suffix(".json").write_text('["a", {"question": "b"}]')
    assert read_questions(path.with_suffix(".json")) == [AskedQuestion("a"), AskedQuestion("b")]
    path.write_bytes("wie schön?".encode("latin-1"))
    assert read_questions(path, "latin-1") == [AskedQuestion("wie schön?")]


def test_resuming_needs_a_file():
    with pytest.raises(ValueError, match="There is no file of solutions. Pass out with its path"):
        solve_questions(PlainPrompting(Scripted()), ["a"], resume=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"question": "a"', "line 1 is not JSON"),
        ('{"question": "a"}\n{"answer": "b"}', "line 2 holds no question"),
        ('{"question": "a", "answer": []}', "the answer must be a text or a number"),
        ("[]", "holds no question"),
        ("", "holds no question"),
        ('{"question": " "}', "line 1 holds no question"),
        ('{"question": 5}', "line 1: the question must be a text. Got 5"),
        ('{"question": "a"}\n{"question": "b", "answer": ""}', "line 2: the answer is empty. Leave it out"),
        ('{"question": "a"}\n{"question": "\\ud800 b"}', "line 2: character .* is a lone surrogate"),
    ],
)
def test_damaged_files_of_questions(tmp_path, text, message):
    path = tmp_path / "q.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_questions(path)
    assert "q.jsonl" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["question,answer\n1,2\n", '{"question": "a"}\n', "[1]\n", "no line", "\n\n"]
)
def test_other_files_are_not_written_over(tmp_path, text):
    path = tmp_path / "data.txt"
    path.write_text(text)
    for options in ({}, {"resume": True}, {"overwrite": True}):
        with pytest.raises(ValueError, match="holds something other than solutions"):
            list(solve_questions(PlainPrompting(Scripted("x")), ["why?"], out=path, **options))
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {},
            "There is no generator. Pass model with the folder of one, or endpoint with an address and api_model",
        ),
        (dict(model=Path("m"), endpoint="http://localhost:1/v1"), "There are two generators"),
        (dict(endpoint="http://localhost:1/v1"), "Pass api_model with the name of one"),
        (dict(endpoint="http://localhost:1/v1", api_model="m", device="cpu"), "Leave device out"),
        (
            dict(endpoint="localhost", api_model="m"),
            "The endpoint parameter of open_generator must be an address",
        ),
        (
            dict(endpoint="http://localhost:1/v1", api_model=""),
            "The api_model parameter of open_generator must",
        ),
        (dict(model=Path("m"), api_model="m"), "Leave api_model out, or pass endpoint in place of model"),
    ],
)
def test_generators_that_are_none(options, message):
    pytest.importorskip("httpx")
    with pytest.raises(ValueError, match=message):
        open_generator(**options)


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("magic", {}, "The method parameter of make_solver must be one of 'least-to-most'"),
        ("plain", {"n_samples": 3}, "Pass method='self-consistency' for n_samples. Or leave n_samples out."),
        ("plain", {"with_problem": False}, "Pass method='least-to-most' for with_problem"),
        ("plain", {"select": "knn"}, "The select parameter of make_solver must be one of 'bm25'"),
        ("plain", {"select": "bm25"}, "There are no examples to choose from. Pass examples."),
        (
            "plain",
            {"n_examples": 2},
            "The n_examples parameter of make_solver must be left out without select",
        ),
        (
            "plain",
            {"select": "bm25", "n_examples": 3, "examples": TWO},
            "The n_examples parameter of make_solver must be at most 2, the number of examples. Got 3",
        ),
        ("plain", {"wording": "de"}, "wording parameter"),
    ],
)
def test_solvers_that_are_none(method, options, message):
    with pytest.raises(ValueError, match=message):
        make_solver(Scripted(), method, **options)


def test_few_examples_are_all_shown():
    with collected_assumptions() as assumed:
        solver = make_solver(Scripted("x"), "plain", TWO, select="bm25")
    assert solver.n_examples == 2 and assumed == ["all examples are shown, as there are fewer than 4"]
