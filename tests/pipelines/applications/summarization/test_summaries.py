"""Summaries: scores against dense linear algebra and brute force, offsets into the text, lengths, bad input, files."""

import itertools
import math
import pickle
from collections import Counter

import numpy as np
import pytest
from sklearn.base import clone

from wordvec import KeyedVectors
from wordvec.pipelines.applications import Summarizer
from wordvec.pipelines.applications.summarization import sentence_vectors
from wordvec.pipelines.applications.summarization.documents import read_documents
from wordvec.pipelines.applications.summarization.selection import Budget, choose_best, choose_diverse

ENGLISH = (
    "  The old bridge was closed in May. Ships had hit it twice!\nThe city will build\na new bridge for ships and "
    "trains, Dr. Lee said.\n\nA ferry crosses until then. Nobody was hurt when ships hit the old bridge."
)
CHINESE = (
    "海口对四种蔬菜限价。大白菜零售价两元一斤，专家说限价难有效果！“菜价会涨。”他说。总之，菜价难以抑制；"
)
MIXED = f"{CHINESE}The mayor (海口) agrees. 他说 iPhone 很贵。And nobody else did.\r\n\r\n{ENGLISH}"
TEXTS = [ENGLISH, CHINESE, MIXED]
METHODS = ["mmr", "centroid", "lexrank", "lead"]


def word_vectors(texts=TEXTS, size=8):
    documents = read_documents(texts, "auto", True, False, "test")
    rows = np.random.default_rng(1).normal(size=(len(documents.vocabulary), size)).astype(np.float32)
    return KeyedVectors(rows, documents.vocabulary)


def tfidf(sentences, idf=None):
    """Return the dense unit rows of one document's tokenised sentences, by the formulas of the docstring."""
    n = len(sentences)
    words = sorted(set(itertools.chain.from_iterable(sentences)))
    holding = Counter(word for sentence in sentences for word in set(sentence))
    idf = idf or {word: math.log((1 + n) / (1 + holding[word])) + 1 for word in words}
    rows = np.zeros((n, len(words)))
    for i, sentence in enumerate(sentences):
        for word, count in Counter(sentence).items():
            rows[i, words.index(word)] = (1 + math.log(count)) * idf[word]
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def stationary(similarities, jumps, damping=0.85):
    """Return the eigenvector of eigenvalue 1 of the walk's dense matrix."""
    n = len(jumps)
    walk = np.array([row / row.sum() if row.sum() else jumps for row in similarities])
    values, vectors = np.linalg.eig((damping * walk + (1 - damping) * np.ones((n, 1)) * jumps).T)
    found = np.real(vectors[:, np.argmin(abs(values - 1))])
    return found / found.sum()


DOCUMENTS = [
    [["a", "b", "b"], ["b", "c"], ["d"], ["a", "c", "d", "d"], ["e"]],
    [["x", "y"], [], ["y", "z"], []],
    [["one"]],
    [],
    [["p"], ["q"]],
]


def as_texts(documents):
    # A sentence without words still is one.
    return [[" ".join(sentence) or "***" for sentence in document] for document in documents]


@pytest.mark.parametrize("position", [0.0, 1.0])
def test_centroids_and_page_ranks_equal_dense_algebra_for_documents_in_one_batch(position):
    documents = read_documents(as_texts(DOCUMENTS), "whitespace", True, False, "test")
    vectors = sentence_vectors.tfidf_sentences(documents, None)
    weights = (1.0 + documents.places) ** -position
    centroids = sentence_vectors.centroid_scores(vectors, weights)
    ranks = sentence_vectors.page_ranks(vectors, weights)
    for d, sentences in enumerate(DOCUMENTS):
        part = slice(*documents.starts[d : d + 2])
        if not sentences:
            continue
        rows = tfidf(sentences)
        own = (1.0 + np.arange(len(sentences))) ** -position
        centre = own @ rows
        np.testing.assert_allclose(centroids[part], rows @ centre / np.linalg.norm(centre), atol=1e-12)
        np.testing.assert_allclose(ranks[part], stationary(rows @ rows.T, own / own.sum()), atol=1e-6)
        assert np.allclose(vectors.similarities(d)(0), rows @ rows[0])


