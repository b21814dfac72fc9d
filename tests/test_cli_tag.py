import ast
import inspect
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import test_cli
from test_cli import DATA, ENGLISH, fails

from pipelines.cli import tag_train
from pipelines.cli.tag_output import Formatter, Prediction
from pipelines.metrics import entity_scores, token_accuracy
from pipelines.tagging import CRFTagger, TokenFeatures, read_conll
from wordvec import KeyedVectors

run = test_cli.run  # the fixture
SAMPLE = DATA / "sample-ner.conll"
TEXT = "Dr. Mira Olund lives in Tarnholm .\n\nWe sell good wool .\n"
CONLLU = "\n".join(
    ["# text = Ada wrote it"]
    + [
        "\t".join([str(k), word, "_", tag, *"______"])
        for k, (word, tag) in enumerate([("Ada", "PROPN"), ("wrote", "VERB"), ("it", "PRON")], 1)
    ]
    + ["", ""]
)
# Each has a type of word that the next lacks; the last is the tag of parts of speech.
POS_ROWS = [("Ada", "N", "B-PER"), ("reads", "V", "O"), ("books", "N", "O")]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    path = tmp_path_factory.mktemp("tagger") / "t.safetensors"
    corpus = read_conll(SAMPLE)
    CRFTagger(c2=0.1).fit(corpus.tokens, corpus.tags).save(path)
    return path


@pytest.fixture
def stdin(monkeypatch):
    def put(text):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return put


