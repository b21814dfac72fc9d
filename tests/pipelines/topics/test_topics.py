"""Topics: clusters, keywords, pictures and parameters."""

import math
import pickle
import re
import sys
import warnings
from collections import Counter

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from wordvec.embeddings.word2vec import Word2Vec
from wordvec.pipelines.features.vectorizer import EmbeddingVectorizer
from wordvec.pipelines.topics import clusters as topic_clusters, model as topics
from wordvec.pipelines.topics.model import TopicModel
from wordvec.pipelines.topics.words import class_tfidf, key_words
from wordvec.text.encoded_texts import encode_all
from wordvec.text.tokenizers import split_unicode_words
from wordvec.vectors.keyed_vectors import KeyedVectors

SUBJECTS = {
    "sport": ["goal", "team", "match", "coach"],
    "money": ["stock", "market", "bank", "price"],
    "space": ["star", "planet", "orbit", "moon"],
}
COMMON = ["the", "of", "and", "said"]


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(1)
    words, rows = list(COMMON), list(rng.normal(scale=0.5, size=(len(COMMON), 8)))
    for place, others in enumerate(SUBJECTS.values()):
        words += others
        rows += list(rng.normal(scale=0.3, size=(len(others), 8)) + 2 * np.eye(8)[place] + 3 * np.eye(8)[7])
    return KeyedVectors(np.array(rows), words)


@pytest.fixture(scope="module")
def corpus():
    """Texts of three subjects, of different number, and the subject of each."""
    rng = np.random.default_rng(2)
    subjects = rng.choice(list(SUBJECTS), 150, p=[0.5, 0.3, 0.2]).tolist()
    texts = [" ".join([*rng.choice(SUBJECTS[name], 4), *rng.choice(COMMON, 2)]) for name in subjects]
    return texts, subjects


@pytest.fixture(scope="module")
def model(vectors, corpus):
    return TopicModel(vectors, n_topics=3, n_keywords=4, n_examples=5).fit(corpus[0])


def unit(rows):
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def points_of(vectors, texts, lexical_size=100):
    """Document vectors by the formulas, but for the directions of their axes."""
    texts = [[word for word in text.split() if word not in ("the", "of", "and")] for text in texts]
    embedded = unit(EmbeddingVectorizer(vectors, pooling="sif").fit_transform(texts).astype(float))
    if not lexical_size:
        return embedded
    words = sorted({word for text in texts for word in text})
    counts = np.array([[text.count(word) for word in words] for text in texts])
    idf = np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0))) + 1
    tfidf = unit(np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * idf)
    left, values, _ = np.linalg.svd(tfidf, full_matrices=False)
    return unit(np.hstack([embedded, unit(left * values)]))


def naive_class_tfidf(texts, labels, n_topics):
    """tf * log(1 + A / f), by the words of the paper."""
    of_topic = [
        [word for text, k in zip(texts, labels) if k == topic for word in text] for topic in range(n_topics)
    ]
    total = Counter(word for words in of_topic for word in words)
    mean_size = sum(map(len, of_topic)) / n_topics
    return [
        {w: n / len(words) * math.log(1 + mean_size / total[w]) for w, n in Counter(words).items()}
        for words in of_topic
    ]


def test_class_tfidf_equals_the_slow_reference():
    rng = np.random.default_rng(3)
    texts = [
        rng.choice(
            ["1", "bb", "cc", "dd", "ee", "ff", "gg", "hh"], rng.integers(6), p=[0.5, 0.3, *[0.2 / 6] * 6]
        ).tolist()
        for _ in range(60)
    ]
    labels = rng.integers(-1, 4, size=60)
    encoded, words = encode_all(texts, str.split, "test")
    scores = class_tfidf(encoded, labels, 4, len(words))
    for topic, expected in enumerate(naive_class_tfidf(texts, labels.tolist(), 4)):
        row = dict(zip(words, scores[[topic]].toarray()[0]))
        assert {word: weight for word, weight in row.items() if weight} == pytest.approx(expected)
        found = key_words(scores, words, 3)[topic]
        best = sorted(((w, s) for w, s in expected.items() if w != "1"), key=lambda pair: -pair[1])[:3]
        assert [s for _, s in found] == pytest.approx([s for _, s in best])
        assert {w for w, _ in found} <= expected.keys() - {"1"}


