"""Vectors in safetensors files: mapped tables, half precision, the safetensors library, and damage."""

import json
import pickle
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


def test_int8_is_a_quarter_and_queries_need_no_float32_table(tmp_path):
    lengths = 10.0 ** np.arange(-2, 3).repeat(100)
    table = (np.random.default_rng(0).normal(size=(500, 64)) * lengths[:, None]).astype(np.float32)
    table[3] = 0
    kv = KeyedVectors(table, [f"w{row}" for row in range(500)], np.arange(500, 0, -1))
    kv.save(tmp_path / "v.safetensors", dtype="int8")
    # What the file says, without our reader.
    tensors = load_file(tmp_path / "v.safetensors")
    assert tensors["vectors"].dtype == np.int8
    want = tensors["vectors"].astype(np.float32) * tensors["scales"][:, None]
    assert (np.abs(want - table) <= np.abs(table).max(axis=1, keepdims=True) / 253).all()
    exact = KeyedVectors(want, kv.index_to_key, kv.counts)
    for mmap in (False, True):
        small = KeyedVectors.load(tmp_path / "v.safetensors", mmap=mmap)
        assert repr(small) == "KeyedVectors(500 words, vector_size=64, int8)"
        assert small.quantized.rows.nbytes == table.nbytes // 4
        assert isinstance(small.quantized.rows, np.memmap) == mmap
        np.testing.assert_array_equal(small.counts, kv.counts)
        np.testing.assert_array_equal(small["w7"], want[7])
        np.testing.assert_array_equal(small[["w7", "w3"]], want[[7, 3]])
        np.testing.assert_array_equal(small.norms, exact.norms)
        for options in ({}, {"restrict_vocab": 90, "topn": 3}):
            assert small.most_similar("w5", **options) == exact.most_similar("w5", **options)
            words = small.index_to_key[::7]
            assert small.most_similar_batch(words, **options) == exact.most_similar_batch(words, **options)
        np.testing.assert_array_equal(small.distances("w5"), exact.distances("w5"))
        assert small.similarity("w5", "w6") == exact.similarity("w5", "w6")
        assert small.most_similar_cosmul(["w5"], ["w6"]) == exact.most_similar_cosmul(["w5"], ["w6"])
        part = KeyedVectors.load(tmp_path / "v.safetensors", mmap=mmap, limit=9)
        same(part, exact.subset(exact.index_to_key[:9]))
        small.save(tmp_path / "again.safetensors")
        assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "v.safetensors").read_bytes()
        assert small._vectors is None
        np.testing.assert_array_equal(small.vectors, want)
        np.testing.assert_array_equal(small.astype("float32").vectors, want)
        same(small.subset(["w8"]), exact.subset(["w8"]))
    small.save(tmp_path / "v.bin")
    np.testing.assert_array_equal(KeyedVectors.load(tmp_path / "v.bin").vectors, want)
    same(pickle.loads(pickle.dumps(kv.astype("int8"))), exact)
    with pytest.raises(ValueError, match="int8 needs a .safetensors file"):
        kv.save(tmp_path / "v.txt", dtype="int8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("scales"), "its vectors are int8, and it holds no scales"),
        (lambda t: t.update(scales=t["scales"][1:]), r"the shape of scales is \[3\], with 4 words"),
        (lambda t: t["words"].__setitem__(3, ord("a")), "row 4 repeats the word 'a' of row 1"),
        (lambda t: t["scales"].__setitem__(2, np.nan), "row 3 has the scale nan"),
        (lambda t: t["scales"].__setitem__(1, -1), "row 2 has the scale -1"),
        (
            lambda t: t.update(scales=t["scales"].astype(np.float64)),
            "the header's entry for 'scales' is wrong: F64",
        ),
    ],
)
def test_damaged_scales_of_int8(tmp_path, change, message):
    path = tmp_path / "v.safetensors"
    KeyedVectors(np.ones((4, 3)), list("abcd")).save(path, dtype="int8")
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    for mmap in (False, True):
        with pytest.raises(ValueError, match=message):
            KeyedVectors.load(path, mmap=mmap)


@pytest.mark.parametrize("factor", [1e-45, 1e-42, 1e-38, 1e38])
def test_int8_of_extreme_rows(factor):
    table = (np.array([[1, -2, 3], [0, 0, 0], [3, 3, 3]]) * factor).astype(np.float32)
    rounded = KeyedVectors(table, list("abc")).astype("int8")
    assert np.isfinite(rounded.vectors).all()
    assert np.abs(rounded.vectors - table).max() <= np.abs(table).max() / 253 + 127 * 1.5e-45
    assert rounded.astype("int8").quantized is rounded.quantized
