import bz2
import gzip
import json
import lzma
import struct
from pathlib import Path

import naive_vectors as naive
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wordvec import formats, formats_text
from wordvec.vectors import KeyedVectors

WORDS = ["the", "king", "naïve", "北京", "a_b", "tab\there", "\x85", "nan", "-1.5", "12"]
TEXT_NAMES = ["v.txt", "v.vec", "v.glove", "v.glove.txt", "v.txt.gz", "v.glove.bz2", "v.vec.xz"]
BINARY_NAMES = ["v.bin", "v.bin.gz"]


def make(vector_size=5, words=WORDS, seed=0):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(len(words), vector_size)) * 10.0 ** rng.integers(
        -8, 8, (len(words), vector_size)
    )
    return KeyedVectors(vectors.astype(np.float32), words, np.arange(len(words), 0, -1))


def same(a, b):
    assert a.index_to_key == b.index_to_key
    np.testing.assert_array_equal(a.vectors, b.vectors)


def names_in(folder):
    return [path.name for path in folder.iterdir()]


def gensim_class():
    return pytest.importorskip("gensim.models", reason="compared with gensim").KeyedVectors


@pytest.mark.parametrize("vector_size", [1, 2, 5, 100])
@pytest.mark.parametrize("name", [*TEXT_NAMES, *BINARY_NAMES, "v.safetensors"])
def test_what_is_written_is_read(tmp_path, name, vector_size):
    kv = make(vector_size)
    kv.save(tmp_path / name)
    back = KeyedVectors.load(tmp_path / name)
    same(back, kv)
    assert (back.counts is not None) == (name == "v.safetensors")
    same(KeyedVectors.load(tmp_path / name, limit=3), kv.subset(WORDS[:3]))
    assert KeyedVectors.load(tmp_path / name, limit=1000).index_to_key == WORDS
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("v.txt", "word2vec-text"),
        ("v.bin.gz", "word2vec-binary"),
        ("v.glove", "glove"),
        ("v.safetensors", "safetensors"),
    ],
)
def test_content_tells_the_format_whatever_the_name(tmp_path, name, chosen):
    make().save(tmp_path / name)
    odd = (tmp_path / name).rename(tmp_path / "vectors.dat")
    assert formats.detect_format(odd) == chosen
    same(KeyedVectors.load(odd), make())


def test_the_same_vectors_make_the_same_packed_bytes(tmp_path):
    make().save(tmp_path / "a.txt.gz")
    make().save(tmp_path / "b.txt.gz")
    assert (tmp_path / "a.txt.gz").read_bytes() == (tmp_path / "b.txt.gz").read_bytes()


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(
    ("extension", "options"),
    [(".bin", {"binary": True}), (".txt", {"binary": False}), (".glove", {"no_header": True})],
)
def test_gensim_reads_what_we_write(tmp_path, extension, options, suffix):
    kv = make(words=[word for word in WORDS if word != "tab\there"])
    path = tmp_path / f"v{extension}{suffix}"
    kv.save(path)
    theirs = gensim_class().load_word2vec_format(str(path), **options)
    assert theirs.index_to_key == kv.index_to_key
    np.testing.assert_array_equal(theirs.vectors, kv.vectors)


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
@pytest.mark.parametrize(
    ("chosen", "options"),
    [
        ("word2vec-binary", {"binary": True}),
        ("word2vec-text", {"binary": False}),
        ("glove", {"write_header": False}),
    ],
)
def test_we_read_what_gensim_writes(tmp_path, chosen, options, suffix):
    kv = make()
    path = tmp_path / f"vectors{suffix}"
    kv.to_gensim().save_word2vec_format(str(path), **options)
    assert formats.detect_format(path) == chosen
    same(KeyedVectors.load(path), kv)


def test_binary_is_gensims_byte_for_byte(tmp_path):
    make().save(tmp_path / "ours.bin")
    make().to_gensim().save_word2vec_format(str(tmp_path / "theirs.bin"), binary=True)
    assert (tmp_path / "ours.bin").read_bytes() == (tmp_path / "theirs.bin").read_bytes()


