"""`wordvec lm answer` and `train-answerer`: by the reader and by a model, their files, and what is refused."""

import io
import json
import sys

import pytest

from wordvec.pipelines.datasets.squad import PassageQuestion, write_squad

from ..support import fails

PASSAGE = "Nikola Tesla was born in 1856 in Smiljan.\r\nThe bridge was opened by Queen Victoria.\r\n"
SIZES = ["--width", 16, "--layers", 1, "--heads", 2, "--epochs", 1, "--batch", 4, "--max-length", 32]
SIZES += ["--stride", 8, "--vocab-size", 200, "--quiet"]


@pytest.fixture
def passage(tmp_path):
    (tmp_path / "p.txt").write_bytes(b"\xef\xbb\xbf" + PASSAGE.encode())
    return tmp_path / "p.txt"


def questions(impossible=True):
    found = [
        PassageQuestion("a", "Where was Nikola Tesla born?", PASSAGE, ("Smiljan",), (33,), False, "Tesla"),
        PassageQuestion("b", "Who opened the bridge?", PASSAGE, ("Queen Victoria",), (67,), False, "Tesla"),
        PassageQuestion("c", "Why?", PASSAGE, (), (), True, "Tesla"),
    ]
    return found if impossible else found[:2]


@pytest.fixture
def squad(tmp_path):
    write_squad(tmp_path / "q.json", questions(impossible=False))
    return tmp_path / "q.json"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from .support import call

    folder = tmp_path_factory.mktemp("answerer")
    write_squad(folder / "q.json", questions() * 3)
    call("lm", "train-answerer", folder / "q.json", "-o", folder / "model", *SIZES)
    return folder / "model"


def test_the_reader_answers(run, passage):
    code, out, err = run("lm", "answer", "--passage", passage, "Who opened the bridge?")
    assert code == 0 and err.count("\n") == 1 and "Assumed" in err
    score, place, name, text = out.rstrip("\n").split("\t")
    begin, end = map(int, place.split("-"))
    assert (name, text) == (str(passage), "Queen Victoria") and 0 < float(score) <= 1
    assert PASSAGE[begin:end] == text


