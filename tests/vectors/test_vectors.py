"""`KeyedVectors`: look-ups, neighbours and arithmetic, equal to brute force and to gensim."""

import copy
import pickle

import naive_vectors as naive
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from wordvec._utils.spelling import N_FREQUENT, nearest_spellings
from wordvec.vectors import neighbors
from wordvec.vectors.keyed_vectors import KeyedVectors, UnknownWordError

gensim_keyedvectors = pytest.importorskip("gensim.models.keyedvectors", reason="compared with gensim")


def table(n_words=300, vector_size=20, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_words, vector_size)).astype(np.float32)


def make(n_words=300, vector_size=20, seed=0):
    words = [f"w{row}" for row in range(n_words)]
    return KeyedVectors(table(n_words, vector_size, seed), words, np.arange(n_words, 0, -1))


@pytest.fixture(scope="module")
def kv():
    return make()


@pytest.fixture(scope="module")
def other(kv):
    return kv.to_gensim()


def same_neighbors(ours, theirs, atol=1e-5):
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    np.testing.assert_allclose([s for _, s in ours], [s for _, s in theirs], atol=atol)


QUERIES = [
    {"positive": "w5"},
    {"positive": ["w1", "w2"], "negative": ["w3"]},
    {"positive": ["w1"], "negative": "w9", "topn": 1},
    {"positive": [("w1", 2.5), "w2"], "negative": [("w7", -0.25), "w8"]},
    {"negative": ["w4"]},
    {"positive": ["w290", "w1"], "restrict_vocab": 50},
    {"positive": "w5", "topn": 1000},
    {"positive": "w5", "restrict_vocab": 10_000},
    {"positive": table(2)[0]},
    {"positive": table(3)},
    {"positive": [table(2)[1], "w3", (table(2)[0], 0.5)]},
    {"positive": "w5", "topn": None, "restrict_vocab": 40},
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_most_similar_is_gensims(kv, other, query):
    ours, theirs = kv.most_similar(**query), other.most_similar(**query)
    if query.get("topn", 10) is None:
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    else:
        same_neighbors(ours, theirs)


def test_most_similar_is_the_naive_one(kv):
    query = naive.unit(kv["w1"]) + naive.unit(kv["w2"]) - naive.unit(kv["w3"])
    want = naive.most_similar(kv.vectors, query, {1, 2, 3}, 12, n_rows=200)
    got = kv.most_similar(["w1", "w2"], ["w3"], topn=12, restrict_vocab=200)
    same_neighbors(got, [(f"w{row}", score) for row, score in want])


def test_weights_multiply_each_item(kv, other):
    ours = kv.most_similar(["w1", "w2"], ["w3"], weights=[2, 0.5, 3])
    same_neighbors(ours, other.most_similar([("w1", 2), ("w2", 0.5)], [("w3", -3)]))
    with pytest.raises(ValueError, match="weights parameter of most_similar must hold one number for each"):
        kv.most_similar(["w1", "w2"], weights=[1])


@pytest.mark.smoke
def test_other_questions_are_gensims(kv, other):
    same_neighbors(kv.similar_by_word("w3", topn=4), other.similar_by_word("w3", topn=4))
    same_neighbors(kv.similar_by_vector(kv["w3"]), other.similar_by_vector(kv["w3"]))
    same_neighbors(
        kv.most_similar_cosmul(["w1", "w2"], ["w3"]), other.most_similar_cosmul(["w1", "w2"], ["w3"])
    )
    unit_vector = kv.get_vector("w9", norm=True)
    same_neighbors(kv.most_similar_cosmul([unit_vector]), other.most_similar_cosmul([unit_vector]))
    same_neighbors(kv.analogy("w1", "w2", "w3", topn=5), other.most_similar(["w2", "w3"], ["w1"], topn=5))
    same_neighbors(
        kv.analogy("w1", "w2", "w3", method="3cosmul"), other.most_similar_cosmul(["w2", "w3"], ["w1"])
    )
    assert kv.similarity("w1", "w2") == pytest.approx(float(other.similarity("w1", "w2")), abs=1e-6)
    assert kv.distance("w1", "w2") == pytest.approx(float(other.distance("w1", "w2")), abs=1e-6)
    ours, theirs = (k.n_similarity(["w1", "w2"], ["w4", "w5"]) for k in (kv, other))
    assert ours == pytest.approx(float(theirs), abs=1e-6)
    words = [f"w{row}" for row in (5, 80, 33, 120)]
    assert kv.doesnt_match(words) == other.doesnt_match(words)
    np.testing.assert_allclose(kv.distances("w7"), other.distances("w7"), atol=1e-6)
    np.testing.assert_allclose(kv.distances(kv["w7"], words), other.distances(kv["w7"], words), atol=1e-6)
    assert kv.closer_than("w1", "w2") == other.closer_than("w1", "w2")
    assert [kv.rank("w1", w) for w in words] == [other.rank("w1", w) for w in words]
    np.testing.assert_allclose(kv.unit_vectors, other.get_normed_vectors(), atol=1e-6)


@pytest.mark.smoke
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weights": [1.0, -2.0, 0.5]},
        {"pre_normalize": False},
        {"post_normalize": True},
        {"keys": ["w1", "no such word", "w2"]},
        {"keys": ["no such word"]},
        {"keys": [table(2)[0], "w4"]},
    ],
)
def test_mean_vector_is_gensims(kv, other, options):
    options = {"keys": ["w1", "w2", "w3"], **options}
    np.testing.assert_allclose(kv.get_mean_vector(**options), other.get_mean_vector(**options), atol=1e-6)


