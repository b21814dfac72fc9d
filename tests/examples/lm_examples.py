"""A corpus, small language models and files for the tests of `wordvec lm`."""

import pytest
from fine_tuning_examples import TEXTS, sentences

SIZES = ["--layers", 1, "--heads", 2, "--width", 16, "--block", 16, "--batch", 4, "--quiet"]
FEW = ["--steps", 6, "--vocab-size", 300, *SIZES]
# Sentences of three documents.
TEXT = "".join(
    f"{text}.\n" + ("\n" if n in (60, 120) else "") for n, text in enumerate(TEXTS + sentences(120, 3)[0])
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text(TEXT)
    return path


def call(*arguments):
    """Run a command that is to succeed, without fixtures of a test."""
    with pytest.raises(SystemExit) as stop:
        from wordvec.pipelines.cli import main

        main([str(argument) for argument in arguments])
    assert not stop.value.code


@pytest.fixture(scope="module")
def causal(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("causal") / "model"
    call(
        "lm",
        "pretrain",
        corpus,
        "-o",
        folder,
        "--steps",
        60,
        "--learning-rate",
        0.01,
        "--vocab-size",
        300,
        *SIZES,
    )
    return folder


@pytest.fixture(scope="module")
def masked(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("masked") / "model"
    call("lm", "pretrain", corpus, "-o", folder, "--objective", "masked", *FEW)
    return folder


@pytest.fixture
def write(tmp_path):
    def put(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return put


def table(texts, labels):
    return "".join(f"{text},{label}\n" for text, label in [("text", "label"), *zip(texts, labels)])


def conll(sentences, tags):
    blocks = ["".join(f"{w} {t}\n" for w, t in zip(ws, ts)) for ws, ts in zip(sentences, tags)]
    return "\n".join(blocks)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())
