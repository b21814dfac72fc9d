"""A corpus, and small language models trained on it by the command line."""

import pytest

from .support import FEW, SIZES, TEXT, call


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text(TEXT)
    return path


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