def test_look_up(kv):
    assert len(kv) == 300
    assert "w3" in kv
    assert "no" not in kv
    assert kv.vector_size == 20
    np.testing.assert_array_equal(kv["w3"], table()[3])
    np.testing.assert_array_equal(kv[["w3", "w1"]], table()[[3, 1]])
    assert np.linalg.norm(kv.get_vector("w3", norm=True)) == pytest.approx(1)
    assert repr(kv) == "KeyedVectors(300 words, vector_size=20, float32)"


def test_a_table_is_not_copied_and_cannot_change_under_its_norms():
    vectors = table()
    kv = KeyedVectors(vectors, [str(row) for row in range(300)])
    assert np.shares_memory(kv.vectors, vectors)
    assert vectors.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        kv.vectors[0] = 0


@pytest.mark.smoke
def test_a_batch_is_a_loop(kv):
    words = [f"w{row}" for row in range(0, 300, 2)]
    for topn, restrict in ((10, None), (3, 40), (500, None)):
        batch = kv.most_similar_batch(words, topn=topn, restrict_vocab=restrict)
        for word, got in zip(words, batch, strict=True):
            same_neighbors(got, kv.most_similar(word, topn=topn, restrict_vocab=restrict), atol=1e-6)
    assert kv.most_similar_batch([]) == []


def test_the_bits_of_a_batch_do_not_depend_on_threads(monkeypatch):
    kv = make(5000, 30)
    words = kv.index_to_key[::9]
    want = kv.most_similar_batch(words)
    for n_processors in (1, 3):
        monkeypatch.setattr(neighbors, "n_cores", lambda n=n_processors: n)
        assert kv.most_similar_batch(words, max_memory=1 << 24) == want


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.integers(-3, 3), min_size=1, max_size=400),
    repeats=st.integers(1, 5),
    topn=st.integers(1, 30),
)
def test_top_rows_is_a_stable_sort(scores, repeats, topn):
    scores = np.array(scores * repeats, np.float32)
    np.testing.assert_array_equal(neighbors.top_rows(scores, topn), np.argsort(-scores, kind="stable")[:topn])


def test_equal_similarities_come_in_the_order_of_the_vocabulary():
    kv = KeyedVectors(np.ones((5000, 4), np.float32), [str(row) for row in range(5000)])
    assert [word for word, _ in kv.most_similar("3", topn=4)] == ["0", "1", "2", "4"]
    [batch] = kv.most_similar_batch(["3"], topn=4)
    assert [word for word, _ in batch] == ["0", "1", "2", "4"]


