"""`LineCorpus` and `encode_corpus` against naive references: reading, encoding, temporary files."""

import bz2
import codecs
import errno
import gc
import gzip
import io
import lzma
import os
import pickle

import naive_text
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from wordvec._io import spill as _spill
from wordvec.text.corpus import LineCorpus, encode_corpus
from wordvec.text.vocabulary import Vocabulary

from .support import write

TEXT = "the cat sat\n\n  \nthe dog\tsat down \r\nÉté\u3000été the\nno end of line"
MIB = 1 << 20


def zipf_text(n_tokens, tokens_per_line, seed=1):
    rng = np.random.default_rng(seed)
    tokens = [f"w{k}" for k in rng.zipf(1.3, n_tokens) % 3000]
    lines = [" ".join(tokens[k : k + tokens_per_line]) for k in range(0, n_tokens, tokens_per_line)]
    return "\n".join(lines)


def check_against_naive(corpus, sentences, **limits):
    vocabulary, encoded = encode_corpus(corpus, **limits)
    limits.pop("max_memory", None)
    words, counts = naive_text.vocabulary(sentences, **limits)
    assert vocabulary.index_to_key == words
    assert vocabulary.counts.tolist() == counts
    n_tokens = sum(map(len, sentences))
    assert vocabulary.n_total == encoded.n_raw_tokens == n_tokens
    check_ids(encoded, sentences, words)
    return vocabulary, encoded


def check_ids(encoded, sentences, words):
    place = {word: k for k, word in enumerate(words)}
    want = [[place[token] for token in sentence if token in place] for sentence in sentences]
    want = [ids for ids in want if ids]
    assert encoded.token_ids.dtype == np.int32
    assert encoded.starts.dtype == np.int64
    assert encoded.token_ids.tolist() == [token_id for ids in want for token_id in ids]
    assert np.diff(encoded.starts).tolist() == list(map(len, want))
    assert encoded.starts[0] == 0


# Reading


@pytest.mark.parametrize("tokenizer", ["whitespace", "word", str.split])
@pytest.mark.parametrize("lowercase", [False, True])
def test_lines_are_sentences_again_and_again(tmp_path, tokenizer, lowercase):
    corpus = LineCorpus(write(tmp_path, TEXT), tokenizer, lowercase)
    ete = ["été", "été", "the"] if lowercase else ["Été", "été", "the"]
    want = [["the", "cat", "sat"], ["the", "dog", "sat", "down"], ete, ["no", "end", "of", "line"]]
    assert list(corpus) == want
    assert list(pickle.loads(pickle.dumps(corpus))) == want
    check_against_naive(corpus, want, min_count=1)
    check_against_naive(corpus, want, min_count=2)


def compress_zst(data):
    zstandard = pytest.importorskip("zstandard")
    half = len(data) // 2  # two frames
    return b"".join(zstandard.ZstdCompressor().compress(part) for part in (data[:half], data[half:]))


COMPRESS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": compress_zst}