def test_it_finds_the_subjects(model, corpus):
    texts, subjects = corpus
    assert adjusted_rand_score(subjects, model.labels_) == 1
    counts = Counter(subjects).most_common()
    assert [topic.size for topic in model.topics_] == [n for _, n in counts]  # the largest first
    assert [topic.share for topic in model.topics_] == [n / 150 for _, n in counts]
    for topic, (name, _) in zip(model.topics_, counts):
        assert {word for word, _ in topic.keywords} == set(SUBJECTS[name])
        weights = [weight for _, weight in topic.keywords]
        assert weights == sorted(weights, reverse=True)
        of_topic = [text for text, subject in zip(texts, subjects) if subject == name]
        assert len(topic.texts) == 5 and set(topic.texts) <= set(of_topic)


@pytest.mark.parametrize("lexical_size", [0, 100])
def test_document_vectors(vectors, corpus, lexical_size):
    texts, _ = corpus
    model = TopicModel(vectors, n_topics=3, lexical_size=lexical_size).fit(texts)
    expected = points_of(vectors, texts, lexical_size)
    found = model.vectorizer_.transform([[w for w in t.split() if w not in model.stop_words_] for t in texts])
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-5)
    with pytest.raises(ValueError, match="Fewer than two words occur in more than one text"):
        TopicModel(None, n_topics=2).fit(["goal", "stock", "moon"])
    alone = TopicModel(None, n_topics=3).fit(texts)
    assert alone.cluster_centers_.shape == (3, 13) and alone.topics_[0].size > 40


def test_distances_examples_and_silhouettes_are_right(vectors, corpus):
    texts, _ = corpus
    model = TopicModel(vectors, n_topics=3, n_keywords=4, n_examples=5, lexical_size=0).fit(texts)
    points = points_of(vectors, texts, 0)
    expected = np.linalg.norm(points[:, None] - model.cluster_centers_[None].astype(float), axis=2)
    np.testing.assert_allclose(model.transform(texts), expected, atol=1e-5)
    np.testing.assert_array_equal(model.predict(texts), expected.argmin(axis=1))
    np.testing.assert_array_equal(model.predict(texts), model.labels_)
    for number, topic in enumerate(model.topics_):
        center = points[model.labels_ == number].mean(axis=0)
        np.testing.assert_allclose(model.cluster_centers_[number], center, atol=1e-5)
        nearest = np.sort(expected[model.labels_ == number, number])[:5]
        at = [expected[texts.index(text), number] for text in topic.texts]
        np.testing.assert_allclose(at, nearest, atol=1e-5)
    values = np.array([_silhouette(points, model.labels_, row) for row in range(150)])
    assert model.silhouette_ == pytest.approx(values.mean(), abs=1e-5)
    assert model.silhouette_ == pytest.approx(silhouette_score(points, model.labels_), abs=1e-5)
    for number, topic in enumerate(model.topics_):
        assert topic.silhouette == pytest.approx(values[model.labels_ == number].mean(), abs=1e-5)


def _silhouette(points, labels, row):
    gaps = np.linalg.norm(points - points[row], axis=1)
    others = np.arange(len(points)) != row
    own = gaps[(labels == labels[row]) & others].mean()
    nearest = min(gaps[labels == k].mean() for k in set(labels.tolist()) - {labels[row]})
    return (nearest - own) / max(nearest, own)


def test_auto_takes_the_number_with_the_best_silhouette(vectors, corpus):
    texts, subjects = corpus
    model = TopicModel(vectors, "auto", topic_range=(2, 6)).fit(texts)
    assert model.n_topics_ == 3 and adjusted_rand_score(subjects, model.labels_) == 1
    assert list(model.silhouettes_) == [2, 3, 4, 5, 6]
    assert max(model.silhouettes_.values()) == model.silhouettes_[3] == model.silhouette_
    for number in (2, 4):
        alone = TopicModel(vectors, number).fit(texts)
        assert alone.silhouettes_ == {number: model.silhouettes_[number]}
    # Numbers that the texts do not allow are left out.
    few = TopicModel(vectors, "auto", topic_range=(2, 6)).fit(["goal team", "stock", "moon", "moon", "orbit"])
    assert list(few.silhouettes_) == [2, 3]