def test_the_c_tools_newlines_and_trailing_spaces_are_read(tmp_path):
    kv = make(3)
    rows = [word.encode() + b" " + row.tobytes() + b"\n" for word, row in zip(WORDS, kv.vectors)]
    (tmp_path / "c.bin").write_bytes(b"10 3\n" + b"".join(rows))
    same(KeyedVectors.load(tmp_path / "c.bin"), kv)
    (tmp_path / "c.txt").write_bytes(b"2 3\r\nthe 0.500000 -1.25 3 \r\nking 1e-3 +2 .5 \r\n\r\n")
    np.testing.assert_array_equal(
        KeyedVectors.load(tmp_path / "c.txt").vectors, np.float32([[0.5, -1.25, 3], [1e-3, 2, 0.5]])
    )


def test_text_is_read_as_the_naive_reader_does(tmp_path):
    kv = make(30)
    kv.to_gensim().save_word2vec_format(str(tmp_path / "v.txt"), binary=False)
    words, rows = naive.read_word2vec_text(
        (tmp_path / "v.txt").read_text(encoding="utf-8").replace("\x85", "?")
    )
    np.testing.assert_array_equal(KeyedVectors.load(tmp_path / "v.txt").vectors, rows)
    assert len(words) == len(kv)


@settings(max_examples=200, deadline=None)
@given(
    numbers=st.lists(
        st.one_of(
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.floats(-1e30, 1e30),
            st.decimals(-(10**6), 10**6, places=6),
            st.sampled_from(
                ["0", "-0", "1e-50", "1.", ".5", "+3", "1E5", "0.1000000000000000055511151231257827"]
            ),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_decimal_is_the_float_that_python_reads(tmp_path_factory, numbers):
    path = tmp_path_factory.getbasetemp() / "decimals.txt"
    texts = [str(number) for number in numbers]
    path.write_text(f"1 {len(texts)}\nw {' '.join(texts)}\n", encoding="utf-8")
    want = np.array([float(text) for text in texts]).astype(np.float32)
    np.testing.assert_array_equal(KeyedVectors.load(path).vectors[0], want)


def test_blocks_are_joined(tmp_path, monkeypatch):
    kv = make(7, words=[f"wörd{row}" for row in range(500)])
    for name in ("v.txt", "v.glove", "v.bin"):
        kv.save(tmp_path / name)
    for module in ("formats_text", "formats_binary"):
        monkeypatch.setattr(f"wordvec.{module}.BLOCK_BYTES", 100)
    monkeypatch.setattr("wordvec.formats_io.FIRST_TABLE_BYTES", 64)
    for name in ("v.txt", "v.glove", "v.bin"):
        same(KeyedVectors.load(tmp_path / name), kv)
        same(KeyedVectors.load(tmp_path / name, limit=499), kv.subset(kv.index_to_key[:499]))


def test_words_with_spaces_as_in_gloves_largest_file(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_bytes(b". 1.0 2.0\n. . . 3.5  4.5\nat name@domain.com 5 6\n\xc2\xa0 7 8\n")
    kv = KeyedVectors.load(path)
    assert kv.index_to_key == [".", ". . .", "at name@domain.com", "\xa0"]
    np.testing.assert_array_equal(kv.vectors, np.float32([[1, 2], [3.5, 4.5], [5, 6], [7, 8]]))


def test_other_encodings(tmp_path):
    path = tmp_path / "v.txt"
    path.write_bytes("2 1\n北京 1.5\nok 2.5\n".encode("gbk"))
    assert KeyedVectors.load(path, encoding="gbk").index_to_key == ["北京", "ok"]
    with pytest.raises(ValueError, match=r"line 2 is not valid utf-8 .* errors=\"replace\""):
        KeyedVectors.load(path)
    assert KeyedVectors.load(path, errors="replace").index_to_key[1] == "ok"
    for options in ({"encoding": "no-such"}, {"encoding": "utf-16"}, {"errors": "no-such"}):
        with pytest.raises(ValueError, match="encoding parameter of load"):
            KeyedVectors.load(path, **options)


# ---------------------------------------------------------------- safetensors


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
    with pytest.raises(ValueError, match="NaN or infinity in row 0, the vector of 'the'"):
        KeyedVectors.load(tmp_path / "v.safetensors", mmap=True).most_similar("king")
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


# ---------------------------------------------------------------- damaged files


def binary(header=b"2 2\n", rows=((b"a", 1.0, 2.0), (b"b", 3.0, 4.0)), after=b""):
    return header + b"".join(word + b" " + struct.pack("<ff", *row) for word, *row in rows) + after


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"\n\n", "neither a word2vec header"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither a word2vec header"),
        (b"just a line of text\nand another\n", "neither a word2vec header"),
        (b"3 2\na 1 2\nb 3 4\n", "line 1 promises 3 rows, the file ends after 2"),
        (b"3 2\n", "line 1 promises 3 rows, the file ends after 0"),
        (b"1 2\na 1 2\nb 3 4\n", "line 3 comes after the 1 rows that line 1 promises"),
        (b"1000000000000 2\na 1 2\nb 3 4\n", "promises 1000000000000 rows, the file ends after 2"),
        (b"1 1000000000000\na 1 2\n", "line 1 promises 1 rows of 1000000000000 numbers"),
        (b"0 2\n", "line 1 promises 0 rows of 2"),
        (b"2 0\na 1\nb 2\n", "line 1 promises 2 rows of 0"),
        (b"2 3\na 1 2 3\nb 3 4\n", "line 3 has 2 numbers, not 3"),
        (b"2 2\na 1 2\nb 3 4 5\n", "line 3 has more than 2 numbers"),
        (b"2 3\na 1 2\nb 3 4\n", "line 2 has 2 numbers, not 3"),
        (b"2 2\na 1 2\nb 3 x4\n", "line 3 holds b'x4', which is not a number"),
        (b"2 2\na 1 2\nb 3 1_0\n", "line 3 holds b'1_0', which is not a number"),
        (b"2 2\na 1 2\nb nan 4\n", "line 3 holds b'nan', not a finite float32"),
        (b"2 2\na 1 2\nb 3 -inf\n", "line 3 holds b'-inf', not a finite float32"),
        (b"2 2\na 1 2\nb 3 1e39\n", "line 3 holds b'1e39', not a finite float32"),
        (b"2 2\na 1 2\na 3 4\n", "line 3 repeats the word 'a' of line 2"),
        (b"2 2\na 1 2\n\nb 3 4\n", "line 3 is blank"),
        (b"2 2\na 1 2\n 3 4\n", "line 3 starts with a space"),
        (b"2 2\na 1 2\n\xff\xfe 3 4\n", "line 3 is not valid utf-8"),
        (b"a 1 2\nb 3 4 5\n", "line 2 has more than 2 numbers"),
        (b"a 1 2\nb 3\n", "line 2 has 1 numbers, not 2"),
        (b"a 1 2\na 3 4\n", "line 2 repeats the word 'a' of line 1"),
        (b"a 1 2\nb nan 4\n", "line 2 holds b'nan'"),
        (binary(b"3 2\n"), "promises 3 rows of 2 numbers, the file ends in row 3"),
        (binary()[:-1], "the file ends in row 2"),
        (binary(b"1 2\n"), "data follows the 1 rows"),
        (binary(after=b"\x00"), "data follows the 2 rows"),
        (binary(b"1000000000000 2\n"), "the file ends in row 3"),
        (binary(rows=((b"a", 1.0, 2.0), (b"b", float("nan"), 4.0))), "row 2, the vector of 'b', holds NaN"),
        (binary(rows=((b"a", 1.0, 2.0), (b"a", 3.0, 4.0))), "row 2 repeats the word 'a' of row 1"),
        (binary(rows=((b"a", 1.0, 2.0), (b"\xff", 3.0, 4.0))), "row 2 is not valid utf-8"),
        (binary(rows=((b"a", 1.0, 2.0), (b"", 3.0, 4.0))), "row 2 has no word"),
        (b"2 2\na \x00\x00\x80?\x00\x00\x80?" + b"b" * 70_000, "row 2 starts with a word of more than"),
        (gzip.compress(b"1 2\na 1 2\n")[:-4], "compressed data is cut off"),
        (gzip.compress(b"1 2\na 1 2\n")[:-9] + b"123456789", "compressed data is cut off or damaged"),
        (bz2.compress(b"1 2\na 1 2\n")[:-4], "compressed data is cut off"),
        (lzma.compress(b"1 2\na 1 2\n")[:-4], "compressed data is cut off"),
        (gzip.compress(b"1 2\na 1 x\n"), "which is not a number"),
    ],
)
def test_a_damaged_file_is_one_error_that_says_where(tmp_path, content, message):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=rf"damaged' cannot be read as word vectors: .*({message})"
    ) as caught:
        KeyedVectors.load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        KeyedVectors.load(tmp_path / "none.txt")
    with pytest.raises(IsADirectoryError):
        KeyedVectors.load(tmp_path)


def test_options_that_do_not_fit(tmp_path):
    make().save(tmp_path / "v.txt")
    with pytest.raises(ValueError, match="mmap=True needs a .safetensors file"):
        KeyedVectors.load(tmp_path / "v.txt", mmap=True)
    with pytest.raises(ValueError, match="limit parameter of load must be an integer of at least 1"):
        KeyedVectors.load(tmp_path / "v.txt", limit=0)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda n, d, rest: b"%d %d\n" % (n, d) + rest, st.integers(0, 4), st.integers(0, 4), st.binary()
        ),
        st.text("0123456789.e+- \n\tab", max_size=100).map(str.encode),
        st.builds(lambda n, rest: struct.pack("<Q", n) + b"{" + rest, st.integers(0, 300), st.binary()),
    ),
    packer=st.sampled_from([bytes, gzip.compress]),
)
@example(b"1 1\na 1 2\n", bytes)
@example(struct.pack("<Q", 40) + b'{"a":' * 8, bytes)
@example(b"2 1\na b c", bytes)
def test_any_bytes_are_vectors_or_a_value_error(tmp_path, content, packer):
    path = tmp_path / "any"
    path.write_bytes(packer(content))
    for mmap in (False, True):
        try:
            kv = KeyedVectors.load(path, mmap=mmap)
        except ValueError as error:
            assert "any'" in str(error)
        else:
            assert len(kv) == len(kv.vectors) > 0
            assert np.isfinite(kv.norms).all()


