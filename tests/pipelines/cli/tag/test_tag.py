"""`wordvec tag`: train, evaluate and explain."""

import ast
import inspect
import json

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.cli.tag import train as tag_train
from wordvec.pipelines.metrics.entities import entity_scores, token_accuracy
from wordvec.pipelines.tagging import CRFTagger, TokenFeatures, read_conll

from ..support import fails
from .support import CONLLU, POS_ROWS, SAMPLE, TEXT, conll, on_terminal, rows_of


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "explain"])
def test_help_has_an_example(run, command):
    code, out, _ = run("tag", command, "--help")
    assert code == 0 and f"wordvec tag {command} t" in " ".join(out.split())


def test_without_a_command_it_shows_help(run):
    code, out, err = run("tag")
    assert (code, err) == (0, "") and "Example: wordvec tag train" in " ".join(out.split())
    assert "\n  tag " in run()[1]


def test_help_shows_the_defaults_of_the_estimators():
    of_estimators = {
        name: parameter.default
        for estimator in (TokenFeatures, CRFTagger)
        for name, parameter in inspect.signature(estimator).parameters.items()
    }
    del of_estimators["columns"]  # the command's are those of the file
    checked = 0
    for name, option in inspect.signature(tag_train.train, eval_str=True).parameters.items():
        shown = getattr(option.annotation, "__metadata__", [None])[0].show_default
        if name not in of_estimators or not isinstance(shown, str):
            continue
        assert option.default is None
        expected = of_estimators[name]
        value = shown if isinstance(expected, str) else ast.literal_eval(shown.replace("none", "None"))
        assert value == expected, name
        checked += 1
    assert checked == 9


def test_train_passes_its_options_on(run, tmp_path):
    out = tmp_path / "t.safetensors"
    code, text, err = run(
        "tag", "train", SAMPLE, SAMPLE, "-o", out, "--c1", 0.05, "--c2", 0.02, "--max-iter", 7, "--min-freq", 3,
        "--jobs", 2, "--scheme", "BIOES", "--seed", 5, "--json", "--quiet",
    )  # fmt: skip
    told = [f"{str(SAMPLE)!r}: CoNLL, with the columns token, tag",
            "the sentences: tokens as the tokenizer 'ptb' makes them, which will split raw text"]  # fmt: skip
    assert code == 0 and err == "".join(f"wordvec: Assumed: {clause}.\n" for clause in told)
    corpus, report, loaded = read_conll(SAMPLE), json.loads(text), CRFTagger.load(out)
    letters = {"B": "B", "I": "I"}
    assert letters.keys() < {label[0] for label in report["labels"]} and report["scheme"] == "BIOES"
    from wordvec.pipelines.tagging import convert_tags

    expected = CRFTagger(c1=0.05, c2=0.02, max_iter=7, min_freq=3.0, scheme="BIOES").fit(
        corpus.tokens * 2, convert_tags(corpus.tags, "BIOES") * 2
    )
    assert loaded.predict(corpus.tokens) == expected.predict(corpus.tokens)
    np.testing.assert_array_equal(loaded.model_.state_weights, expected.model_.state_weights)
    assert report["objective"] == expected.objective_ and report["n_iter"] == expected.n_iter_
    assert report["n_sentences"] == 2 * len(corpus) and report["n_tokens"] == 2 * corpus.n_tokens
    assert report["n_features"] == np.count_nonzero(expected.model_.state_weights) + len(
        expected.model_.features.transitions
    )
    assert loaded.random_state == 5 and report["validation_score"] is None


def test_train_reports_as_text(run, tmp_path):
    code, text, _ = run("tag", "train", SAMPLE, "-o", tmp_path / "t", "--max-iter", 5, "--validation", SAMPLE)
    assert code == 0
    for part in (
        "sentences   44\n",
        "labels      7 (B-LOC",
        "IOB2",
        "iterations",
        "objective",
        "(entity F1)",
    ):
        assert part in text


def test_train_with_vectors(run, tmp_path):
    words = ["tarnholm", "Olund", "Velden"]
    tables = [KeyedVectors(np.eye(3, n, dtype=np.float32) + 1, words) for n in (2, 3)]
    paths = [tmp_path / "a.bin", tmp_path / "b.safetensors"]
    for table, path in zip(tables, paths):
        table.save(path)
    out = tmp_path / "t.safetensors"
    code, text, _ = run(
        "tag",
        "train",
        SAMPLE,
        "-o",
        out,
        "--vectors",
        paths[0],
        "--vectors",
        paths[1],
        "--max-iter",
        5,
        "--json",
    )
    assert code == 0 and json.loads(text)["n_vector_weights"] == 5 * 7
    corpus = read_conll(SAMPLE)
    expected = CRFTagger(max_iter=5, vectors=tables).fit(corpus.tokens, corpus.tags)
    np.testing.assert_array_equal(CRFTagger.load(out).model_.dense_OEL, expected.model_.dense_OEL)