def test_the_silhouette_of_many_texts_is_that_of_a_sample(vectors, corpus, monkeypatch):
    texts, _ = corpus
    monkeypatch.setattr(topic_clusters, "_N_SILHOUETTE", 60)
    whole, sampled = TopicModel(vectors, 3).fit(texts), TopicModel(vectors, 3).fit(texts * 3)
    assert sampled.silhouette_ == pytest.approx(whole.silhouette_, abs=0.05)
    # A cluster of one text is never left out of the sample.
    monkeypatch.setattr(topic_clusters, "_N_SILHOUETTE", 2)
    assert len(TopicModel(vectors, 3).fit([*texts[:40], "moon"]).topics_) == 3


def test_texts_without_known_words_have_no_topic(vectors, corpus, model):
    texts, _ = corpus
    with_unknown = TopicModel(vectors, n_topics=3, n_keywords=4, n_examples=5).fit(
        ["", *texts, "unknown words"]
    )
    assert with_unknown.labels_[[0, -1]].tolist() == [-1, -1]
    np.testing.assert_array_equal(with_unknown.labels_[1:-1], model.labels_)
    assert [t.keywords for t in with_unknown.topics_] == [t.keywords for t in model.topics_]
    assert with_unknown.predict(["unknown", "moon", ""]).tolist() == [-1, *model.predict(["moon"]), -1]
    assert sum(topic.share for topic in with_unknown.topics_) == pytest.approx(150 / 152)
    assert "2 texts without a known word" in with_unknown.format()
    assert "without" not in model.format()


def test_no_text(model):
    assert model.predict([]).tolist() == []
    assert model.transform([]).shape == (0, model.n_topics_)


def test_texts_cannot_steer_the_terminal(vectors, corpus):
    texts = [f"{text} \x1b[31m \x07" for text in corpus[0]]
    shown = TopicModel(vectors, 2, n_init=1, tokenizer="whitespace").fit(texts).format()
    assert "\ufffd[31m" in shown and all(letter.isprintable() for letter in shown.replace("\n", ""))


@pytest.mark.smoke
def test_the_report(model):
    lines = model.format().split("\n")
    assert lines[0] == f"150 texts, 3 topics, silhouette {model.silhouette_:.3f}"
    topic = model.topics_[0]
    assert lines[2] == "0: " + ", ".join(word for word, _ in topic.keywords)
    assert lines[3] == f"   {topic.size} texts ({topic.share:.1%}), silhouette {topic.silhouette:.3f}"
    assert lines[4:9] == [f"   - {text}" for text in topic.texts]
    long = TopicModel(model.vectors, 2).fit(["moon\n" * 50, "goal", "stock", "team"])
    assert max(map(len, long.format().split("\n"))) == 100 and "moon moon" in long.format()


@pytest.mark.slow
def test_the_same_bits_with_any_number_of_threads(vectors, corpus):
    models = []
    for limit in (1, 2):
        with threadpool_limits(limits=limit):
            models.append(TopicModel(vectors, "auto", topic_range=(3, 5), n_init=2).fit(corpus[0] * 40))
    assert pickle.dumps(models[0].cluster_centers_) == pickle.dumps(models[1].cluster_centers_)
    assert models[0].silhouettes_ == models[1].silhouettes_ and models[0].format() == models[1].format()
    np.testing.assert_array_equal(models[0].transform(corpus[0]), models[1].transform(corpus[0]))


def test_word_vectors_can_be_trained_on_the_texts(corpus):
    texts, _ = corpus
    trainer = Word2Vec(vector_size=6, min_count=1, epochs=2, n_jobs=1, verbose=False)
    model = TopicModel(trainer, 2, pooling="mean").fit(texts)
    assert not hasattr(trainer, "wv_")
    sentences = [text.split() for text in texts]
    trained = model.vectorizer_[0].transformer_list[0][1][0].wv_
    content = [[word for word in text if word not in model.stop_words_] for text in sentences]
    np.testing.assert_array_equal(trained.vectors, clone(trainer).fit(content).wv_.vectors)
    again = TopicModel(trainer, 2, pooling="mean").fit(sentences)
    np.testing.assert_array_equal(again.labels_, model.labels_)
    assert again.topics_[0].texts[0] == model.topics_[0].texts[0].split()
    assert again.format() == model.format()


