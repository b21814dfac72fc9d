"""Phrases are those of a count token by token and of gensim, and are joined the same wherever a text is read."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from tests.reference import naive_phrases
from wordvec._io.spill import GrowingArray
from wordvec.text import CONNECTOR_WORDS, LineCorpus, Phrases, Vocabulary, encode_corpus
from wordvec.text.corpus import read_words
from wordvec.text.phrases.counting import _groups

CONNECTORS = ["of", "the"]
spill = GrowingArray.spill


WORDS = ["a", "b", "c", "d", "e", "f", "g", *CONNECTORS]


def random_sentences(seed, n=300):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(len(WORDS)))
    return [rng.choice(WORDS, rng.integers(0, 12), p=shares).tolist() for _ in range(n)]


@pytest.fixture
def corpus_file(tmp_path):
    sentences = random_sentences(3)
    path = tmp_path / "text.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences))
    return path


@pytest.mark.parametrize("scoring, threshold", [("default", 0.03), ("npmi", -0.1)])
@pytest.mark.parametrize("connectors", [[], CONNECTORS])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_phrases_are_those_of_a_count_token_by_token(seed, connectors, scoring, threshold):
    sentences = random_sentences(seed)
    phrases = Phrases(
        min_count=2, threshold=threshold, scoring=scoring, connector_words=connectors, n_passes=2
    ).fit(sentences)
    text = sentences
    for found in phrases.passes_:
        want = naive_phrases.find(text, 2, threshold, scoring, connectors)
        assert found.keys() == want.keys()
        assert [found[each] for each in want] == pytest.approx(list(want.values()), rel=1e-12)
        assert list(found.values()) == sorted(found.values(), reverse=True)
        text = [naive_phrases.join(sentence, want, connectors) for sentence in text]
    assert phrases.passes_[1]
    assert phrases.transform(sentences) == text


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_memory_and_threads_do_not_show(monkeypatch, n_jobs):
    # Many groups, parts and runs of connectors, and chunks that end within phrases.
    sentences = random_sentences(5, 1500)
    want = Phrases(min_count=2, threshold=0.03, connector_words=CONNECTORS, n_passes=3).fit(sentences)
    monkeypatch.setattr(
        "wordvec.text.phrases.counting._CHUNK", 8
    )  # tables have 4 times as many places, a power of two
    monkeypatch.setattr("wordvec.text.phrases.counting._PART", 50)
    monkeypatch.setattr("wordvec.text.phrases.encoded_text._CHUNK", 5)
    monkeypatch.setattr("wordvec.text.phrases.counting._groups", lambda sizes, most: _groups(sizes, 300))
    got = clone(want).set_params(n_jobs=n_jobs).fit(sentences)
    assert got.passes_ == want.passes_


def test_ids_move_to_a_file_beyond_the_memory(monkeypatch):
    sentences = random_sentences(5, 400) * 200
    want = Phrases(min_count=2, threshold=0.03, n_passes=2).fit(sentences)
    spilled = []
    monkeypatch.setattr(GrowingArray, "spill", lambda self: spilled.append(self) or spill(self))
    got = clone(want).set_params(max_memory=1 << 20).fit(sentences)
    assert spilled
    assert got.passes_ == want.passes_


@pytest.mark.parametrize("scoring, threshold", [("default", 1.0), ("npmi", 0.3)])
@pytest.mark.parametrize("connectors", [[], sorted(CONNECTOR_WORDS["en"])])
def test_the_table_is_gensims(sample_corpus, scoring, threshold, connectors):
    gensim = pytest.importorskip("gensim.models.phrases")
    theirs = gensim.Phrases(
        sample_corpus,
        min_count=2,
        threshold=threshold,
        scoring=scoring,
        connector_words=frozenset(connectors),
    )
    ours = Phrases(min_count=2, threshold=threshold, scoring=scoring, connector_words=connectors)
    want = theirs.export_phrases()
    assert len(want) > 5
    assert ours.fit(sample_corpus).phrases_ == pytest.approx(want, rel=1e-12)
    assert ours.transform(sample_corpus) == [theirs[sentence] for sentence in sample_corpus]


@pytest.fixture(scope="module")
def sample_corpus():
    rng = np.random.default_rng(0)
    words = np.array([f"w{k}" for k in range(40)] + sorted(CONNECTOR_WORDS["en"]))
    places = ["new york", "bank of america", "once upon a time", "point of view", "tea with milk"]
    sentences = []
    for _ in range(400):
        sentence = rng.choice(words, 8).tolist()
        sentence[4:4] = places[rng.integers(5)].split()
        sentences.append(sentence)
    return sentences


@pytest.mark.parametrize("block_bytes", [64, 1 << 16])
@pytest.mark.parametrize(
    "options",
    [{}, {"lowercase": True}, {"errors": "ignore"}, {"tokenizer": "word"}, {"tokenizer": str.split}],
    ids=str,
)
def test_a_corpus_is_read_with_phrases_joined(tmp_path, options, block_bytes):
    sentences = random_sentences(7, 500)
    phrases = Phrases(min_count=2, threshold=0.03, connector_words=CONNECTORS, n_passes=2).fit(sentences)
    path = tmp_path / "text.txt"
    lines = [" ".join(sentence) for sentence in sentences]
    if options.get("lowercase"):
        lines = [line.title() for line in lines]
    data = "\n".join(lines).encode()  # the last line has no end
    path.write_bytes(data.replace(b" ", b" \xff ") if "errors" in options else data)
    corpus = LineCorpus(path, phrases=phrases, **options)
    want = [sentence for sentence in phrases.transform(sentences) if sentence]
    assert list(corpus) == want

    parts = []
    words = read_words(corpus, parts.append, block_bytes, None)
    names = words.select(np.arange(len(words.counts)))
    assert names == list(dict.fromkeys(word for sentence in want for word in sentence))
    items = np.concatenate(parts)
    assert np.array_equal(words.counts, np.bincount(items[items >= 0]))
    assert words.groups is None

    vocabulary, encoded = encode_corpus(corpus, min_count=2)
    vocabulary_2, encoded_2 = encode_corpus(want, min_count=2)
    assert vocabulary == vocabulary_2 == Vocabulary.from_corpus(corpus, min_count=2)
    assert np.array_equal(encoded.token_ids, encoded_2.token_ids)
    assert np.array_equal(encoded.starts, encoded_2.starts)


def test_a_phrase_that_is_a_word_of_the_text_is_that_word(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("机器 学习\n机器学习\n机器 学习\n机器 学习\n机器 翻译\n")
    phrases = Phrases(min_count=1, threshold=0.5, delimiter="").fit(LineCorpus(path))
    assert phrases.passes_[0].keys() == {("机器", "学习")}
    vocabulary = Vocabulary.from_corpus(LineCorpus(path, phrases=phrases), min_count=1)
    assert vocabulary.index_to_key == ["机器学习", "机器", "翻译"]
    assert vocabulary.counts.tolist() == [4, 1, 1]


def test_phrases_of_a_joined_corpus_are_a_second_pass(corpus_file):
    both = Phrases(min_count=2, threshold=0.03, n_passes=2).fit(LineCorpus(corpus_file))
    first = Phrases(min_count=2, threshold=0.03).fit(LineCorpus(corpus_file))
    second = Phrases(min_count=2, threshold=0.03).fit(LineCorpus(corpus_file, phrases=first))
    assert len(second.phrases_) > 1
    assert [*first.passes_, *second.passes_] == both.passes_


def test_lower_case_joins_words_before_they_are_counted(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("New york\nnew York\nNEW day\nold york\n" * 3)
    lower = Phrases(min_count=1, threshold=0.1).fit(LineCorpus(path, lowercase=True))
    want = naive_phrases.find([line.lower().split() for line in path.read_text().splitlines()], 1, 0.1)
    assert lower.passes_[0] == pytest.approx(want)


def test_saved_and_pickled_phrases_are_the_same(tmp_path):
    sentences = random_sentences(1)
    phrases = Phrases(min_count=2, threshold=0.03, connector_words={"of"}, n_passes=2, delimiter="~")
    phrases.fit(sentences)
    phrases.save(tmp_path / "phrases.json")
    for other in (Phrases.load(tmp_path / "phrases.json"), pickle.loads(pickle.dumps(phrases))):
        assert other.passes_ == phrases.passes_
        assert other.transform(sentences) == phrases.transform(sentences)
        assert other.get_params()["delimiter"] == "~"


def test_bad_input_is_one_error(tmp_path):
    phrases = Phrases(min_count=1, threshold=0.1)
    with pytest.raises(NotFittedError):
        phrases.transform([["a"]])
    with pytest.raises(NotFittedError):
        LineCorpus(__file__, phrases=phrases)
    phrases.fit([["a", "b"]] * 3)
    for bad, message in [
        (["a b"], r"sentences\[0\] is a str"),
        ([["a"], [1]], r"sentences\[1\]"),
        ("a b", "a str"),
        ([["a"], None], r"sentences\[1\]"),
    ]:
        with pytest.raises(TypeError, match=message):
            phrases.transform(bad)
        with pytest.raises(TypeError, match=message):
            Phrases().fit(bad)
    with pytest.raises(ValueError, match="holds no tokens"):
        Phrases().fit([[]])
    with pytest.raises(ValueError, match="without white space"):
        Phrases(delimiter=" ").fit([["a"]])
    with pytest.raises(AttributeError, match="phrases_ has"):
        phrases.export_phrases()
    with pytest.raises(TypeError, match="Pass the sentences to fit"):
        Phrases(sentences=[["a"]])
    with pytest.raises(ValueError, match="be a collection of words"):
        Phrases(connector_words="of").fit([["a"]])
    with pytest.raises(ValueError, match="from -1 to 1"):
        Phrases(scoring="npmi", threshold=10).fit([["a"]])
    with pytest.raises(ValueError, match="make_joiner"):
        LineCorpus(__file__, phrases=2)
    path = tmp_path / "phrases.json"
    phrases.save(path)
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole.replace(b'"b"', b'"c"'), b"[]", b""):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="cannot be used|damaged|something else"):
            Phrases.load(path)


def test_a_text_without_phrases_is_left_as_it_is():
    phrases = Phrases(n_passes=10**9, min_count=10**30).fit([["a", "b", "c"]])
    assert phrases.phrases_ == {}
    assert phrases.passes_ == [{}]
    assert phrases.transform([["a", "b"], []]) == [["a", "b"], []]
