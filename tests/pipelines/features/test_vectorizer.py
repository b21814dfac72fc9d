"""`EmbeddingVectorizer`: poolings against slow references, tokenizers, bad input."""

import re
from importlib.util import find_spec

import naive_features_doc as naive
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from wordvec.embeddings.word2vec import Word2Vec
from wordvec.pipelines.features import pooling as pooling_module
from wordvec.pipelines.features.vectorizer import EmbeddingVectorizer
from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import POOLINGS, SIZE, WORDS, random_texts


def as_dict(vectors):
    return {word: vectors[word].astype(np.float64) for word in vectors.index_to_key}


def expected(pooling, texts, vectors, training_texts, p=None):
    table = as_dict(vectors)
    p = naive.probabilities(training_texts, table) if p is None else p
    if pooling == "mean":
        return [naive.mean(text, table) for text in texts]
    if pooling == "max":
        return [naive.largest(text, table) for text in texts]
    if pooling == "minmax":
        return [[*naive.smallest(text, table), *naive.largest(text, table)] for text in texts]
    if pooling == "idf":
        return [naive.idf_mean(text, table, training_texts) for text in texts]
    if pooling == "sif":
        return naive.sif(texts, table, training_texts, p, 1e-3)
    return naive.usif(texts, table, training_texts, p)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_equals_the_slow_reference(rng, vectors, pooling, dtype):
    vectors = vectors.astype(dtype)
    training, texts = random_texts(rng, 200), random_texts(rng, 50)
    model = EmbeddingVectorizer(vectors, pooling=pooling).fit(training)
    got = model.transform(texts)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected(pooling, texts, vectors, training), atol=2e-6)
    np.testing.assert_array_equal(EmbeddingVectorizer(vectors, pooling=pooling).fit_transform(texts + training)[
        :50
    ], EmbeddingVectorizer(vectors, pooling=pooling).fit(texts + training).transform(texts))  # fmt: skip


@pytest.mark.smoke
@pytest.mark.parametrize("pooling", ["sif", "usif"])
def test_word_probabilities_from_the_vectors(rng, table, pooling):
    counts = rng.integers(0, 50, len(WORDS))
    counts[0] = 300  # frequent enough for the a of uSIF to be finite
    vectors = KeyedVectors(table, WORDS, counts)
    texts = random_texts(rng, 60)
    p = {word: count / counts.sum() for word, count in zip(WORDS, counts.tolist()) if count}
    model = EmbeddingVectorizer(vectors, pooling=pooling).fit(texts)
    assert model.word_probabilities_ == "vectors"
    np.testing.assert_allclose(model.transform(texts), expected(pooling, texts, vectors, texts, p), atol=2e-6)
    model.set_params(word_probabilities="texts").fit(texts)
    assert model.word_probabilities_ == "texts"
    np.testing.assert_allclose(model.transform(texts), expected(pooling, texts, vectors, texts), atol=2e-6)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    training=st.lists(st.lists(st.sampled_from([*WORDS[:6], "x", ""]), max_size=8), min_size=1, max_size=8),
    texts=st.lists(st.lists(st.sampled_from([*WORDS, "x"]), max_size=5), max_size=4),
)
def test_random_texts(training, texts):
    vectors = KeyedVectors(np.random.default_rng(1).normal(size=(len(WORDS), SIZE)), WORDS)
    for pooling in ("mean", "max", "minmax", "idf"):
        model = EmbeddingVectorizer(vectors, pooling=pooling)
        if not any(word in vectors for text in training for word in text):
            with pytest.raises(ValueError, match="has a vector|no token"):
                model.fit(training)
            continue
        got = model.fit(training).transform(texts)
        want = np.reshape(expected(pooling, texts, vectors, training), got.shape)
        np.testing.assert_allclose(got, want, atol=2e-6)
        for kind in ("sif", "usif"):
            assert np.isfinite(
                EmbeddingVectorizer(vectors, pooling=kind).fit(training).transform(texts)
            ).all()


def test_idf_is_that_of_scikit_learn(rng, vectors):
    texts = random_texts(rng, 40)
    counts = np.array([[text.count(word) for word in WORDS] for text in texts])
    want = TfidfTransformer(smooth_idf=True).fit(counts).idf_
    got = EmbeddingVectorizer(vectors, pooling="idf").fit(texts).pooling_.word_weights
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_usif_of_texts_of_one_word_gives_all_words_equal_weight(vectors):
    # 1 - (1 - 1 / 3) ** 1 is 1 / 3, and in float64 a little less: no word is likelier than that.
    model = EmbeddingVectorizer(vectors, pooling="usif").fit([["w0"], ["w1"], ["w2"]])
    assert model.pooling_.a == np.inf
    weights = model.pooling_.word_weights * np.linalg.norm(vectors.vectors, axis=1)
    np.testing.assert_allclose(weights, 2, rtol=1e-6)


