"""`GloVe`: parameters, texts and counts that do not fit, and training that diverges."""

import math

import numpy as np
import pytest
import scipy.sparse

from wordvec import PPMISVD, KeyedVectors, LineCorpus
from wordvec.embeddings.glove import GloVe

from .support import SMALL


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vector_size": 0}, "vector_size parameter of GloVe must be an integer from 1 to"),
        ({"vector_size": 10.5}, "vector_size"),
        ({"vector_size": 20_000}, "vector_size"),
        ({"window": 0}, "window parameter of GloVe must be an integer from 1 to 100. Got 0 instead"),
        ({"window": 101}, "window .* Got 101"),
        ({"window": True}, "window"),
        ({"symmetric": "yes"}, "symmetric .* True or False"),
        ({"distance_weighting": 1}, "distance_weighting .* True or False"),
        ({"x_max": 0}, "x_max parameter of GloVe must be a number greater than 0. Got 0"),
        ({"x_max": -1.0}, "x_max"),
        ({"x_max": math.nan}, "x_max"),
        ({"x_max": math.inf}, "x_max"),
        ({"x_max": "10"}, "x_max"),
        ({"weight_exponent": -0.1}, "weight_exponent"),
        ({"weight_exponent": math.nan}, "weight_exponent"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": math.inf}, "learning_rate .* Got inf"),
        ({"learning_rate": 11}, "learning_rate"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 1.0}, "epochs"),
        ({"output": "all"}, "output .* 'sum', 'word', 'both'"),
        ({"output": None}, "output"),
        ({"min_count": 0}, "min_count"),
        ({"max_vocab_size": 0}, "max_vocab_size"),
        ({"tol": -1}, "tol"),
        ({"tol": 2}, "tol"),
        ({"patience": 0}, "patience"),
        ({"retrofit_penalty": -1}, "retrofit_penalty"),
        ({"retrofit_penalty": math.inf}, "retrofit_penalty"),
        ({"retrofit_penalty": 1e300}, "retrofit_penalty .* at most 1e.06. Got 1e.300"),
        ({"retrofit_penalty": 1.0}, "retrofit_penalty .* Pass those as init_vectors=..."),
        ({"init_vectors": [1.0]}, "init_vectors .* KeyedVectors"),
        ({"max_memory": (1 << 20) - 1}, "max_memory parameter of GloVe .* at least 1048576. Got"),
        ({"max_memory": 1e9}, "max_memory"),
        ({"checkpoint_every": 0}, "checkpoint_every"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"n_jobs": "two"}, "n_jobs"),
        ({"random_state": -1}, "random_state"),
        ({"random_state": True}, "random_state"),
        ({"verbose": "loud"}, "verbose"),
    ],
)
def test_bad_parameters(sentences, counts, changes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        GloVe(**{**SMALL, **changes}).fit(sentences)
    with pytest.raises((ValueError, TypeError), match=message):
        GloVe(**{**SMALL, **changes}).fit_cooccurrence(counts)


@pytest.mark.parametrize("estimator", [GloVe, PPMISVD])
def test_memory_that_is_too_little_for_the_words_is_told_by_the_estimator(estimator):
    words = [str(word) for word in range(6000)]
    with pytest.raises(
        ValueError, match=f"max_memory parameter of {estimator.__name__} .* vocabulary of 6000"
    ):
        estimator(min_count=1, max_memory=1 << 20).fit([words])


def test_bad_text(tmp_path):
    with pytest.raises(TypeError, match="LineCorpus"):
        GloVe().fit("a string")
    with pytest.raises(TypeError, match="LineCorpus|list"):
        GloVe().fit(iter([["a", "b"]]))
    with pytest.raises(ValueError, match="min_count"):
        GloVe(min_count=5).fit([["a", "b"]])
    for empty in ([], [[]]):
        with pytest.raises(ValueError, match="no |empty"):
            GloVe(min_count=1).fit(empty)
    with pytest.raises(ValueError, match="no pair of words"):
        GloVe(min_count=1).fit([["a"], ["b"], ["a"]] * 5)
    (tmp_path / "empty.txt").touch()
    with pytest.raises(ValueError, match="no |empty"):
        GloVe().fit(LineCorpus(tmp_path / "empty.txt"))


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("kind", ["coo_array", "csr_matrix"])
def test_bad_counts(bad, kind):
    matrix = scipy.sparse.coo_array(([1.0, bad, 2.0], ([0, 1, 2], [1, 2, 0])), shape=(3, 3))
    with pytest.raises(ValueError, match=f"positive, finite numbers. Got {bad} in row 1, column 2"):
        GloVe(**SMALL).fit_cooccurrence(getattr(scipy.sparse, kind)(matrix))


@pytest.mark.parametrize(
    ("counts", "vocabulary", "message"),
    [
        (scipy.sparse.csr_array((2, 3)), None, "must be square"),
        (scipy.sparse.csr_array((3, 3)), None, "no pair of words"),
        (scipy.sparse.csr_array((0, 0)), None, "no pair of words"),
        (np.eye(3), None, "counts parameter of GloVe.fit_cooccurrence .* scipy.sparse.csr_array"),
        ("counts.npz", None, "counts parameter of GloVe.fit_cooccurrence .* Cooccurrence.load"),
        (None, None, "scipy.sparse matrix"),
        (scipy.sparse.csr_array(np.eye(3)), ["a", "b"], "3 words"),
        (scipy.sparse.csr_array(np.eye(3)), ["a", "b", "a"], "not repeat a word"),
    ],
)
def test_bad_matrices(counts, vocabulary, message):
    with pytest.raises((TypeError, ValueError), match=message):
        GloVe(**SMALL).fit_cooccurrence(counts, vocabulary=vocabulary)


def test_a_cooccurrence_has_its_own_words(counts):
    with pytest.raises(ValueError, match="a Cooccurrence has its own vocabulary"):
        GloVe(**SMALL).fit_cooccurrence(counts, vocabulary=["a"])


@pytest.mark.parametrize(("x_max", "exponent"), [(5e-324, 10.0), (1e308, 10.0), (1.0, 0.0), (1.0, 0.75)])
def test_extreme_counts_and_weights(x_max, exponent):
    for smallest, largest in ((1e-4, 1e9), (5e-324, 1e300)):
        matrix = scipy.sparse.csr_array(np.array([[smallest, largest], [0.1, 3.0]]))
        model = GloVe(**{**SMALL, "x_max": x_max}, weight_exponent=exponent)
        try:
            model.fit_cooccurrence(matrix)
        except FloatingPointError:
            assert largest == 1e300  # noqa: PT017
        else:
            assert np.isfinite(model.wv_.vectors).all() and np.isfinite(model.loss_curve_).all()


@pytest.mark.parametrize("rate", [2.0, 10.0])
def test_divergence_is_an_error_or_stays_finite(sentences, rate):
    try:
        model = GloVe(**{**SMALL, "learning_rate": rate}).fit(sentences)
    except FloatingPointError as error:
        assert "Training diverged in epoch" in str(error) and f"it was {rate:g}" in str(error)  # noqa: PT017
    else:
        assert np.isfinite(model.wv_.vectors).all() and np.isfinite(model.loss_curve_).all()


@pytest.mark.parametrize("size", [1e10, 1e18, 4e18, 1e19, 1e30, 3e38])
def test_divergence_in_the_last_step_is_told(size, tmp_path):
    # The loss is taken before the step and in float64: it may be finite where the vectors no longer are.
    given = KeyedVectors(np.full((1, 8), size, np.float32), ["a"])
    model = GloVe(**{**SMALL, "min_count": 1, "epochs": 1}, init_vectors=given)
    try:
        model.fit([["a", "a", "a"]], checkpoint=tmp_path)
    except FloatingPointError as error:
        assert "Training diverged in epoch 1" in str(error)  # noqa: PT017
        assert list(tmp_path.iterdir()) == []
    else:
        assert np.isfinite(model.wv_.vectors).all()
        GloVe.load(tmp_path / "checkpoint.safetensors")