# ---------------------------------------------------------------- writing

plain_words = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \n"), min_size=1, max_size=6),
    min_size=1,
    max_size=8,
    unique=True,
)
any_words = st.lists(st.text(max_size=6), min_size=1, max_size=8, unique=True)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


def drawn(data, words):
    size = data.draw(st.integers(1, 4))
    rows = [data.draw(st.lists(floats, min_size=size, max_size=size)) for _ in words]
    return KeyedVectors(np.array(rows, np.float32), words)


plain_vectors = st.builds(drawn, st.data(), plain_words)


@pytest.mark.parametrize("name", ["v.txt", "v.glove", "v.bin"])
@pytest.mark.parametrize("number", [0.5, 1e-30])
def test_white_space_other_than_spaces_belongs_to_the_word(tmp_path, name, number):
    # 1e-30 needs more than the kernel's exact powers of ten, so that its line is read by the slower parser.
    kv = KeyedVectors(np.float32([[number]] * 6), ["0\r", "\r0", "a\r5", "\t", "a\x0b", "\x1f5\x85"])
    kv.save(tmp_path / name)
    same(KeyedVectors.load(tmp_path / name), kv)


@pytest.mark.parametrize("name", ["v.txt", "v.glove", "v.bin", "v.txt.gz"])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kv=plain_vectors)
@example(KeyedVectors(np.float32([[6.566077282648064e16]]), ["0"]))  # the bytes of " Fi[" in .bin
def test_any_word_without_spaces_round_trips(tmp_path, name, kv):
    kv.save(tmp_path / name)
    same(KeyedVectors.load(tmp_path / name), kv)