def test_page_ranks_of_word_vectors_equal_the_dense_eigenvector(monkeypatch):
    vectors = word_vectors()
    model = Summarizer("lexrank", vectors=vectors, position=0.5, cue_phrases=None, ratio=1.0).fit(TEXTS)
    documents = read_documents(TEXTS, "auto", True, False, "test")
    embedded = sentence_vectors.embedded_sentences(documents, model.vectorizer_)
    ranks = sentence_vectors.page_ranks(embedded, (1.0 + documents.places) ** -0.5)
    for begin, end in itertools.pairwise(documents.starts):
        rows = embedded.matrix[begin:end].astype(float)
        jumps = (1.0 + np.arange(end - begin)) ** -0.5
        want = stationary(np.maximum(rows @ rows.T, 0), jumps / jumps.sum())
        np.testing.assert_allclose(ranks[begin:end], want, atol=1e-5)
    monkeypatch.setattr(sentence_vectors, "MOST_COMPARED", 3)
    with pytest.raises(ValueError, match=r"compares each sentence .* a text has .* Pass method='mmr' or"):
        model.transform(TEXTS)


def test_a_sentence_scores_by_centroid_length_and_cue_phrase():
    sentences = ["a b c", "b c d e", "In short, a c"]
    (found,) = Summarizer("centroid", ratio=1.0, position=2.0).summarize([sentences])
    rows = tfidf([sentence.lower().replace(",", "").split() for sentence in sentences])
    centre = np.array([1, 1 / 4, 1 / 9]) @ rows
    want = rows @ centre / np.linalg.norm(centre) * np.array([3 / 6, 4 / 7, 3 * 4 / 7])
    np.testing.assert_allclose([sentence.score for sentence in found.sentences], want)
    (plain,) = Summarizer("centroid", ratio=1.0, position=2.0, cue_phrases=None).summarize([sentences])
    np.testing.assert_allclose([s.score for s in plain.sentences], want / [1, 1, 3])


def brute_force_mmr(scores, lengths, budget, similarities, diversity):
    """Choose by the formula, one sentence after the other, from lists."""
    chosen = []
    while True:
        most = budget.most_sentences(len(scores))
        left = math.inf if budget.words is None else budget.words - sum(lengths[i] for i in chosen)
        candidates = [i for i in range(len(scores)) if i not in chosen and (not chosen or lengths[i] <= left)]
        if len(chosen) == most or not candidates:
            return sorted(chosen)

        def value(i):
            nearest = max([0.0, *(similarities[i][j] for j in chosen)])  # noqa: B023
            return (1 - diversity) * scores[i] / max(scores) - diversity * nearest

        chosen.append(max(candidates, key=value))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("diversity", [0.0, 0.3, 1.0])
def test_mmr_equals_brute_force(seed, diversity):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    rows = rng.normal(size=(n, 4))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    scores, lengths, graph = rng.random(n), rng.integers(1, 9, n), rows @ rows.T
    for budget in (Budget(sentences=3), Budget(words=10), Budget(ratio=0.5)):
        found = choose_diverse(scores, lengths, budget, lambda row: graph[row], diversity)
        assert found == brute_force_mmr(scores, lengths, budget, graph, diversity)
        if diversity == 0:
            assert found == choose_best(scores, lengths, budget)


def test_mmr_does_not_repeat_itself():
    sentences = ["the bridge is old", "the bridge is old", "the bridge was old", "ships hit the ferry"]
    assert Summarizer("centroid", sentences=2).transform([sentences]) == [
        "the bridge is old the bridge is old"
    ]
    assert Summarizer("mmr", sentences=2, diversity=0.7).transform([sentences]) == [
        "the bridge is old ships hit the ferry"
    ]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("text", TEXTS, ids=["English", "Chinese", "mixed"])
