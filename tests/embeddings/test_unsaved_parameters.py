"""Parameters in files: a seed that was drawn is stored as a number, and what a file does not hold is told."""

import warnings

import numpy as np
import pytest

from wordvec import PPMISVD, GloVe, KeyedVectors, Word2Vec
from wordvec.supervised import EmbeddingClassifier

SENTENCES = [["a", "good", "film"], ["a", "bad", "film"], ["good", "fun"]] * 6
SMALL = {"vector_size": 4, "min_count": 1, "n_jobs": 1, "verbose": False}
VECTORS = KeyedVectors(np.eye(4, dtype=np.float32), ["a", "good", "bad", "film"])


def fitted(kind, **parameters):
    sample = {"sample": 0} if kind is Word2Vec else {}
    return kind(**SMALL, **sample, **parameters).fit(*data_for(kind))


def data_for(kind):
    return (SENTENCES, list("pnp") * 6) if kind is EmbeddingClassifier else (SENTENCES,)


@pytest.mark.parametrize("kind", [Word2Vec, GloVe, PPMISVD, EmbeddingClassifier])
@pytest.mark.parametrize("given", [np.random.RandomState(3), None, 5])
def test_a_seed_is_stored_as_the_number_that_was_drawn(kind, given, tmp_path):
    model = fitted(kind, random_state=given)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.save(tmp_path / "m.safetensors")
    assert kind.load(tmp_path / "m.safetensors").random_state == model.seed_
    assert given != 5 or model.seed_ == 5


@pytest.mark.parametrize("kind", [Word2Vec, GloVe, EmbeddingClassifier])
def test_init_vectors_that_a_file_does_not_hold_are_told(kind, tmp_path):
    model = fitted(kind, init_vectors=VECTORS)
    with pytest.warns(UserWarning, match=rf"does not hold init_vectors: {kind.__name__}\.load .*set_params"):
        model.save(tmp_path / "m.safetensors")
    loaded = kind.load(tmp_path / "m.safetensors")
    assert loaded.init_vectors is None and np.array_equal(loaded.wv_.vectors, model.wv_.vectors)
    again = loaded.set_params(init_vectors=VECTORS).fit(*data_for(kind))
    assert np.array_equal(again.wv_.vectors, model.wv_.vectors)
