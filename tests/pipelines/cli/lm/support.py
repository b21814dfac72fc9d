"""A text, options of quick runs, and tables for the tests of `wordvec lm`."""

import pytest

from ....transformer.estimators.support import TEXTS, sentences

SIZES = ["--layers", 1, "--heads", 2, "--width", 16, "--block", 16, "--batch", 4, "--quiet"]
FEW = ["--steps", 6, "--vocab-size", 300, *SIZES]
# Sentences of three documents.
TEXT = "".join(
    f"{text}.\n" + ("\n" if n in (60, 120) else "") for n, text in enumerate(TEXTS + sentences(120, 3)[0])
)


def call(*arguments):
    """Run a command that is to succeed, without fixtures of a test."""
    with pytest.raises(SystemExit) as stop:
        from wordvec.pipelines.cli import main

        main([str(argument) for argument in arguments])
    assert not stop.value.code


def table(texts, labels):
    return "".join(f"{text},{label}\n" for text, label in [("text", "label"), *zip(texts, labels)])


def conll(sentences, tags):
    blocks = ["".join(f"{w} {t}\n" for w, t in zip(ws, ts)) for ws, ts in zip(sentences, tags)]
    return "\n".join(blocks)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())
