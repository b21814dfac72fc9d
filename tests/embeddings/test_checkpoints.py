"""Files of models and checkpoints: what does not fit is refused, and named."""

import hashlib
import json
import pickle
from dataclasses import asdict, dataclass, field, replace

import naive_archive
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from wordvec import KeyedVectors, Vocabulary, Word2Vec
from wordvec.embeddings.checkpoints import (
    AnotherRunError,
    Checkpoint,
    ModelKind,
    UnfinishedRunError,
    check_resumable,
    checkpoint_in,
    hash_arrays,
    read_checkpoint,
    write_checkpoint,
)


@dataclass(frozen=True)
class Options:
    size: int
    epochs: int


@dataclass
class State:
    epoch: int = 0
    loss_curve: list[float] = field(default_factory=list)


KIND = ModelKind(
    name="Other",
    options_type=Options,
    state_type=State,
    tensor_shapes=lambda n_words, options: {"rows": (n_words, options.size), "bias": (n_words,)},
    train_on="call Other.anew",
)
WORDS = ["a", "ß", "語"]


@pytest.fixture
def checkpoint():
    table = np.random.default_rng(1).normal(size=(3, 10)).astype(np.float32)
    return Checkpoint(
        kind=KIND,
        parameters={"alpha": np.float64(0.5)},
        options=Options(size=5, epochs=3),
        vocabulary=Vocabulary(WORDS, [7, 2, 1], 12),
        tensors={"rows": table[:, ::2], "bias": table[:, 1]},  # not contiguous
        state=State(2, [3.0, 1 / 3]),
        corpus_hash="hash",
    )


def test_what_is_written_is_read(checkpoint, tmp_path):
    write_checkpoint(tmp_path / "file", checkpoint)
    back = read_checkpoint(tmp_path / "file", KIND)
    assert back.kind is KIND and back.parameters == {"alpha": 0.5} and back.corpus_hash == "hash"
    assert (back.options, back.state) == (checkpoint.options, checkpoint.state)
    assert back.vocabulary.index_to_key == WORDS and back.vocabulary.n_total == 12
    assert back.vocabulary.counts.tolist() == [7, 2, 1]
    assert list(back.tensors) == ["rows", "bias"]
    for name, tensor in checkpoint.tensors.items():
        assert np.array_equal(back.tensors[name], tensor)


@pytest.mark.parametrize(
    ("metadata", "tensors", "message"),
    [
        ({"format": "other"}, {}, "something else"),
        ({"version": "3"}, {}, "newer version"),
        ({"corpus_hash": None}, {}, "corpus_hash"),
        ({"options": json.dumps({"size": 5})}, {}, "epochs"),
        ({"options": json.dumps({"size": 4, "epochs": 3})}, {}, r"'rows' is .* \(3, 5\), not .* \(3, 4\)"),
        ({"state": json.dumps({"epoch": 4, "loss_curve": [1.0] * 4})}, {}, "4 of 3 epochs"),
        ({"state": json.dumps({"epoch": 1, "loss_curve": []})}, {}, "1 of 3 epochs"),
        ({"state": "no JSON"}, {}, "Expecting value"),
        ({}, {"bias": None}, "bias"),
        ({}, {"bias": np.ones((3, 1), np.float32)}, r"'bias' is float32 \(3, 1\), not float32 \(3,\)"),
        ({}, {"bias": np.ones(3)}, "'bias' is float64"),
        ({}, {"bias": np.array([1, np.nan, 1], np.float32)}, "not finite"),
        ({}, {"rows": np.full((3, 5), np.inf, np.float32)}, "not finite"),
        ({}, {"counts": np.ones(2, np.int64)}, "counts"),
        ({}, {"word_offsets": np.zeros(0, np.int64)}, "word_offsets do not cut"),
    ],
)
def test_bad_files(checkpoint, tmp_path, metadata, tensors, message):
    write_checkpoint(tmp_path / "file", checkpoint)
    naive_archive.rewrite(tmp_path / "file", metadata, tensors)
    with pytest.raises(ValueError, match=f"(?s)cannot be read.*{message}.*Use the file that Other.save"):
        read_checkpoint(tmp_path / "file", KIND)


def test_files_of_another_model(checkpoint, tmp_path):
    write_checkpoint(tmp_path / "other", checkpoint)
    with pytest.raises(ValueError, match=r"other' holds a Other model. Use Other\.load\.$"):
        Word2Vec.load(tmp_path / "other")
    Word2Vec(vector_size=4, min_count=1, sample=0).fit([["a", "b"]] * 9).save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"model' holds a Word2Vec model. Use Word2Vec\.load\.$"):
        read_checkpoint(tmp_path / "model", KIND)


OLD_ENTRIES = ("format", "parameters", "options", "state", "n_total", "corpus_hash")


