"""`wordvec lm train-translator` and `translate`: from pairs to translations, on from an interruption; bad input."""

import json
import os
import signal

import pytest

pytest.importorskip("torch")

from wordvec.pipelines.applications import Translator
from wordvec.transformer.training import run as training_run

from ...applications.translation.toy import SOURCES, TARGETS
from ..support import fails
from .support import call

QUICK = [
    "--width", 16, "--layers", 1, "--heads", 2, "--batch", 32, "--learning-rate", 0.01, "--max-length", 24,
    "--vocab-size", 300, "--quiet",
]  # fmt: skip
PAIRS = "".join(f"{s}\t{t}\n" for s, t in zip(SOURCES[:80], TARGETS))


@pytest.fixture(scope="module")
def translator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("translator")
    (folder / "pairs.tsv").write_text(PAIRS, encoding="utf-8")
    call("lm", "train-translator", folder / "pairs.tsv", "-o", folder / "m", "--epochs", 2, *QUICK)
    return folder / "m"


def names_beside(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_training_tells_what_it_did(run, write, tmp_path):
    path = write("pairs.tsv", PAIRS + "\t\nalone\t\n" + PAIRS.splitlines()[0] + "\n")
    code, out, err = run(
        "lm", "train-translator", path, "-o", tmp_path / "m", "--epochs", 1, *QUICK, "--json"
    )
    report = json.loads(out)
    assert code == 0 and "Assumed" in err and "without a header" in err
    assert (report["n_pairs"], report["n_held_out"]) == (72, 8) and report["shared_vocabulary"]
    assert report["cleaning"] == {"empty": 2, "duplicates": 1, "unequal": 0, "too_long": 0}
    assert len(report["signatures"]) == 2 and len(report["loss_curve"]) == report["steps"]
    assert report["assumptions"] == [err.removeprefix("wordvec: Assumed: ").strip().rstrip(".")]
    assert {"wordvec.json", "model.safetensors", "log.csv"} <= {p.name for p in (tmp_path / "m").iterdir()}
    assert names_beside(tmp_path / "m") == ["m", "pairs.tsv"]
    code, out, _ = run(
        "lm", "train-translator", path, "-o", tmp_path / "m", "--overwrite", "--epochs", 1, *QUICK
    )
    assert code == 0 and "2 empty, 1 duplicates" in out and "BLEU" in out and "tok:13a" in out


def test_translations_are_those_of_python(run, write, translator):
    texts = ["one two", "", "six", "three three four"]
    expected = Translator.load(translator).predict(texts)
    path = write("texts.txt", "\n".join(texts) + "\n")
    code, out, err = run("lm", "translate", translator, path)
    assert code == 0 and out.split("\n") == [*expected, ""] and "a text a line" in err
    code, out, _ = run("lm", "translate", translator, path, "--json", "--beams", 2, "--batch", 1)
    assert [json.loads(line)["text"] for line in out.splitlines()] == texts
    table = write("texts.csv", "id,text\n" + "".join(f"{n},{text}\n" for n, text in enumerate(texts) if text))
    assert run("lm", "translate", translator, table)[1].splitlines() == [t for t in expected if t]
    greedy = Translator.load(translator).set_params(num_beams=1).predict(texts)
    assert run("lm", "translate", translator, path, "--beams", 1)[1].split("\n")[:-1] == greedy


def test_evaluate_scores_a_translator(run, write, translator):
    path = write("test.tsv", "".join(PAIRS.splitlines(keepends=True)[:30]))
    code, out, _ = run("lm", "evaluate", translator, path, "--json")
    found = json.loads(out)
    bleu, chrf = Translator.load(translator).evaluate(SOURCES[:30], TARGETS[:30])
    assert code == 0 and (found["task"], found["n_pairs"]) == ("translate", 30)
    assert (found["bleu"], found["chrf_signature"]) == (bleu.score, chrf.signature)


@pytest.mark.slow
def test_two_files_languages_and_validation(run, write, tmp_path):
    english, german = write("a.en", "\n".join(SOURCES[:60])), write("a.de", "\n".join(TARGETS[:60]))
    dev = [write("d.en", "\n".join(SOURCES[60:70])), write("d.de", "\n".join(TARGETS[60:70]))]
    code, out, _ = run(
        "lm", "train-translator", english, german, "-o", tmp_path / "m", "--validation", dev[0], "--validation",
        dev[1], "--epochs", 1, *QUICK, "--json",
    )  # fmt: skip
    assert code == 0 and json.loads(out)["n_held_out"] == 10
    rows = [f"{s}\t{t}\t{tag}\n" for tag in ("de", "xx") for s, t in zip(SOURCES[:40], TARGETS)]
    tagged = write("tagged.tsv", "source\ttarget\tlanguage\n" + "".join(rows))
    code, out, err = run("lm", "train-translator", tagged, "-o", tmp_path / "t", "--epochs", 1, *QUICK)
    assert code == 0 and "languages     de, xx" in out and "language of these in 'language'" in err
    text = write("t.txt", "one two\n")
    assert run("lm", "translate", tmp_path / "t", text, "--language", "de")[0] == 0
    assert fails(
        run("lm", "translate", tmp_path / "t", text),
        "--language must name a language of this model: 'de', 'xx'",
    )
    found = json.loads(run("lm", "evaluate", tmp_path / "t", tagged, "--json")[1])
    assert found["bleu"] == pytest.approx(sum(found["bleu_by_language"].values()) / 2)
    assert found["bleu_by_language"].keys() == {"de", "xx"}
    assert fails(run("lm", "translate", tmp_path / "m", text, "--language", "de"), "--language", "left out")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_loses_nothing_and_a_run_goes_on(run, write, tmp_path, monkeypatch):
    path, out = write("pairs.tsv", PAIRS), tmp_path / "m"
    options = [path, "-o", out, "--epochs", 2, *QUICK]
    assert run("lm", "train-translator", *options)[0] == 0
    whole = (out / "model.safetensors").read_bytes()
    out.rename(tmp_path / "whole")
    (out).mkdir()
    for each in (tmp_path / "whole").iterdir():
        (out / each.name).write_bytes(each.read_bytes())
    note = training_run.TrainingRun._note

    def interrupt(self, *arguments):
        report = note(self, *arguments)
        if report.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return report

    monkeypatch.setattr(training_run.TrainingRun, "_note", interrupt)
    code, _, err = run("lm", "train-translator", *options, "--overwrite")
    assert code == 130 and (
        f"wordvec: interrupted; {out}.run holds the state of training. To continue, add --resume." in err
    )
    assert (out / "model.safetensors").read_bytes() == whole
    monkeypatch.undo()
    other = tmp_path / "n"
    (tmp_path / "m.run").rename(tmp_path / "n.run")
    options[2] = other
    assert fails(run("lm", "train-translator", *options), "unfinished run", "--resume", "--overwrite")
    assert fails(run("lm", "translate", other, path), "does not exist yet", "--resume")
    assert fails(
        run("lm", "train-translator", *options, "--resume", "--batch", 16),
        "another run",
        "same pairs and options",
    )
    assert run("lm", "train-translator", *options, "--resume")[0] == 0
    assert (other / "model.safetensors").read_bytes() == whole
    assert not (tmp_path / "n.run").exists()


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("empty.tsv", "", ["is empty"]),
        ("unequal.tsv", "a\tb\nc\n", ["line 2", "1 field"]),
        ("one.txt", "only text\nof one side\n", ["no columns", "two files"]),
        ("header.tsv", "source\ttarget\n", ["no pairs"]),
        ("blank.tsv", "\t\n \t \n", ["of them hold sentences"]),
        ("half.tsv", "a\t\nb\t\n", ["one of them holds sentences"]),
        ("binary.tsv", "\x00\x01\x02\t\x00" * 50, ["NUL bytes"]),
    ],
)
def test_bad_files_of_pairs(name, text, parts, run, write, tmp_path):
    result = run("lm", "train-translator", write(name, text), "-o", tmp_path / "m", *QUICK)
    assert fails(result, *parts)
    assert names_beside(tmp_path / "m") == [name]