def test_json_several_questions_and_passages(run, passage, tmp_path, monkeypatch):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "other.txt").write_text("Iron melts at 1538 degrees.")
    (tmp_path / "more" / "empty.txt").write_text("\n")
    asked = "Where was Nikola Tesla born?\n\nWhere does iron melt?\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(asked.encode())))
    code, out, err = run("lm", "answer", "--passage", passage, "--passage", tmp_path / "more", "-", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and "1 passage without text left out" in err
    assert [row["passage"] for row in rows] == [str(passage), str(tmp_path / "more" / "other.txt")]
    assert rows[0]["answer"] == "Smiljan" == PASSAGE[rows[0]["start"] : rows[0]["end"]]
    assert set(rows[0]) == {"question", "answer", "start", "end", "score", "passage"}


def test_files_of_questions(run, squad, tmp_path):
    code, out, _ = run("lm", "answer", "--squad", squad, "--json")
    assert code == 0 and [json.loads(line)["id"] for line in out.splitlines()] == ["a", "b"]
    predictions = tmp_path / "p.json"
    code, out, _ = run("lm", "answer", "--squad", squad, "--predictions", predictions, "--score", "auto")
    assert (code, out) == (0, "exact match 100.00, F1 100.00, 2 questions (squad)\n")
    assert json.loads(predictions.read_text()) == {"a": "Smiljan", "b": "Queen Victoria"}


def test_a_model_is_trained_scored_and_answers(run, model, squad, passage, tmp_path):
    code, out, _ = run(
        "lm", "answer", "--model", model, "--passage", passage, "--max-answer-length", 2, "Who?"
    )
    assert code == 0 and out.count("\t") == 3
    code, out, _ = run("lm", "answer", "--model", model, "--squad", squad, "--no-answer", -1e9, "--json")
    assert [json.loads(line)["answer"] for line in out.splitlines()] == ["", ""]
    code, out, _ = run("lm", "evaluate", model, squad, "--json")
    assert code == 0 and json.loads(out)["task"] == "answer" and json.loads(out)["n_questions"] == 2
    code, out, _ = run(
        "lm", "train-answerer", squad, "-o", tmp_path / "new", "--from", model, "--validation", squad,
        "--epochs", 1, "--json", "--quiet",
    )  # fmt: skip
    report = json.loads(out)
    assert code == 0 and report["n_impossible"] == 0 and report["no_answer_threshold"] is None
    assert report["measure"] == "squad" and 0 <= report["f1"] <= 100


def test_what_is_refused(run, model, passage, squad, tmp_path):
    answer = ["lm", "answer"]
    assert fails(run(*answer, "--passage", passage), "There is no question")
    assert fails(run(*answer, "--passage", passage, " "), "There is no question")
    assert fails(run(*answer, "Who?"), "There is no passage", "--passage FILE")
    assert fails(run(*answer, "--passage", tmp_path / "none.txt", "Who?"), "none.txt", "does not exist")
    (tmp_path / "empty.txt").write_text(" \n")
    assert fails(run(*answer, "--passage", tmp_path / "empty.txt", "Who?"), "empty.txt", "holds no text")
    (tmp_path / "bad.txt").write_bytes(b"a\nb\xff")
    assert fails(run(*answer, "--passage", tmp_path / "bad.txt", "Who?"), "bad.txt', line 2", "--encoding")
    assert fails(run(*answer, "--passage", passage, "--stride", 3, "Who?"), "--stride needs --model")
    assert fails(run(*answer, "--passage", passage, "--score", "auto", "Who?"), "--score needs")
    assert fails(run(*answer, "--squad", squad, "Who?"), "--squad holds questions")
    assert fails(run(*answer, "--squad", squad, "--score", "rouge"), "rouge")
    assert fails(
        run(*answer, "--model", tmp_path, "--passage", passage, "Who?"), "config.json", "does not exist"
    )
    assert fails(
        run(*answer, "--model", model, "--passage", passage, "--max-length", 4, "Who?"), "takes 4 tokens"
    )
    (tmp_path / "q.json").write_text('{"data": [}')
    assert fails(run(*answer, "--squad", tmp_path / "q.json"), "q.json", "is not JSON")
    write_squad(tmp_path / "q.json", [questions()[0], questions()[0]])
    done = run(*answer, "--squad", tmp_path / "q.json", "--predictions", tmp_path / "p.json")
    assert fails(done, "1 id of the questions occurs more than once") and not (tmp_path / "p.json").exists()
    assert fails(run("lm", "predict", model, passage), "model for questions", "wordvec lm answer --model")


def test_training_refuses(run, masked, squad, tmp_path):
    train = ["lm", "train-answerer"]
    wrong = PassageQuestion("x", "Who?", PASSAGE, ("Mary",), (3,))
    write_squad(tmp_path / "wrong.json", [wrong, *questions(impossible=False)])
    done = run(*train, tmp_path / "wrong.json", "-o", tmp_path / "m", *SIZES)
    assert fails(done, "wrong.json', question 'x'", "'Mary' is not in its passage", "--missing skip")
    code, out, err = run(*train, tmp_path / "wrong.json", "-o", tmp_path / "m", "--missing", "skip", *SIZES)
    assert code == 0 and "1 answer left out" in err and "questions  2, 0 without" in out
    assert fails(run(*train, squad, "-o", tmp_path / "m", *SIZES), "holds a model", "--overwrite")
    assert fails(run(*train, squad, "-o", tmp_path / "n", "--from", tmp_path / "x"), "does not exist")
    assert fails(
        run("lm", "answer", "--model", masked, "--squad", squad), "AnswerExtractor needs a QuestionAnswerer"
    )
