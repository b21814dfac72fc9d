"""Files of other tools are named, with a way out that works; whole models of ours are read."""

import io
import json
import os
import pickle
import re
import sqlite3
import struct
import zipfile

import numpy as np
import pytest

from wordvec.embeddings.glove import GloVe
from wordvec.embeddings.ppmi import PPMISVD
from wordvec.embeddings.word2vec import Word2Vec
from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import same

SENTENCES = [["a", "b", "c", "的"]] * 20


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def message(path, error=ValueError):
    with pytest.raises(error, match="cannot be read as word vectors") as caught:
        KeyedVectors.load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (struct.pack("<ii", 793712314, 12) + bytes(60), ["a model of fastText, and damaged"]),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7\nsize 12345\n", ["Git LFS", "git lfs pull"]),
        (b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n", ["HTML page", "fetch"]),
        (b"\n  <html>\n<head>\n", ["HTML page"]),
        (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', ["XML"]),
        (b"\x89HDF\r\n\x1a\n" + bytes(30), ["HDF5", "h5py"]),
        (npz(a=np.zeros(3), b=np.zeros(2)), ["archive of NumPy", "'a', 'b'"]),
        (b"SQLite format 3\0" + bytes(30), ["SQLite", "Magnitude"]),
        (b'{"the": [0.1, 0.2], "of": [1, 2]}', ["JSON"]),
        (b'[\n  {"word": "the", "vector": [0.1]}\n]', ["JSON"]),
        (b'{"word": "the", "vector": [0.1, 0.2]}\n', ["JSON"]),
        (b"FiFu\0\0\0\0\2\0\0\0", ["finalfusion"]),
        (zipped("archive/data.pkl", "archive/data/0"), ["PyTorch", "torch.load"]),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), ["office program"]),
        (zipped("config.json", "model.weights.h5"), ["Keras"]),
        (zipped("a.txt", "b.txt"), ["holds 2 files", "a.txt, b.txt"]),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", ["PyTorch"]),
        (pickle.dumps({"a": np.zeros(3)}), ["pickle of Python"]),
        (pickle.dumps({"a": [1, 2]}, 0), ["pickle of Python"]),
        (pickle.dumps(["a"], 2), ["pickle of Python"]),
        (b"PAR1\x15\x04\x15", ["Parquet"]),
        (b"ARROW1\0\0", ["Arrow"]),
        (b"\x1c\0\0\0TFL3\0", ["TensorFlow Lite"]),
        (b"\x08\x07\x12\x07pytorch\x1a\x031.0:", ["ONNX"]),
        (b"GGUF\3\0\0\0", ["GGUF"]),
        (b"7z\xbc\xaf\x27\x1c\0\4", ["7-Zip"]),
        (b"Rar!\x1a\x07\x01\0", ["RAR"]),
        ("a 1 2\n".encode("utf-16"), ["UTF-16"]),
        (b"50000 300 4 5 2 2166136261 < >\n0 0.1 0.2\n", ["a table of floret, and damaged", "2 numbers, not 300"]),
        ("的 9:0.0221 11:0.5\n".encode(), ["sparse"]),
        ("2 50000\n的 9:0.0221 11:0.5\n是 3:1\n".encode(), ["sparse"]),
        (b"the\t1:0.5\t7:-2e-3\n", ["sparse"]),
        (b"the,0.1,0.2\nof,0.3,0.4\n", ["comma-separated"]),
        (b"word,d0,d1\nthe,0.1,0.2\n", ["comma-separated"]),
        (b'"the","0.1","0.2"\r\n', ["comma-separated"]),
        (b"2 2\nthe,0.1,0.2\nof,0.3,0.4\n", ["comma-separated"]),
        (b"the;0.1;0.2\n", ["comma-separated"]),
        (b"the 0.1,0.2,0.3\n", ["comma-separated"]),
        (b"the [0.1, 0.2, 0.3]\n", ["comma-separated"]),
        (b"the 0,1 0,2\nof 1,5 2,5\n", ["decimal commas"]),
        (b"the\t0,1\t0,2\n", ["decimal commas"]),
        (b"0.1\t0.2\n-0.3\t0.4\n", ["numbers without words"]),
        (b"", ["it is empty"]),
    ],
)  # fmt: skip
def test_a_foreign_file_is_named(tmp_path, content, parts):
    path = tmp_path / "file"
    path.write_bytes(content)
    found = message(path)
    for part in parts:
        assert part in found


@pytest.mark.parametrize(
    "text",
    ["{ 0.1 0.2\n[ 0.3 0.4\n", "PAR1 0.1 0.2\nGGUF 1 2\n", "<html> 1 2\n", ", 1 2\n1,000 3 4\n", "9:0 1 2\n"],
)
def test_words_that_look_like_another_format(tmp_path, text):
    (tmp_path / "v.txt").write_text(text, encoding="utf-8")
    assert KeyedVectors.load(tmp_path / "v.txt").index_to_key == [
        line.split()[0] for line in text.splitlines()
    ]


def test_a_database(tmp_path):
    connection = sqlite3.connect(tmp_path / "v.magnitude")
    connection.execute("CREATE TABLE magnitude (key TEXT)")
    connection.commit()
    connection.close()
    assert "SQLite" in message(tmp_path / "v.magnitude")


