"""PPMI and its truncated SVD: equal to dense matrices."""

import hashlib
import itertools
import pickle
from collections import Counter

import naive_cooccurrence as naive
import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.embeddings.glove import GloVe
from wordvec.embeddings.ppmi import PPMISVD
from wordvec.text.vocabulary import Vocabulary

SMALL = dict(vector_size=8, window=3, min_count=2, random_state=4)


def text(n_sentences, seed, n_words=60):
    """Sentences whose words come from one of two halves of the vocabulary."""
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, n_words + 1)
    sentences = []
    for _ in range(n_sentences):
        theme = "ab"[int(rng.integers(2))]
        words = rng.choice(n_words, rng.integers(3, 12), p=weights / weights.sum())
        sentences.append([f"{theme}{w}" for w in words])
    return sentences


def dense_counts(sentences, window=3, **settings):
    words = [word for word, _ in Counter(itertools.chain(*sentences)).most_common()]
    return words, naive.dense(naive.count_pairs(sentences, window, **settings), words)


def digest(model):
    data = np.ascontiguousarray(model.wv_.vectors).tobytes() + model.singular_values_.tobytes()
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def sentences():
    return text(300, seed=1)


@pytest.fixture(scope="module")
def counts(sentences):
    words, matrix = dense_counts(sentences)
    return Cooccurrence.from_scipy(scipy.sparse.csr_array(matrix), words)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("exponent", "shift"), [(0.75, 1.0), (1.0, 2.0)])
def test_is_the_exact_svd_of_the_naive_ppmi(counts, weight, exponent, shift):
    model = PPMISVD(6, context_exponent=exponent, shift=shift, eigenvalue_weight=weight, n_iter=30)
    model.fit_cooccurrence(counts)
    left, values, _ = np.linalg.svd(naive.ppmi(counts.to_scipy().toarray(), exponent, shift))
    np.testing.assert_allclose(model.singular_values_, values[:6], rtol=1e-5)
    # A singular vector has no sign: the entry of greatest magnitude is made positive.
    want = left[:, :6]
    want = want * np.sign(want[np.abs(want).argmax(axis=0), np.arange(6)]) * values[:6] ** weight
    np.testing.assert_allclose(model.wv_.vectors, want, atol=2e-4 * np.abs(want).max())
    assert model.wv_.vectors.dtype == np.float32
    assert model.wv_.index_to_key == counts.vocabulary.index_to_key
    assert model.vocabulary_ is counts.vocabulary
    np.testing.assert_array_equal(model.wv_.counts, counts.vocabulary.counts)


@pytest.mark.smoke
def test_four_iterations_come_close(counts):
    """Of the sum of squares that the exact SVD keeps, 20 seeds missed 0.17 % on average, 0.32 % at most."""
    exact = np.linalg.svd(counts.ppmi().toarray(), compute_uv=False)[:8]
    for seed in range(3):
        model = PPMISVD(8, random_state=seed).fit_cooccurrence(counts)
        assert (model.singular_values_ <= exact * (1 + 1e-5)).all()
        assert (model.singular_values_**2).sum() > 0.995 * (exact**2).sum()


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_fit_counts_the_pairs_and_factorises(sentences, symmetric, weighted):
    settings = dict(symmetric=symmetric, distance_weighting=weighted)
    model = PPMISVD(**{**SMALL, "min_count": 1}, **settings).fit(sentences)
    words, matrix = dense_counts(sentences, **settings)
    assert model.vocabulary_.index_to_key == words
    vocabulary = Vocabulary(words, [Counter(itertools.chain(*sentences))[word] for word in words])
    other = PPMISVD(**SMALL).fit_cooccurrence(scipy.sparse.coo_array(matrix), vocabulary=vocabulary)
    assert digest(model) == digest(other)


def test_learns_which_words_go_together(sentences):
    model = PPMISVD(**SMALL).fit(sentences)
    for word in ("a3", "b5", "a8"):
        assert all(other[0] == word[0] for other, _ in model.wv_.most_similar(word, topn=5))


def test_the_same_bits_at_any_number_of_threads(sentences, counts):
    digests = set()
    for n_threads in (1, 2, 3, 4):
        with threadpool_limits(limits=n_threads):
            digests.add(digest(PPMISVD(**SMALL).fit_cooccurrence(counts)))
    assert len(digests) == 1
    assert len({digest(PPMISVD(**SMALL, n_jobs=n).fit(sentences)) for n in (1, 2, 4)}) == 1


def test_estimator_contract(sentences):
    model = PPMISVD(**SMALL)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
    assert clone(model).get_params() == model.get_params()
    assert model.fit(sentences, None) is model
    assert digest(pickle.loads(pickle.dumps(model))) == digest(model)
    assert digest(clone(model).fit(sentences)) == digest(model)
    assert model.seed_ == 4
    drawn = [PPMISVD(**{**SMALL, "random_state": None, "n_iter": 0}).fit(sentences) for _ in range(2)]
    assert digest(drawn[0]) != digest(drawn[1])
    again = PPMISVD(**{**SMALL, "random_state": drawn[0].seed_, "n_iter": 0}).fit(sentences)
    assert digest(again) == digest(drawn[0])
    large = [PPMISVD(**{**SMALL, "random_state": s, "n_iter": 0}).fit(sentences) for s in (2**40, 2**41)]
    assert digest(large[0]) != digest(large[1])


