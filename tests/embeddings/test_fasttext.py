"""`FastText` as users meet it: unknown words, files, resuming, training on, options that do not fit."""

import pickle
import random

import numpy as np
import pytest
from sklearn.base import clone

from wordvec import FastText, KeyedVectors, Word2Vec
from wordvec._utils.errors import ParameterError
from wordvec.embeddings.checkpoints import CHECKPOINT_NAME

SMALL = {"vector_size": 12, "epochs": 3, "min_count": 1, "sample": 0, "bucket": 500, "min_n": 2, "max_n": 4}
pytestmark = pytest.mark.filterwarnings("ignore:With this text")


@pytest.fixture(scope="module")
def sentences():
    draw = random.Random(1)
    stems = ["walk", "talk", "jump", "play", "look", "paint", "grüß", "日本"]
    return [[draw.choice(stems) + draw.choice(["ed", "ing", "s", ""]) for _ in range(8)] for _ in range(400)]


@pytest.fixture(scope="module")
def model(sentences):
    return FastText(**SMALL).fit(sentences)


def test_unknown_words_have_vectors(model):
    assert "overlooked" not in model.wv_
    assert model.wv_.similarity("overlooked", "looked") > model.wv_.similarity("overlooked", "日本")
    assert len(model.wv_.most_similar("overlooked")) == 10
    with pytest.raises(KeyError, match="none of its n-grams"):
        FastText(**{**SMALL, "min_n": 4}).fit([["abc", "abcd"]] * 20).wv_["x"]


@pytest.mark.parametrize(
    "options", [{}, {"hash_count": 2}, {"architecture": "cbow"}, {"max_n": 0}, {"mode": "racing"}]
)
def test_vectors_are_those_of_the_files_that_fasttext_and_floret_read(sentences, tmp_path, options):
    model = FastText(**{**SMALL, **options}).fit(sentences)
    path = tmp_path / "model.bin"
    model.wv_.save(path, format="fasttext")
    library = pytest.importorskip("floret" if "hash_count" in options else "fasttext")
    other = library.load_model(str(path))
    names = [*model.wv_.index_to_key, *(["overlooked", "日", "x"] if options.get("max_n") != 0 else [])]
    np.testing.assert_allclose(model.wv_[names], [other.get_word_vector(name) for name in names], atol=1e-6)
    np.testing.assert_array_equal(other.get_output_matrix(), model.context_vectors_)
    # The first row of floret's words is rounded.
    np.testing.assert_allclose(KeyedVectors.load(path).vectors, model.wv_.vectors, atol=1e-7)


def test_a_table_of_floret(sentences, tmp_path):
    model = FastText(**SMALL, hash_count=2).fit(sentences)
    model.wv_.save(tmp_path / "table.floret")
    table = KeyedVectors.load(tmp_path / "table.floret")
    np.testing.assert_allclose(table[["looked", "unseen"]], model.wv_[["looked", "unseen"]], atol=1e-6)


def test_save_load_pickle_clone(model, tmp_path):
    model.save(tmp_path / "model.safetensors")
    for again in (FastText.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.wv_.vectors, model.wv_.vectors)
        np.testing.assert_array_equal(again.wv_["unseen"], model.wv_["unseen"])
        assert again.loss_curve_ == model.loss_curve_
    vectors = KeyedVectors.load(tmp_path / "model.safetensors", limit=10)
    np.testing.assert_array_equal(vectors.vectors, model.wv_.vectors[:10])
    np.testing.assert_array_equal(vectors["unseen"], model.wv_["unseen"])
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(ValueError, match="Use FastText.load"):
        Word2Vec.load(tmp_path / "model.safetensors")


def test_a_run_that_is_resumed_has_the_same_bits(model, sentences, tmp_path, monkeypatch):
    from wordvec.embeddings.fasttext_training import FastTextRun

    class Stopped(Exception):
        pass

    def stop(run):
        if run.state.epoch == 2:
            raise Stopped

    monkeypatch.setattr(
        FastTextRun, "end_epoch", lambda run: (FastTextRun.__mro__[1].end_epoch(run), stop(run))
    )
    with pytest.raises(Stopped):
        FastText(**SMALL).fit(sentences, checkpoint=tmp_path / "run")
    monkeypatch.undo()
    assert (tmp_path / "run" / CHECKPOINT_NAME).exists()
    again = FastText(**SMALL).fit(sentences, checkpoint=tmp_path / "run", resume=True)
    np.testing.assert_array_equal(again.wv_.vectors, model.wv_.vectors)
    np.testing.assert_array_equal(again.wv_["unseen"], model.wv_["unseen"])


