"""A generator, and vectors of 30 words."""

import numpy as np
import pytest

from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import SIZE, WORDS


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def table(rng):
    return rng.normal(size=(len(WORDS), SIZE)).astype(np.float32)


@pytest.fixture
def vectors(table):
    return KeyedVectors(table, WORDS)
