"""`GloVe`: what it learns, given vectors, scikit-learn's contract and progress."""

import math
import pickle

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from wordvec import KeyedVectors
from wordvec.embeddings.glove import GloVe

from .support import SMALL, counts_of, digest, new_run

# What it learns.


def test_learns_which_words_go_together(sentences):
    dense = dict(vector_size=16, window=10, min_count=10, epochs=30)
    model = GloVe(**{**SMALL, **dense}).fit(sentences)
    words = model.wv_.index_to_key[:40]
    same = [other[0] == word[0] for word in words for other, _ in model.wv_.most_similar(word, topn=5)]
    # Half would be chance.
    assert np.mean(same) > 0.8
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]
    assert model.n_iter_ == len(model.loss_curve_) == 30
    assert model.wv_.counts.tolist() == model.vocabulary_.counts.tolist()


def test_full_rank_vectors_reach_the_logarithms():
    matrix = np.exp(np.random.default_rng(1).normal(size=(6, 6)))
    model = GloVe(vector_size=12, epochs=4000, learning_rate=0.5, x_max=1e-3).fit_cooccurrence(
        scipy.sparse.csr_array(matrix)
    )
    found = model.word_vectors_ @ model.context_vectors_.T
    found += model.word_biases_[:, None] + model.context_biases_
    np.testing.assert_allclose(found, np.log(matrix), atol=1e-3)
    assert model.loss_curve_[-1] < 1e-7


def test_outputs(sentences, trained):
    word = GloVe(**SMALL, output="word").fit(sentences)
    both = GloVe(**SMALL, output="both").fit(sentences)
    assert digest(word) == digest(both) == digest(trained)
    np.testing.assert_array_equal(trained.wv_.vectors, trained.word_vectors_ + trained.context_vectors_)
    np.testing.assert_array_equal(word.wv_.vectors, trained.word_vectors_)
    np.testing.assert_array_equal(both.wv_.vectors[:, :8], trained.word_vectors_)
    np.testing.assert_array_equal(both.wv_.vectors[:, 8:], trained.context_vectors_)


def test_words_without_pairs(tmp_path):
    matrix = np.zeros((9, 9))
    matrix[[1, 4], [4, 1]] = 7.0
    matrix[2, 5] = 1.0
    model = GloVe(**SMALL).fit_cooccurrence(scipy.sparse.csr_array(matrix))
    start = new_run(counts_of(matrix)).tensors(with_sums=True)
    np.testing.assert_array_equal(model.word_vectors_[[0, 3]], start["word_vectors"][[0, 3]])
    assert not np.array_equal(model.word_vectors_[1], start["word_vectors"][1])
    assert np.isfinite(model.wv_.vectors).all() and model.word_biases_[0] == 0


@pytest.mark.parametrize("sentences", [[["a"] * 4], [["a", "b"]], [["a", "b", "c"]]])
@pytest.mark.parametrize("symmetric", [True, False])
def test_tiny_texts(sentences, symmetric):
    model = GloVe(**{**SMALL, "min_count": 1}, symmetric=symmetric).fit(sentences)
    assert len(model.wv_) == len(set(sentences[0]))
    assert np.isfinite(model.wv_.vectors).all() and np.isfinite(model.loss_curve_).all()


def test_a_single_pair_is_learned():
    matrix = scipy.sparse.coo_array(([100.0], ([2], [1])), shape=(3, 3))
    model = GloVe(**{**SMALL, "epochs": 200}).fit_cooccurrence(matrix, vocabulary=["a", "b", "c"])
    score = model.word_vectors_[2] @ model.context_vectors_[1]
    assert score + model.word_biases_[2] + model.context_biases_[1] == pytest.approx(math.log(100), abs=1e-3)


# Given vectors.


