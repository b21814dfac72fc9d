"""Vectors in safetensors files: mapped tables, half precision, the safetensors library, and damage."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import WORDS, make, same


def test_safetensors_reads_our_file(tmp_path):
    numpy_reader = pytest.importorskip("safetensors.numpy")
    kv = make()
    kv.save(tmp_path / "v.safetensors")
    tensors = numpy_reader.load_file(tmp_path / "v.safetensors")
    np.testing.assert_array_equal(tensors["vectors"], kv.vectors)
    np.testing.assert_array_equal(tensors["counts"], kv.counts)
    raw, offsets = tensors["words"].tobytes(), tensors["word_offsets"]
    assert [raw[a:b].decode() for a, b in zip(offsets, offsets[1:])] == WORDS
    numpy_reader.save_file(tensors, tmp_path / "theirs.safetensors")
    same(KeyedVectors.load(tmp_path / "theirs.safetensors"), kv)
    same(KeyedVectors.load(tmp_path / "theirs.safetensors", mmap=True), kv)


def test_a_mapped_table_answers_like_a_read_one(tmp_path):
    kv = make(words=["", " ", "two words", "line\nbreak", "x"])
    kv.save(tmp_path / "v.safetensors")
    mapped = KeyedVectors.load(tmp_path / "v.safetensors", mmap=True)
    assert isinstance(mapped.vectors, np.memmap)
    assert mapped.vectors.offset % 64 == 0
    same(mapped, kv)
    assert mapped.most_similar("x") == kv.most_similar("x")
    np.testing.assert_array_equal(mapped.counts, kv.counts)
    same(KeyedVectors.load(tmp_path / "v.safetensors", mmap=True, limit=2), kv.subset(["", " "]))
    mapped.save(tmp_path / "v.safetensors")
    same(KeyedVectors.load(tmp_path / "v.safetensors"), kv)


def test_float16_is_stored_as_float16(tmp_path):
    kv = KeyedVectors(np.random.default_rng(0).normal(size=(10, 5)), WORDS)
    kv.save(tmp_path / "v.safetensors", dtype="float16")
    for mmap in (False, True):
        half = KeyedVectors.load(tmp_path / "v.safetensors", mmap=mmap)
        assert half.vectors.dtype == np.float16
        same(half, kv.astype("float16"))
    for name in ("v.bin", "v.txt"):
        half.save(tmp_path / name)
        np.testing.assert_array_equal(
            KeyedVectors.load(tmp_path / name).vectors, half.vectors.astype(np.float32)
        )
    with pytest.raises(ValueError, match="needs a .safetensors file"):
        kv.save(tmp_path / "v.txt", dtype="float16")


def test_a_mapped_table_with_nan_is_refused_at_the_first_query(tmp_path):
    kv = make()
    kv.save(tmp_path / "v.safetensors")
    data = bytearray((tmp_path / "v.safetensors").read_bytes())
    place = KeyedVectors.load(tmp_path / "v.safetensors", mmap=True).vectors.offset
    data[place : place + 4] = struct.pack("<f", float("nan"))
    (tmp_path / "v.safetensors").write_bytes(data)
    with pytest.raises(ValueError, match="Row 0, the vector of 'the', holds NaN or infinity"):
        KeyedVectors.load(tmp_path / "v.safetensors", mmap=True).most_similar("king")
    for options in ({}, {"mmap": True, "verify": True}):
        with pytest.raises(ValueError, match="it is damaged: its data do not have the checksum"):
            KeyedVectors.load(tmp_path / "v.safetensors", **options)
    # A file that some other program wrote has no checksums.
    tensors = load_file(tmp_path / "v.safetensors")
    save_file(tensors, tmp_path / "v.safetensors")
    with pytest.raises(ValueError, match="row 1, the vector of 'the', holds NaN"):
        KeyedVectors.load(tmp_path / "v.safetensors")


def safetensors_bytes(change):
    header = {
        "vectors": {"dtype": "F32", "shape": [2, 1], "data_offsets": [24, 32]},
        "word_offsets": {"dtype": "I64", "shape": [3], "data_offsets": [0, 24]},
        "words": {"dtype": "U8", "shape": [2], "data_offsets": [32, 34]},
    }
    data = bytearray(struct.pack("<qqqff", 0, 1, 2, 0.5, 1.5) + b"ab")
    change(header, data)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h, d: h.pop("words"), "no tensor 'words'"),
        (lambda h, d: h["vectors"].update(dtype="F64"), "entry for 'vectors' is wrong"),
        (lambda h, d: h["vectors"].update(shape=[10**12, 300]), "entry for 'vectors' is wrong"),
        (lambda h, d: h["vectors"].update(shape=[2]), "entry for 'vectors' is wrong|word_offsets must go"),
        (lambda h, d: h["vectors"].update(shape=[-2, -1]), "entry for 'vectors' is wrong"),
        (lambda h, d: h["vectors"].update(data_offsets=[24]), "entry for 'vectors' is wrong"),
        (lambda h, d: h.update(vectors=7), "entry for 'vectors' is wrong"),
        (lambda h, d: h["words"].update(shape=[3], data_offsets=[32, 35]), "'words' is cut off"),
        (lambda h, d: h["word_offsets"].update(shape=[2], data_offsets=[0, 16]), "word_offsets must go"),
        (lambda h, d: d.__setitem__(8, 9), "word_offsets do not cut"),
        (lambda h, d: d.__setitem__(32, 0xFF), "not valid UTF-8"),
        (lambda h, d: d.__setitem__(33, ord("a")), "row 2 repeats the word 'a' of row 1"),
        (lambda h, d: d.__delitem__(slice(20, None)), "is cut off"),
    ],
)
@pytest.mark.parametrize("mmap", [False, True])
def test_a_damaged_safetensors_file_is_refused(tmp_path, change, message, mmap):
    path = tmp_path / "v.safetensors"
    path.write_bytes(safetensors_bytes(lambda h, d: None))
    assert KeyedVectors.load(path, mmap=mmap).index_to_key == ["a", "b"]
    path.write_bytes(safetensors_bytes(change))
    with pytest.raises(ValueError, match=rf"v.safetensors' cannot be read as word vectors: .*({message})"):
        KeyedVectors.load(path, mmap=mmap)
