"""`Word2Vec` as an estimator: what it learns, parameters, files, interruption and resuming."""

import hashlib
import inspect
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
from safetensors import safe_open
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from wordvec import KeyedVectors, LineCorpus, Word2Vec

from .support import text

SMALL = dict(vector_size=16, window=3, min_count=2, epochs=2, sample=1e-2, random_state=4)


def digest(model):
    tables = np.ascontiguousarray(model.wv_.vectors).tobytes() + model.context_vectors_.tobytes()
    return hashlib.sha256(tables).hexdigest()


@pytest.fixture(scope="module")
def sentences():
    return text(800, seed=1)


@pytest.fixture(scope="module")
def corpus_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "text.txt"
    path.write_text("\n".join(" ".join(s) for s in text(12_000, seed=2, n_words=2000)))
    return path


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_learns_which_words_go_together(sentences, architecture):
    model = Word2Vec(architecture, **{**SMALL, "epochs": 30}).fit(sentences)
    for word in ("a3", "b5", "a8"):
        neighbors = [other for other, _ in model.wv_.most_similar(word, topn=5)]
        assert all(other[0] == word[0] for other in neighbors)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    assert model.n_iter_ == len(model.loss_curve_) == 30
    assert model.wv_.counts is not None and model.wv_.counts.sum() == model.vocabulary_.counts.sum()