def test_usif_a_of_an_example_by_hand(vectors):
    # Ten words, texts of five: 1 - 0.9 ** 5 = 0.41. w0 has 11 of 20 occurrences, so alpha = 0.1.
    words = ["w0"] * 11 + [f"w{k}" for k in range(1, 10)]
    texts = [words[k::4] for k in range(4)]
    model = EmbeddingVectorizer(vectors, pooling="usif").fit(texts)
    assert model.pooling_.a == pytest.approx(0.9 / (0.1 * 5))
    np.testing.assert_allclose(model.pooling_.shares.sum(), 1, rtol=1e-6)


def test_usif_without_a_frequent_word_weighs_all_alike(vectors):
    model = EmbeddingVectorizer(vectors, pooling="usif", n_components=0).fit([WORDS])
    assert model.pooling_.a == np.inf
    np.testing.assert_allclose(
        model.transform([["w3"]])[0], 2 * vectors.get_vector("w3", norm=True), rtol=1e-5
    )


@pytest.mark.parametrize("n_components", [0, 2, 100])
def test_sif_removes_so_many_directions(rng, vectors, n_components):
    texts = random_texts(rng, 100)
    model = EmbeddingVectorizer(vectors, pooling="sif", n_components=n_components, sif_a=0.1).fit(texts)
    rank = np.linalg.matrix_rank(model.transform(texts), tol=1e-4)
    assert rank == SIZE - min(n_components, SIZE)


def test_vectors_that_cancel_have_no_direction_to_remove():
    vectors = KeyedVectors(np.array([[1.0, 2.0], [-1.0, -2.0], [0.0, 0.0]]), ["a", "b", "c"])
    for pooling in ("sif", "usif"):
        model = EmbeddingVectorizer(vectors, pooling=pooling).fit([["a", "b"], ["c"]])
        assert len(model.pooling_.directions) == 0
        assert np.isfinite(model.transform([["a"], ["c"]])).all()


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_same_bits_in_any_batch(rng, vectors, pooling, dtype, monkeypatch):
    texts = random_texts(rng, 70)
    model = EmbeddingVectorizer(vectors.astype(dtype), pooling=pooling).fit(texts)
    whole = model.transform(texts)
    for size in (1, 3, 64):
        parts = [model.transform(texts[k : k + size]) for k in range(0, len(texts), size)]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
    monkeypatch.setattr(pooling_module, "BLOCK_TEXTS", 4)
    np.testing.assert_array_equal(model.transform(texts), whole)
    again = EmbeddingVectorizer(vectors.astype(dtype), pooling=pooling).fit(texts)
    np.testing.assert_allclose(again.transform(texts), whole, atol=2e-6)


def test_unknown_words_are_counted(vectors):
    model = EmbeddingVectorizer(vectors).fit([["w1", "no"], [], ["w2", "w3"]])
    assert model.oov_rate_ == 0.25
    assert model.oov_rate([["w1", "no", "never"], ["w1"]]) == 0.5
    assert model.oov_rate([]) == model.oov_rate([[]]) == 0.0
    assert not model.transform([["no"], []]).any()
    assert model.transform([]).shape == (0, SIZE)


# Tokenizers


def test_raw_texts_are_split_and_lowered(vectors):
    model = EmbeddingVectorizer(vectors).fit(["W1, w2!", "w3"])
    np.testing.assert_array_equal(model.transform(["W1 w2."]), model.transform([["w1", "w2"]]))
    assert model.oov_rate([["W1"]]) == 1  # token lists pass as they are
    assert EmbeddingVectorizer(vectors, lowercase=False).fit(["W1 w2"]).oov_rate_ == 0.5
    assert EmbeddingVectorizer(vectors, tokenizer="whitespace").fit(["w1, w2"]).oov_rate_ == 0.5
    letters = EmbeddingVectorizer(vectors, tokenizer=lambda text: (f"w{c}" for c in text)).fit(["12x"])
    assert letters.oov_rate_ == pytest.approx(1 / 3)


@pytest.mark.skipif(find_spec("rjieba") is None, reason="rjieba is not installed")
def test_auto_chooses_by_han_characters():
    vectors = KeyedVectors(np.eye(4), ["电影", "好看", "good", "这部电影很好看"])
    texts = ["这部电影很好看", "iPhone 的电影"]
    chinese = EmbeddingVectorizer(vectors, lowercase=False).fit(texts)
    np.testing.assert_array_equal(chinese.transform(["电影"]), [[1, 0, 0, 0]])
    word = EmbeddingVectorizer(vectors, tokenizer="word").fit(texts)
    np.testing.assert_array_equal(word.transform(["这部电影很好看"]), [[0, 0, 0, 1]])
    english = EmbeddingVectorizer(vectors).fit(["A good film called 电影, which is quite long."])
    np.testing.assert_array_equal(english.transform(["这部电影很好看"]), [[0, 0, 0, 1]])