def test_training_on_adds_words(model, sentences, tmp_path):
    model.save(tmp_path / "model.safetensors")
    again = FastText.load(tmp_path / "model.safetensors")
    again.partial_fit([["looked", "flew", "walked", "flew"]] * 50)
    assert again.wv_.index_to_key[: len(model.wv_)] == model.wv_.index_to_key
    assert "flew" in again.wv_
    untouched = "日本ing"
    assert np.linalg.norm(again.wv_[untouched] - model.wv_[untouched]) < np.linalg.norm(
        again.wv_["walked"] - model.wv_["walked"]
    )
    with pytest.raises(ValueError, match="keep the value of the first fit, 500"):
        again.set_params(bucket=400).partial_fit(sentences)


def test_words_start_from_vectors(model, sentences):
    start = KeyedVectors(np.arange(24, dtype=np.float32).reshape(2, 12), ["looked", "elsewhere"])
    found = FastText(**{**SMALL, "learning_rate": 1e-9, "epochs": 1}, init_vectors=start).fit(sentences)
    np.testing.assert_allclose(found.wv_["looked"], start["looked"], atol=1e-3)
    with pytest.raises(ValueError, match="hash_count"):
        FastText(**SMALL, hash_count=1, init_vectors=start).fit(sentences)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"min_n": 5, "max_n": 4}, "min_n parameter of FastText must be at most max_n"),
        ({"bucket": 0}, "bucket parameter of FastText"),
        ({"min_n": 0}, "min_n"),
        ({"hash_count": 5}, "hash_count"),
    ],
)
def test_options_that_do_not_fit(sentences, options, match):
    with pytest.raises(ValueError, match=match):
        FastText(**{**SMALL, **options}).fit(sentences)


def test_names_of_fasttext_are_told():
    with pytest.raises(TypeError, match="It is min_n here"):
        FastText(minn=3)


def test_validation_loss_is_the_same_at_each_call(sentences):
    model = FastText(**SMALL).fit(sentences, validation=sentences[:50])
    assert len(model.validation_loss_curve_) == 3
    assert model.validation_loss_curve_[-1] < model.validation_loss_curve_[0]


def test_weights_of_positions(tmp_path):
    draw = np.random.default_rng(1)
    sentences = [[f"w{k}" for k in draw.integers(60, size=12)] for _ in range(400)]
    settings = dict(vector_size=12, window=3, bucket=500, min_count=1, epochs=2, verbose=False)
    model = FastText("cbow", position_weights=True, **settings).fit(sentences)
    assert model.position_weights_.shape == (6, 12)
    model.save(tmp_path / "m.safetensors")
    loaded = FastText.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.position_weights_, model.position_weights_)
    for each in (model, loaded):
        each.partial_fit(sentences[:200])
    np.testing.assert_array_equal(loaded.position_weights_, model.position_weights_)
    with pytest.raises(
        ParameterError, match="window parameter of FastText must keep the value of the first fit, 3"
    ):
        model.set_params(window=4).partial_fit(sentences)
    assert not hasattr(model.set_params(position_weights=False).fit(sentences), "position_weights_")
    with pytest.raises(
        ParameterError, match="position_weights parameter of FastText must be False for skip-gram"
    ):
        FastText(position_weights=True).fit(sentences)


@pytest.mark.filterwarnings("ignore:With this text")
@pytest.mark.parametrize("rate", [0.1, 1.0, 10.0])
def test_weights_of_positions_do_not_diverge(rate):
    draw = np.random.default_rng(1)
    words = np.array([f"w{k}" for k in range(40)])
    share = 1 / np.arange(1, 41)
    sentences = [words[draw.choice(40, 9, p=share / share.sum())].tolist() for _ in range(3000)]
    model = FastText("cbow", position_weights=True, vector_size=12, window=3, bucket=300, learning_rate=rate,
                     epochs=5, sample=0.05, verbose=False)  # fmt: skip
    assert np.isfinite(model.fit(sentences).loss_curve_).all()