def test_estimator_contract(sentences):
    model = Word2Vec(**SMALL)
    with pytest.raises(NotFittedError):
        model.save("nowhere.safetensors")
    assert clone(model).get_params() == model.get_params()
    assert model.fit(sentences) is model
    copy = pickle.loads(pickle.dumps(model))
    assert digest(copy) == digest(model)
    assert digest(clone(model).fit(sentences)) == digest(model)
    model.set_params(random_state=5).fit(sentences)
    assert digest(copy) != digest(model)
    drawn = [Word2Vec(**{**SMALL, "random_state": None}).fit(sentences) for _ in range(2)]
    assert digest(drawn[0]) != digest(drawn[1])
    again = Word2Vec(**{**SMALL, "random_state": drawn[0].seed_}).fit(sentences)
    assert digest(again) == digest(drawn[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "glove"}, "architecture parameter of Word2Vec must be one of 'skipgram', 'cbow'"),
        ({"vector_size": 0}, "vector_size .* at least 1|vector_size .* from 1 to"),
        ({"vector_size": 10.5}, "vector_size"),
        ({"window": 0}, "window"),
        ({"window": True}, "window"),
        ({"negative": 0}, "negative"),
        ({"shared_negatives": 10}, "shared_negatives .* multiple of 4"),
        ({"epochs": 0}, "epochs"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"min_learning_rate": -1}, "min_learning_rate"),
        ({"sample": -1}, "sample"),
        ({"ns_exponent": float("inf")}, "ns_exponent"),
        ({"min_count": 0}, "min_count"),
        ({"max_vocab_size": 0}, "max_vocab_size"),
        ({"mode": "hogwild"}, "mode .* 'deterministic', 'racing'"),
        ({"gradient": "none"}, "gradient"),
        ({"window_weights": "some"}, "window_weights"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"n_jobs": "two"}, "n_jobs"),
        ({"cbow_mean": "no"}, "cbow_mean .* True or False"),
        ({"shrink_windows": 2}, "shrink_windows"),
        ({"random_state": True}, "random_state"),
        ({"random_state": "a"}, "random_state"),
        ({"init_vectors": "file.bin"}, "init_vectors .* KeyedVectors.load"),
        ({"random_state": -1}, "random_state"),
        ({"patience": 2}, "patience .* validation"),
        ({"checkpoint_every": 0}, "checkpoint_every"),
        ({"max_memory": 5}, "max_memory parameter of Word2Vec .* at least 1048576. Got 5"),
        ({"max_memory": None}, "max_memory parameter of Word2Vec"),
    ],
)
def test_bad_parameters(sentences, changes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Word2Vec(**{**SMALL, **changes}).fit(sentences)


def test_bad_text(tmp_path):
    with pytest.raises(TypeError, match="LineCorpus"):
        Word2Vec().fit("a string")
    with pytest.raises(TypeError, match="LineCorpus|list"):
        Word2Vec().fit(iter([["a", "b"]]))
    with pytest.raises(ValueError, match="min_count"):
        Word2Vec(min_count=5).fit([["a", "b"]])
    with pytest.raises(ValueError, match="checkpoint"):
        Word2Vec(min_count=1).fit([["a", "b"]], resume=True)


def test_one_word_sentences_have_no_pairs():
    with pytest.warns(UserWarning, match="no pair"):
        model = Word2Vec(vector_size=4, min_count=1, sample=0, verbose=False).fit([["a"], ["b"]] * 50)
    assert np.isnan(model.loss_curve_).all()
    assert np.isfinite(model.wv_.vectors).all()


def test_init_vectors(sentences):
    trained = Word2Vec(**SMALL).fit(sentences)
    start = Word2Vec(**{**SMALL, "learning_rate": 1e-9}, init_vectors=trained.wv_).fit(sentences)
    np.testing.assert_allclose(start.wv_.vectors, trained.wv_.vectors, atol=1e-5)
    some = trained.wv_.subset(["a1", "b1"])
    start = Word2Vec(**{**SMALL, "learning_rate": 1e-9}, init_vectors=some).fit(sentences)
    np.testing.assert_allclose(start.wv_["b1"], trained.wv_["b1"], atol=1e-5)
    with pytest.raises(ValueError, match="vector_size=16"):
        Word2Vec(**{**SMALL, "vector_size": 8}, init_vectors=some).fit(sentences)
    with pytest.raises(ValueError, match="share a word"):
        other = KeyedVectors(np.ones((1, 16), np.float32), ["x"])
        Word2Vec(**SMALL, init_vectors=other).fit(sentences)


def test_partial_fit_adds_words(sentences):
    model = Word2Vec(**SMALL).partial_fit(sentences)
    before = model.wv_
    new = [[word.replace("a", "c") for word in sentence] for sentence in text(200, seed=9)]
    model.partial_fit(new)
    assert model.wv_.index_to_key[: len(before)] == before.index_to_key
    assert "c1" in model.wv_ and "c1" not in before
    assert model.vocabulary_.counts[0] >= before.counts[0]
    unseen = next(word for word in before.index_to_key if word[0] == "a")
    # Words that the new text lacks are drawn as noise only, which does not touch input vectors.
    assert np.array_equal(model.wv_[unseen], before[unseen])
    assert not np.array_equal(model.wv_["b1"], before["b1"])
    model.partial_fit([["nothing", "known"]] * 3)
    with pytest.raises(ValueError, match="vector_size"):
        model.set_params(vector_size=8).partial_fit(new)


def test_partial_fit_moves_words_by_the_share_of_their_new_occurrences():
    draw = np.random.default_rng(3)
    words = [f"{kind}{k}" for kind in ("often", "seldom") for k in range(10)]
    odds = np.repeat([0.99, 0.01], 10) / 10
    model = Word2Vec(**SMALL, n_jobs=1).fit([draw.choice(words, 12, p=odds).tolist() for _ in range(1500)])
    before = model.wv_.vectors.copy()
    new = [draw.choice([*words, "new1", "new2"], 12).tolist() for _ in range(100)]
    other = pickle.loads(pickle.dumps(model)).set_params(learning_rate=0.035)
    model.partial_fit(new)
    other.partial_fit(new)  # a rate that is set is that of all rows
    moved, moved_more = (np.linalg.norm(m.wv_.vectors[:20] - before, axis=1) for m in (model, other))
    often = [model.wv_.key_to_index[word] < 10 for word in words]
    assert often == [True] * 10 + [False] * 10
    # Ten draws of the text gave .07 to .22, and .32 to .64.
    assert (moved[:10] / moved_more[:10]).max() < 0.27 < (moved[10:] / moved_more[10:]).min()
    same = np.linalg.norm([model.wv_["new1"], model.wv_["new2"]]) / np.linalg.norm(
        [other.wv_["new1"], other.wv_["new2"]]
    )
    assert same == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_partial_fit_gives_the_same_bits_at_any_number_of_threads(sentences, architecture):
    models = [Word2Vec(architecture, **SMALL, n_jobs=n).fit(sentences[:500]) for n in (1, 2)]
    assert digest(models[0].partial_fit(sentences)) == digest(models[1].partial_fit(sentences))


def test_partial_fit_keeps_what_was_learned(sentences):
    """Neighbours stay when a text of another topic follows in small calls."""
    model = Word2Vec(**{**SMALL, "epochs": 30}).fit(sentences)
    others = [[word.replace("a", "c") for word in sentence] for sentence in text(60, seed=9)]
    for first in range(0, 60, 20):
        model.partial_fit(others[first : first + 20])
    for word in ("a3", "b5", "a8"):
        assert all(other[0] == word[0] for other, _ in model.wv_.most_similar(word, topn=5))


def test_validation_and_early_stopping(sentences):
    held_out = text(50, seed=77)
    model = Word2Vec(**{**SMALL, "epochs": 60, "learning_rate": 0.5}, patience=1)
    model.fit(sentences, validation=held_out)
    losses = model.validation_loss_curve_
    assert len(losses) == model.n_iter_ < 60
    assert losses[-1] >= min(losses[:-1])
    assert all(later < earlier for earlier, later in zip(losses[:-1], losses[1:-1]))


@pytest.mark.smoke
def test_save_and_load(sentences, tmp_path):
    model = Word2Vec("cbow", **SMALL, n_jobs=1).fit(sentences)
    model.save(tmp_path / "model.safetensors")
    loaded = Word2Vec.load(tmp_path / "model.safetensors")
    assert digest(loaded) == digest(model)
    assert loaded.loss_curve_ == model.loss_curve_
    assert loaded.get_params() == {**model.get_params(), "random_state": model.seed_}
    assert digest(loaded.partial_fit(sentences)) == digest(model.partial_fit(sentences))
    with safe_open(tmp_path / "model.safetensors", "numpy") as file:
        assert json.loads(file.metadata()["options"])["is_cbow"]
    whole = (tmp_path / "model.safetensors").read_bytes()
    for name, data in {"cut": whole[:-100], "other": b"hello", "empty": b""}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"{name}.*cannot be read"):
            Word2Vec.load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        Word2Vec.load(tmp_path / "absent")


