"""Vocabularies: order, pruning, merging."""

import gzip
import math
from collections import Counter

import naive_text
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from wordvec.text.vocabulary import Vocabulary

COUNTS = {"b": 2, "the": 9, "a": 2, "rare": 1, "c": 5}


def test_from_counts_sorts_by_count_and_keeps_ties_in_order():
    vocabulary = Vocabulary.from_counts(COUNTS, min_count=2)
    assert vocabulary.index_to_key == ["the", "c", "b", "a"]
    assert vocabulary.key_to_index == {"the": 0, "c": 1, "b": 2, "a": 3}
    assert vocabulary.counts.tolist() == [9, 5, 2, 2]
    assert vocabulary.counts.dtype == np.int64
    assert vocabulary.n_total == 19
    assert len(vocabulary) == 4
    assert "c" in vocabulary
    assert "rare" not in vocabulary


def test_from_counts_agrees_with_most_common():
    rng = np.random.default_rng(1)
    counts = Counter(f"w{k}" for k in rng.zipf(1.5, 2000) % 300)
    vocabulary = Vocabulary.from_counts(counts)
    assert list(zip(vocabulary.index_to_key, vocabulary.counts.tolist())) == counts.most_common()


@pytest.mark.smoke
def test_max_vocab_size_keeps_the_most_frequent():
    assert Vocabulary.from_counts(COUNTS, max_vocab_size=3).index_to_key == ["the", "c", "b"]
    assert Vocabulary.from_counts(COUNTS).truncate(max_vocab_size=1, min_count=3).index_to_key == ["the"]


def test_from_corpus_counts_lists():
    sentences = [["a", "b", "a"], [], ["c", "a", "c"]] * 3
    seen = []
    vocabulary = Vocabulary.from_corpus(sentences, min_count=4, progress=lambda *call: seen.append(call))
    words, counts = naive_text.vocabulary(sentences, 4)
    assert vocabulary == Vocabulary(words, counts, 18)
    assert seen[-1] == (9, 9)


def test_counts_equal_gensim():
    gensim_models = pytest.importorskip("gensim.models")
    rng = np.random.default_rng(3)
    sentences = [[f"w{k}" for k in rng.zipf(1.3, 30) % 500] for _ in range(200)]
    theirs = gensim_models.Word2Vec(min_count=2, vector_size=4)
    theirs.build_vocab(sentences)
    ours = Vocabulary.from_corpus(sentences, min_count=2)
    # gensim leaves the order of equal counts open.
    assert set(ours.index_to_key) == set(theirs.wv.index_to_key)
    assert ours.counts.tolist() == [theirs.wv.get_vecattr(word, "count") for word in ours.index_to_key]