def test_files_from_before_there_was_another_model(tmp_path):
    model = Word2Vec(vector_size=4, min_count=1, sample=0).fit([["a", "b"]] * 9)
    model.save(tmp_path / "file")
    assert {"input", "output"} < set(load_file(tmp_path / "file"))
    # They had no checksums either.
    with safe_open(tmp_path / "file", framework="numpy") as file:
        entries = {name: file.metadata()[name] for name in OLD_ENTRIES}
    save_file(load_file(tmp_path / "file"), tmp_path / "file", {**entries, "version": "1"})
    assert np.array_equal(Word2Vec.load(tmp_path / "file").wv_.vectors, model.wv_.vectors)


def test_only_the_same_run_is_resumed(checkpoint, tmp_path):
    check_resumable(checkpoint, Options(size=5, epochs=3), "hash", {}, tmp_path)
    with pytest.raises(
        AnotherRunError, match=r"size \(5 then, 6 now\)\. .* or call Other\.anew\.$"
    ) as caught:
        check_resumable(checkpoint, replace(checkpoint.options, size=6), "hash", {}, tmp_path)
    assert caught.value.finding.endswith("size (5 then, 6 now).")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with pytest.raises(ValueError, match="the text"):
        check_resumable(checkpoint, Options(**asdict(checkpoint.options)), "another", {}, tmp_path)


def test_hash_of_arrays_is_that_of_their_bytes(tmp_path):
    values = np.arange((1 << 22) + 5, dtype=np.float64)
    values.tofile(tmp_path / "values")
    starts = np.array([0, 4], np.int64)
    whole = b"a\nb" + np.array([2, 1], np.int64).tobytes() + starts.tobytes() + values.tobytes()
    mapped = np.memmap(tmp_path / "values", np.float64, "r")
    assert hash_arrays(Vocabulary(["a", "b"], [2, 1]), starts, mapped) == hashlib.sha256(whole).hexdigest()


def opened(*arguments):
    with checkpoint_in(*arguments) as path:
        return path


def test_checkpoint_folders(tmp_path):
    assert opened(None, False, "Other.fit") is None
    with pytest.raises(
        ValueError, match="resume parameter of Other.fit must be False where .* checkpoint=..."
    ):
        opened(None, True, "Other.fit")
    with pytest.raises(TypeError, match="resume parameter of Other.fit must be True or False. Got 'yes'"):
        opened(tmp_path, "yes", "Other.fit")
    for folder in (3, ["state"], b"state", True):
        with pytest.raises(TypeError, match="checkpoint parameter of Other.fit must be a path"):
            opened(folder, False, "Other.fit")
    with pytest.raises(ValueError, match="checkpoint parameter of Other.fit .* Got '' instead"):
        opened("", False, "Other.fit")
    path = opened(tmp_path / "new" / "folder", True, "Other.fit")
    assert path.parent.is_dir() and not path.exists()
    path.touch()
    with pytest.raises(NotADirectoryError, match="checkpoint parameter of Other.fit must be a folder"):
        opened(path, False, "Other.fit")


def test_an_unfinished_checkpoint_is_not_overwritten(tmp_path):
    model = Word2Vec(min_count=1, vector_size=4, epochs=2, sample=0)
    sentences = [["a", "b", "c"]] * 40
    model.fit(sentences, checkpoint=tmp_path)
    model.fit(sentences, checkpoint=tmp_path)  # of a finished run
    path = tmp_path / "checkpoint.safetensors"
    whole = read_checkpoint(path, Word2Vec._kind)
    state = replace(whole.state, epoch=1, loss_curve=whole.state.loss_curve[:1])
    write_checkpoint(path, replace(whole, state=state))
    with pytest.raises(UnfinishedRunError, match="resume=True to go on with it, or remove the file"):
        model.fit(sentences, checkpoint=tmp_path)
    model.fit(sentences, checkpoint=tmp_path, resume=True)
    path.write_bytes(b"half")
    model.fit(sentences, checkpoint=tmp_path)  # nothing can be resumed from it


def test_the_second_run_in_a_folder_is_told(tmp_path):
    pytest.importorskip("fcntl")
    with (
        checkpoint_in(tmp_path, False, "Other.fit"),
        pytest.raises(ValueError, match="Another run is writing"),
    ):
        opened(tmp_path, False, "Other.fit")
    opened(tmp_path, False, "Other.fit")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["validation", "patience", "init_vectors"])
def test_resuming_notices_other_inputs(tmp_path, name):
    sentences = [["a", "b", "c", "d"]] * 40
    vectors = KeyedVectors(np.eye(4, dtype=np.float32), list("abcd"))
    settings = {"min_count": 1, "vector_size": 4, "epochs": 2, "sample": 0}
    settings |= {"patience": 1, "init_vectors": vectors}
    Word2Vec(**settings).fit(sentences, validation=sentences[:9], checkpoint=tmp_path)
    validation = sentences[:8] if name == "validation" else sentences[:9]
    settings |= {"patience": 2} if name == "patience" else {}
    if name == "init_vectors":
        settings["init_vectors"] = KeyedVectors(2 * np.eye(4, dtype=np.float32), list("abcd"))
    with pytest.raises(AnotherRunError, match=f"different: {name}"):
        Word2Vec(**settings).fit(sentences, validation=validation, checkpoint=tmp_path, resume=True)
