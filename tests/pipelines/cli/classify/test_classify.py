"""`wordvec classify`: train, predict, evaluate and explain."""

import ast
import inspect
import io
import json
import re
import sys

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.classification.classifier import TextClassifier
from wordvec.pipelines.cli.classify import train as classify_train
from wordvec.pipelines.datasets.table_layout import TEXT_NAMES

from ..support import fails

WORDS = {"pos": ["good", "fine", "warm", "funny"], "neg": ["bad", "dull", "cold", "slow"]}


def sentences(n, seed=1):
    """Made-up reviews: two telling words among others, and their class."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(["pos", "neg"], n, p=[0.6, 0.4]).tolist()
    others = ["the", "film", "is", "a", "story", "about", "people", "in", "town"]
    texts = []
    for label in labels:
        words = [*rng.choice(WORDS[label], 2, replace=False), *rng.choice(others, 4)]
        texts.append(" ".join(rng.permutation(words)))
    return texts, labels


TEXTS, LABELS = sentences(60)
CSV = "".join(f"{text},{label}\n" for text, label in [("review", "label"), *zip(TEXTS, LABELS)])


@pytest.fixture(scope="module")
def train_csv(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "train.csv"
    path.write_text(CSV)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    TextClassifier(verbose=False).fit(TEXTS, LABELS).save(path)
    return path


@pytest.fixture(scope="module")
def multi_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("multi") / "m.safetensors"
    labels = [[label, "new"] if "town" in text else [label] for text, label in zip(TEXTS, LABELS)]
    TextClassifier(verbose=False).fit(TEXTS, labels).save(path)
    return path


@pytest.fixture
def write(tmp_path):
    def call(name, text, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return call


@pytest.fixture
def stdin(monkeypatch):
    def put(text, *, is_terminal=False):
        source = io.TextIOWrapper(io.BytesIO(text.encode()))
        monkeypatch.setattr(source, "isatty", lambda: is_terminal, raising=False)
        monkeypatch.setattr(sys, "stdin", source)

    return put


def rows_of(text):
    return [line.split("\t") for line in text.splitlines()]


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "explain"])
def test_help_has_an_example(run, command):
    code, out, _ = run("classify", command, "--help")
    assert code == 0 and re.search(rf"Example: .*wordvec classify {command}", " ".join(out.split()))


def test_without_a_command_it_shows_help(run):
    code, out, err = run("classify")
    assert (code, err) == (0, "") and "Example: wordvec classify train" in " ".join(out.split())
    assert "\n  classify " in run()[1]


def test_help_shows_the_defaults_of_the_estimator():
    defaults = {name: p.default for name, p in inspect.signature(TextClassifier).parameters.items()}
    checked = 0
    for name, option in inspect.signature(classify_train.train, eval_str=True).parameters.items():
        shown = getattr(option.annotation, "__metadata__", [None])[0].show_default
        if name in defaults and isinstance(shown, str):
            expected = defaults[name]
            if expected is None:
                assert shown == "none", name
            else:
                assert (shown if isinstance(expected, str) else ast.literal_eval(shown)) == expected, name
            assert option.default is None
            checked += 1
        elif name in ("n_jobs", "vectors"):
            assert option.default == defaults[name]
    assert checked == 4


def test_train_passes_its_options_on(run, train_csv, tmp_path):
    out = tmp_path / "m.safetensors"
    code, text, err = run(
        "classify", "train", train_csv, train_csv, "-o", out, "--kind", "sentiment", "--class-weight", "balanced",
        "--tokenizer", "whitespace", "--seed", 5, "--jobs", 1, "--quiet", "--json",
    )  # fmt: skip
    assert code == 0 and err.count("\n") == 1
    report = json.loads(text)
    assert "CSV with a header, texts in 'review', labels in 'label'" in err and report["assumed"][0] in err
    expected = TextClassifier(
        "sentiment", class_weight="balanced", tokenizer="whitespace", random_state=5, verbose=False
    ).fit(TEXTS * 2, LABELS * 2)
    loaded = TextClassifier.load(out)
    np.testing.assert_allclose(loaded.predict_proba(TEXTS), expected.predict_proba(TEXTS), atol=1e-3)
    assert loaded.kind == "sentiment" and report["members"] == expected.weights_
    counts = {name: 2 * LABELS.count(name) for name in ("pos", "neg")}
    assert report["classes"] == counts and list(report["classes"]) == ["pos", "neg"]
    assert (report["n_texts"], report["n_empty"], report["multilabel"]) == (120, 0, False)
    assert report["validation_score"] is None and report["model"] == str(out)


@pytest.mark.smoke
def test_train_reports_as_text(run, write, tmp_path):
    test = sentences(20, seed=2)
    path = write("test.tsv", "".join(f"{a}\t{b}\n" for a, b in [("text", "class"), *zip(*test)]))
    train = write("train.csv", CSV + ",neg\n")
    out = tmp_path / "m.safetensors"
    code, text, _ = run("classify", "train", train, "-o", out, "--validation", path)
    assert code == 0
    fields = dict(re.split("  +", line, maxsplit=1) for line in text.splitlines())
    assert fields["texts"] == "61, 1 of them empty"
    assert fields["classes"] == f"2 (pos {LABELS.count('pos')}, neg {LABELS.count('neg') + 1})"
    assert fields["model"] == str(out) and "linear" in fields["members"]
    assert fields["validation"] == f"{TextClassifier.load(out).score(*test):.4f} (accuracy)"


def test_train_with_vectors(run, train_csv, tmp_path):
    words = sorted({word for text in TEXTS for word in text.split()})
    table = KeyedVectors(np.random.default_rng(0).normal(size=(len(words), 4)), words)
    table.save(tmp_path / "v.bin")
    out = tmp_path / "m.safetensors"
    code, text, _ = run(
        "classify", "train", train_csv, "-o", out, "--vectors", tmp_path / "v.bin", "--json", "--quiet"
    )
    assert code == 0 and "document" in json.loads(text)["members"]
    expected = TextClassifier(vectors=table, verbose=False).fit(TEXTS, LABELS)
    # Weights are rounded in files.
    found = TextClassifier.load(out).predict_proba(TEXTS)
    np.testing.assert_allclose(found, expected.predict_proba(TEXTS), atol=1e-3)


def test_several_labels(run, write, tmp_path, stdin):
    lines = [
        f"__label__{label} {'__label__new ' if 'town' in text else ''}{text}\n"
        for text, label in zip(TEXTS, LABELS)
    ]
    path, out = write("train.txt", "".join(lines)), tmp_path / "m.safetensors"
    code, text, _ = run("classify", "train", path, "-o", out, "--quiet", "--validation", path)
    assert code == 0 and "labels" in text and "(all labels right)" in text
    new = "a good fine film about people in town"
    stdin(f"{new}\n")
    code, text, _ = run("classify", "predict", out)
    label = ",".join(TextClassifier.load(out).predict([new])[0])
    assert code == 0 and rows_of(text) == [["label", "text"], [label, new]]
    stdin(f"{new}\n")
    assert json.loads(run("classify", "predict", out, "--json")[1]) == {
        "label": label.split(","),
        "text": new,
    }
    code, text, _ = run("classify", "evaluate", out, path)
    assert code == 0 and text


def test_weights_thresholds_and_at_least_one_label(run, write, tmp_path, stdin):
    def labelled(row, text, label):
        labels = ["rare"] * (row % 15 == 0) + ["town"] * ("town" in text) + [label]
        return " ".join([*(f"__label__{name}" for name in labels), text])

    lines = [f"{labelled(row, *pair)}\n" for row, pair in enumerate(zip(TEXTS, LABELS))]
    path, out = write("train.txt", "".join(lines)), tmp_path / "m.safetensors"
    train = ("classify", "train", path, "-o", out, "--quiet", "--json")
    code, text, _ = run(*train, "--at-least-one", "--class-weight", "rare=5", "--class-weight", "town=2")
    loaded = TextClassifier.load(out)
    assert code == 0 and loaded.at_least_one is True and loaded.class_weight == {"rare": 5.0, "town": 2.0}
    thresholds = dict(zip(loaded.classes_.tolist(), loaded.thresholds_.tolist()))
    assert json.loads(text)["thresholds"] == thresholds
    code, text, _ = run(*train[:-1], "--class-weight", "balanced")
    assert code == 0 and "thresholds" in text and "rare 0." in text
    code, text, _ = run("classify", "evaluate", out, path, "--json")
    thresholds = dict(zip(loaded.classes_.tolist(), TextClassifier.load(out).thresholds_.tolist()))
    assert {score["label"]: score["threshold"] for score in json.loads(text)["scores"]} == thresholds
    single = write("single.csv", "text,label\na good town,pos|town\n")
    assert fails(run("classify", "evaluate", out, single), "'pos|town'", "--label-separator '|'")
    assert run("classify", "evaluate", out, single, "--label-separator", "|")[0] == 0
    # What a text gets is what passes.
    stdin("town\nfilm\n\n")
    code, text, _ = run("classify", "predict", out, "--probabilities", "--json")
    for line in text.splitlines():
        found = json.loads(line)
        passing = [label for label, p in found["probabilities"].items() if p >= thresholds[label]]
        assert found["label"] == passing


def test_predict_prints_a_line_for_each_text(run, model, write):
    texts = ["a good, warm film", "bad\tand\ndull", "", "很好"]
    path = write("new.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in texts))
    classifier = TextClassifier.load(model)
    labels, table = classifier.predict(texts).tolist(), classifier.predict_proba(texts).tolist()
    code, out, err = run("classify", "predict", model, path)
    fields = [" ".join(text.split()) for text in texts]
    assert (code, err) == (0, f"wordvec: Assumed: {str(path)!r}: JSON, texts in 'text'.\n")
    assert rows_of(out) == [["label", "text"], *map(list, zip(labels, fields))]
    code, out, _ = run("classify", "predict", model, path, "-p")
    header, *rows = rows_of(out)
    assert header == ["label", "p(neg)", "p(pos)", "text"] and [row[0] for row in rows] == labels
    np.testing.assert_allclose([list(map(float, row[1:3])) for row in rows], table, atol=1e-6)
    code, out, _ = run("classify", "predict", model, path, "--json", "--probabilities")
    assert [json.loads(line) for line in out.splitlines()] == [
        {"label": label, "probabilities": dict(zip(["neg", "pos"], row)), "text": text}
        for label, row, text in zip(labels, table, texts)
    ]


def test_predict_reads_tables_and_standard_input(run, model, write, stdin):
    path = write("new.csv", "id,comment\n1,good film\n2,dull film\n")
    expected = run("classify", "predict", model, path)[1]
    assert [row[0] for row in rows_of(expected)] == ["label", "pos", "neg"]
    assert run("classify", "predict", model, path, "--text-column", "comment")[1] == expected
    stdin("good film\n\ndull film\n", is_terminal=True)
    code, out, err = run("classify", "predict", model, "-")
    assert code == 0 and "Ctrl-D" in err and "the standard input: a text a line" in err
    # A blank line keeps its place.
    (_, first, second), (_, *rows) = rows_of(expected), rows_of(out)
    assert [first, rows[1][1], second] == [rows[0], "", rows[2]] and len(rows) == 3
    stdin("")
    assert run("classify", "predict", model)[:2] == (0, "label\ttext\n")
    # What it prints it reads.
    again = run("classify", "predict", model, write("again.tsv", expected))
    assert again[1] == expected
    stdin("text,label\nno,yes,why\n")
    assert fails(run("classify", "predict", model), "The standard input, line 2: 3 fields")


def test_predict_in_batches(run, model, write, monkeypatch):
    path = write("new.txt", "".join(f"{text}\n" for text in TEXTS))
    whole = run("classify", "predict", model, path)[1]
    monkeypatch.setattr("wordvec.pipelines.workflows.classified_texts.BATCH", 7)
    assert run("classify", "predict", model, path)[1] == whole


def test_evaluate(run, model, write, tmp_path):
    texts, labels = sentences(30, seed=3)
    labels[:3] = ["pos", "neg", "pos"]
    path = write("test.csv", "".join(f"{a},{b}\n" for a, b in [("text", "label"), *zip(texts, labels)]))
    report = TextClassifier.load(model).evaluate(texts, labels)
    html = tmp_path / "report.html"
    code, out, err = run("classify", "evaluate", model, path, "--html", html)
    assert (code, out) == (0, f"{report.format()}\n") and str(html) in err
    assert html.read_text(encoding="utf-8") == report.to_html()
    code, out, err = run("classify", "evaluate", model, path, path, "--json")
    twice = TextClassifier.load(model).evaluate(texts * 2, labels * 2)
    assert (code, err.count("\n")) == (0, 1) and json.loads(out) == json.loads(json.dumps(twice.to_dict()))


def test_explain(run, model):
    texts = ["a good and warm film", "dull"]
    classifier = TextClassifier.load(model)
    expected = "\n\n".join(classifier.explain(text).format() for text in texts)
    assert run("classify", "explain", model, *texts) == (0, f"{expected}\n", "")
    code, out, _ = run("classify", "explain", model, *texts, "--json")
    found = json.loads(out)
    assert code == 0 and [one["prediction"] for one in found] == ["pos", "neg"]
    assert found[0]["text"] == texts[0]


def test_files_that_cannot_be_used(run, write, model, tmp_path):
    out = tmp_path / "m.safetensors"

    def train(path, *options):
        return run("classify", "train", path, "-o", out, "--quiet", *options)

    assert fails(train(tmp_path / "no.csv"), "no.csv' does not exist")
    assert fails(train(write("a.csv", "id,body\n1,x\n")), "'id', 'body'", "--label-column")
    assert fails(train(write("b.csv", "text;label\nx;y\n")), "'text;label'", "--delimiter ';'")
    assert fails(train(write("c.csv", "text,label\nè,y\n", "latin-1")), "c.csv', line 2", "--encoding")
    assert fails(train(write("d.csv", "text,label\nx,y\nz,\n")), "d.csv', line 3", "label is empty")
    assert fails(train(write("e.txt", "just text\n")), "no labels", "__label__")
    assert fails(train(write("f.csv", "text,label\nx,y\nz,y\n")), "f.csv' have the label 'y'")
    assert fails(
        run("classify", "train", write("h.csv", CSV), "-o", tmp_path / "m.bin"), "m.bin", ".safetensors"
    )
    train_csv = write("train.csv", CSV)
    assert fails(
        train(train_csv, "--validation", write("g.csv", "text,label\nx,odd\n"), "--unseen-labels", "error"),
        "'odd'",
    )
    assert fails(train(train_csv, "--kind", "mood"), "kind", "'mood'")
    for given in ("even", "pos=much", "=", "pos"):
        assert fails(train(train_csv, "--class-weight", given), "--class-weight", f"'{given}'")
    assert fails(
        train(train_csv, "--class-weight", "pos=1", "--class-weight", "pos=2"), "--class-weight", "'pos=2'"
    )
    assert fails(train(train_csv, "--class-weight", "balanced", "--class-weight", "pos=2"), "'balanced'")
    assert fails(train(train_csv, "--class-weight", "odd=2"), "--class-weight", "'odd'")
    assert fails(train(train_csv, "--class-weight", "pos=0"), "--class-weight of 'pos'", "0.0")
    assert fails(train(train_csv, "--vectors", tmp_path / "no.bin"), "no.bin")
    assert fails(run("classify", "train", train_csv, "-o", train_csv), "train.csv' is a file of the corpus")
    assert fails(run("classify", "train", train_csv, "-o", tmp_path / "nowhere" / "m"), "nowhere")
    assert fails(run("classify", "train", train_csv), "--output")
    assert train_csv.read_text() == CSV and not out.exists()


def test_models_that_cannot_be_used(run, model, write, tmp_path):
    path = write("a.csv", CSV)
    half = tmp_path / "half.safetensors"
    half.write_bytes(model.read_bytes()[:-100])
    for command in (["predict", half, path], ["evaluate", half, path], ["explain", half, "text"]):
        assert fails(run("classify", *command), "half.safetensors")
    assert fails(run("classify", "predict", tmp_path / "no.safetensors", path), "no.safetensors")
    assert fails(run("classify", "predict", path, path), "a.csv")
    table = KeyedVectors(np.eye(2, dtype=np.float32), ["a", "b"])
    table.save(tmp_path / "v.safetensors")
    assert fails(run("classify", "predict", tmp_path / "v.safetensors", path), "v.safetensors")


@pytest.mark.parametrize("command", ["predict", "evaluate", "explain"])
def test_numbers_of_threads_are_checked(run, model, train_csv, command):
    assert fails(run("classify", command, model, train_csv, "--jobs", 0), "The option --jobs must", "Got 0")


def test_evaluate_refuses(run, model, write, tmp_path):
    path = write("a.csv", CSV)
    odd = write("b.csv", "text,label\nx,odd\n")
    assert fails(run("classify", "evaluate", model, odd, "--unseen-labels", "error"), "'odd'")
    assert fails(run("classify", "evaluate", model, odd, "--unseen-labels", "x"), "--unseen-labels")
    code, out, _ = run("classify", "evaluate", model, odd)
    assert code == 0 and "odd: 1 text, first in" in out and "b.csv', line 2" in out
    assert fails(run("classify", "evaluate", model, path, "--html", path), "a.csv' is a file")
    assert fails(
        run("classify", "evaluate", model, path, "--html", tmp_path / "nowhere" / "r.html"), "nowhere"
    )
    assert path.read_text() == CSV


def test_the_options_tell_the_customary_names(run):
    assert TEXT_NAMES[0] == "text" and "review" in TEXT_NAMES
    assert "(text, review, ...)" in " ".join(run("classify", "train", "--help")[1].split())