def test_chinese():
    words = ["足球", "比赛", "股票", "市场", "的"]
    table = KeyedVectors([[1, 0.1], [1, 0], [0, 1], [0.1, 1], [0.5, 0.5]], words)
    model = TopicModel(table, 2, pooling="mean").fit(
        ["足球的比赛", "股票的市场", "比赛", "市场", "比赛，足球"]
    )
    keywords = [{word for word, _ in topic.keywords} for topic in model.topics_]
    assert keywords == [{"足球", "比赛"}, {"股票", "市场"}]
    wide = TopicModel(table, 2, pooling="mean").fit(["足球的比赛" * 20, "股票", "市场"]).format()
    assert f"   - {('足球的比赛' * 20)[:47]}…" in wide.split("\n")  # 100 columns


def test_it_is_a_clusterer_and_a_transformer_for_scikit_learn(vectors, corpus, model):
    texts, _ = corpus
    new = TopicModel(vectors, n_topics=3)
    for method in (new.predict, new.transform):
        with pytest.raises(NotFittedError):
            method(texts)
    with pytest.raises(NotFittedError):
        new.format()
    np.testing.assert_array_equal(clone(model).fit_predict(texts), model.labels_)
    np.testing.assert_array_equal(clone(model).fit_transform(texts), model.transform(texts))
    assert model.get_feature_names_out().tolist() == ["topicmodel0", "topicmodel1", "topicmodel2"]
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.transform(texts), model.transform(texts))
    assert clone(model).vectors is vectors
    other = clone(model).set_params(random_state=np.random.RandomState(5)).fit(np.array(texts))
    assert adjusted_rand_score(other.labels_, model.labels_) == 1