def test_containers(vectors):
    model = EmbeddingVectorizer(vectors).fit(np.array(["w1 w2", "w3"]))
    want = model.transform(["w1 w2", "w3"])
    for texts in (
        ("w1 w2", "w3"),
        iter(["w1 w2", "w3"]),
        np.array(["w1 w2", "w3"], object),
        [["w1", "w2"], "w3"],
    ):
        np.testing.assert_array_equal(model.transform(texts), want)
    np.testing.assert_array_equal(model.transform([np.array(["w1", "w2"]), ("w3",)]), want)


# Bad input


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        ([], ValueError, "EmbeddingVectorizer.fit are an empty list"),
        (["", "  "], ValueError, "hold no token"),
        ("w1 w2", TypeError, r"not one str. Got 'w1 w2' instead.*Pass a list of texts: \[text\]"),
        (None, TypeError, "must be a list of texts.*Got None"),
        ({"w1": 1}, TypeError, "must be a list of texts.*Got {'w1': 1}"),
        (np.array([["w1"], ["w2"]]), TypeError, r"one column. Got ndarray with the shape \(2, 1\)"),
        (["w1", float("nan")], TypeError, r"Text 1 of .*Got nan \(float\) instead. Fill or drop missing"),
        (["w1", None], TypeError, "Text 1 of .*NoneType"),
        (["w1", b"w2"], TypeError, "Text 1 of .*Decode it"),
        (["w1", ["w1", 7]], TypeError, r"Token 1 of text 1 of .*Got 7 \(int\)"),
        (["w1", ["w1", ["w2"]]], TypeError, "Token 1 of text 1 of .*list"),
        (
            ["Bonjour tout le monde"],
            ValueError,
            "None of the 4 tokens.*'bonjour', 'tout', 'le'.*'w0', 'w1', 'w2'",
        ),
    ],
)
def test_bad_texts(vectors, texts, error, message):
    with pytest.raises(error, match=message):
        EmbeddingVectorizer(vectors).fit(texts)
    if error is TypeError:
        model = EmbeddingVectorizer(vectors).fit(["w1"])
        for method in (model.transform, model.oov_rate):
            with pytest.raises(
                error, match=message.replace("EmbeddingVectorizer.fit", "EmbeddingVectorizer")
            ):
                method(texts)


def test_bad_row_is_named(vectors):
    with pytest.raises(TypeError, match="Token 0 of text 4 of EmbeddingVectorizer.transform"):
        EmbeddingVectorizer(vectors).fit(["w1"]).transform(["w1"] * 3 + [["no"], [3]])


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"pooling": "sum"}, ValueError, "pooling parameter of EmbeddingVectorizer must be one of 'mean'"),
        (
            {"tokenizer": "jieba"},
            ValueError,
            "tokenizer parameter of EmbeddingVectorizer must be one of 'auto'",
        ),
        (
            {"tokenizer": len},
            TypeError,
            "tokenizer parameter of .* must return a list of str for 'w1'. Got 2",
        ),
        ({"tokenizer": lambda text: [1]}, TypeError, r"must return a list of str for .* Got \[1\]"),
        ({"lowercase": "yes"}, TypeError, "lowercase parameter"),
        ({"sif_a": 0}, ValueError, "sif_a parameter"),
        ({"n_components": -1}, ValueError, "n_components parameter"),
        ({"n_components": 1.5}, TypeError, "n_components parameter"),
        ({"word_probabilities": "wiki"}, ValueError, "word_probabilities parameter"),
        (
            {"word_probabilities": "vectors"},
            ValueError,
            "must be 'auto' or 'texts' for vectors without counts. Got 'vectors'",
        ),
        ({"vectors": "vectors.bin"}, TypeError, r"Got 'vectors.bin' instead. KeyedVectors.load\(path\)"),
        ({"vectors": Word2Vec}, TypeError, r"instead. Pass an instance: Word2Vec\(\)"),
        (
            {"vectors": LogisticRegression},
            TypeError,
            "Got <class .*LogisticRegression.* instead. Pass an instance",
        ),
        ({"vectors": None}, TypeError, "Got None instead"),
    ],
)
def test_bad_parameters(vectors, parameters, error, message):
    with pytest.raises(error, match=message):
        EmbeddingVectorizer(**{"vectors": vectors, **parameters}).fit(["w1"])


def test_gensims_vectors_are_named():
    gensim = pytest.importorskip("gensim")
    with pytest.raises(TypeError, match=re.escape("KeyedVectors.from_gensim(vectors)")):
        EmbeddingVectorizer(gensim.models.KeyedVectors(4)).fit(["w1"])