@pytest.mark.parametrize("by_line", [False, True])
def test_offsets_index_the_text(method, text, by_line):
    for length in ({"sentences": 2}, {"words": 25}, {"ratio": 0.5}, {"ratio": 1.0}):
        (found,) = Summarizer(method, by_line=by_line, **length).summarize([text])
        assert found.sentences
        assert [text[s.start : s.end] for s in found.sentences] == [s.text for s in found.sentences]
        places = [s.place for s in found.sentences]
        assert places == sorted(set(places))
        assert max(places) < found.n_sentences
        bare = "".join("".join(s.text for s in found.sentences).split())
        assert "".join(found.text.split()) == bare
        assert "\n" not in found.text
    assert len(found.sentences) == found.n_sentences
    assert bare == "".join(text.split())


def test_lists_of_sentences_have_offsets_into_their_lines():
    sentences = ["One two.", " ", "  three four  ", "five"]
    (found,) = Summarizer("lead", ratio=1.0).summarize([sentences])
    text = "\n".join(sentences)
    assert [text[s.start : s.end] for s in found.sentences] == ["One two.", "three four", "five"]


def test_chinese_sentences_are_joined_without_blanks():
    assert Summarizer("lead", sentences=3).transform([CHINESE]) == [
        "海口对四种蔬菜限价。大白菜零售价两元一斤，专家说限价难有效果！“菜价会涨。”"
    ]
    assert Summarizer("lead", sentences=2).transform(["第一行\n还有一半。Then\nEnglish. 完。"]) == [
        "第一行还有一半。 Then English."
    ]


@pytest.mark.parametrize(
    ("length", "n"),
    [({}, 3), ({"sentences": 1}, 1), ({"sentences": 99}, 10), ({"ratio": 0.31}, 4), ({"ratio": 0.7}, 7),
     ({"ratio": 1e-9}, 1), ({"words": 2}, 1), ({"words": 9}, 3), ({"words": 10**9}, 10)],
)  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_lengths(length, n, method):
    text = " ".join(f"Word number x{i}." for i in range(10))
    (found,) = Summarizer(method, **length).summarize([text])
    assert len(found.sentences) == n


def test_a_long_sentence_is_skipped_for_shorter_ones_that_fit():
    (found,) = Summarizer("lead", words=5).summarize([["a b", "c d e f", "g h i"]])
    assert [s.place for s in found.sentences] == [0, 2]