@pytest.mark.parametrize(("method", "extension"), [("pca", "svg"), ("pca", "png"), ("tsne", "svg")])
def test_the_picture(model, corpus, tmp_path, method, extension):
    pytest.importorskip("matplotlib")
    texts = [*corpus[0], "unknown"]
    paths = [tmp_path / f"{name}.{extension}" for name in "ab"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in paths:
            figure = model.plot(texts, path, method=method)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes()[:4] == (b"\x89PNG" if extension == "png" else b"<?xm")
    (axes,) = figure.axes
    points = [len(marks.get_offsets()) for marks in axes.collections]
    assert points == [topic.size for topic in model.topics_]
    assert axes.get_title() == f"150 texts in 3 topics ({'PCA' if method == 'pca' else 't-SNE'})"
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    first = ", ".join(word for word, _ in model.topics_[0].keywords[:3])
    assert legend[0] == f"0  {first}"


@pytest.mark.smoke
def test_pca_shows_the_two_directions_of_the_greatest_variance(model, corpus, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setitem(topics.N_POINTS, "pca", 50)
    figure = model.plot(corpus[0])
    places = np.concatenate([marks.get_offsets() for marks in figure.axes[0].collections])
    assert places.shape == (50, 2)
    whole = model.plot(corpus[0][:20])
    places = np.concatenate([marks.get_offsets() for marks in whole.axes[0].collections])
    tokens = [[word for word in text.split() if word not in model.stop_words_] for text in corpus[0][:20]]
    rows = model.vectorizer_.transform(tokens).astype(float)
    variances = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    np.testing.assert_allclose((places**2).sum(axis=0), variances[:2], rtol=1e-4)


def test_a_picture_that_cannot_be_drawn(model, corpus, tmp_path, monkeypatch):
    texts, _ = corpus
    with pytest.raises(ValueError, match=r"\.png or \.svg.*topics\.gif"):
        model.plot(texts, tmp_path / "topics.gif")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        model.plot(texts, tmp_path / "nowhere" / "topics.png")
    with pytest.raises(TypeError, match="path parameter of TopicModel.plot"):
        model.plot(texts, 3)
    with pytest.raises(ValueError, match="method parameter of TopicModel.plot .*'umap'"):
        model.plot(texts, method="umap")
    with pytest.raises(ValueError, match="3 texts with a known word. Got 2"):
        model.plot(["goal", "unknown", "moon"])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=re.escape("wordvec[plot]")):
        model.plot(texts, tmp_path / "topics.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "error", "parts"),
    [
        ({"n_topics": 1}, ValueError, ["n_topics", "at least 2", "1"]),
        ({"n_topics": "many"}, ValueError, ["n_topics", "'auto'", "'many'"]),
        ({"n_topics": 2.0}, TypeError, ["n_topics", "2.0"]),
        ({"n_topics": "auto", "topic_range": 5}, ValueError, ["topic_range", "tuple of 2 values", "5"]),
        ({"n_topics": "auto", "topic_range": (5, 3)}, ValueError, ["topic_range[1]", "at least 5", "3"]),
        ({"n_topics": 150}, ValueError, ["more different texts", "150 topics"]),
        ({"lexical_size": -1}, ValueError, ["lexical_size", "-1"]),
        ({"lexical_size": 0, "vectors": None}, ValueError, ["vectors, or a lexical_size"]),
        ({"n_init": 0}, ValueError, ["n_init", "0"]),
        ({"n_keywords": -1}, ValueError, ["n_keywords", "-1"]),
        ({"n_examples": -1}, ValueError, ["n_examples", "-1"]),
        ({"pooling": "median"}, ValueError, ["pooling", "'median'"]),
        ({"stop_words": "the"}, TypeError, ["stop_words", "'the'"]),
        ({"vectors": "glove"}, TypeError, ["vectors", "'glove'"]),
        ({"random_state": "x"}, TypeError, ["random_state", "'x'"]),
    ],
)
def test_bad_parameters(vectors, corpus, options, error, parts):
    with pytest.raises(error) as caught:
        TopicModel(**{"vectors": vectors, **options}).fit(corpus[0])
    assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize(
    ("texts", "error", "parts"),
    [
        ("moon", TypeError, ["one str", "[text]"]),
        (["moon", None], TypeError, ["Text 1 of TopicModel.fit", "None"]),
        ([], ValueError, ["hold no word"]),
        (["", "the  ?"], ValueError, ["hold no word", "stop_words"]),
        (["xyz", "abc"], ValueError, ["None of the 2 tokens", "'xyz'"]),
        (["goal stock"] * 9, ValueError, ["more different texts", "Got 1"]),
    ],
)
def test_bad_texts(vectors, texts, error, parts):
    with pytest.raises(error) as caught:
        TopicModel(vectors, 2).fit(texts)
    assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize(
    ("texts", "kept", "left"),
    [
        (
            ["The U.S. don't budge", "we'll budge in the U.S.", "the P.M. won't budge, he isn't here"],
            ["budge"],
            ["U", "u", "S", "s", "P", "M", "don't", "we'll", "won't", "isn't"],
        ),
        (
            ["don t he ll ve goal", "didn t won re goal"],
            ["goal"],
            ["don", "t", "ll", "ve", "didn", "won", "re"],
        ),
        (["they won the goal", "a don won", "Don can swim"], ["won", "goal", "don", "can"], []),
        (["it 's n't ’s goal 'll", "goal 've"], ["goal"], ["'s", "n't", "’s", "'ll", "'ve"]),
        (["the 1990s 20th goal x", "goal 3rd y"], ["goal"], ["1990s", "20th", "3rd", "x", "y"]),
        (["茶 A股 a 10月 2019年", "茶 b 茶叶"], ["茶", "A股", "茶叶"], ["a", "b", "10月", "2019年"]),
        (["o'brien rock'n'roll bank's l'homme"] * 2, ["o'brien", "rock'n'roll", "bank's", "l'homme"], []),
    ],
)
def test_key_words_are_words(texts, kept, left):
    tokenize = split_unicode_words if "U.S." in texts[0] else str.split
    encoded, words = encode_all(texts, tokenize, "a test")
    scores = class_tfidf(encoded, np.zeros(len(texts), int), 1, len(words))
    found = {word for word, _ in key_words(scores, words, 100)[0]}
    assert {word.lower() for word in kept} <= {word.lower() for word in found}
    assert not found & set(left)
