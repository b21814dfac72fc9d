"""What all tests of vectors share."""

import pytest


@pytest.fixture(autouse=True)
def small_texts_by_the_kernel(monkeypatch):
    """Have small text files read as large ones are; `test_small_texts_are_read_as_large_ones` compares the two."""
    monkeypatch.setattr("wordvec.vectors.formats.line_blocks.SMALL_TEXT_BYTES", 0)