@pytest.mark.parametrize("suffix", COMPRESS)
def test_compressed_files(tmp_path, suffix):
    text = zipf_text(30_000, 50)
    corpus = LineCorpus(write(tmp_path, COMPRESS[suffix](text.encode()), "t.txt" + suffix))
    sentences = naive_text.sentences(text.encode())
    assert list(corpus) == sentences
    check_against_naive(corpus, sentences, min_count=3)


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("damage", ["cut", "other"])
def test_damaged_compressed_files(tmp_path, suffix, damage):
    data = COMPRESS[suffix](zipf_text(30_000, 50).encode())
    path = write(
        tmp_path, data[: len(data) * 3 // 4] if damage == "cut" else b"not compressed" * 9, "t" + suffix
    )
    with pytest.raises(
        ValueError, match=rf"t{suffix}' cannot be read: the compressed data is cut off or damaged"
    ):
        list(LineCorpus(path))
    with pytest.raises(ValueError, match="cut off or damaged"):
        encode_corpus(LineCorpus(path))


def test_folders_globs_and_lists(tmp_path):
    (tmp_path / "b" / ".git").mkdir(parents=True)
    for name in ("z.txt", "a.txt", "b/m.txt", "b/.hidden", "b/.git/x.txt"):
        write(tmp_path, name, name)
    assert [s[0] for s in LineCorpus(tmp_path)] == ["a.txt", "b/m.txt", "z.txt"]
    assert [s[0] for s in LineCorpus(str(tmp_path / "*.txt"))] == ["a.txt", "z.txt"]
    assert [s[0] for s in LineCorpus(str(tmp_path / "**" / "*.txt"))] == ["a.txt", "b/m.txt", "z.txt"]
    assert [s[0] for s in LineCorpus([tmp_path / "z.txt", str(tmp_path / "b")])] == ["z.txt", "b/m.txt"]
    files = LineCorpus([tmp_path / "z.txt", tmp_path / "a.txt"])
    check_against_naive(files, [["z.txt"], ["a.txt"]], min_count=1)
    brackets = write(tmp_path, "x", "a[1].txt")
    assert LineCorpus(brackets).files == [brackets]


def test_byte_order_mark_is_dropped_once(tmp_path):
    mark = codecs.BOM_UTF8
    path = write(tmp_path, mark + b"a b\n" + mark + b"a")
    want = [["a", "b"], ["\ufeffa"]]
    assert list(LineCorpus(path)) == want
    check_against_naive(LineCorpus(path), want, min_count=1)


@pytest.mark.parametrize(
    "encoding", ["latin-1", "utf-16", "utf-16-le", "utf-32", "gb18030", "utf8", "UTF-8-SIG"]
)
def test_encodings(tmp_path, encoding):
    text = "été à\xa0la\x85mer\nété " * 20
    corpus = LineCorpus(write(tmp_path, text.encode(encoding)), encoding=encoding)
    want = [line.split() for line in text.split("\n")]
    assert list(corpus) == want
    check_against_naive(corpus, want, min_count=1)


@given(
    data=st.lists(
        st.sampled_from(
            [b"a", b"B", b" ", b"\n", b"\r", b"\xc3\x89", b"\xe3\x80\x80", b"\xff", b"\xe2\x80", b"\x85"]
        )
        | st.text(max_size=4).map(str.encode),
        max_size=40,
    ).map(b"".join),
    errors=st.sampled_from(["replace", "ignore"]),
    lowercase=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_bytes_and_lines_give_the_same(tmp_path_factory, data, errors, lowercase):
    """The path without Python strings, the path with them and the naive reference."""
    data = data.replace(b"\0", b"") + b" end"
    path = write(tmp_path_factory.mktemp("text"), data)
    fast = LineCorpus(path, lowercase=lowercase, errors=errors)
    want = naive_text.sentences(data, lambda s: s.lower().split() if lowercase else s.split(), errors)
    assert list(fast) == want
    check_against_naive(fast, want, min_count=1)
    slow = LineCorpus(path, str.split, lowercase=lowercase, errors=errors)
    check_against_naive(slow, want, min_count=1)


# Encoding


@pytest.mark.parametrize("tokenizer", ["whitespace", "word", str.split])
@pytest.mark.parametrize("tokens_per_line", [1, pytest.param(8, marks=pytest.mark.slow), 100_000])
@pytest.mark.parametrize("max_memory", [MIB, 1 << 30])
def test_encoding_equals_naive_in_memory_and_on_disk(tmp_path, tokenizer, tokens_per_line, max_memory):
    # 100,000 tokens are 400 kB of ids and up to 800 kB of starts: with 1 MiB, of which half is for buffers,
    # lines of one token go to the disk.
    text = zipf_text(100_000, tokens_per_line)
    corpus = LineCorpus(write(tmp_path, text), tokenizer)
    sentences = naive_text.sentences(text.encode())
    vocabulary, encoded = check_against_naive(corpus, sentences, min_count=5, max_memory=max_memory)
    again, with_given = encode_corpus(corpus, vocabulary=vocabulary, max_memory=max_memory)
    assert again is vocabulary
    np.testing.assert_array_equal(with_given.token_ids, encoded.token_ids)
    np.testing.assert_array_equal(with_given.starts, encoded.starts)
    assert with_given.n_raw_tokens == 100_000


@pytest.mark.smoke
def test_lists_equal_files(tmp_path):
    text = zipf_text(20_000, 13)
    sentences = naive_text.sentences(text.encode())
    from_file = encode_corpus(LineCorpus(write(tmp_path, text)), max_vocab_size=100)
    from_list = check_against_naive(sentences, sentences, min_count=5, max_vocab_size=100)
    assert from_file[0] == from_list[0]
    np.testing.assert_array_equal(from_file[1].token_ids, from_list[1].token_ids)
    assert Vocabulary.from_corpus(LineCorpus(tmp_path), max_vocab_size=100) == from_list[0]


def test_small_corpus_equals_the_slow_encoder():
    sentences = [["a", "b", "a"], ["c"], [], ["b", "c", "d"]]
    words, _ = naive_text.vocabulary(sentences, 2)
    token_ids, starts = naive_text.encode(sentences, words)
    _, encoded = encode_corpus(sentences, min_count=2)
    assert encoded.token_ids.tolist() == token_ids.tolist()
    assert encoded.starts.tolist() == starts.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer", ["whitespace", "word"])
def test_one_line_of_many_blocks_loses_no_token(tmp_path, tokenizer):
    text = zipf_text(600_000, 600_000)
    corpus = LineCorpus(write(tmp_path, text), tokenizer)
    vocabulary, encoded = encode_corpus(corpus, min_count=1, max_memory=2 * MIB)
    assert encoded.starts.tolist() == [0, 600_000]
    words = np.array(vocabulary.index_to_key, dtype=object)
    assert words[encoded.token_ids].tolist() == text.split()


def test_token_longer_than_a_block(tmp_path):
    long = "x" * 300_000
    for tokenizer in ("whitespace", "word"):
        corpus = LineCorpus(write(tmp_path, f"a {long} b {long}"), tokenizer)
        check_against_naive(corpus, [["a", long, "b", long]], min_count=1, max_memory=MIB)


@pytest.mark.parametrize("end", [" ", "\t ", " x", ""])
def test_pieces_of_a_last_line_end_it(tmp_path, monkeypatch, end):
    # The last piece of the line may end where the file does, after white space.
    monkeypatch.setattr("wordvec.text.corpus._BLOCK_BYTES", 4)
    paths = [write(tmp_path, text, name) for text, name in ((f"ab{end}", "one.txt"), ("cd ", "two.txt"))]
    for tokenizer in ("whitespace", "ud"):
        corpus = LineCorpus(paths, tokenizer)
        check_against_naive(corpus, [f"ab{end}".split(), ["cd"]], min_count=1)


def test_a_class_that_starts_anew_and_numpy_strings():
    class Sentences:
        def __iter__(self):
            yield from ([np.str_("a"), "b"], ("a",))

    vocabulary, encoded = check_against_naive(Sentences(), [["a", "b"], ["a"]], min_count=1)
    assert {type(word) for word in vocabulary.index_to_key} == {str}


def test_a_subclass_may_change_the_sentences(tmp_path):
    class Short(LineCorpus):
        def __iter__(self):
            return (sentence[:1] for sentence in super().__iter__())

    corpus = Short(write(tmp_path, "a b\na c"))
    check_against_naive(corpus, [["a"], ["a"]], min_count=1)
    assert Vocabulary.from_corpus(corpus, min_count=1) == Vocabulary(["a"], [2])


def test_given_vocabulary_is_met_by_lowered_words(tmp_path):
    vocabulary = Vocabulary(["été", "b"], [1, 1])
    corpus = LineCorpus(write(tmp_path, "ÉTÉ x\nB x Été\nx"), lowercase=True)
    _, encoded = encode_corpus(corpus, vocabulary=vocabulary)
    assert encoded.token_ids.tolist() == [0, 1, 0]
    assert encoded.starts.tolist() == [0, 1, 3]
    assert encoded.n_raw_tokens == 6


class Recorder:
    def __init__(self, calls):
        self.calls = calls

    def __call__(self, done, total):
        self.calls.append((done, total))


def test_progress_counts_bytes_or_sentences(tmp_path):
    data = zipf_text(100_000, 10)
    size = write(tmp_path, data).stat().st_size
    for tokenizer in ("whitespace", "word"):
        calls = []
        encode_corpus(LineCorpus(tmp_path, tokenizer), max_memory=MIB, progress=Recorder(calls))
        assert len(calls) > 3
        assert calls == sorted(calls)
        assert calls[-1] == (size, size)
    calls = []
    encode_corpus([["a"]] * 100_000, max_memory=MIB, progress=Recorder(calls))
    assert len(calls) > 2
    assert calls[-1] == (100_000, 100_000)


# Temporary files


@pytest.mark.slow
def test_spilled_corpus_leaves_nothing_behind(tmp_path, temporary_folder):
    path = write(tmp_path, zipf_text(300_000, 8))
    _, encoded = encode_corpus(LineCorpus(path), max_memory=MIB)
    assert "memmap" in repr(type(encoded.token_ids.base))
    assert encoded.token_ids.flags.writeable  # the same kind of array for Numba as one in memory
    if os.name == "posix":
        assert list(temporary_folder.iterdir()) == []
    total = int(encoded.token_ids.sum())
    gc.collect()
    assert int(encoded.token_ids.sum()) == total
    del encoded
    gc.collect()
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.slow
def test_memory_stays_in_bounds(tmp_path):
    resource = pytest.importorskip("tracemalloc")
    path = write(tmp_path, zipf_text(1_000_000, 20))
    encode_corpus(LineCorpus(path), max_memory=MIB)
    resource.start()
    try:
        _, encoded = encode_corpus(LineCorpus(path), max_memory=MIB)
        peak = resource.get_traced_memory()[1]
    finally:
        resource.stop()
    assert len(encoded.token_ids) > 900_000
    assert peak < 6 * MIB  # the table of words takes 3.2 MiB from the start


class FullDisk(io.BytesIO):
    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_full_disk_is_one_clear_error(tmp_path, temporary_folder, monkeypatch):
    path = write(tmp_path, zipf_text(300_000, 8))
    monkeypatch.setattr(_spill, "temporary_file", FullDisk)
    with pytest.raises(OSError, match="raise max_memory") as caught:
        encode_corpus(LineCorpus(path), max_memory=MIB)
    assert caught.value.errno == errno.ENOSPC
    assert str(temporary_folder) in str(caught.value)
    assert list(temporary_folder.iterdir()) == []
