"""Questions about given words and documents, equal to gensim's, to linear programs and to loops."""

import math
import sys

import naive_documents as naive
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

from wordvec.vectors import neighbors, word_movers
from wordvec.vectors.keyed_vectors import KeyedVectors, UnknownWordError

WORDS = [f"w{row}" for row in range(60)]


@pytest.fixture(scope="module")
def kv():
    vectors = np.random.default_rng(3).normal(size=(60, 8)).astype(np.float32)
    return KeyedVectors(vectors, WORDS, np.arange(60, 0, -1))


@pytest.fixture(scope="module")
def other(kv):
    pytest.importorskip("gensim.models.keyedvectors", reason="compared with gensim")
    return kv.to_gensim()


@pytest.fixture
def pot(monkeypatch):
    monkeypatch.setenv(
        "POT_BACKEND_DISABLE_PYTORCH", "1"
    )  # which POT loads, in seconds, and no test here needs
    return pytest.importorskip("ot", reason="POT solves the exact Word Mover's Distance")


def documents(n, seed=0, n_words=60, longest=12):
    """Return pairs of documents with repeated and shared words."""
    rng = np.random.default_rng(seed)
    texts = [[f"w{row}" for row in rng.integers(0, n_words, rng.integers(1, longest))] for _ in range(2 * n)]
    return list(zip(texts[::2], texts[1::2]))


def vector_function(kv, norm):
    return lambda word: kv.get_vector(word, norm=norm).astype(np.float64)


def optimum(kv, norm, document1, document2):
    """Return the Word Mover's Distance by a solver of any linear program."""
    moved, equations, right = naive.transport_program(vector_function(kv, norm), document1, document2)
    found = linprog(moved, A_eq=equations, b_eq=right)
    assert found.success
    return found.fun


@pytest.mark.smoke
def test_words_are_ranked_as_gensim_ranks_them(kv, other):
    words = [f"w{row}" for row in (5, 50, 33, 12, 5)]
    for use_norm in (True, False):
        ours, theirs = (k.rank_by_centrality(words, use_norm=use_norm) for k in (kv, other))
        assert [word for _, word in ours] == [word for _, word in theirs]
        np.testing.assert_allclose([s for s, _ in ours], [s for s, _ in theirs], atol=1e-5)
    assert kv.doesnt_match(words) == kv.rank_by_centrality(words)[-1][1]
    assert all(type(score) is float for score, _ in ours)


def test_centrality_of_a_vector_of_zeros_is_zero():
    kv = KeyedVectors(np.array([[0, 0], [1, 0], [-1, 0.5]], np.float32), ["zero", "a", "b"])
    assert dict(map(reversed, kv.rank_by_centrality(["zero", "a", "b"])))["zero"] == 0
    assert kv.rank_by_centrality(["zero"]) == [(0.0, "zero")]


@pytest.mark.smoke
def test_the_most_similar_of_some_words_is_gensims(kv, other):
    for word in WORDS[:20]:
        assert kv.most_similar_to_given(word, WORDS[20:40]) == other.most_similar_to_given(word, WORDS[20:40])
    assert kv.most_similar_to_given("w3", ["w9", "w3", "w1"]) == "w3"


def test_the_first_of_equal_words_is_the_most_similar():
    kv = KeyedVectors(np.ones((4, 3), np.float32), list("abcd"))
    assert kv.most_similar_to_given("a", ["d", "b", "c"]) == "d"


@pytest.mark.smoke
@pytest.mark.parametrize("topn", [1, 10, 1000])
def test_relative_similarity_is_gensims(kv, other, topn):
    for word1, word2 in (("w1", "w2"), ("w7", "w30"), ("w5", "w5")):
        ours = kv.relative_cosine_similarity(word1, word2, topn=topn)
        assert ours == pytest.approx(other.relative_cosine_similarity(word1, word2, topn), abs=1e-5)


