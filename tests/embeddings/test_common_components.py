"""Tests of what all word vectors have in common: `Word2Vec(common_components=...)`."""

import pickle

import naive_components
import numpy as np
import pytest

from wordvec import FastText, KeyedVectors, Word2Vec
from wordvec.embeddings.word2vec_fitting import lessen, restore

from .support import text

SMALL = dict(vector_size=12, window=3, min_count=1, epochs=2, sample=0, random_state=3, verbose=False)


@pytest.fixture(scope="module")
def sentences():
    return text(600, seed=2)


@pytest.fixture(scope="module")
def trained(sentences):
    return Word2Vec(**SMALL, common_components=2).fit(sentences)


def drawn_vectors(n_words, size, seed=1):
    rng = np.random.default_rng(seed)
    spread = 1 / np.sqrt(np.arange(1, size + 1))
    rotation, _ = np.linalg.qr(rng.normal(size=(size, size)))
    return (rng.normal(size=(n_words, size)) * spread @ rotation + rng.normal(size=size)).astype(np.float32)


@pytest.mark.parametrize(("n_words", "n_components"), [(300, 2), (300, 0), (30_000, 3)])
def test_components_equal_those_of_eigenvalues(n_words, n_components):
    vectors = drawn_vectors(n_words, 12)
    found = vectors.copy()
    common = lessen(found, n_components)
    expected = naive_components.lessened(vectors, min(n_words, 20_000), n_components, 0.5)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    back = np.empty_like(found)
    restore(found, common, back)
    np.testing.assert_allclose(back, vectors, atol=1e-6)


def test_vectors_of_few_words_stay():
    vectors = drawn_vectors(119, 12)
    found = vectors.copy()
    common = lessen(found, 2)
    assert not common.any()
    assert np.array_equal(found, vectors)


def test_vectors_of_less_than_all_dimensions():
    vectors = np.zeros((200, 12), np.float32)
    vectors[:, 3] = np.arange(200)
    common = lessen(vectors, 2)
    assert np.flatnonzero(common[1]).tolist() == [3]
    assert not common[2].any()
    np.testing.assert_allclose(vectors[:, 3], 0.5 * (np.arange(200) - 99.5), rtol=1e-6)


def test_vectors_of_a_model_are_the_trained_ones_lessened(sentences, trained):
    raw = Word2Vec(**SMALL).fit(sentences)
    assert len(raw.wv_) >= 10 * SMALL["vector_size"]
    expected = naive_components.lessened(raw.wv_.vectors, len(raw.wv_), 2, 0.5)
    np.testing.assert_allclose(trained.wv_.vectors, expected, atol=1e-5)
    assert np.array_equal(trained.context_vectors_, raw.context_vectors_)
    assert trained.loss_curve_ == raw.loss_curve_


def test_training_on_starts_from_the_trained_vectors(sentences, trained):
    raw = Word2Vec(**SMALL).fit(sentences)
    on = pickle.loads(pickle.dumps(trained)).partial_fit(sentences[:100])
    raw.partial_fit(sentences[:100])
    expected = naive_components.lessened(raw.wv_.vectors, len(raw.wv_), 2, 0.5)
    np.testing.assert_allclose(on.wv_.vectors, expected, atol=1e-4)
    np.testing.assert_allclose(on.context_vectors_, raw.context_vectors_, atol=1e-4)


def test_files(sentences, trained, tmp_path):
    trained.save(tmp_path / "model")
    loaded = Word2Vec.load(tmp_path / "model")
    assert np.array_equal(loaded.wv_.vectors, trained.wv_.vectors)
    assert np.array_equal(KeyedVectors.load(tmp_path / "model").vectors, trained.wv_.vectors)
    both = [
        model.partial_fit(sentences[:100]).wv_.vectors
        for model in (loaded, pickle.loads(pickle.dumps(trained)))
    ]
    assert np.array_equal(*both)


def test_checkpoints_hold_what_was_trained(sentences, trained, tmp_path):
    Word2Vec(**SMALL, common_components=2).fit(sentences, checkpoint=tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    assert np.array_equal(Word2Vec.load(path).wv_.vectors, trained.wv_.vectors)
    raw = Word2Vec(**SMALL).fit(sentences)
    assert np.array_equal(KeyedVectors.load(path).vectors, raw.wv_.vectors)
    again = Word2Vec(**SMALL, common_components=2).fit(sentences, checkpoint=tmp_path, resume=True)
    assert np.array_equal(again.wv_.vectors, trained.wv_.vectors)


def test_vectors_of_n_grams_have_none():
    assert "common_components" not in FastText().get_params()