def test_columns_targets_and_parts_of_speech(run, write, tmp_path):
    path, out = write("train.txt", conll([POS_ROWS] * 3)), tmp_path / "t"
    names = ("--columns", "token,pos,name")
    assert run("tag", "train", path, "-o", out, *names, "--target", "pos")[0] == 0
    assert CRFTagger.load(out).classes_.tolist() == ["N", "V"] and CRFTagger.load(out).scheme_ is None
    code, text, _ = run("tag", "evaluate", out, path, *names, "--target", "pos", "--json")
    assert code == 0
    assert json.loads(text) == {"n_sentences": 3, "n_tokens": 9, "token_accuracy": 1.0, "entities": None}
    code, text, _ = run("tag", "evaluate", out, path, *names, "--target", "pos")
    assert code == 0 and "token accuracy  1.0000" in text and "precision" not in text


def test_extra_columns_are_features(run, write, tmp_path):
    path, out = write("train.conll", conll([POS_ROWS] * 3)), tmp_path / "t"
    assert run("tag", "train", path, "-o", out, "--extra-columns", "pos")[0] == 0
    loaded = CRFTagger.load(out)
    assert "pos[0]=N" in loaded.attributes_.index_to_attribute
    code, text, _ = run("tag", "predict", out, path)
    assert code == 0
    assert rows_of(text)[0] == [[*row, row[-1]] for row in POS_ROWS]
    assert fails(run("tag", "predict", out, write("a.txt", TEXT)), "pos", "--format conll")
    assert fails(
        run("tag", "predict", out, write("b.conll", "Ada B-PER\n")), "'pos'", "token, tag", "--columns"
    )
    assert fails(run("tag", "train", path, "-o", out, "--extra-columns", "tag"), "'tag'", "both", "--target")


def test_a_tagger_remembers_its_columns(run, write, tmp_path):
    path, out = write("train.txt", conll([POS_ROWS] * 3)), tmp_path / "t"
    assert run("tag", "train", path, "-o", out, "--columns", "token,pos,name", "--target", "pos")[0] == 0
    assert CRFTagger.load(out).file_layout_ == {"columns": ["token", "pos", "name"], "target": "pos"}
    scores = json.loads(run("tag", "evaluate", out, path, "--json")[1])
    assert scores["token_accuracy"] == 1.0 and scores["entities"] is None
    # Of other files the customary names hold.
    two = write("two.txt", conll([[(word, pos) for word, pos, _ in POS_ROWS]]))
    assert json.loads(run("tag", "evaluate", out, two, "--json")[1])["token_accuracy"] == 1.0
    assert fails(run("tag", "evaluate", out, path, "--target", "no"), "token, pos, name")
    again = tmp_path / "again"
    CRFTagger.load(out).save(again)
    assert again.read_bytes() == out.read_bytes()


def test_a_column_of_features_is_found_where_there_are_no_tags(run, write, tmp_path):
    path, out = write("train.conll", conll([POS_ROWS] * 3)), tmp_path / "t"
    assert run("tag", "train", path, "-o", out, "--extra-columns", "pos")[0] == 0
    tagged = rows_of(run("tag", "predict", out, path)[1])[0]
    untagged = write("two.conll", conll([[row[:2] for row in POS_ROWS]]))
    assert rows_of(run("tag", "predict", out, untagged)[1])[0] == [[row[0], row[1], row[3]] for row in tagged]
    assert fails(run("tag", "evaluate", out, untagged), "no column 'pos'")
    # A file with words and tags lacks another column.
    other = write("other.conll", conll([[row[::2] for row in POS_ROWS]]))
    assert fails(run("tag", "predict", out, other), "no column 'pos', but token, tag")


def test_a_tagger_of_conllu_remembers_its_column(run, write, tmp_path):
    path, out = write("train.conllu", CONLLU.replace("PROPN\t_", "PROPN\tNNP") * 3), tmp_path / "t"
    assert run("tag", "train", path, "-o", out, "--target", "xpos")[0] == 0
    assert "NNP" in CRFTagger.load(out).classes_
    assert json.loads(run("tag", "evaluate", out, path, "--json")[1])["token_accuracy"] == 1.0


