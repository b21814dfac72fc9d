"""`wordvec lm demonstrate`: what Python computes, as text, JSON, chats and labels; bad input in one line."""

import io
import json
import sys

import numpy as np
import pytest

from wordvec import KeyedVectors
from wordvec.pipelines.prompting import DemonstrationSelector, InContextClassifier, PromptTemplate
from wordvec.tokenizers import Tokenizer

from ..support import fails

TEXTS = ["a warm and funny film", "dull and far too long", "the camera broke", "a fine camera", "a bad film"]
LABELS = ["pos", "neg", "neg", "pos", "neg"]
QUERIES = ["a long film but funny", "the camera is fine"]
EXAMPLE = r"Review: {text}\nSentiment: {label}"
TEMPLATE = "Review: {text}\nSentiment: {label}"


@pytest.fixture
def files(write):
    """Examples with labels, and queries."""
    rows = "".join(f"{text}\t{label}\n" for text, label in zip(["text", *TEXTS], ["label", *LABELS]))
    return write("examples.tsv", rows), write("queries.txt", "".join(f"{query}\n" for query in QUERIES))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A decoder that was not trained, with its tokenizer."""
    pytest.importorskip("torch")
    from wordvec.transformer import DecoderModel, TransformerConfig

    path = tmp_path_factory.mktemp("decoder")
    words = [f"Review: {text} Sentiment: {label} good bad Text: Label:" for text, label in zip(TEXTS, LABELS)]
    tokenizer = Tokenizer.train_from_texts([*words, *QUERIES], "word")
    config = TransformerConfig.gpt(
        tokenizer.vocab_size, hidden_size=8, num_layers=1, num_heads=1, max_length=40
    )
    DecoderModel(config, seed=1).save_pretrained(path)
    tokenizer.save(path)
    return path


def selector(**options):
    return DemonstrationSelector(**{"method": "bm25", "template": TEMPLATE} | options).fit(TEXTS, LABELS)


def test_help_shows_the_defaults_behind_it(run):
    code, out, err = run("lm", "demonstrate", "--help")
    text = " ".join(out.split())
    assert (code, err) == (0, "")
    assert "Example: wordvec lm demonstrate" in text
    shown = DemonstrationSelector()
    for option, value in (("-k, --k N", shown.k), ("--order", shown.order), ("--seed N", shown.random_state)):
        assert f"[default: ({value})]" in text[text.index(option) :].partition("--template")[0], option
    assert PromptTemplate().example.replace("\n", r"\n") in text


def test_prompts(run, files):
    code, out, err = run("lm", "demonstrate", *files, "-k", 2, "--template", EXAMPLE)
    first, second = selector(k=2).prompts(QUERIES)
    assert (code, out) == (0, f"{first}\n{'-' * 40}\n{second}\n")
    assert "Assumed: method 'bm25', as no vectors are given." in err


def test_json_chats_and_the_standard_input(run, files, monkeypatch):
    words = {"pos": "good", "neg": "bad"}
    template = PromptTemplate(TEMPLATE, instruction="Judge.", verbalizers=words)
    chosen = selector(k=2, template=template, balance=True, order="best_first")
    options = [
        "-k",
        2,
        "--template",
        EXAMPLE,
        "--instruction",
        "Judge.",
        "--words",
        "pos=good,neg=bad",
        "--balance",
    ]
    stdin = io.TextIOWrapper(io.BytesIO("\n".join(QUERIES).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    code, out, _ = run("lm", "demonstrate", files[0], *options, "--order", "best_first", "--json")
    prompts, examples = chosen.prompts(QUERIES), chosen.demonstrations(QUERIES)
    expected = [
        {"text": text, "prompt": prompt, "examples": some}
        for text, prompt, some in zip(QUERIES, prompts, examples)
    ]
    assert code == 0
    assert list(map(json.loads, out.splitlines())) == expected
    code, out, _ = run("lm", "demonstrate", *files, *options, "--order", "best_first", "--chat")
    assert list(map(json.loads, out.splitlines())) == [{"messages": one} for one in chosen.messages(QUERIES)]


@pytest.mark.parametrize("method", [None, "knn", "mmr", "coverage"])
def test_vectors(run, files, tmp_path, method):
    words = sorted({word for text in TEXTS for word in text.split()})
    vectors = KeyedVectors(np.random.default_rng(1).normal(size=(len(words), 4)).astype(np.float32), words)
    vectors.save(tmp_path / "v.safetensors")
    options = [] if method is None else ["--method", method]
    code, out, _ = run(
        "lm", "demonstrate", *files, "--vectors", tmp_path / "v.safetensors", *options, "--json"
    )
    expected = selector(method=method or "knn", embedder=vectors, template=None).prompts(QUERIES)
    assert code == 0
    assert [json.loads(line)["prompt"] for line in out.splitlines()] == expected


def test_chance_has_a_seed(run, files):
    found = []
    for seed in (1, 2):
        _, out, _ = run("lm", "demonstrate", *files, "--method", "random", "--seed", seed, "-k", 3, "--json")
        found.append([json.loads(line)["prompt"] for line in out.splitlines()])
        assert found[-1] == selector(method="random", random_state=seed, k=3, template=None).prompts(QUERIES)
    assert found[0] != found[1]


@pytest.mark.parametrize("calibrate", [True, False])
def test_labels(run, files, folder, calibrate):
    from wordvec.pipelines.prompting import DecoderGenerator

    options = {} if calibrate else {"content_free": None}
    template = PromptTemplate(TEMPLATE, verbalizers={"pos": "good", "neg": "bad"})
    model = InContextClassifier(DecoderGenerator.load(folder), selector(k=2, template=template), **options)
    model.fit(TEXTS, LABELS)
    table = model.predict_proba(QUERIES)
    arguments = [*files, "-k", 2, "--template", EXAMPLE, "--words", "pos=good,neg=bad", "--model", folder]
    arguments += [] if calibrate else ["--no-calibrate"]
    code, out, _ = run("lm", "demonstrate", *arguments, "--probabilities")
    lines = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert lines[0] == ["label", "p(neg)", "p(pos)", "text"]
    expected = zip(model.predict(QUERIES).tolist(), table, QUERIES)
    assert lines[1:] == [[label, f"{row[0]:.6f}", f"{row[1]:.6f}", text] for label, row, text in expected]
    code, out, _ = run("lm", "demonstrate", *arguments, "--json")
    assert [json.loads(line) for line in out.splitlines()] == [
        {"label": label, "text": text} for label, text in zip(model.predict(QUERIES).tolist(), QUERIES)
    ]


def test_examples_that_do_not_fit_are_told(run, files, folder):
    code, out, err = run("lm", "demonstrate", *files, "-k", 4, "--template", EXAMPLE, "--model", folder)
    assert (code, out.count("\n")) == (0, 3)
    assert "2 of 2 prompts" in err
    assert "longer than the 40 tokens of the model" in err
    tokenizer = Tokenizer.load(folder)
    options = ["-k", 4, "--template", EXAMPLE, "--budget", 12, "--tokenizer", folder]
    code, out, _ = run("lm", "demonstrate", *files, *options, "--json")
    expected = selector(k=4, budget=12, counter=tokenizer).demonstrations(QUERIES)
    assert [json.loads(line)["examples"] for line in out.splitlines()] == expected


def test_blank_examples_are_left_out(run, write, files):
    table = write("blank.csv", 'text,label\na film,pos\n" ",neg\na book,neg\n')
    code, out, err = run("lm", "demonstrate", table, files[1], "-k", 2, "--json")
    assert code == 0
    assert [len(json.loads(line)["examples"]) for line in out.splitlines()] == [2, 2]
    assert "1 blank text left out" in err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["-k", 0], ["--k must be an integer of at least 1"]),
        (["-k", 6], ["--k must be at most 5", "Got 6"]),
        (["--method", "near"], ["--method must be one of 'knn', 'bm25'"]),
        (["--method", "knn"], ["'knn' compares vectors", "--vectors", "--method bm25"]),
        (["--order", "worst"], ["--order must be one of"]),
        (["--budget", 9], ["nothing counts them. Pass the folder of a --tokenizer."]),
        (["--tokenizer", "x"], ["--tokenizer counts the tokens of a --budget"]),
        (["--budget", 9, "--tokenizer", "x"], ["'x"]),
        (
            ["--template", "{label} {text}"],
            [
                "--template must have {label} as its last field, which is what a model adds. Got '{label} {text}'"
            ],
        ),
        (["--chat", "--json"], ["--chat and --json print different lines of JSON"]),
        (
            ["--template", "{text} {odd} {label}"],
            ["lacks the field 'odd'", "Pass a --template of the fields"],
        ),
        (["--template", "{text"], ["--template", "names of fields in braces"]),
        (["--template", "text"], ["--template must hold a field, the answer's, once"]),
        (["--words", "pos"], ["--words must be pairs such as 0=bad,1=good. Got 'pos'"]),
        (["--words", "odd=bad"], ["No example has the label 'odd'. There are 'pos', 'neg'"]),
        (["--words", "pos=bad,neg=bad"], ["--words of 'neg' must differ from that of 'pos'"]),
        (["--probabilities"], ["--probabilities needs --model"]),
        (["--no-calibrate"], ["--no-calibrate needs --model"]),
        (["--model", "x", "--chat"], ["--chat prints prompts"]),
        (["--model", "nowhere"], ["nowhere"]),
        (["--seed", -1, "--method", "random"], ["--seed must be a number from 0"]),
    ],
)
def test_bad_options(run, files, arguments, parts):
    fails(run("lm", "demonstrate", *files, *arguments), *parts)


def test_bad_files(run, files, write, tmp_path):
    fails(run("lm", "demonstrate", tmp_path / "none.tsv", files[1]), "none.tsv")
    fails(run("lm", "demonstrate", files[0], tmp_path / "none.txt"), "none.txt")
    several = write("several.jsonl", '{"text": "a", "label": ["x", "y"]}\n{"text": "b", "label": ["x"]}\n')
    fails(run("lm", "demonstrate", several, files[1]), "line 1", "several labels")
    plain = write("plain.txt", "a film\na book\n")
    fails(run("lm", "demonstrate", plain, files[1]), "plain.txt")
    latin = tmp_path / "latin.txt"
    latin.write_bytes("film 1 2\ncaf\xe9 1 0\n".encode("latin-1"))
    _, _, err = result = run("lm", "demonstrate", *files, "--vectors", latin)
    fails(result, "latin.txt", "not valid utf-8")
    assert "--encoding" not in err
    vectors = tmp_path / "v.safetensors"
    KeyedVectors(np.eye(2, dtype=np.float32), ["a", "b"]).save(vectors)
    fails(run("lm", "demonstrate", *files, "--vectors", vectors, "--method", "bm25"), "compares no vectors")