def test_save_after_parameters_were_changed(sentences, tmp_path):
    model = Word2Vec(**SMALL).fit(sentences)
    model.set_params(vector_size=32, architecture="none").save(tmp_path / "model")
    loaded = Word2Vec.load(tmp_path / "model")
    assert digest(loaded) == digest(model) and loaded.vector_size == 16


def test_partial_fit_keeps_to_max_vocab_size(sentences):
    model = Word2Vec(**SMALL, max_vocab_size=20).fit(sentences).partial_fit([["new", "a1", "b1"] * 9])
    assert len(model.wv_) == 20
    model.set_params(max_vocab_size=21).partial_fit([["new", "words", "new", "a1"] * 9])
    assert len(model.wv_) == 21 and "new" in model.wv_


def test_text_without_pairs_is_told(sentences):
    with pytest.warns(UserWarning, match="no pair of words"):
        Word2Vec(**{**SMALL, "sample": 1e-12}).fit(sentences)
    with pytest.raises(ValueError, match="validation text .* no pair"):
        Word2Vec(**SMALL, patience=1).fit(sentences, validation=[["a1"]])
    with pytest.raises(ValueError, match="validation text cannot be used"):
        Word2Vec(**SMALL).fit(sentences, validation=[["unknown"]])


TRAIN = f"""
import hashlib, sys
import numpy as np
from wordvec import LineCorpus, Word2Vec
{inspect.getsource(digest)}
path, n_jobs, folder, architecture = sys.argv[1:]
model = Word2Vec(architecture, **{SMALL!r}, n_jobs=int(n_jobs), checkpoint_every=1, verbose=True)
model.fit(LineCorpus(path), checkpoint=folder or None, resume=bool(folder))
print(digest(model))
"""


def start_training(*arguments):
    environment = dict(os.environ)
    environment.pop("PYTHONHASHSEED", None)
    return subprocess.Popen(
        [sys.executable, "-c", TRAIN, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.process
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_same_bits_in_other_processes(corpus_file, architecture):
    processes = [start_training(corpus_file, n_jobs, "", architecture) for n_jobs in (1, 2, 3)]
    hashes = {process.communicate()[0] for process in processes}
    assert len(hashes) == 1 and len(hashes.pop()) == 65


@pytest.mark.process
def test_killed_run_resumes_to_the_same_bits(corpus_file, tmp_path):
    folder = tmp_path / "checkpoints"
    process = start_training(corpus_file, 1, folder, "skipgram")
    file = folder / "checkpoint.safetensors"
    deadline = time.monotonic() + 120
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    assert out == "", "the run ended before it could be killed"
    resumed, error = start_training(corpus_file, 2, folder, "skipgram").communicate()
    whole, _ = start_training(corpus_file, 2, "", "skipgram").communicate()
    assert resumed == whole != "", error
    with warnings.catch_warnings(), pytest.raises(ValueError, match="another run.*window"):
        Word2Vec(**{**SMALL, "window": 4}).fit(LineCorpus(corpus_file), checkpoint=folder, resume=True)
    with pytest.raises(ValueError, match="another run.*the text"):
        Word2Vec(**SMALL).fit(text(800, seed=1), checkpoint=folder, resume=True)


def test_interrupt_leaves_a_usable_model(corpus_file, monkeypatch):
    handler = signal.getsignal(signal.SIGINT)  # ignored, if the tests run in the background
    from wordvec.embeddings import base

    def interrupt_soon(bar, report):
        if report.n_done > 60_000:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(base.TrainingBar, "update_to", interrupt_soon)
    model = Word2Vec(**SMALL)
    with pytest.warns(UserWarning, match="interrupted in epoch 1 of 2"):
        model.fit(LineCorpus(corpus_file))
    assert model.interrupted_ and model.n_iter_ == 0
    assert model.wv_.most_similar("a1")
    assert signal.getsignal(signal.SIGINT) is handler


def test_progress_is_quiet_off_a_terminal(sentences, capfd):
    Word2Vec(**SMALL).fit(sentences)
    assert capfd.readouterr() == ("", "")
    Word2Vec(**SMALL, verbose=True).fit(sentences)
    out, err = capfd.readouterr()
    assert out == "" and "word/s" in err