def test_conllu(run, write, tmp_path):
    path, out = write("train.conllu", CONLLU * 3), tmp_path / "t"
    code, text, _ = run("tag", "train", path, "-o", out, "--json")
    report = json.loads(text)
    assert code == 0 and report["labels"] == ["PRON", "PROPN", "VERB"] and report["n_sentences"] == 3
    expected = [["Ada", "PROPN"], ["wrote", "VERB"], ["it", "PRON"]]
    assert rows_of(run("tag", "predict", out, path)[1]) == [expected] * 3
    other = write("train.txt", CONLLU)
    assert rows_of(run("tag", "predict", out, other, "--format", "conllu")[1]) == [expected]
    assert json.loads(run("tag", "evaluate", out, path, "--json")[1])["token_accuracy"] == 1.0
    assert fails(run("tag", "train", path, "-o", out, "--columns", "a,b"), "Leave --columns out")


def test_chinese_characters(run, write, tmp_path, monkeypatch):
    rows = [("我", "S"), ("爱", "S"), ("北", "B"), ("京", "E")]
    path, out = write("train.conll", conll([rows] * 3, "\t")), tmp_path / "t"
    assert run("tag", "train", path, "-o", out, "--kind", "char", "--json")[0] == 0
    text = write("text.txt", "我爱 北京\n")
    code, found, _ = run("tag", "predict", out, text, "--json")
    prediction = json.loads(found)
    assert code == 0 and prediction["tokens"] == list("我爱北京") and prediction["tags"] == list("SSBE")
    assert [span["text"] for span in prediction["spans"]] == ["我", "爱", "北京"]
    on_terminal(monkeypatch)
    assert run("tag", "predict", out, text)[1] == "我 爱 北京\n"


@pytest.mark.smoke
def test_evaluate(run, tagger, write):
    model, corpus = CRFTagger.load(tagger), read_conll(SAMPLE)
    tags = [["O", *sentence[1:]] for sentence in corpus.tags]
    rows = [list(zip(*pair)) for pair in zip(corpus.tokens, tags)]
    path = write("test.conll", conll(rows))
    predicted = model.predict(corpus.tokens)
    expected = entity_scores(tags, predicted)
    code, text, _ = run("tag", "evaluate", tagger, path, "--json")
    scores = json.loads(text)
    assert code == 0 and scores["entities"] == expected.to_dict() and expected.micro.f1 < 1
    assert scores["token_accuracy"] == token_accuracy(tags, predicted)
    assert (scores["n_sentences"], scores["n_tokens"]) == (44, corpus.n_tokens)
    code, table, _ = run("tag", "evaluate", tagger, path)
    assert code == 0 and f"{expected.micro.f1:.4f}" in table
    for name in ("LOC ", "ORG ", "PER ", "micro average", "macro average", "token accuracy"):
        assert f"\n{name}" in table


@pytest.mark.smoke
def test_evaluate_understands_another_scheme(run, tagger, write):
    from wordvec.pipelines.tagging import convert_tags

    corpus = read_conll(SAMPLE)
    rows = [list(zip(*pair)) for pair in zip(corpus.tokens, convert_tags(corpus.tags, "BIOES"))]
    other = json.loads(run("tag", "evaluate", tagger, write("a.conll", conll(rows)), "--json")[1])
    assert other == json.loads(run("tag", "evaluate", tagger, SAMPLE, "--json")[1])


def test_explain(run, tagger, tmp_path):
    explanation = CRFTagger.load(tagger).explain(2)
    assert run("tag", "explain", tagger, "--top", 2) == (0, f"{explanation}\n", "")
    code, text, _ = run("tag", "explain", tagger, "--top", 2, "--json")
    assert code == 0 and json.loads(text) == explanation.to_dict()
    assert fails(run("tag", "explain", tagger, "--top", 0), "The option --top must be", "0")


def test_explain_draws(run, tagger, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "heat.png"
    code, _, err = run("tag", "explain", tagger, "--plot", path)
    assert code == 0 and path.read_bytes().startswith(b"\x89PNG") and str(path) in err
    assert fails(run("tag", "explain", tagger, "--plot", tmp_path / "heat.pdf"), ".png")


def test_sample_is_legal_and_held_out_words_are_partly_new():
    from wordvec.pipelines.tagging import validate_tags
    from wordvec.pipelines.workflows.demo import N_HELD_OUT

    corpus = read_conll(SAMPLE)
    validate_tags(corpus.tags, "IOB2")
    known = {word for sentence in corpus.tokens[:-N_HELD_OUT] for word in sentence}
    new = {word for sentence in corpus.tokens[-N_HELD_OUT:] for word in sentence} - known
    assert len(corpus) == 44 and len(new) >= 10