@pytest.mark.smoke
def test_zero_rows_give_zero_and_never_nan():
    vectors = table()
    vectors[[0, 7]] = 0
    kv = KeyedVectors(vectors, [f"w{row}" for row in range(300)])
    answers = [
        kv.most_similar("w0"),
        kv.most_similar("w1", topn=299),
        kv.most_similar(["w0", "w7"]),
        kv.most_similar(["w1"], ["w1"]),
        kv.most_similar_cosmul(["w0"], ["w1"]),
        kv.most_similar_batch(["w0"])[0],
    ]
    assert all(np.isfinite(score) for answer in answers for _, score in answer)
    assert kv.similarity("w0", "w1") == 0
    assert kv.n_similarity(["w0"], ["w1"]) == 0
    assert np.isfinite(kv.distances("w0")).all()
    assert np.isfinite(kv.unit_normed().vectors).all()
    assert kv.doesnt_match(["w0", "w1", "w1"]) == "w0"


def test_float16_halves_the_table_and_answers_in_float32(kv):
    half = kv.astype("float16")
    assert half.vectors.dtype == np.float16
    assert half.astype(np.float32).vectors.dtype == np.float32
    exact = KeyedVectors(half.vectors.astype(np.float32), half.index_to_key)
    same_neighbors(half.most_similar("w3"), exact.most_similar("w3"), atol=1e-6)
    same_neighbors(half.most_similar_batch(["w3"])[0], exact.most_similar("w3"), atol=1e-6)
    np.testing.assert_allclose(half.distances("w3"), exact.distances("w3"), atol=1e-6)
    assert half.get_vector("w3", norm=True).dtype == np.float32
    with pytest.raises(ValueError, match="dtype parameter of astype must be one of"):
        kv.astype("float64")
    with pytest.raises(ValueError, match="infinity"):
        KeyedVectors(np.full((1, 2), 1e6, np.float32), ["big"]).astype("float16")


def test_subset_and_unit_length(kv):
    part = kv.subset(["w9", "w2"])
    assert part.index_to_key == ["w9", "w2"]
    np.testing.assert_array_equal(part.vectors, kv.vectors[[9, 2]])
    assert part.counts.tolist() == [291, 298]
    np.testing.assert_allclose(np.linalg.norm(kv.unit_normed().vectors, axis=1), 1, atol=1e-6)


@pytest.mark.smoke
def test_gensim_and_back(kv, other):
    assert other.get_vecattr("w2", "count") == 298
    assert other.key_to_index == kv.key_to_index
    back = KeyedVectors.from_gensim(other)
    np.testing.assert_array_equal(back.vectors, kv.vectors)
    np.testing.assert_array_equal(back.counts, kv.counts)
    assert back.index_to_key == kv.index_to_key
    other_new = kv.to_gensim()
    other_new.add_vector("new", np.ones(20, np.float32))
    assert other_new.get_index("new") == 300
    assert len(kv) == 300
    with pytest.raises(TypeError, match="model.wv"):
        KeyedVectors.from_gensim({"a": 1})


def test_pickle(kv):
    copy = pickle.loads(pickle.dumps(kv))
    assert copy.most_similar("w3") == kv.most_similar("w3")


@pytest.mark.parametrize(
    ("vectors", "words", "message"),
    [
        (table(3), ["a", "b"], r"each of the 2 words. Got ndarray with the shape \(3, 20\)"),
        (table(3)[0], ["a"], r"must be a table .* the shape \(20,\)"),
        (np.empty((0, 5), np.float32), [], "not empty"),
        (np.empty((2, 0), np.float32), ["a", "b"], "not empty"),
        (table(3), ["a", "b", "a"], "must not repeat a word. Got 'a' instead. Rows 0 and 2"),
    ],
)
def test_a_bad_table_is_refused(vectors, words, message):
    with pytest.raises(ValueError, match=message):
        KeyedVectors(vectors, words)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_values_that_are_not_finite_are_refused_by_word(value, dtype):
    vectors = table().astype(dtype)
    vectors[7, 3] = value
    with pytest.raises(ValueError, match="be finite numbers.* Row 7, the vector of 'w7', holds NaN"):
        KeyedVectors(vectors, [f"w{row}" for row in range(300)])


