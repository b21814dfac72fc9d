"""What is no corpus, bytes that are no text, paths and options that do not fit: one error that says where."""

import pytest

from wordvec.text.corpus import LineCorpus, encode_corpus
from wordvec.text.vocabulary import Vocabulary

from .support import write


def one_shot():
    yield ["a"]


@pytest.mark.parametrize("read", [encode_corpus, Vocabulary.from_corpus])
@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        ("some text", "The corpus is a str .'some text'.*LineCorpus.path. for a text file"),
        (["some text"], "sentences.0. is a str .'some text'., so every character would become a word"),
        ([["a"], b"bytes"], "sentences.1. is a bytes"),
        ([["a"], ["b", 3]], r"sentences.1..1. must be a str. Got 3 instead"),
        ([["a", ["b"]]], r"sentences.0..1. must be a str. Got \['b'\] instead"),
        ([["a"], None], r"sentences.1. must be a list of str. Got None"),
        (one_shot(), "a generator, which can be read only once.*Pass a list"),
        (iter([["a"]]), "list_iterator, which can be read only once"),
        (7, "must be a LineCorpus or an iterable of sentences .* Got 7"),
    ],
)
def test_what_is_not_a_corpus(read, corpus, message):
    with pytest.raises(TypeError, match=message):
        read(corpus, min_count=1)


@pytest.mark.parametrize("tokenizer", ["whitespace", "word"])
@pytest.mark.parametrize(
    ("data", "line"),
    [(b"a\n\nb c\nd \xff e\n", 4), (b"caf\xc3", 1), (b"a b\n" * 50_000 + b"\xe2\x82 ", 50_001)],
)
def test_invalid_utf8_names_file_and_line(tmp_path, tokenizer, data, line):
    path = write(tmp_path, data)
    message = rf"text\.txt', line {line}: not valid utf-8 \(byte 0x.*errors=\"replace\" to go on"
    with pytest.raises(ValueError, match=message):
        encode_corpus(LineCorpus(path, tokenizer), min_count=1)
    with pytest.raises(ValueError, match=message):
        list(LineCorpus(path, tokenizer))
    encode_corpus(LineCorpus(path, tokenizer, errors="replace"), min_count=1)


@pytest.mark.parametrize("encoding", ["utf-16", "ascii", "gb18030"])
def test_bytes_of_another_encoding(tmp_path, encoding):
    corpus = LineCorpus(write(tmp_path, "a\nb \xff\n".encode("latin-1")), encoding=encoding)
    with pytest.raises(ValueError, match=rf"text\.txt', line \d: not valid {encoding}"):
        encode_corpus(corpus, min_count=1)
    with pytest.raises(ValueError, match=rf"text\.txt', line \d: not valid {encoding}"):
        list(corpus)


@pytest.mark.parametrize("tokenizer", ["whitespace", "word"])
def test_binary_file(tmp_path, tokenizer):
    corpus = LineCorpus(write(tmp_path, b"\x7fELF\x01\x00\x00 text", "tool"), tokenizer, errors="replace")
    with pytest.raises(ValueError, match=r"tool' holds NUL bytes, so it is a binary file or not in utf-8"):
        encode_corpus(corpus)


@pytest.mark.parametrize("tokenizer", ["whitespace", "word"])
@pytest.mark.parametrize("text", ["", "\n \n\t"])
def test_empty_corpus(tmp_path, tokenizer, text):
    corpus = LineCorpus(write(tmp_path, text), tokenizer)
    assert list(corpus) == []
    with pytest.raises(ValueError, match="holds no tokens"):
        encode_corpus(corpus)
    with pytest.raises(ValueError, match="holds no tokens"):
        Vocabulary.from_corpus(corpus)


def test_nothing_frequent_enough_or_nothing_known():
    with pytest.raises(
        ValueError, match="No word occurs 5 times: the most frequent one occurs 2 times. Lower min_count"
    ):
        encode_corpus([["a", "a", "b"]])
    with pytest.raises(ValueError, match="None of the 1 tokens of the corpus is in the vocabulary"):
        encode_corpus([["a"]], vocabulary=Vocabulary(["b"], [1]))


def test_paths_that_lead_nowhere(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="missing.txt' does not exist"):
        LineCorpus(tmp_path / "missing.txt")
    with pytest.raises(FileNotFoundError, match="holds no files"):
        LineCorpus(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="matches no file"):
        LineCorpus(str(tmp_path / "*.txt"))
    with pytest.raises(FileNotFoundError, match="does not exist"):
        LineCorpus("")
    with pytest.raises(ValueError, match="must name at least one file"):
        LineCorpus([])
    with pytest.raises(TypeError, match="must be a path, a glob, or a list"):
        LineCorpus(3)
    with pytest.raises(TypeError, match="must hold str or Path. Got 3"):
        LineCorpus([3])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"errors": "silent"}, "errors parameter of LineCorpus must be one of 'strict', 'replace', 'ignore'"),
        ({"encoding": "klingon"}, "encoding parameter of LineCorpus .* Got 'klingon'"),
        ({"encoding": "rot13"}, "encoding parameter of LineCorpus .* Got 'rot13'"),
        ({"tokenizer": "jieba"}, "tokenizer parameter of LineCorpus"),
    ],
)
def test_bad_options(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        LineCorpus(write(tmp_path, "a"), **options)


def test_bad_limits():
    with pytest.raises(
        ValueError, match="max_memory parameter of encode_corpus must be an integer of at least 1048576"
    ):
        encode_corpus([["a"]], max_memory=1000)
    with pytest.raises(ValueError, match="min_count parameter"):
        encode_corpus([["a"]], min_count=0)
    with pytest.raises(
        TypeError, match="vocabulary parameter of encode_corpus must be a Vocabulary, or None. Got {'a': 1}"
    ):
        encode_corpus([["a"]], vocabulary={"a": 1})


def test_tokenizer_that_returns_no_strings(tmp_path):
    corpus = LineCorpus(write(tmp_path, "a b\nc d"), lambda text: [1] if "c" in text else ["x"])
    with pytest.raises(TypeError, match=r"tokens of .*text\.txt', line 2.0. must be a str. Got 1"):
        encode_corpus(corpus)
    corpus = LineCorpus(write(tmp_path, "a b\nc d"), lambda text: text)
    with pytest.raises(TypeError, match="line 1 is a str .'a b'., so every character would become a word"):
        encode_corpus(corpus)