def test_directions_without_weight_are_zero():
    """Two groups of words that never meet: two singular values, whatever the vector size."""
    matrix = scipy.sparse.csr_array(np.kron(np.eye(2), np.ones((5, 5))))
    for weight in (0.0, 0.5):
        model = PPMISVD(4, eigenvalue_weight=weight).fit_cooccurrence(matrix)
        np.testing.assert_allclose(model.singular_values_, [5 * np.log(2)] * 2 + [0] * 2, atol=1e-5)
        assert model.wv_.vectors[:, :2].any() and not model.wv_.vectors[:, 2:].any()
        assert (
            model.wv_.similarity("0", "4") == pytest.approx(1) and abs(model.wv_.similarity("0", "5")) < 1e-5
        )
    assert model.wv_.index_to_key == list("0123456789")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vector_size": 0}, "vector_size .* from 1 to"),
        ({"vector_size": 10**4}, "vector_size .* less than the number of words, .* Got 10000"),
        ({"window": 0}, "window"),
        ({"symmetric": 1}, "symmetric"),
        ({"distance_weighting": None}, "distance_weighting"),
        ({"min_count": 0}, "min_count"),
        ({"max_vocab_size": 0}, "max_vocab_size"),
        ({"max_vocab_size": 8}, "vector_size .* less than the number of words, 8. Got 8"),
        ({"context_exponent": 2}, "context_exponent"),
        ({"shift": 0}, "shift"),
        ({"eigenvalue_weight": -0.5}, "eigenvalue_weight"),
        ({"n_iter": -1}, "n_iter"),
        ({"max_memory": (1 << 20) - 1}, "max_memory parameter of PPMISVD .* at least 1048576. Got"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"random_state": -1}, "random_state .*PPMISVD"),
        ({"random_state": "x"}, "random_state .*PPMISVD"),
        ({"verbose": "yes"}, "verbose"),
        ({"shift": 1e9}, "nothing to factorise"),
    ],
)
def test_parameters_are_checked(sentences, changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        PPMISVD(**{**SMALL, **changes}).fit(sentences)


@pytest.mark.parametrize(
    ("matrix", "vocabulary", "message"),
    [
        (scipy.sparse.csr_array((20, 30)), None, "square"),
        (scipy.sparse.csr_array((20, 20)), None, "nothing to factorise"),
        (scipy.sparse.csr_array((5, 5)), None, "less than the number of words, 5. Got 8"),
        (scipy.sparse.csr_array(-np.eye(20)), None, "Got -1.0 in row 0"),
        (scipy.sparse.csr_array(np.eye(20)), ["a"], "must hold 20 words"),
        (np.eye(20), None, "scipy.sparse"),
        ([["a", "b"]], None, "counts parameter of PPMISVD.fit_cooccurrence .* PPMISVD.fit a text"),
    ],
)
def test_counts_are_checked(matrix, vocabulary, message):
    with pytest.raises((TypeError, ValueError), match=message):
        PPMISVD(**SMALL).fit_cooccurrence(matrix, vocabulary=vocabulary)


def test_counts_have_their_own_words(counts):
    with pytest.raises(ValueError, match="vocabulary parameter of PPMISVD.* Leave it out"):
        PPMISVD(**SMALL).fit_cooccurrence(counts, vocabulary=counts.vocabulary)
    with pytest.raises(TypeError, match="positional"):  # not taken for a `y` that is ignored
        PPMISVD(**SMALL).fit_cooccurrence(counts.to_scipy(), counts.vocabulary)
    with pytest.raises(TypeError, match="Got a generator|read only once|again"):
        PPMISVD(**SMALL).fit(iter([["a", "b"]]))


def test_save_and_load(sentences, tmp_path):
    model = PPMISVD(8, min_count=2, random_state=3, n_iter=2).fit(sentences)
    model.save(tmp_path / "model.safetensors")
    loaded = PPMISVD.load(tmp_path / "model.safetensors")
    assert loaded.get_params() == model.get_params()
    np.testing.assert_array_equal(loaded.wv_.vectors, model.wv_.vectors)
    np.testing.assert_array_equal(loaded.singular_values_, model.singular_values_)
    assert loaded.vocabulary_ == model.vocabulary_
    assert loaded.seed_ == 3
    assert pickle.loads(pickle.dumps(loaded)).wv_.most_similar("a1", topn=3) == model.wv_.most_similar(
        "a1", topn=3
    )
    with pytest.raises(ValueError, match=r"holds a PPMISVD model. Use PPMISVD\.load"):
        GloVe.load(tmp_path / "model.safetensors")


def test_save_needs_a_model(tmp_path):
    with pytest.raises(NotFittedError):
        PPMISVD().save(tmp_path / "model.safetensors")
