"""A tagger, files, and standard input."""

import io
import sys

import pytest

from wordvec.pipelines.tagging import CRFTagger, read_conll

from .support import SAMPLE


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
