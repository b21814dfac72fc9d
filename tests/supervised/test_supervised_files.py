"""`EmbeddingClassifier`: files, damaged ones too, interrupted runs and progress."""

import json
import os
import signal

import naive_archive
import numpy as np
import pytest
from safetensors.numpy import load_file

from wordvec.supervised import classifier as module, training as supervised_training
from wordvec.supervised.classifier import EmbeddingClassifier

from .support import SMALL, digest

# Files.


def test_save_and_load(data, trained, tmp_path):
    path = tmp_path / "model.safetensors"
    trained.save(path)
    loaded = EmbeddingClassifier.load(path)
    texts = [*data[0], "new words", ""]
    np.testing.assert_array_equal(loaded.predict_proba(texts), trained.predict_proba(texts))
    assert loaded.loss_curve_ == trained.loss_curve_ and loaded.get_params() == trained.get_params()
    assert loaded.classes_.dtype == trained.classes_.dtype and not loaded.interrupted_
    assert loaded.wv_.index_to_key == trained.wv_.index_to_key
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    assert digest(loaded.fit(*data)) == digest(trained)


@pytest.mark.parametrize("labels", [[0, 1], [False, True]])
def test_labels_keep_their_kind_in_a_file(labels, tmp_path):
    model = EmbeddingClassifier(**SMALL, class_weight={labels[0]: 1.0, labels[1]: 2.0}).fit(
        ["a", "b"], labels
    )
    model.save(tmp_path / "model")
    loaded = EmbeddingClassifier.load(tmp_path / "model")
    assert loaded.classes_.tolist() == labels and loaded.classes_.dtype == model.classes_.dtype
    assert loaded.get_params() == model.get_params()


def test_what_a_file_cannot_hold(tmp_path):
    path = tmp_path / "model"
    with pytest.raises(ValueError, match="str, int or bool. Got 0.5"):
        EmbeddingClassifier(**SMALL).fit(["a", "b"], [0.5, 1.5]).save(path)
    model = EmbeddingClassifier(**SMALL, tokenizer=str.split).fit(["a! b", "b c"], [0, 1])
    model.save(path)
    with pytest.raises(ValueError, match="tokenizer .* must be the callable of training"):
        EmbeddingClassifier.load(path)
    loaded = EmbeddingClassifier.load(path, tokenizer=str.split)
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    np.testing.assert_array_equal(loaded.predict_proba(["a! c"]), model.predict_proba(["a! c"]))
    EmbeddingClassifier(**SMALL).fit(["a", "b"], [0, 1]).save(path)
    with pytest.raises(ValueError, match="must be left out: the file has 'word'"):
        EmbeddingClassifier.load(path, tokenizer=str.split)


def test_damaged_files(trained, tmp_path):
    path = tmp_path / "model"
    trained.save(path)
    whole = path.read_bytes()
    tensors = load_file(path)
    for name, data in {"cut": whole[:-100], "other": b"hello", "empty": b""}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"{name}.*cannot be read.*EmbeddingClassifier.save"):
            EmbeddingClassifier.load(tmp_path / name)

    def damaged(message, changed_metadata=None, **changed):
        path.write_bytes(whole)
        naive_archive.rewrite(path, changed_metadata or {}, changed)
        with pytest.raises(ValueError, match=f"cannot be read.*{message}"):
            EmbeddingClassifier.load(path)

    damaged("something else", {"format": "wordvec model"})
    damaged("newer version", {"version": "3"})
    damaged("", {"classes": json.dumps({"kind": "object", "labels": ["a", "b", "c"]})})
    damaged("class_counts", {"classes": json.dumps({"kind": "str", "labels": ["a", "b"]})})
    damaged("vectors", vectors=tensors["vectors"][1:])
    damaged("weights", weights=tensors["weights"].astype(np.float16))
    damaged("finite", weights=np.full_like(tensors["weights"], np.nan))
    damaged("not positive", weight_sums=np.zeros_like(tensors["weight_sums"]))
    damaged("no texts", class_counts=np.zeros_like(tensors["class_counts"]))
    damaged("vector_sums", vector_sums=tensors["vector_sums"][1:])
    damaged("not all different", ngram_keys=np.zeros_like(tensors["ngram_keys"]))
    with pytest.raises(FileNotFoundError):
        EmbeddingClassifier.load(tmp_path / "absent")


# Ctrl-C.


@pytest.mark.parametrize("n_chunks", [3, 5])
def test_interrupt_leaves_a_usable_model(data, monkeypatch, n_chunks, tmp_path):
    monkeypatch.setattr(supervised_training, "_CHUNK_STEPS", 2)  # 300 texts are three chunks
    seen = []

    def update_to(bar, report):
        seen.append(report)
        if len(seen) == n_chunks:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(module.TrainingBar, "update_to", update_to)
    with pytest.warns(UserWarning, match="interrupted in epoch 2 of 8"):
        model = EmbeddingClassifier(**SMALL).fit(*data)
    assert model.interrupted_ and model.n_iter_ == 1 == len(model.loss_curve_) and len(seen) == n_chunks
    assert model.predict(data[0]).shape == (300,)
    model.save(tmp_path / "model")
    assert EmbeddingClassifier.load(tmp_path / "model").n_iter_ == 1


def test_progress_is_reported(data, monkeypatch):
    seen = []
    monkeypatch.setattr(module.TrainingBar, "update_to", lambda bar, report: seen.append(report))
    model = EmbeddingClassifier(**SMALL).fit(*data)
    assert [report.n_done for report in seen] == [300 * (epoch + 1) for epoch in range(8)]
    assert {report.n_planned for report in seen} == {2400}
    assert [report.loss for report in seen] == model.loss_curve_