@pytest.fixture
def write(tmp_path):
    def call(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return call


def conll(sentences, sep=" "):
    return "".join("".join(sep.join(row) + "\n" for row in rows) + "\n" for rows in sentences)


def rows_of(text):
    """Return the fields of each line of each sentence."""
    return [[line.split("\t") for line in block.split("\n")] for block in text.strip("\n").split("\n\n")]


def on_terminal(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)


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
        assert shown == expected if isinstance(expected, str) else ast.literal_eval(shown) == expected, name
        checked += 1
    assert checked == 6


def test_train_passes_its_options_on(run, tmp_path):
    out = tmp_path / "t.safetensors"
    code, text, err = run(
        "tag", "train", SAMPLE, SAMPLE, "-o", out, "--c1", 0.05, "--c2", 0.02, "--max-iter", 7, "--min-freq", 3,
        "--jobs", 2, "--scheme", "BIOES", "--seed", 5, "--json", "--quiet",
    )  # fmt: skip
    assert (code, err) == (0, "")
    corpus, report, loaded = read_conll(SAMPLE), json.loads(text), CRFTagger.load(out)
    letters = {"B": "B", "I": "I"}
    assert letters.keys() < {label[0] for label in report["labels"]} and report["scheme"] == "BIOES"
    from pipelines.tagging import convert_tags

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
    assert fails(run("tag", "train", path, "-o", out, "--columns", "a,b"), "--columns", "Leave it out")


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


def test_predict_text_as_conll(run, tagger, write, stdin):
    model, path = CRFTagger.load(tagger), write("a.txt", TEXT)
    sentences = [line.split() for line in TEXT.splitlines() if line]
    expected = [list(map(list, zip(s, tags))) for s, tags in zip(sentences, model.predict(sentences))]
    code, text, err = run("tag", "predict", tagger, path)
    assert (code, err) == (0, "") and rows_of(text) == expected
    for arguments in ([], ["-"]):
        stdin(TEXT)
        assert run("tag", "predict", tagger, *arguments) == (0, text, "")


def test_predict_tells_columns_from_text(run, tagger, write, stdin):
    rows = [("Olund", "NN", "B-PER"), ("sang", "V", "O"), (".", ".", "B-NEW")]
    path = write("test.txt", conll([rows, rows]))
    code, text, _ = run("tag", "predict", tagger, path)
    assert (
        code == 0 and [[row[:3] for row in block] for block in rows_of(text)] == [list(map(list, rows))] * 2
    )
    stdin(path.read_text())
    assert run("tag", "predict", tagger) == (0, text, "")
    # One bad line does not make it text.
    bad = write("bad.txt", conll([rows] * 5) + "odd line here too\n")
    assert fails(run("tag", "predict", tagger, bad), "bad.txt", "line 21", "4 columns")
    stdin(bad.read_text())
    assert fails(run("tag", "predict", tagger), "The standard input, line 21")
    assert run("tag", "predict", tagger, bad, "--format", "text")[0] == 0
    # Many lines with equally many columns are no text, whatever stands in them; three may be.
    words = [("Olund", "x"), ("sang", "y"), (".", "z")]
    assert len(rows_of(run("tag", "predict", tagger, write("many.txt", conll([words] * 10)))[1])) == 10
    assert rows_of(run("tag", "predict", tagger, write("few.txt", conll([words])))[1])[0][1][0] == "x"


def test_what_is_written_can_be_read_again(run, tagger, write):
    path = write("tagged.conll", run("tag", "predict", tagger, SAMPLE)[1])
    again = read_conll(path, ("token", "gold", "tag"))
    assert again.column("gold") == read_conll(SAMPLE).tags
    assert again.tags == CRFTagger.load(tagger).predict(again.tokens)


def test_predict_json_with_nbest_and_marginals(run, tagger, write):
    model = CRFTagger.load(tagger)
    path = write("a.txt", TEXT)
    code, text, _ = run("tag", "predict", tagger, path, "--json", "--nbest", 3, "--marginals")
    found = [json.loads(line) for line in text.splitlines()]
    assert code == 0 and len(found) == 2
    tokens = TEXT.splitlines()[0].split()
    assert found[0]["tokens"] == tokens and found[0]["tags"] == model.predict([tokens])[0]
    person = {"type": "PER", "start": 1, "end": 3, "text": "Mira Olund"}
    assert found[0]["spans"] == [person, {"type": "LOC", "start": 5, "end": 6, "text": "Tarnholm"}]
    best = [(item["tags"], item["probability"]) for item in found[0]["nbest"]]
    assert best == model.predict_nbest([tokens], 3)[0]
    rows = [[row[label] for label in model.classes_] for row in found[0]["marginals"]]
    assert rows == model.predict_marginals([tokens])[0].tolist()


def test_predict_conll_with_nbest_and_marginals(run, tagger, write):
    model, tokens = CRFTagger.load(tagger), TEXT.splitlines()[0].split()
    path = write("a.txt", TEXT.splitlines()[0])
    blocks = rows_of(run("tag", "predict", tagger, path, "--nbest", 2, "--marginals")[1])
    marginals = model.predict_marginals([tokens])[0]
    for rank, (block, (tags, p)) in enumerate(
        zip(blocks, model.predict_nbest([tokens], 2)[0], strict=True), 1
    ):
        assert block[0] == [f"# {rank} {p:.6f}"]
        shown = [f"{row[model.classes_ == tag][0]:.6f}" for row, tag in zip(marginals, tags)]
        assert block[1:] == list(map(list, zip(tokens, tags, shown)))


def test_batches_do_not_show(run, tagger, monkeypatch):
    whole = run("tag", "predict", tagger, SAMPLE)
    monkeypatch.setattr("pipelines.cli.tag_predict.BATCH", 7)
    assert run("tag", "predict", tagger, SAMPLE) == whole


def test_colours_on_a_terminal(run, tagger, write, monkeypatch):
    path = write("a.txt", TEXT)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in run("tag", "predict", tagger, path)[1]
    on_terminal(monkeypatch)
    plain = "Dr. Mira Olund[PER] lives in Tarnholm[LOC] .\nWe sell good wool .\n"
    coloured = run("tag", "predict", tagger, path)[1]
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert re.findall(r"((?:\x1b\[\d+m)+)([^\x1b]+)\x1b\[0m", coloured) == [
        ("\x1b[32m\x1b[1m", "Mira Olund[PER]"),
        ("\x1b[36m\x1b[1m", "Tarnholm[LOC]"),
    ]
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("tag", "predict", tagger, path)[1] == plain
    best = run("tag", "predict", tagger, path, "--nbest", 2)[1].splitlines()
    assert best[0].endswith("  " + plain.splitlines()[0]) and float(best[0].split()[0]) > 0.5
    assert len(best) == 6 and best[2] == best[5] == ""
    model, tokens = CRFTagger.load(tagger), TEXT.splitlines()[0].split()
    marginals = model.predict_marginals([tokens])[0]
    p = min(marginals[1, model.classes_ == "B-PER"], marginals[2, model.classes_ == "I-PER"])[0]
    assert f"Mira Olund[PER {p:.2f}]" in run("tag", "predict", tagger, path, "--marginals")[1]
    assert run("tag", "predict", tagger, path, "--json")[1].startswith('{"tokens"')


def test_tags_that_are_no_spans_stand_behind_words():
    prediction = Prediction(
        ["Ada", "reads"], ["N", "V"], [["Ada"], ["reads"]], [], np.array([[0.9, 0.1], [0, 1]])
    )
    formatter = Formatter(["N", "V"], has_spans=False, between=" ", colour=False)
    assert formatter.text(prediction) == "Ada/N 0.90 reads/V 1.00"
    assert "spans" not in json.loads(formatter.json(prediction))
    coloured = Formatter(["N", "V"], has_spans=False, between=" ", colour=True).text(prediction)
    assert coloured == "Ada\x1b[36m\x1b[1m/N 0.90\x1b[0m reads\x1b[33m\x1b[1m/V 1.00\x1b[0m"


def test_tokenizers(run, tagger, write):
    path = write("a.txt", "Mira, Olund\n")

    def tokens(*options):
        return json.loads(run("tag", "predict", tagger, path, "--json", *options)[1])["tokens"]

    assert tokens() == ["Mira,", "Olund"]
    assert tokens("--tokenizer", "word") == ["Mira", "Olund"]
    assert tokens("--tokenizer", "chars") == list("Mira,Olund")
    assert fails(run("tag", "predict", tagger, path, "--tokenizer", "no"), "tokenizer", "chars")
    assert fails(run("tag", "predict", tagger, SAMPLE, "--tokenizer", "word"), "--tokenizer", "Leave it out")


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


def test_evaluate_understands_another_scheme(run, tagger, write):
    from pipelines.tagging import convert_tags

    corpus = read_conll(SAMPLE)
    rows = [list(zip(*pair)) for pair in zip(corpus.tokens, convert_tags(corpus.tags, "BIOES"))]
    other = json.loads(run("tag", "evaluate", tagger, write("a.conll", conll(rows)), "--json")[1])
    assert other == json.loads(run("tag", "evaluate", tagger, SAMPLE, "--json")[1])


def test_explain(run, tagger, tmp_path):
    explanation = CRFTagger.load(tagger).explain(2)
    assert run("tag", "explain", tagger, "--top", 2) == (0, f"{explanation}\n", "")
    code, text, _ = run("tag", "explain", tagger, "--top", 2, "--json")
    assert code == 0 and json.loads(text) == explanation.to_dict()
    assert fails(run("tag", "explain", tagger, "--top", 0), "topn", "0")


def test_explain_draws(run, tagger, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "heat.png"
    code, _, err = run("tag", "explain", tagger, "--plot", path)
    assert code == 0 and path.read_bytes().startswith(b"\x89PNG") and str(path) in err
    assert fails(run("tag", "explain", tagger, "--plot", tmp_path / "heat.pdf"), ".png")


def test_output_is_refused_before_training(run, write, tmp_path, monkeypatch):
    monkeypatch.setattr(CRFTagger, "fit", lambda *_: pytest.fail("it trained"))
    before = conll([POS_ROWS])
    path = write("train.conll", before)
    assert fails(run("tag", "train", path, "-o", path), "train.conll", "is a file that is read")
    assert fails(run("tag", "train", SAMPLE, "-o", path, "--validation", path), "is a file that is read")
    assert fails(run("tag", "train", path, "-o", tmp_path / "no" / "t"), "does not exist", "Create")
    assert fails(run("tag", "train", path, "-o", tmp_path), "is a folder")
    assert path.read_text() == before and [p.name for p in tmp_path.iterdir()] == ["train.conll"]


def test_files_that_are_no_taggers(run, tagger, tmp_path):
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(tagger.read_bytes()[:-100])
    for command, *more in (["predict", SAMPLE], ["evaluate", SAMPLE], ["explain"]):
        assert fails(run("tag", command, SAMPLE, *more), "sample-ner.conll", "cannot be read as a tagger")
        assert fails(run("tag", command, cut, *more), "cut.safetensors", "cannot be read as a tagger")
        assert fails(run("tag", command, tmp_path / "no", *more), "no tagger file")
    features = tmp_path / "features.safetensors"
    CRFTagger().fit([[["w=a"], ["w=b"]]], [["A", "B"]]).save(features)
    assert fails(run("tag", "predict", features, SAMPLE), "lists of features", "Use it from Python")
    assert run("tag", "explain", features)[0] == 0


def test_files_with_other_columns(run, tagger, write, tmp_path):
    out = tmp_path / "t"
    assert fails(run("tag", "train", ENGLISH, "-o", out), "sample-en.txt", "columns", "line")
    words = write("words.conll", "Ada\nreads\n")
    assert fails(run("tag", "train", words, "-o", out), "no column 'tag'", "--target")
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--target", "pos"), "no column 'pos'", "token, tag")
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--columns", "word,tag"), "no column 'token'")
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--columns", "token,pos,tag"), "2 columns", "3")
    assert fails(
        run("tag", "train", SAMPLE, "-o", out, "--validation", words), "words.conll", "no column 'tag'"
    )
    assert fails(run("tag", "evaluate", tagger, words), "words.conll", "no column 'tag'")
    assert fails(
        run("tag", "evaluate", tagger, write("pos.conll", "Ada NN\n")), "'tag'", "no spans", "--target"
    )
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--target", "token"), "'token'", "both")
    assert fails(run("tag", "train", SAMPLE, "-o", out, "--format", "conllu"), "line 1", "columns")
    assert not out.exists()


def test_bad_values(run, tagger, write, tmp_path):
    out = tmp_path / "t"

    def train(*options):
        return run("tag", "train", SAMPLE, "-o", out, *options)

    assert fails(train("--algorithm", "adam"), "algorithm", "'adam'")
    assert fails(train("--c1", -1), "c1", "CRFTagger")
    assert fails(train("--c1", 1, "--algorithm", "sgd"), "c1", "lbfgs")
    assert fails(train("--max-iter", 0), "max_iter")
    assert fails(train("--scheme", "BIO"), "scheme", "'BIO'", "IOB2")
    assert fails(train("--kind", "byte"), "kind", "'byte'")
    assert fails(train("--format", "text"), "format", "'text'")
    assert fails(train("--encoding", "utf-9"), "encoding", "'utf-9'")
    assert fails(train("--vectors", tmp_path / "no.bin"), "no.bin", "does not exist")
    assert fails(train("--nonsense"), "--nonsense", "wordvec tag train --help")
    assert fails(run("tag", "nonsense"), "nonsense", "wordvec tag --help")
    assert fails(run("tag", "train", tmp_path / "no", "-o", out), "does not exist")
    pos = write("pos.conll", conll([[row[:2] for row in POS_ROWS]]))
    assert fails(run("tag", "train", pos, "-o", out, "--scheme", "BIOES"), "no spans", "BIOES")
    assert fails(run("tag", "predict", tagger, SAMPLE, "--nbest", 0), "nbest", "0")
    assert fails(run("tag", "predict", tagger, tmp_path / "no.txt"), "no.txt", "does not exist")
    assert fails(run("tag", "predict", tagger, SAMPLE, "--format", "xml"), "format", "'xml'")
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Caf\xe9 Olund\n".encode("latin-1"))
    assert fails(run("tag", "predict", tagger, latin), "latin.txt", "utf-8")
    assert run("tag", "predict", tagger, latin, "--encoding", "latin-1")[1].startswith("Café\t")
    assert not out.exists()


def test_empty_input_gives_empty_output(run, tagger, stdin, write):
    stdin("\n\n")
    assert run("tag", "predict", tagger) == (0, "", "")
    assert fails(run("tag", "evaluate", tagger, write("empty.conll", "\n")), "no sentence")


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_the_reader_of_the_output_may_leave(tagger):
    code = "from pipelines.cli import main; main()"
    script = f"{sys.executable} -c {code!r} tag predict {tagger} - | head -n 1"
    text = TEXT * 20_000
    done = subprocess.run(["bash", "-c", script], input=text, capture_output=True, text=True, check=False)
    assert done.stderr == "" and done.stdout == "Dr.\tO\n"


def test_sample_is_legal_and_held_out_words_are_partly_new():
    from pipelines.cli.tag_demo import N_HELD_OUT
    from pipelines.tagging import validate_tags

    corpus = read_conll(SAMPLE)
    validate_tags(corpus.tags, "IOB2")
    known = {word for sentence in corpus.tokens[:-N_HELD_OUT] for word in sentence}
    new = {word for sentence in corpus.tokens[-N_HELD_OUT:] for word in sentence} - known
    assert len(corpus) == 44 and len(new) >= 10


def test_demo_of_tagging(tmp_path):
    from pipelines.cli.tag_demo import run_tagging_demo

    out = tmp_path / "t.safetensors"
    demo = run_tagging_demo(out)
    corpus = read_conll(SAMPLE)
    loaded = CRFTagger.load(out)
    assert demo.f1 == loaded.score(corpus.tokens[-10:], corpus.tags[-10:]) >= 0.85
    assert demo.n_sentences == 34 and len(demo.examples) == 3 and Path(out).exists()
    assert demo.examples[0] == "Mrs. Gretel Fenlow[PER] works at Brightwater Hospital[ORG] ."
