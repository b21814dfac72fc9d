import json
import math
import os
import pickle
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import glove_examples
import numpy as np
import pytest
import scipy.sparse
from glove_examples import SMALL, counts_of, digest, new_run
from safetensors import safe_open
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from wordvec import PPMISVD, KeyedVectors, LineCorpus, Word2Vec
from wordvec import glove as module
from wordvec.glove import GloVe

# The fixtures.
sentences, counts, trained = glove_examples.sentences, glove_examples.counts, glove_examples.trained


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
    with pytest.raises(ValueError, match="init_vectors .* shares no word"):
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


# Files, checkpoints, interruption.


def test_save_and_load(sentences, trained, tmp_path):
    path = tmp_path / "model.safetensors"
    trained.save(path)
    loaded = GloVe.load(path)
    assert digest(loaded) == digest(trained)
    assert np.array_equal(loaded.wv_.vectors, trained.wv_.vectors)
    assert loaded.vocabulary_ == trained.vocabulary_
    assert loaded.loss_curve_ == trained.loss_curve_ and loaded.n_iter_ == 3 and not loaded.interrupted_
    assert loaded.get_params() == {**trained.get_params(), "random_state": trained.seed_}
    assert digest(loaded.fit(sentences)) == digest(trained)
    loaded.save(tmp_path / "again")
    GloVe(**SMALL, output="both").fit(sentences).save(tmp_path / "both")
    assert GloVe.load(tmp_path / "both").wv_.vector_size == 16
    with safe_open(path, "numpy") as file:
        assert json.loads(file.metadata()["options"])["x_max"] == 5.0
    whole = path.read_bytes()
    for name, data in {"cut": whole[:-100], "other": b"hello", "empty": b""}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"{name}.*cannot be read.*GloVe.save"):
            GloVe.load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        GloVe.load(tmp_path / "absent")
    with pytest.raises(ValueError, match="holds a GloVe model. Use GloVe.load"):
        Word2Vec.load(path)
    Word2Vec(vector_size=4, min_count=1, sample=0).fit([["a", "b"]] * 9).save(tmp_path / "word2vec")
    with pytest.raises(ValueError, match="holds a Word2Vec model. Use Word2Vec.load"):
        GloVe.load(tmp_path / "word2vec")


def test_numpy_parameters_are_saved(sentences, tmp_path):
    numbers = dict(vector_size=np.int64(8), x_max=np.float32(5), epochs=np.int32(3), random_state=np.uint8(4))
    model = GloVe(**{**SMALL, **numbers}).fit(sentences)
    model.save(tmp_path / "model")
    assert digest(GloVe.load(tmp_path / "model")) == digest(model)


def test_save_after_parameters_were_changed(sentences, tmp_path):
    model = GloVe(**SMALL).fit(sentences)
    model.set_params(vector_size=32, output="none").save(tmp_path / "model")
    loaded = GloVe.load(tmp_path / "model")
    assert digest(loaded) == digest(model) and loaded.vector_size == 8 and loaded.output == "sum"


TRAIN = """
import os, signal, sys
from glove_examples import SMALL, GloVe, text
from wordvec import glove as module
write = module.write_checkpoint
n_left = int(sys.argv[2])

def write_then_die(path, checkpoint):
    global n_left
    write(path, checkpoint)
    n_left -= 1
    if n_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

module.write_checkpoint = write_then_die
GloVe(**SMALL, n_jobs=1, checkpoint_every=3).fit(text(800, seed=1), checkpoint=sys.argv[1])
"""


