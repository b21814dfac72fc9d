"""`wordvec lm train-summarizer` and `summarize`: from pairs to summaries, on from an interruption; bad input."""

import json
import os
import signal

import pytest

pytest.importorskip("torch")

from wordvec.pipelines.applications import AbstractiveSummarizer
from wordvec.pipelines.workflows import SummarizerReport
from wordvec.transformer.training import run as training_run

from ...applications.summarization.toy import SUMMARIES, TEXTS
from ..support import fails
from .support import call

QUICK = [
    "--width", 16, "--layers", 1, "--heads", 2, "--batch", 16, "--learning-rate", 0.01, "--max-source-length", 32,
    "--max-length", 12, "--vocab-size", 400, "--quiet",
]  # fmt: skip
PAIRS = "text\tsummary\n" + "".join(f"{text}\t{summary}\n" for text, summary in zip(TEXTS[:40], SUMMARIES))


@pytest.fixture(scope="module")
def summarizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("summarizer")
    (folder / "pairs.tsv").write_text(PAIRS, encoding="utf-8")
    call("lm", "train-summarizer", folder / "pairs.tsv", "-o", folder / "m", "--epochs", 2, *QUICK)
    return folder / "m"


def names_beside(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_training_tells_what_it_did(run, write, tmp_path):
    again = PAIRS.splitlines()[1]
    path = write("pairs.tsv", PAIRS + f"\t\nalone\t\n{again}\nlong\t{'word ' * 40}\n")
    out = tmp_path / "m"
    code, text, err = run("lm", "train-summarizer", path, "-o", out, "--epochs", 1, *QUICK, "--json")
    report = json.loads(text)
    assert code == 0 and "texts in 'text', the summary of each in 'summary'" in err
    assert report["n_pairs"] + report["n_held_out"] == 40 and report["model"] == str(out)
    assert report["cleaning"] == {"empty": 2, "duplicates": 1, "too_long": 1}
    assert report["assumptions"] == [err.removeprefix("wordvec: Assumed: ").strip().rstrip(".")]
    assert {"wordvec.json", "model.safetensors", "log.csv"} <= {p.name for p in out.iterdir()}
    assert names_beside(out) == ["m", "pairs.tsv"]
    report = SummarizerReport(**report).format()
    assert "2 empty, 1 duplicates, 1 too long" in report and "ROUGE-1, 2, L" in report


def test_summaries_are_those_of_python(run, write, summarizer):
    texts = [TEXTS[3], "", TEXTS[50], "other words"]
    expected = AbstractiveSummarizer.load(summarizer).predict(texts)
    path = write("texts.txt", "\n".join(texts) + "\n")
    code, out, err = run("lm", "summarize", summarizer, path)
    assert code == 0 and out.split("\n") == [*expected, ""] and "a text a line" in err
    code, out, _ = run("lm", "summarize", summarizer, path, "--json", "--batch", 1)
    assert [json.loads(line) for line in out.splitlines()] == [
        {"text": text, "summary": summary} for text, summary in zip(texts, expected)
    ]
    greedy = AbstractiveSummarizer.load(summarizer).set_params(num_beams=1).predict(texts)
    assert run("lm", "summarize", summarizer, path, "--beams", 1)[1].split("\n")[:-1] == greedy
    table = write(
        "texts.csv", "id,text\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate(texts) if text)
    )
    assert run("lm", "summarize", summarizer, table)[1].splitlines() == [s for s in expected if s]
    (whole,) = AbstractiveSummarizer.load(summarizer).predict([" ".join(texts)])
    assert run("lm", "summarize", summarizer, path, "--whole")[1] == whole + "\n"


@pytest.mark.slow
def test_evaluate_scores_a_summarizer(run, write, summarizer):
    path = write("test.tsv", "\n".join(PAIRS.splitlines()[:21]) + "\n")
    code, out, err = run("lm", "evaluate", summarizer, path, "--json")
    found = json.loads(out)
    expected = AbstractiveSummarizer.load(summarizer).evaluate(TEXTS[:20], SUMMARIES[:20])
    assert code == 0 and found["task"] == "summarize" and found["n_texts"] == 20
    assert found["rouge1"]["f1"] == expected.rouge1.f1 and "texts in 'text'" in err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_loses_nothing_and_a_run_goes_on(run, write, tmp_path, monkeypatch, summarizer):
    path, out = write("pairs.tsv", PAIRS), tmp_path / "m"
    options = [path, "-o", out, "--epochs", 2, *QUICK]
    note = training_run.TrainingRun._note

    def interrupt(self, *arguments):
        report = note(self, *arguments)
        if report.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return report

    monkeypatch.setattr(training_run.TrainingRun, "_note", interrupt)
    code, _, err = run("lm", "train-summarizer", *options)
    assert (
        code == 130
        and f"interrupted; {out}.run holds the state of training. To continue, add --resume" in err
    )
    assert not out.exists()
    monkeypatch.undo()
    assert fails(run("lm", "train-summarizer", *options), "unfinished run", "--resume", "--overwrite")
    assert fails(
        run("lm", "summarize", out, path), "does not exist yet", "wordvec lm train-summarizer --resume"
    )
    assert fails(
        run("lm", "train-summarizer", *options, "--resume", "--batch", 8), "another run", "same pairs"
    )
    assert run("lm", "train-summarizer", *options, "--resume")[0] == 0
    whole = (summarizer / "model.safetensors").read_bytes()
    assert (out / "model.safetensors").read_bytes() == whole and not (tmp_path / "m.run").exists()


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("empty.tsv", "", ["is empty"]),
        ("unequal.tsv", "a\tb\nc\n", ["line 2", "1 field"]),
        ("one.txt", "only text\nof one side\n", ["no columns", "a text and its summary"]),
        ("header.tsv", "text\tsummary\n", ["a header and no pairs"]),
        ("half.tsv", "a\t\nb\t\n", ["one of them holds texts", "--text-column", "--summary-column"]),
        ("three.tsv", "a b\tc d\te f\n" * 2, ["3 of them hold texts", "--text-column"]),
        ("list.jsonl", '{"text": ["a", "b"], "summary": "c"}\n', ["is not text"]),
        ("binary.tsv", "\x00\x01\x02\t\x00" * 50, ["NUL bytes"]),
    ],
)
def test_bad_files_of_pairs(name, text, parts, run, write, tmp_path):
    result = run("lm", "train-summarizer", write(name, text), "-o", tmp_path / "m", *QUICK)
    assert fails(result, *parts)
    assert names_beside(tmp_path / "m") == [name]


