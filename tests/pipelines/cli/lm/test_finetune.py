"""`wordvec lm finetune`: classifiers and taggers from a pretrained model, and what does not fit."""

import json
import os
import re
import signal

import pytest

from wordvec.schemes import convert_tags
from wordvec.transformer import TransformerClassifier, TransformerTagger
from wordvec.transformer.training import run as training_run

from ....transformer.estimators.support import NEW_TEXTS, TAGGED, TAGS, TEXTS, sentences
from ..support import fails
from .support import conll, table


@pytest.mark.smoke
def test_finetune_and_evaluate_a_classifier(run, masked, write, tmp_path):
    texts, labels = sentences(30, 5)
    train, test = write("train.csv", table(texts, labels)), write("test.csv", table(*sentences(20, 6)))
    out = tmp_path / "model"
    options = [
        "--epochs",
        2,
        "--batch",
        8,
        "--learning-rate",
        0.01,
        "--max-length",
        14,
        "--seed",
        3,
        "--quiet",
    ]
    code, text, err = run(
        "lm", "finetune", masked, train, "-o", out, "--validation", test, *options, "--json"
    )
    report = json.loads(text)
    assert code == 0 and report["labels"] == ["neg", "pos"] and report["steps"] == 8
    same = TransformerClassifier(
        masked, epochs=2, batch_size=8, learning_rate=0.01, max_length=14, random_state=3, verbose=False
    ).fit(texts, labels)
    loaded = TransformerClassifier.load(out)
    assert (loaded.predict_proba(NEW_TEXTS) == same.predict_proba(NEW_TEXTS)).all()
    accuracy = same.score(*sentences(20, 6))
    assert report["validation_score"] == accuracy and report["validation_measure"] == "accuracy"
    scores = json.loads(run("lm", "evaluate", out, test, "--json")[1])
    assert scores["task"] == "classify" and scores["accuracy"] == accuracy
    assert "macro F1" in run("lm", "evaluate", out, test)[1]
    assert fails(run("lm", "finetune", masked, train, "-o", out, *options), "holds a model", "--overwrite")
    text = run("lm", "finetune", masked, train, "-o", out, "--overwrite", *options)[1]
    assert re.search(r"texts +30\n", text) and "(nats a text)" in text


def test_finetune_counts_what_it_cuts(run, causal, write, tmp_path):
    train = write("train.csv", table([f"{text} {text} {text}" for text in TEXTS[:16]], ["a", "b"] * 8))
    code, text, err = run("lm", "finetune", causal, train, "-o", tmp_path / "m", "--epochs", 1, "--quiet")
    assert code == 0 and "16 of them cut" in text and "16 of 16 texts" in err
    result = run("lm", "finetune", causal, train, "-o", tmp_path / "n", "--truncation", "error", "--quiet")
    assert fails(result, "Text 0", "--truncation")


@pytest.mark.smoke
@pytest.mark.parametrize("crf", [[], ["--crf"]])
def test_finetune_and_evaluate_a_tagger(run, masked, write, tmp_path, crf):
    tags = [[tag if tag == "O" else "B-QUAL" for tag in row] for row in TAGS]
    train, test = write("train.conll", conll(TAGGED, tags)), write("test.conll", conll(TAGGED[:9], tags[:9]))
    out = tmp_path / "model"
    options = ["--task", "tag", "--epochs", 6, "--batch", 8, "--learning-rate", 0.01, "--quiet", *crf]
    code, text, _ = run("lm", "finetune", masked, train, "-o", out, "--validation", test, *options)
    assert code == 0 and "1.0000 (entity F1)" in text and re.search(r"sentences +80\n", text)
    assert TransformerTagger.load(out).predict([["good", "film"]]) == [["B-QUAL", "O"]]
    scores = json.loads(run("lm", "evaluate", out, test, "--json")[1])
    assert (
        scores["task"] == "tag"
        and scores["token_accuracy"] == 1.0
        and scores["entities"]["micro"]["f1"] == 1.0
    )
    assert "micro average" in run("lm", "evaluate", out, test)[1]


def test_finetune_refuses_what_does_not_fit(run, masked, write, tmp_path):
    train, out = write("train.csv", table(TEXTS, ["a", "b"] * 40)), tmp_path / "model"
    assert fails(run("lm", "finetune", masked, train, "-o", out, "--task", "answer"), "--task", "'tag'")
    assert fails(run("lm", "finetune", masked, train, "-o", out, "--crf"), "--crf", "--task tag")
    assert fails(run("lm", "finetune", masked, train, "-o", masked), "is a source of this run")
    assert fails(run("lm", "finetune", tmp_path / "no", train, "-o", out), "does not exist")
    assert fails(run("lm", "finetune", masked, train, "-o", out, "--epochs", 0), "--epochs")
    assert fails(run("lm", "finetune", masked, train, "-o", out, "--batch", 0), "--batch")
    assert fails(
        run("lm", "finetune", masked, train, "-o", out, "--label-column", "no"), "'no'", "--label-column"
    )
    assert fails(
        run("lm", "finetune", masked, write("one.csv", table(TEXTS[:3], "aaa")), "-o", out), "two classes"
    )
    several = write(
        "several.jsonl", '{"text": "good", "label": ["a", "b"]}\n{"text": "bad", "label": ["a"]}\n'
    )
    assert fails(run("lm", "finetune", masked, several, "-o", out), "Text 0", "one class")
    one_tag = write("one.conll", conll([["good"], ["bad"]], [["O"], ["O"]]))
    assert fails(
        run("lm", "finetune", masked, one_tag, "-o", out, "--task", "tag"), "two different tags", "['O']"
    )
    assert not out.exists()


