"""Small counts, and blocks of few entries."""

import numpy as np
import pytest

from wordvec.counts import blocks as _count_blocks, checks as _count_checks
from wordvec.text.vocabulary import Vocabulary

from .support import WORDS, from_dense


@pytest.fixture
def counts():
    rng = np.random.default_rng(3)
    matrix = rng.integers(0, 3, (6, 6)) * rng.random((6, 6))
    return from_dense(matrix, Vocabulary(WORDS, [9, 8, 7, 3, 2, 1], 40), window=3, symmetric=False)


@pytest.fixture(params=[1, 7, 1 << 20])
def block_entries(request, monkeypatch):
    """Small blocks: what is worked off in parts must not show."""
    monkeypatch.setattr(_count_checks, "BLOCK_ENTRIES", request.param)
    monkeypatch.setattr(_count_blocks, "BLOCK_ENTRIES", request.param)