def test_options_that_do_not_fit(run, write, tmp_path, summarizer):
    pairs, out = write("pairs.tsv", PAIRS), tmp_path / "m"
    three, two = write("a", "1\n2\n3\n"), write("b", "1\n2\n")
    assert fails(run("lm", "train-summarizer", three, two, "-o", out, *QUICK), "3 lines", "2 lines")
    assert fails(run("lm", "train-summarizer", pairs, "-o", summarizer), "holds a model", "--overwrite")
    result = run("lm", "train-summarizer", pairs, "-o", out, "--heads", 1, "--width", 10**9)
    assert fails(result, "GiB", "--width")
    for option, value in (("--max-source-length", 2), ("--selection", "bleu"), ("--coverage", -1)):
        assert fails(run("lm", "train-summarizer", pairs, "-o", out, option, value), option)
    assert not out.exists()


@pytest.mark.slow
def test_models_of_the_wrong_kind(run, causal, summarizer, write):
    path = write("a.txt", "one two\n")
    assert fails(run("lm", "summarize", causal, path), "a model that summarizes nothing", "train-summarizer")
    assert fails(run("lm", "summarize", path.parent / "none", path), "does not exist")
    assert fails(run("lm", "summarize", summarizer, path.parent / "none.txt"), "does not exist")
    for command in ("generate", "predict"):
        assert fails(run("lm", command, summarizer, path), "wordvec lm summarize")
    assert fails(run("lm", "translate", summarizer, path), "holds a summariser", "wordvec lm summarize")
    assert run("lm", "summarize", summarizer, write("empty.txt", ""))[:2] == (0, "")
    assert fails(run("lm", "summarize", summarizer, write("blank.txt", " \n\n"), "--whole"), "is empty")