def test_wrong_types_are_refused():
    with pytest.raises(TypeError, match=r"index_to_key\[1\] of KeyedVectors must be a str"):
        KeyedVectors(table(2), ["a", 3])
    with pytest.raises(TypeError, match="must be a list of words"):
        KeyedVectors(table(2), "ab")
    with pytest.raises(TypeError, match="must be real numbers"):
        KeyedVectors(np.array([["x"]]), ["a"])
    with pytest.raises(ValueError, match="counts parameter of KeyedVectors must be 2 integers"):
        KeyedVectors(table(2), ["a", "b"], np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (
            lambda kv: kv.most_similar(),
            ValueError,
            "positive parameter of most_similar must hold a word or a vector",
        ),
        (lambda kv: kv.most_similar("w1", topn=0), ValueError, "topn parameter of most_similar"),
        (lambda kv: kv.most_similar("w1", restrict_vocab=0), ValueError, "restrict_vocab"),
        (lambda kv: kv.most_similar(np.ones(3)), ValueError, "must be 20 finite numbers"),
        (lambda kv: kv.most_similar(np.full(20, np.nan)), ValueError, "must be 20 finite numbers"),
        (lambda kv: kv.most_similar([3.5]), TypeError, "must be a word or a vector"),
        (lambda kv: kv.most_similar_batch("w1"), TypeError, "put it into a list"),
        (lambda kv: kv.most_similar_batch(["w1"], max_memory=5), ValueError, "max_memory"),
        (lambda kv: kv.most_similar_cosmul(negative="w1"), ValueError, "positive parameter"),
        (lambda kv: kv.analogy("w1", "w2", "w3", method="add"), ValueError, "method parameter of analogy"),
        (lambda kv: kv.get_mean_vector([]), ValueError, "list of words or vectors"),
        (lambda kv: kv.get_mean_vector(["w1"], weights=[1, 2]), ValueError, "must be 1 finite numbers"),
    ],
)
def test_a_bad_question_is_refused(kv, ask, error, message):
    with pytest.raises(error, match=message):
        ask(kv)


@pytest.mark.parametrize(
    "ask",
    [
        lambda kv: kv["w3x"],
        lambda kv: kv.most_similar("w3x"),
        lambda kv: kv.most_similar_batch(["w1", "w3x"]),
        lambda kv: kv.most_similar_cosmul("w3x"),
        lambda kv: kv.similarity("w1", "w3x"),
        lambda kv: kv.doesnt_match(["w1", "w3x"]),
        lambda kv: kv.n_similarity(["w1"], ["w3x"]),
        lambda kv: kv.rank("w1", "w3x"),
        lambda kv: kv.subset(["w3x"]),
        lambda kv: kv.get_mean_vector(["w3x"], ignore_missing=False),
    ],
)
def test_an_unknown_word_is_a_key_error_with_the_nearest_spellings(kv, ask):
    with pytest.raises(KeyError) as caught:
        ask(kv)
    assert isinstance(caught.value, UnknownWordError)
    assert str(caught.value).startswith("The word 'w3x' is not in the vocabulary (300 words). Nearest")
    assert "'w3'" in str(caught.value)


def test_spellings_are_found_far_down_a_large_vocabulary():
    rng = np.random.default_rng(0)
    letters = rng.integers(97, 123, size=(N_FREQUENT + 20_000, 9)).astype(np.uint8)
    vocabulary = [row.tobytes().decode() for row in letters]
    vocabulary[40] = "zebra"
    vocabulary[-5] = "Encyclopaedia"
    assert nearest_spellings("encyclopaidia", vocabulary) == ["Encyclopaedia"]
    assert nearest_spellings("sebra", vocabulary)[0] == "zebra"
    assert nearest_spellings("", vocabulary) == []
    assert nearest_spellings("0" * 50, vocabulary) == []


def test_deep_copies_share_the_table():
    vectors = make(3)
    assert copy.deepcopy([vectors])[0] is vectors
