"""A tagger, files and fixtures for the tests of `wordvec tag`."""

import io
import sys

import pytest
from cli_examples import DATA

from wordvec.pipelines.tagging import CRFTagger, read_conll

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