@pytest.mark.smoke
def test_init_vectors(sentences, trained):
    still = {**SMALL, "learning_rate": 1e-9}
    start = GloVe(**still, init_vectors=trained.wv_).fit(sentences)
    np.testing.assert_allclose(start.wv_.vectors, trained.wv_.vectors, atol=1e-6)
    np.testing.assert_allclose(start.word_vectors_, start.context_vectors_, atol=1e-6)
    some = trained.wv_.subset(["b1", "a1", *trained.wv_.index_to_key[40:45]])
    start = GloVe(**still, init_vectors=some).fit(sentences)
    np.testing.assert_allclose(start.wv_["b1"], trained.wv_["b1"], atol=1e-6)
    assert not np.allclose(start.wv_["b2"], trained.wv_["b2"], atol=1e-2)
    half = KeyedVectors(trained.wv_.vectors.astype(np.float16), trained.wv_.index_to_key)
    GloVe(**still, init_vectors=half).fit(sentences)
    with pytest.raises(
        ValueError, match="init_vectors parameter of GloVe .* vector_size=9.* Set vector_size=8"
    ):
        GloVe(**{**SMALL, "vector_size": 9}, init_vectors=some).fit(sentences)
    with pytest.raises(ValueError, match="init_vectors .* share a word"):
        GloVe(**SMALL, init_vectors=KeyedVectors(np.ones((1, 8), np.float32), ["x"])).fit(sentences)
    with pytest.raises(TypeError, match="init_vectors .* KeyedVectors.load"):
        GloVe(**SMALL, init_vectors="vectors.bin").fit(sentences)


def test_the_penalty_holds_the_given_vectors(sentences, trained):
    words = trained.wv_.index_to_key[:100:3]
    given = np.random.default_rng(1).normal(size=(len(words), 8)).astype(np.float32)
    distances = []
    for penalty in (0.0, 1.0, 10.0, 100.0, 1000.0):
        model = GloVe(
            **{**SMALL, "epochs": 10}, init_vectors=KeyedVectors(given, words), retrofit_penalty=penalty
        ).fit(sentences)
        distances.append(np.abs([model.wv_[word] for word in words] - given).max())
    # 1.78, 1.51, 0.62, 0.11 and 0.014.
    assert all(larger < 0.9 * smaller for smaller, larger in zip(distances, distances[1:]))
    assert distances[-1] < 0.05


@pytest.mark.parametrize("penalty", [1e4, 1e6])
def test_no_penalty_is_too_strong(sentences, trained, penalty):
    words = trained.wv_.index_to_key[::2]
    given = trained.wv_[words] + 1
    model = GloVe(**SMALL, init_vectors=KeyedVectors(given, words), retrofit_penalty=penalty).fit(sentences)
    np.testing.assert_allclose(model.wv_[words], given, atol=1e-2)


def test_early_stopping(sentences):
    model = GloVe(**{**SMALL, "epochs": 400}, patience=2, tol=0.01).fit(sentences)
    losses = model.loss_curve_
    stalled = [min(losses[n - 2 : n]) >= 0.99 * min(losses[: n - 2]) for n in range(3, len(losses) + 1)]
    assert len(losses) == model.n_iter_ < 400
    assert stalled[-1] and not any(stalled[:-1])
    assert GloVe(**{**SMALL, "epochs": 20}, patience=2, tol=0.0).fit(sentences).n_iter_ == 20


# The estimator.


def test_estimator_contract(sentences, trained):
    model = GloVe(**SMALL)
    with pytest.raises(NotFittedError):
        model.save("nowhere.safetensors")
    assert clone(model).get_params() == model.get_params()
    assert model.fit(sentences) is model
    assert model.get_params() == {**GloVe().get_params(), **SMALL}
    copy = pickle.loads(pickle.dumps(model))
    assert digest(copy) == digest(model) == digest(trained)
    assert digest(clone(model).fit(sentences)) == digest(model)
    model.set_params(random_state=5).fit(sentences)
    assert digest(copy) != digest(model)
    with pytest.raises(ValueError, match="nothing"):
        model.set_params(nothing=1)
    warm = clone(GloVe(**SMALL, init_vectors=trained.wv_))
    assert np.array_equal(warm.init_vectors.vectors, trained.wv_.vectors)


def test_progress_is_quiet_off_a_terminal(sentences, capfd):
    GloVe(**SMALL).fit(sentences)
    assert capfd.readouterr() == ("", "")
    GloVe(**SMALL, verbose=True).fit(sentences)
    out, err = capfd.readouterr()
    assert out == "" and "pair/s" in err and "Counting pairs" in err


def test_reports(counts):
    reports = []
    run = new_run(counts)
    run.train(on_chunk=reports.append)
    assert len(reports) == 3 * run.n_stripes
    done = [report.n_done for report in reports]
    assert done == sorted(done) and done[-1] == 3 * counts.nnz == reports[0].n_planned
    assert [reports[k].loss for k in (15, 31, 47)] == pytest.approx(run.state.loss_curve, rel=1e-12)