def test_relative_similarity_needs_neighbours_that_are_similar():
    alone = KeyedVectors(np.ones((1, 2), np.float32), ["a"])
    zeros = KeyedVectors(np.array([[0, 0], [1, 0]], np.float32), ["a", "b"])
    for kv in (alone, zeros):
        with pytest.raises(ValueError, match="nearest to 'a' sum to 0"):
            kv.relative_cosine_similarity("a", "a")


@pytest.mark.smoke
@pytest.mark.parametrize("norm", [True, False])
def test_word_movers_distance_is_a_linear_program_and_gensims(pot, kv, other, norm):
    for document1, document2 in documents(12):
        got = kv.wmdistance(document1, document2, norm)
        want = optimum(kv, norm, document1, document2)
        assert got == pytest.approx(want, abs=1e-6)
        theirs = other.wmdistance(document1, document2, norm=norm)
        if math.isfinite(theirs):  # gensim: infinity where all words have the same vectors
            assert got == pytest.approx(float(theirs), abs=1e-5)
        assert got == pytest.approx(kv.wmdistance(document2, document1, norm), abs=1e-9)
        assert kv.wmdistance(document1, document1[::-1], norm) == pytest.approx(0, abs=1e-6)


@pytest.mark.smoke
@pytest.mark.parametrize("norm", [True, False])
def test_relaxed_distance_is_the_naive_one(monkeypatch, kv, norm):
    monkeypatch.setattr(neighbors, "BLOCK_FLOATS", 20)
    for document1, document2 in documents(12):
        got = kv.wmdistance(document1, document2, norm, method="relaxed")
        want = naive.relaxed_word_movers(vector_function(kv, norm), document1, document2)
        assert got == pytest.approx(want, abs=1e-6)
        assert kv.wmdistance(document1, document1[::-1], norm, method="relaxed") == 0
        assert got <= optimum(kv, norm, document1, document2) + 1e-6


def test_words_count_by_their_share(kv):
    once = kv.wmdistance(["w1", "w2"], ["w3"], method="relaxed")
    twice = kv.wmdistance(["w1", "w2", "w1", "w2"], ["w3", "w3"], method="relaxed")
    assert once == pytest.approx(twice)
    apart = [kv.wmdistance([word], ["w3"], method="relaxed") for word in ("w1", "w2")]
    assert once == pytest.approx(np.mean(apart))
    thrice = kv.wmdistance(["w1", "w1", "w1", "w2"], ["w3"], method="relaxed")
    assert thrice == pytest.approx(np.average(apart, weights=[3, 1]))


@pytest.mark.parametrize("method", ["exact", "relaxed"])
def test_unknown_words_are_left_out(request, kv, method):
    if method == "exact":
        request.getfixturevalue("pot")
    document = ["w1", "w2", "w2"]
    with_unknown = ["no", *document, "such", "word"]
    known = kv.wmdistance(document, ["w3"], method=method)
    assert kv.wmdistance(with_unknown, iter(["w3"]), method=method) == known
    for empty in ([], ["no such word"]):
        assert kv.wmdistance(empty, document, method=method) == math.inf
        assert kv.wmdistance(document, empty, method=method) == math.inf


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_documents_of_the_same_vectors_have_no_distance(pot, dtype):
    kv = KeyedVectors(np.ones((3, 2), dtype), list("abc"))
    for method in ("exact", "relaxed"):
        assert kv.wmdistance(["a", "b"], ["c"], norm=False, method=method) == 0
        assert kv.wmdistance(["a"], ["a"], method=method) == 0


