"""Vectors of odd words, and comparisons, for the tests of file formats."""

import numpy as np

from wordvec.vectors.keyed_vectors import KeyedVectors

WORDS = ["the", "king", "naïve", "北京", "a_b", "tab\there", "\x85", "nan", "-1.5", "12"]


def make(vector_size=5, words=WORDS, seed=0):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(len(words), vector_size)) * 10.0 ** rng.integers(
        -8, 8, (len(words), vector_size)
    )
    return KeyedVectors(vectors.astype(np.float32), words, np.arange(len(words), 0, -1))


def same(a, b):
    assert a.index_to_key == b.index_to_key
    np.testing.assert_array_equal(a.vectors, b.vectors)


def names_in(folder):
    return [path.name for path in folder.iterdir()]