def test_killed_run_resumes_to_the_same_bits(sentences, trained, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    # Three rounds into an epoch of 16: the fifth checkpoint is the last of the first epoch, the sixth the end.
    killed = {}
    for n_checkpoints in (2, 8):
        folder = tmp_path / str(n_checkpoints)
        command = [sys.executable, "-c", TRAIN, str(folder), str(n_checkpoints)]
        killed[folder] = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    for folder, process in killed.items():
        _, error = process.communicate()
        assert process.returncode == -signal.SIGKILL, error
        half = GloVe.load(folder / "checkpoint.safetensors")
        assert half.n_iter_ == (folder.name == "8") and digest(half) != digest(trained)
        with pytest.raises(ValueError, match="another run.*x_max .5.0 then, 6.0 now"):
            GloVe(**{**SMALL, "x_max": 6.0}).fit(sentences, checkpoint=folder, resume=True)
        for changes in ({"window": 4}, {"symmetric": False}, {"min_count": 3}):
            with pytest.raises(ValueError, match="another run.*the text.*init_vectors=GloVe.load"):
                GloVe(**{**SMALL, **changes}).fit(sentences, checkpoint=folder, resume=True)
        with pytest.raises(ValueError, match="another run.*the text"):
            GloVe(**SMALL).fit(sentences[1:], checkpoint=folder, resume=True)
        resumed = GloVe(**SMALL, n_jobs=2).fit(sentences, checkpoint=folder, resume=True)
        assert digest(resumed) == digest(trained) and resumed.loss_curve_ == trained.loss_curve_
        # A finished run is not trained on.
        again = GloVe(**SMALL).fit(sentences, checkpoint=folder, resume=True)
        assert digest(again) == digest(trained)
    damaged = folder / "checkpoint.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-50])
    with pytest.raises(ValueError, match="cannot be read as a wordvec model"):
        GloVe(**SMALL).fit(sentences, checkpoint=folder, resume=True)
    assert digest(GloVe(**SMALL).fit(sentences, checkpoint=folder)) == digest(trained)
    with pytest.raises(ValueError, match="resume .* needs a checkpoint"):
        GloVe(**SMALL).fit(sentences, resume=True)


def interrupt_after(monkeypatch, n_rounds):
    seen = []

    def update_to(bar, report):
        seen.append(report)
        if len(seen) == n_rounds:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(module.TrainingBar, "update_to", update_to)
    return seen


@pytest.mark.parametrize("n_rounds", [5, 16, 17])
def test_interrupt_leaves_a_usable_model(sentences, trained, monkeypatch, n_rounds, tmp_path):
    handler = signal.getsignal(signal.SIGINT)  # ignored, if the tests run in the background
    with monkeypatch.context() as patch:
        seen = interrupt_after(patch, n_rounds)
        model = GloVe(**SMALL)
        epoch = n_rounds // 16
        with pytest.warns(UserWarning, match=f"interrupted in epoch {epoch + 1} of 3") as caught:
            model.fit(sentences, checkpoint=tmp_path)
    assert caught[0].filename == __file__
    assert len(seen) == n_rounds
    assert model.interrupted_ and model.n_iter_ == epoch == len(model.loss_curve_)
    assert model.wv_.most_similar("a1")
    assert signal.getsignal(signal.SIGINT) is handler
    resumed = GloVe(**SMALL).fit(sentences, checkpoint=tmp_path, resume=True)
    assert digest(resumed) == digest(trained) and not resumed.interrupted_


def test_an_interrupt_in_the_last_round_is_too_late(sentences, trained, monkeypatch):
    interrupt_after(monkeypatch, 48)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = GloVe(**SMALL).fit(sentences)
    assert not model.interrupted_ and digest(model) == digest(trained)


def test_reports(counts):
    reports = []
    run = new_run(counts)
    run.train(on_round=reports.append)
    assert len(reports) == 3 * run.n_stripes
    done = [report.n_done for report in reports]
    assert done == sorted(done) and done[-1] == 3 * counts.nnz == reports[0].n_planned
    assert [reports[k].loss for k in (15, 31, 47)] == pytest.approx(run.state.loss_curve, rel=1e-12)


# Bad input.


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
        ({"retrofit_penalty": 1.0}, "retrofit_penalty .* Pass them as init_vectors"),
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
        (scipy.sparse.csr_array(np.eye(3)), ["a", "b", "a"], "twice"),
    ],
)
def test_bad_matrices(counts, vocabulary, message):
    with pytest.raises((TypeError, ValueError), match=message):
        GloVe(**SMALL).fit_cooccurrence(counts, vocabulary=vocabulary)


def test_a_cooccurrence_has_its_own_words(counts):
    with pytest.raises(ValueError, match="A Cooccurrence has its own"):
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