@pytest.mark.parametrize("method", METHODS)
def test_texts_with_nothing_to_choose_from(method):
    model = Summarizer(method)
    assert model.transform([]) == []
    texts = ["", " \n\n ", "***", "one", "no stop", "。。。", [], ["a"], "?!"]
    assert model.transform(texts) == ["", "", "***", "one", "no stop", "。。。", "", "a", "?!"]
    assert model.predict(["one"]) == ["one"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("vectors", [False, True])
def test_a_summary_does_not_depend_on_the_texts_beside_it(method, vectors):
    model = Summarizer(method, sentences=2, vectors=word_vectors() if vectors else None)
    model.fit(TEXTS)
    assert [model.summarize([text])[0] for text in TEXTS] == model.summarize(TEXTS)


@pytest.mark.parametrize("method", ["mmr", "centroid", "lead"])
def test_a_greeting_is_no_summary(method):
    text = "Good morning. The dam broke near the town. The dam near the town was old. Rain came. The town is wet."
    (summary,) = Summarizer(method, sentences=1).transform([text])
    assert summary == ("Good morning." if method == "lead" else "The dam broke near the town.")


def test_fitting_a_collection_weighs_words_by_it():
    texts = ["the cat saw the dog. a dog barked", "the sun. the moon", "the end"]
    model = Summarizer().fit(texts)
    assert model.idf_["the"] == pytest.approx(math.log(4 / 4) + 1)
    assert model.idf_["dog"] == pytest.approx(math.log(4 / 2) + 1)
    assert Summarizer().fit().idf_ is None
    assert model.fit().idf_ is None
    model.fit(texts)
    unseen = math.log(4) + 1
    (found,) = model.set_params(method="centroid", ratio=1.0, cue_phrases=None).summarize(
        [["the dog", "new the"]]
    )
    rows = tfidf([["the", "dog"], ["new", "the"]], {**model.idf_, "new": unseen})
    centre = np.array([1, 0.5]) @ rows
    np.testing.assert_allclose(
        [s.score for s in found.sentences], rows @ centre / np.linalg.norm(centre) * 2 / 5
    )


@pytest.mark.parametrize(
    ("phrases", "text", "chosen"),
    [("auto", "Sheep eat grass and more grass. In this paper cows eat grass. Grass grows.", 1),
     ("auto", "羊吃草，也吃别的草。总之，牛和羊都吃草。草会长。", 1),
     ({"to be honest"}, "Sheep eat grass and more. To be\nhonest, grass grows. Cows eat.", 1),
     ({"总之"}, "羊吃草，也吃别的草。In short, 牛吃草。总之草会长。", 2),
     ({"in short"}, "Sheep eat grass and more grass. Men in shorts eat grass. Grass grows.", 0),
     (None, "Sheep eat grass and more grass. In this paper cows eat grass. Grass grows.", 0)],
)  # fmt: skip
def test_cue_phrases(phrases, text, chosen):
    (found,) = Summarizer(sentences=1, cue_phrases=phrases).summarize([text])
    assert found.sentences[0].place == chosen


@pytest.mark.parametrize(
    ("bad", "message"),
    [({"method": "textrank"}, "method parameter of Summarizer must be one of 'mmr', 'centroid', 'lexrank', 'lead'"),
     ({"sentences": 0}, "sentences parameter .* integer of at least 1"),
     ({"ratio": 1.5}, "ratio parameter .* at most 1"),
     ({"sentences": 2, "words": 9}, "words parameter .* left out where sentences is passed"),
     ({"words": 9, "ratio": 0.5}, "ratio parameter .* left out where words is passed"),
     ({"tokenizer": "nltk"}, "tokenizer parameter"),
     ({"cue_phrases": "in short"}, "cue_phrases parameter .* 'auto', a collection of phrases, or None")],
)  # fmt: skip
def test_bad_parameters(bad, message):
    for call in (lambda m: m.fit(), lambda m: m.transform(["a"])):
        with pytest.raises(ValueError, match=message):
            call(Summarizer(**bad))


@pytest.mark.parametrize(
    ("X", "message"),
    [("one text", "list of texts, not one str"), ([1], "Text 0 of Summarizer.transform must be a str"),
     (["a", None], "Text 1 .* missing"), ([["a", 3]], "Text 0 .* must be a str"), (None, "list of texts"),
     ([b"a"], "decode")],
)  # fmt: skip
def test_bad_texts(X, message):
    with pytest.raises(TypeError, match=message):
        Summarizer().transform(X)


def test_word_vectors_need_texts_to_learn_from():
    model = Summarizer(vectors=word_vectors())
    with pytest.raises(ValueError, match="not fitted"):
        model.transform(TEXTS)
    with pytest.raises(ValueError, match="X parameter of Summarizer.fit must be texts"):
        model.fit()
    assert model.fit(TEXTS).transform(TEXTS)


@pytest.mark.parametrize("kind", ["plain", "idf", "vectors", "callable"])
def test_files_clones_and_pickles(kind, tmp_path):
    model = Summarizer("lexrank", words=30, cue_phrases={"b", "a"}, position=0.5)
    load = {}
    if kind == "vectors":
        model.set_params(vectors=word_vectors())
    if kind == "callable":
        model.set_params(tokenizer=str.split)
        load = {"tokenizer": str.split}
    model.fit(None if kind == "plain" else TEXTS)
    model.save(tmp_path / "m")
    loaded = Summarizer.load(tmp_path / "m", **load)
    expected = model.summarize(TEXTS)
    assert loaded.summarize(TEXTS) == pickle.loads(pickle.dumps(model)).summarize(TEXTS) == expected
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert twin.fit(None if kind == "plain" else TEXTS).summarize(TEXTS) == expected
    with pytest.raises(ValueError, match="tokenizer"):
        Summarizer.load(tmp_path / "m", **({} if load else {"tokenizer": str.split}))
