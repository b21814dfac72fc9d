"""Vectors in files: what is written is read, by gensim too, and the content tells the format."""

import gzip
import re

import naive_vectors as naive
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from wordvec.vectors.formats import dispatch as formats, text as formats_text
from wordvec.vectors.formats.word2vec_binary import MAX_WORD_BYTES
from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import WORDS, make, names_in, same

TEXT_NAMES = ["v.txt", "v.vec", "v.glove", "v.glove.txt", "v.txt.gz", "v.glove.bz2", "v.vec.xz", "v.txt.zst"]
BINARY_NAMES = ["v.bin", "v.bin.gz", "v.bin.zst"]


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
    for suffix in (".gz", ".bz2", ".xz", ".zst"):
        make().save(tmp_path / f"a.txt{suffix}")
        make().save(tmp_path / f"b.txt{suffix}")
        assert (tmp_path / f"a.txt{suffix}").read_bytes() == (tmp_path / f"b.txt{suffix}").read_bytes()


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


@pytest.mark.smoke
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
    monkeypatch.setattr("wordvec.vectors.formats.line_blocks.TEXT_BLOCK_BYTES", 100)
    monkeypatch.setattr("wordvec.vectors.formats.word2vec_binary.BLOCK_BYTES", 100)
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
        ((name, value),) = options.items()
        with pytest.raises(ValueError, match=f"The {name} parameter of load must be .* Got '{value}'"):
            KeyedVectors.load(path, **options)


# ---------------------------------------------------------------- any word


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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["v.txt", "v.glove", "v.bin", "v.txt.gz"])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kv=plain_vectors)
@example(KeyedVectors(np.float32([[6.566077282648064e16]]), ["0"]))  # the bytes of " Fi[" in .bin
def test_any_word_without_spaces_round_trips(tmp_path, name, kv):
    try:
        kv.save(tmp_path / name)
    except ValueError as error:
        word = kv.index_to_key[int(re.search(r"row (\d+)", str(error))[1])]
        nul, field = "\0" in word and name != "v.bin", "\t" in word and name == "v.glove"
        assert ("NUL character" in str(error) and nul) or ("a tab and a number" in str(error) and field)
        return
    same(KeyedVectors.load(tmp_path / name), kv)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=any_words, data=st.data())
def test_safetensors_holds_any_word(tmp_path, words, data):
    kv = drawn(data, words)
    kv.save(tmp_path / "v.safetensors")
    same(KeyedVectors.load(tmp_path / "v.safetensors"), kv)


def test_what_word2vec_binary_cannot_be_read_with_is_not_written(tmp_path):
    longest = "a" * (MAX_WORD_BYTES - 1)
    kv = KeyedVectors(np.eye(2, dtype=np.float32), [longest, "b"])
    kv.save(tmp_path / "v.bin")
    same(KeyedVectors.load(tmp_path / "v.bin"), kv)
    with pytest.raises(ValueError, match=r"row 1\) has 65,536 bytes.*safetensors"):
        KeyedVectors(np.eye(2, dtype=np.float32), ["b", longest + "a"]).save(tmp_path / "w.bin")
    assert not (tmp_path / "w.bin").exists()


# ---------------------------------------------------------------- which format


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
    monkeypatch.setattr("wordvec.vectors.formats.detection.SAMPLE_BYTES", 4000)
    rows = np.random.default_rng(5).normal(size=(2000, 1)).astype(np.float32)
    rows[0] = np.frombuffer(b"1\n??", "<f4")
    kv = KeyedVectors(rows, [str(row) for row in range(2000)])
    kv.save(tmp_path / "v.bin")
    same(KeyedVectors.load(tmp_path / "v.bin"), kv)
    damaged = tmp_path / "v.txt"
    damaged.write_bytes(b"500 2\na 0.x5 0.25\n" + b"b 0.5 0.25\n" * 499)
    with pytest.raises(ValueError, match="line 2 holds b'0.x5', which is not a number"):
        KeyedVectors.load(damaged)


def test_format_overrides_the_extension(tmp_path):
    make().save(tmp_path / "v.model", format="glove")
    assert formats.detect_format(tmp_path / "v.model") == "glove"
    with pytest.raises(ValueError, match="format parameter of save must be one of"):
        make().save(tmp_path / "v.model", format="pickle")


def test_a_header_is_two_numbers():
    assert formats_text.parse_header(b"3 5\r\nx") == (3, 5)
    assert formats_text.parse_header(b"3 5 \nx") == (3, 5)
    assert formats_text.parse_header(b"3 5 1\n") is None
    assert formats_text.parse_header(b"3 5.0\n") is None