@pytest.mark.parametrize("after_rows", [b"", b"\n"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["a"], [b"0\n??"]),
        (["a"], [b"0.5\n" + b"0.5\n"]),  # a line too many for text
        (["a"], [b" wor"]),
        (["a"], [b"\x0b\x0b\x0b\x0b"]),
        (["\t"], [b"\t\t\t\t"]),  # nothing but white space
        (["a", "b"], [b"1\n  ", b"12\n?"]),
        (["a", "b"], [b"x yz" + b"abcd", b" " * 8]),
    ],
)
def test_binary_that_looks_like_text(tmp_path, words, numbers, after_rows, compress):
    vector_size = len(numbers[0]) // 4
    data = b"".join(word.encode() + b" " + row + after_rows for word, row in zip(words, numbers))
    path = tmp_path / "vectors"
    path.write_bytes(compress(b"%d %d\n" % (len(words), vector_size) + data))
    assert formats.detect_format(path) == "word2vec-binary"
    same(
        KeyedVectors.load(path),
        KeyedVectors(np.frombuffer(b"".join(numbers), "<f4").reshape(len(words), -1), words),
    )


@pytest.mark.parametrize("content", [b"2 1\na 123\nb 456\n", b"1 2\na 0.5 0.25", b"1 1\nab  1.0"])
def test_text_that_could_be_binary_is_text(tmp_path, content):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    assert formats.detect_format(path) == "word2vec-text"