def test_weights_without_words(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    safetensors.save_file({"embeddings": np.zeros((2, 2), np.float32)}, tmp_path / "model.safetensors")
    assert "tensors without words (embeddings)" in message(tmp_path / "model.safetensors")


# ---------------------------------------------------------------- advice that works


def followed(found, path, modules):
    """Evaluate the expression that a message gives."""
    code = re.search(r"(KeyedVectors\.from_gensim\(.*?\))\.save", found)[1].replace(
        "(path)", f"({str(path)!r})"
    )
    return eval(code, {"KeyedVectors": KeyedVectors, **modules})


@pytest.mark.parametrize("separate", [False, True])
def test_files_of_gensim_and_the_way_out(tmp_path, separate):
    gensim = pytest.importorskip("gensim", reason="writes the files")
    options = {"vector_size": 4, "min_count": 1, "epochs": 1, "workers": 1}
    word2vec = gensim.models.Word2Vec(SENTENCES, **options)
    fasttext = gensim.models.FastText(SENTENCES, bucket=10, **options)
    keyword = {"sep_limit": 0} if separate else {}
    for model, name in (
        (word2vec, "w.model"),
        (word2vec.wv, "w.kv"),
        (fasttext, "f.model"),
        (fasttext.wv, "f.kv"),
    ):
        model.save(str(tmp_path / name), **keyword)
    gensim.models.fasttext.save_facebook_model(fasttext, str(tmp_path / "f.bin"))
    arrays = sorted(path.name for path in tmp_path.glob("*.npy"))
    assert ("w.kv.vectors.npy" in arrays) == separate
    same(KeyedVectors.load(tmp_path / "f.bin"), fasttext.wv)
    for name in ["w.model", "w.kv", "f.model", "f.kv", *arrays]:
        found = message(tmp_path / name)
        assert "gensim" in found
        wanted = word2vec if name.startswith("w") else fasttext
        same(followed(found, tmp_path / name, {"gensim": gensim}), wanted.wv)


def test_an_array_alone(tmp_path):
    np.save(tmp_path / "vectors.npy", np.zeros((2, 2)))
    found = message(tmp_path / "vectors.npy")
    assert "array of NumPy, without words" in found
    assert "KeyedVectors(numpy.load(path), words)" in found


@pytest.mark.slow
def test_a_pipeline_of_spacy_and_the_way_out(tmp_path):
    spacy = pytest.importorskip("spacy", reason="writes the folder")
    pipeline = spacy.blank("en")
    for row, word in enumerate("abc"):
        pipeline.vocab.set_vector(word, np.full(3, row, np.float32))
    (tmp_path / "package").mkdir()
    pipeline.to_disk(tmp_path / "package" / "en_x-1.0")
    for path, error in (
        (tmp_path / "package", IsADirectoryError),
        (tmp_path / "package" / "en_x-1.0", IsADirectoryError),
        (tmp_path / "package" / "en_x-1.0" / "vocab" / "vectors", ValueError),
    ):
        found = message(path, error)
        start, _, last = re.search(r"(n = spacy.*)\.save", found)[1].rpartition("; ")
        names = {"spacy": spacy, "KeyedVectors": KeyedVectors}
        exec(start, names)
        kv = eval(last, names)
        assert {word: kv[word].tolist() for word in "abc"} == {"a": [0] * 3, "b": [1] * 3, "c": [2] * 3}


@pytest.mark.parametrize(
    ("files", "part"),
    [
        (["modules.json", "config.json"], "sentence-transformers"),
        (["config.json", "model.safetensors"], "Hugging Face"),
        (["saved_model.pb"], "TensorFlow"),
        (["a.vec", "b.vec", ".hidden"], "name one of its files (a.vec, b.vec)"),
        ([], "it holds no file"),
    ],
)
def test_a_folder_is_named(tmp_path, files, part):
    for name in files:
        (tmp_path / name).write_text("{}", encoding="utf-8")
    assert part in message(tmp_path, IsADirectoryError)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "it is a pipe" in message(tmp_path / "pipe")


# ---------------------------------------------------------------- our own models


@pytest.mark.parametrize(
    "model",
    [
        Word2Vec(vector_size=4, min_count=1, epochs=1, random_state=1),
        GloVe(vector_size=4, min_count=1, epochs=1, random_state=1),
        GloVe(vector_size=4, min_count=1, epochs=1, random_state=1, output="word"),
        GloVe(vector_size=4, min_count=1, epochs=1, random_state=1, output="both"),
        PPMISVD(vector_size=2, min_count=1, random_state=1),
    ],
)
def test_vectors_of_a_whole_model(tmp_path, model):
    path = tmp_path / "model.safetensors"
    vectors = model.fit(SENTENCES).wv_
    model.save(path)
    read = KeyedVectors.load(path)
    same(read, vectors)
    np.testing.assert_array_equal(read.counts, vectors.counts)
    same(KeyedVectors.load(path, limit=2), vectors.subset(vectors.index_to_key[:2]))
    if isinstance(model, GloVe):
        with pytest.raises(
            ValueError, match="GloVe model whose vectors have to be computed: load it without mmap"
        ):
            KeyedVectors.load(path, mmap=True)
    else:
        same(KeyedVectors.load(path, mmap=True, verify=True), vectors)


def test_a_damaged_model(tmp_path):
    path = tmp_path / "model.safetensors"
    Word2Vec(vector_size=4, min_count=1, epochs=1).fit(SENTENCES).save(path)
    data = bytearray(path.read_bytes())
    start = struct.unpack("<Q", data[:8])[0] + 8
    place = start + json.loads(data[8:start])["input"]["data_offsets"][0]
    data[place] ^= 1
    path.write_bytes(data)
    assert "damaged" in message(path)