@pytest.mark.smoke
@pytest.mark.parametrize("sample", [0, 1e-5, 1e-3, 0.5, 1, 20])
def test_keep_probabilities_equal_gensim(sample):
    gensim_models = pytest.importorskip("gensim.models")
    counts = {f"w{k}": 2000 // (k + 1) for k in range(300)}
    theirs = gensim_models.Word2Vec(min_count=3, vector_size=4, sample=sample)
    theirs.build_vocab_from_freq(counts)
    ours = Vocabulary.from_counts(counts, min_count=3)
    want = [theirs.wv.get_vecattr(word, "sample_int") / (2**32 - 1) for word in ours.index_to_key]
    np.testing.assert_allclose(ours.keep_probabilities(sample), want, atol=1e-9)


def test_keep_probabilities_equal_the_formula():
    vocabulary = Vocabulary.from_counts({"the": 900, "of": 99, "rare": 1})
    want = [naive_text.keep_probability(count, 1000, 0.01) for count in (900, 99, 1)]
    np.testing.assert_allclose(vocabulary.keep_probabilities(0.01), want, rtol=1e-15)


@pytest.mark.smoke
def test_noise_probabilities():
    vocabulary = Vocabulary.from_counts(COUNTS)
    weights = [count**0.75 for count in (9, 5, 2, 2, 1)]
    np.testing.assert_allclose(
        vocabulary.noise_probabilities(0.75), np.array(weights) / math.fsum(weights), rtol=1e-14
    )
    np.testing.assert_allclose(vocabulary.noise_probabilities(0), np.full(5, 0.2))


def test_update_keeps_ids_and_appends_new_words():
    old = Vocabulary.from_counts({"x": 5, "y": 3}, min_count=2)
    new = Vocabulary(["p", "y", "q"], [2, 7, 4], 20)
    grown = old.update(new)
    assert grown == Vocabulary(["x", "y", "q", "p"], [5, 10, 4, 2], 28)
    assert old == Vocabulary(["x", "y"], [5, 3])


def test_merge_of_parts_equals_the_whole():
    rng = np.random.default_rng(4)
    tokens = [f"w{k}" for k in rng.zipf(1.4, 3000) % 200]
    parts = [
        Vocabulary.from_counts(Counter(part)) for part in (tokens[:1000], tokens[1000:1700], tokens[1700:])
    ]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    whole = Counter(tokens)
    assert dict(zip(merged.index_to_key, merged.counts.tolist())) == whole
    assert merged.n_total == 3000
    assert (np.diff(merged.counts) <= 0).all()


WORDS = st.lists(st.text(min_size=1), min_size=1, max_size=20, unique=True)


@pytest.mark.parametrize("name", ["vocabulary.json", "vocabulary.json.gz"])
@given(words=WORDS, seed=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_save_and_load_any_word(tmp_path_factory, name, words, seed):
    counts = np.random.default_rng(seed).integers(1, 1 << 60, len(words)) // len(words)
    vocabulary = Vocabulary(words, counts, int(counts.sum()) + seed)
    path = tmp_path_factory.mktemp("saved") / name
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary
    assert [file.name for file in path.parent.iterdir()] == [name]


def test_saved_file_has_one_word_a_line_and_gz_is_compressed(tmp_path):
    vocabulary = Vocabulary(["été", '"'], [3, 1])
    vocabulary.save(tmp_path / "v.json")
    assert (tmp_path / "v.json").read_text("utf-8").splitlines()[1:3] == ['["été", 3],', '["\\"", 1]']
    vocabulary.save(tmp_path / "v.json.gz")
    assert gzip.decompress((tmp_path / "v.json.gz").read_bytes()) == (tmp_path / "v.json").read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"the 3\n", b'{"format": "x"}', b"[]", b"\x1f\x8b\x08cut", b"\xff\xfe", b'{"words": []}']
)
def test_load_refuses_other_files(tmp_path, content):
    path = tmp_path / "v.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"v\.json' cannot be read as a vocabulary: it"):
        Vocabulary.load(path)


def test_load_of_a_cut_file_raises(tmp_path):
    path = tmp_path / "v.json.gz"
    Vocabulary.from_counts(COUNTS).save(path)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(ValueError, match="damaged"):
        Vocabulary.load(path)


def test_save_into_a_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="Create the folder first"):
        Vocabulary(["a"], [1]).save(tmp_path / "none" / "v.json")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((["a", "b"], [1]), ValueError, "one count for each of the 2 words"),
        ((["a", "b", "a"], [1, 2, 3]), ValueError, "must not repeat a word. Got 'a'"),
        ((["a"], [0]), ValueError, "at least 1. Got {'a': 0}"),
        ((["a"], [1.5]), TypeError, "must be integers"),
        ((["a", 3], [1, 1]), TypeError, r"index_to_key\[1\] of Vocabulary must be a str. Got 3"),
        (("abc", [1, 1, 1]), TypeError, "not one str"),
        ((["a"], [5], 4), ValueError, "n_total parameter .* of at least 5. Got 4"),
    ],
)
def test_bad_words_and_counts(arguments, error, message):
    with pytest.raises(error, match=message):
        Vocabulary(*arguments)


def test_limits_that_leave_nothing():
    with pytest.raises(
        ValueError, match="No word occurs 10 times: the most frequent one occurs 9 times. Lower min_c"
    ):
        Vocabulary.from_counts(COUNTS, min_count=10)
    with pytest.raises(ValueError, match="no tokens"):
        Vocabulary.from_counts({})
    with pytest.raises(ValueError, match="no tokens"):
        Vocabulary.from_corpus([[], []])
    with pytest.raises(ValueError, match="min_count parameter"):
        Vocabulary.from_corpus([["a"]], min_count=0)
    with pytest.raises(TypeError, match="must be a mapping of word to count"):
        Vocabulary.from_counts(["a", "b"])
    with pytest.raises(TypeError, match="must be integers"):
        Vocabulary.from_counts({"a": 1.5})
    with pytest.raises(TypeError, match="max_vocab_size parameter"):
        Vocabulary.from_counts(COUNTS, max_vocab_size=1.5)


def test_vocabularies_are_equal_by_content():
    assert Vocabulary(["a"], [1]) == Vocabulary(["a"], [1])
    assert Vocabulary(["a"], [1]) != Vocabulary(["a"], [1], 2)
    assert Vocabulary(["a"], [1]) != ["a"]
    with pytest.raises(TypeError, match="can only be joined"):
        Vocabulary(["a"], [1]).merge({"a": 1})
