"""Sentences, their co-occurrences and a trained GloVe model."""

import pytest

from wordvec.counts.counting import count_cooccurrences
from wordvec.embeddings.glove import GloVe

from .support import SMALL, text


@pytest.fixture(scope="module")
def sentences():
    return text(800, seed=1)


@pytest.fixture(scope="module")
def counts(sentences):
    return count_cooccurrences(sentences, window=3, min_count=2)


@pytest.fixture(scope="module")
def trained(sentences):
    return GloVe(**SMALL).fit(sentences)