def test_long_documents_are_solved_or_told(pot, monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(800, 5)).astype(np.float32)
    kv = KeyedVectors(vectors, [str(row) for row in range(800)])
    halves = kv.index_to_key[:400], kv.index_to_key[400:]
    # Equal weights: the best assignment of one word to each is the solution.
    costs = naive.costs(lambda word: vectors[int(word)].astype(np.float64), *halves)
    best = costs[linear_sum_assignment(costs)].mean()
    assert kv.wmdistance(*halves, norm=False) == pytest.approx(best, abs=1e-6)
    monkeypatch.setattr(word_movers, "MAX_PIVOTS", 5)
    with (
        pytest.warns(UserWarning, match="numItermax"),
        pytest.raises(RuntimeError, match="400 and 400 different words"),
    ):
        kv.wmdistance(*halves)


def test_without_pot_the_error_names_the_extra(monkeypatch, kv):
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(
        ImportError, match=r'wmdistance.*needs the package .ot.*pip install "wordvec\[index\]"'
    ):
        kv.wmdistance(["w1"], ["w2"])
    assert kv.wmdistance(["w1"], ["w2"], method="relaxed") > 0


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda kv: kv.wmdistance("w1 w2", ["w1"]), TypeError, "put it into a list"),
        (lambda kv: kv.wmdistance(["w1"], [["w2"]]), TypeError, r"A word must be a str. Got \['w2'\]"),
        (lambda kv: kv.wmdistance(["w1"], ["w2"], method="fast"), ValueError, "method parameter of wmdistance"),
        (lambda kv: kv.rank_by_centrality([]), ValueError, "words parameter of rank_by_centrality must be a"),
        (lambda kv: kv.rank_by_centrality("w1"), TypeError, "put it into a list"),
        (lambda kv: kv.rank_by_centrality(["w1", "w6x"]), UnknownWordError, "'w6x' is not in the vocabulary"),
        (lambda kv: kv.doesnt_match([]), ValueError, "words parameter of rank_by_centrality"),
        (lambda kv: kv.most_similar_to_given("w1", []), ValueError, "keys_list parameter of most_similar_to_given"),
        (lambda kv: kv.most_similar_to_given("w1", "w2"), TypeError, "put it into a list"),
        (lambda kv: kv.most_similar_to_given("w6x", ["w2"]), UnknownWordError, "'w6x' is not in"),
        (lambda kv: kv.most_similar_to_given("w2", ["w6x"]), UnknownWordError, "'w6x' is not in"),
        (lambda kv: kv.relative_cosine_similarity("w1", "w2", topn=0), ValueError, "topn parameter"),
        (lambda kv: kv.relative_cosine_similarity("w1", "w2", topn=None), ValueError, "topn parameter"),
        (lambda kv: kv.relative_cosine_similarity("w6x", "w2"), UnknownWordError, "'w6x' is not in"),
        (lambda kv: kv.relative_cosine_similarity("w2", "w6x"), UnknownWordError, "'w6x' is not in"),
    ],
)  # fmt: skip
def test_a_bad_question_is_refused(kv, ask, error, message):
    with pytest.raises(error, match=message):
        ask(kv)


def test_lists_of_words_are_checked_in_one_line(kv_small):
    kv = kv_small
    for call in (
        lambda bad: kv.rank_by_centrality(bad),
        lambda bad: kv.most_similar_to_given("king", bad),
        lambda bad: kv.wmdistance(bad, ["king"], method="relaxed"),
        lambda bad: kv.vectors_for_all(bad),
        lambda bad: kv.add_vectors(bad, [[1.0, 2.0]]),
    ):
        for bad in (None, 5, {"king": 1}):
            with pytest.raises(ValueError, match="be a list of words"):
                call(bad)
    with pytest.raises(TypeError, match="A word must be a str"):
        kv.most_similar_to_given(["king"], ["man"])
    assert kv.wmdistance(iter(["king"]), ["man"], method="relaxed") == kv.wmdistance(
        ["king"], ["man"], method="relaxed"
    )
    assert kv.rank_by_centrality(iter(["king", "man"])) == kv.rank_by_centrality(["king", "man"])


@pytest.fixture
def kv_small():
    return KeyedVectors(np.array([[1.0, 2.0], [3.0, 1.0]], np.float32), ["king", "man"])
