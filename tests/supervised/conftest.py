"""Texts, and a classifier trained on them."""

import pytest

from wordvec.supervised.classifier import EmbeddingClassifier

from .support import SMALL, toy


@pytest.fixture(scope="module")
def data():
    return toy(300, seed=1)


@pytest.fixture(scope="module")
def trained(data):
    return EmbeddingClassifier(**SMALL).fit(*data)