def test_a_sample_tells_what_a_large_file_is(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "SAMPLE_BYTES", 4000)
    rows = np.random.default_rng(5).normal(size=(2000, 1)).astype(np.float32)
    rows[0] = np.frombuffer(b"1\n??", "<f4")
    kv = KeyedVectors(rows, [str(row) for row in range(2000)])
    kv.save(tmp_path / "v.bin")
    same(KeyedVectors.load(tmp_path / "v.bin"), kv)
    damaged = tmp_path / "v.txt"
    damaged.write_bytes(b"500 2\na 0.x5 0.25\n" + b"b 0.5 0.25\n" * 499)
    with pytest.raises(ValueError, match="line 2 holds b'0.x5', which is not a number"):
        KeyedVectors.load(damaged)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=any_words, data=st.data())
def test_safetensors_holds_any_word(tmp_path, words, data):
    kv = drawn(data, words)
    kv.save(tmp_path / "v.safetensors")
    same(KeyedVectors.load(tmp_path / "v.safetensors"), kv)


@pytest.mark.parametrize("word", ["New York", "line\nbreak", ""])
@pytest.mark.parametrize("name", ["v.txt", "v.bin", "v.glove"])
def test_a_word_that_a_format_cannot_hold_is_refused(tmp_path, name, word):
    kv = make(words=["a", word])
    with pytest.raises(ValueError, match=r"\(row 1\) holds a space or a line break .* Save as .safetensors"):
        kv.save(tmp_path / name)
    assert names_in(tmp_path) == []


def test_a_word_that_is_not_unicode_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is not valid Unicode"):
        make(words=["a", "\ud800"]).save(tmp_path / "v.safetensors")


@pytest.mark.parametrize("name", ["v", "v.npy", "v.gz", "v.safetensors.gz"])
def test_an_unknown_extension_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"\.bin, \.glove\.txt, \.glove|cannot be .gz"):
        make().save(tmp_path / name)


def test_format_overrides_the_extension(tmp_path):
    make().save(tmp_path / "v.model", format="glove")
    assert formats.detect_format(tmp_path / "v.model") == "glove"
    with pytest.raises(ValueError, match="format parameter of save must be one of"):
        make().save(tmp_path / "v.model", format="pickle")


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="Create the folder first"):
        make().save(tmp_path / "none" / "v.bin")


def test_devices_and_folders_are_not_replaced(tmp_path):
    (tmp_path / "v.bin").mkdir()
    with pytest.raises(OSError, match="folder or a device"):
        make().save(tmp_path / "v.bin")
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="folder or a device"):
            make().save("/dev/full", format="glove")


@pytest.mark.parametrize("name", ["v.txt", "v.bin", "v.glove.gz", "v.safetensors"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"old")
    kv = make(100, words=[str(row) for row in range(5000)])
    # A limit on the size of files is a disk that fills in the middle of the table.
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(OSError, match=rf"nothing was written under this name: .*{name}"):
            kv.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == [name]


def test_a_failed_rename_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    def refuse(self, target):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "v.bin").write_bytes(b"old")
    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(PermissionError, match="nothing was written"):
        make().save(tmp_path / "v.bin")
    assert (tmp_path / "v.bin").read_bytes() == b"old"
    assert names_in(tmp_path) == ["v.bin"]


def test_a_link_keeps_pointing_at_the_file(tmp_path):
    (tmp_path / "link.bin").symlink_to(tmp_path / "real.bin")
    make().save(tmp_path / "link.bin")
    assert (tmp_path / "link.bin").is_symlink()
    same(KeyedVectors.load(tmp_path / "real.bin"), make())


def test_a_header_is_two_numbers():
    assert formats_text.parse_header(b"3 5\r\nx") == (3, 5)
    assert formats_text.parse_header(b"3 5 \nx") == (3, 5)
    assert formats_text.parse_header(b"3 5 1\n") is None
    assert formats_text.parse_header(b"3 5.0\n") is None
