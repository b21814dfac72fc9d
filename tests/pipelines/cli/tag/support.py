"""Files and rows for the tests of `wordvec tag`."""

import sys

from ..support import DATA

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


def conll(sentences, sep=" "):
    return "".join("".join(sep.join(row) + "\n" for row in rows) + "\n" for rows in sentences)


def rows_of(text):
    """Return the fields of each line of each sentence."""
    return [[line.split("\t") for line in block.split("\n")] for block in text.strip("\n").split("\n\n")]


def on_terminal(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