@pytest.mark.slow
def test_files_that_do_not_go_together(run, write, tmp_path, translator):
    three, two = write("a", "1\n2\n3\n"), write("b", "1\n2\n")
    out = tmp_path / "m"
    assert fails(run("lm", "train-translator", three, two, "-o", out, *QUICK), "3 lines", "2 lines")
    (tmp_path / "bin").write_bytes(bytes(range(256)) * 4)
    assert fails(
        run("lm", "train-translator", tmp_path / "bin", "-o", out, *QUICK), "not valid utf-8", "--errors"
    )
    assert fails(run("lm", "train-translator", tmp_path / "none", "-o", out, *QUICK), "does not exist")
    pairs = write("pairs.tsv", PAIRS)
    assert fails(
        run("lm", "train-translator", pairs, "-o", translator, *QUICK), "holds a model", "--overwrite"
    )
    assert fails(run("lm", "train-translator", pairs, "-o", pairs, *QUICK), "is a file")
    assert fails(
        run("lm", "train-translator", pairs, "-o", out, "--resume", "--overwrite"), "Pass one of them"
    )
    for option, value in (("--width", 10**9), ("--layers", 10**12)):
        assert fails(
            run("lm", "train-translator", pairs, "-o", out, "--heads", 1, option, value), "GiB", option
        )
    for option, value in (("--dropout", 2), ("--vocab-size", 20), ("--time", 0), ("--max-length", 2)):
        assert fails(run("lm", "train-translator", pairs, "-o", out, option, value), option)
    assert not out.exists()


def test_models_of_the_wrong_kind(run, causal, translator, write):
    path = write("a.txt", "one two\n")
    assert fails(run("lm", "translate", causal, path), "a model that translates nothing", "train-translator")
    assert fails(run("lm", "translate", path.parent, path), "holds no model")
    assert fails(run("lm", "translate", path.parent / "none", path), "does not exist")
    assert fails(run("lm", "translate", path, path), "is a file")
    assert fails(run("lm", "translate", translator, path.parent / "none.txt"), "does not exist")
    assert fails(run("lm", "generate", translator, "one"), "wordvec lm translate")
    assert fails(run("lm", "predict", translator, path), "wordvec lm translate")
    assert run("lm", "translate", translator, write("empty.txt", ""))[:2] == (0, "")