@pytest.mark.parametrize(
    ("letter", "scheme", "crf"),
    [
        ("I", "BIOS", True),
        pytest.param("I", "BIOS", False, marks=pytest.mark.slow),
        pytest.param("M", "BMS", True, marks=pytest.mark.slow),
        pytest.param("E", "BIOES", True, marks=pytest.mark.slow),
    ],
)
def test_finetune_tags_of_every_scheme(run, masked, write, tmp_path, letter, scheme, crf):
    words = [["good", "bad", "film", "dull"], ["the", "good", "film"]]
    tags = [["B-X", f"{letter}-X", "O", "S-X"], ["O", "S-X", "S-X"]]
    path, out = write("a.conll", conll(words * 8, tags * 8)), tmp_path / "m"
    options = ["--task", "tag", *["--crf"] * crf, "--epochs", 12, "--batch", 4, "--learning-rate", 0.03]
    code, text, err = run(
        "lm", "finetune", masked, path, "-o", out, *options, "--quiet", "--validation", path, "--json"
    )
    report = json.loads(text)
    assert code == 0 and "legal" not in err and report["validation_measure"] == "entity F1"
    tagger = TransformerTagger.load(out)
    assert tagger.scheme_ == scheme and tagger.predict(words) == tags
    scores = json.loads(run("lm", "evaluate", out, path, "--json")[1])
    assert scores["entities"]["micro"]["f1"] == scores["token_accuracy"] == 1
    other = write("b.conll", conll(words * 8, convert_tags(tags, "IOB2") * 8))
    assert json.loads(run("lm", "evaluate", out, other, "--json")[1])["token_accuracy"] == 1
    found = json.loads(run("lm", "predict", out, write("t.txt", "good bad film dull"), "--json")[1])
    assert [(s["type"], s["token_start"], s["token_end"]) for s in found["spans"]] == [
        ("X", 0, 2),
        ("X", 3, 4),
    ]


def test_finetune_converts_to_a_scheme(run, masked, write, tmp_path):
    path = write("a.conll", conll([["good", "film", "dull"]] * 8, [["B-X", "I-X", "I-X"]] * 8))
    options = ["--task", "tag", "--epochs", 1, "--quiet", "--overwrite", "-o", tmp_path / "m"]
    for scheme, classes in (
        ("BIOES", ["B-X", "E-X", "I-X"]),
        ("IOE2", ["E-X", "I-X"]),
        ("none", ["B-X", "I-X"]),
    ):
        assert run("lm", "finetune", masked, path, *options, "--scheme", scheme)[0] == 0
        tagger = TransformerTagger.load(tmp_path / "m")
        assert tagger.classes_.tolist() == classes
        assert tagger.scheme_ == (None if scheme == "none" else scheme)
    table_file = write("a.csv", table(["good"] * 4, list("abab")))
    result = run("lm", "finetune", masked, table_file, "-o", tmp_path / "c", "--scheme", "IOB2")
    assert fails(result, "--scheme goes with --task tag")


def test_labels_that_training_never_saw_are_errors(run, masked, write, tmp_path):
    train, test = (
        write("train.csv", table(TEXTS[:8], "abababab")),
        write("test.csv", table(TEXTS[:4], "abca")),
    )
    arguments = ["lm", "finetune", masked, train, "-o", tmp_path / "model", "--epochs", 1, "--batch", 4]
    code, text, _ = run(*arguments, "--quiet", "--validation", test, "--json")
    report = json.loads(text)
    assert code == 0 and report["validation_score"] <= 0.75
    (unseen,) = report["unseen"]
    assert (unseen["label"], unseen["n_texts"], unseen["row"]) == ("c", 1, 2)
    assert "test.csv" in unseen["place"] and "4" in unseen["place"]
    code, text, _ = run(*arguments, "--quiet", "--validation", test, "--overwrite")
    assert code == 0 and "unseen labels" in text and "c: 1 text, first in" in text


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("task", ["classify", "tag", "answer"])
def test_half_a_training_replaces_no_model(run, masked, write, tmp_path, monkeypatch, task):
    train = write("train.csv", table(*sentences(30, 5)))
    arguments = ["lm", "finetune", masked, train]
    if task == "tag":
        arguments = ["lm", "finetune", masked, write("train.conll", conll(TAGGED, TAGS)), "--task", "tag"]
    if task == "answer":
        entry = {"id": "1", "question": "who ?", "answers": [{"text": "film", "answer_start": 4}]}
        paragraphs = [{"context": "the film", "qas": [{**entry, "id": str(k)} for k in range(9)]}]
        squad = write("train.json", json.dumps({"version": "1.1", "data": [{"paragraphs": paragraphs}]}))
        arguments = ["lm", "train-answerer", squad, "--from", masked, "--max-length", 16, "--stride", 2]
    out = tmp_path / "model"
    given = [*arguments, "-o", out, "--batch", 4, "--quiet", "--overwrite"]
    assert run(*given, "--epochs", 1)[0] == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    note = training_run.TrainingRun._note

    def interrupt(self, *others):
        report = note(self, *others)
        if report.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return report

    monkeypatch.setattr(training_run.TrainingRun, "_note", interrupt)
    code, _, err = run(*given, "--epochs", 3)
    place = tmp_path / "model.interrupted"
    assert code == 130 and f"wordvec: interrupted; {place} holds what was learned so far." in err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert (place / "model.safetensors").exists()
