"""`GloVe`: files, checkpoints, and runs that were killed or interrupted."""

import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from wordvec import Word2Vec
from wordvec.embeddings import base as module
from wordvec.embeddings.glove import GloVe

from .support import SMALL, digest


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
from support import SMALL, text
from wordvec.embeddings.glove import GloVe
from wordvec.embeddings import base as module
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


@pytest.mark.process
def test_killed_run_resumes_to_the_same_bits(sentences, trained, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
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
    with pytest.raises(ValueError, match="resume .* where there is no checkpoint"):
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
