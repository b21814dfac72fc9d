"""Tables made of tables: chosen words, added words, vectors of another table; equal to gensim's."""

import numpy as np
import pytest

from wordvec.vectors.keyed_vectors import KeyedVectors, UnknownWordError
from wordvec.vectors.subwords.scheme import trained_scheme
from wordvec.vectors.subwords.table import table_of_words

gensim_keyedvectors = pytest.importorskip("gensim.models.keyedvectors", reason="compared with gensim")


def table(n_words, seed=0, vector_size=4):
    return np.random.default_rng(seed).normal(size=(n_words, vector_size)).astype(np.float32)


@pytest.fixture
def kv():
    return KeyedVectors(table(5), list("abcde"), [50, 40, 30, 20, 10])


@pytest.fixture(scope="module")
def ngrams():
    """Return vectors with n-grams, whose rows are random."""
    words = ["king", "kings", "kingdom", "queen", "queens", "queendom"]
    rows = table(len(words) + 500, vector_size=6)
    subwords = table_of_words(
        trained_scheme(3, 6, 500, 0), words, rows, len(words), table(len(words), vector_size=6)
    )
    return KeyedVectors(None, words, np.full(len(words), 20), subwords=subwords)


def same(ours, theirs):
    assert ours.index_to_key == theirs.index_to_key
    np.testing.assert_allclose(ours.vectors, theirs.vectors, atol=1e-5)


@pytest.mark.smoke
def test_vectors_for_all_are_gensims(kv):
    keys = ["c", "no", "a", "c", "such word", "e"]
    for allow_inference in (True, False):
        ours = kv.vectors_for_all(iter(keys), allow_inference=allow_inference)
        same(ours, kv.to_gensim().vectors_for_all(iter(keys), allow_inference=allow_inference))
        assert ours.counts is None
    ours = kv.vectors_for_all(keys, copy_vecattrs=True)
    theirs = kv.to_gensim().vectors_for_all(keys, copy_vecattrs=True)
    assert ours.counts.tolist() == [30, 50, 10]
    assert [theirs.get_vecattr(word, "count") for word in "cae"] == [30, 50, 10]
    assert KeyedVectors(table(2), ["a", "b"]).vectors_for_all(["b"], copy_vecattrs=True).counts is None


@pytest.mark.smoke
def test_vectors_for_all_infer_unknown_words_as_gensim_does(ngrams, tmp_path):
    ngrams.save(tmp_path / "model.bin", format="fasttext")
    theirs = pytest.importorskip("gensim.models.fasttext").load_facebook_vectors(str(tmp_path / "model.bin"))
    keys = ["kingly", "queen", "", "queen", "q", "queening", "king"]
    # "" has no n-gram, which gensim takes for a word with a vector of zeros.
    known = [key for key in dict.fromkeys(keys) if ngrams.knows(key)]
    ours = ngrams.vectors_for_all(keys)
    same(ours, theirs.vectors_for_all(known))
    assert ours.subwords is None
    same(
        ngrams.vectors_for_all(keys, allow_inference=False),
        theirs.vectors_for_all(keys, allow_inference=False),
    )
    counted = ngrams.vectors_for_all(keys, copy_vecattrs=True)
    assert counted.index_to_key == known
    assert counted.counts.tolist() == [20 * (key in ngrams) for key in known]


@pytest.mark.smoke
@pytest.mark.parametrize("replace", [False, True])
def test_added_vectors_are_gensims(kv, replace):
    before, keys, weights = kv.vectors.copy(), ["x", "b", "y", "e"], table(4, seed=1)
    ours = kv.add_vectors(keys, weights, replace=replace)
    theirs = kv.to_gensim()
    theirs.add_vectors(keys, weights, replace=replace)
    same(ours, theirs)
    assert ours.counts.tolist() == [50, 40, 30, 20, 10, 0, 0]
    numbers = kv.add_vectors(keys, list(weights), replace=replace, counts=[7, 6, 5, 4]).counts.tolist()
    assert numbers == ([50, 6, 30, 20, 4, 7, 5] if replace else [50, 40, 30, 20, 10, 7, 5])
    assert kv.index_to_key == list("abcde")
    np.testing.assert_array_equal(kv.vectors, before)
    assert [word for word, _ in ours.most_similar("x")] == [word for word, _ in theirs.most_similar("x")]


def test_one_word_may_be_added(kv):
    for vector in (np.ones(4), [1, 1, 1, 1], np.ones((1, 4))):
        added = kv.add_vectors("new", vector)
        assert added.index_to_key[-1] == "new"
        assert added["new"].tolist() == [1, 1, 1, 1]


def test_added_vectors_take_the_dtype_and_leave_ngrams(ngrams):
    half = ngrams.astype("float16").add_vectors(["x"], np.ones((1, 6)))
    assert half.vectors.dtype == np.float16
    assert ngrams.add_vectors(["x"], np.ones((1, 6))).subwords is None
    with pytest.raises(ValueError, match="the vector of 'x', holds NaN or infinity"):
        half.add_vectors("x", np.full(6, 1e6), replace=True)


@pytest.mark.smoke
def test_intersection_is_gensims(kv, tmp_path):
    others = KeyedVectors(table(4, seed=2), ["d", "x", "a", "y"], [1, 2, 3, 4])
    before = kv.vectors.copy()
    ours = kv.intersect(others)
    theirs = kv.to_gensim()
    theirs.vectors_lockf = np.ones(len(theirs), np.float32)  # as train wants it; without, gensim fails
    others.save(tmp_path / "vectors.txt", format="word2vec-text")
    theirs.intersect_word2vec_format(str(tmp_path / "vectors.txt"))
    same(ours, theirs)
    assert ours.counts.tolist() == kv.counts.tolist()
    np.testing.assert_array_equal(kv.vectors, before)


def test_intersection_keeps_the_dtype_and_takes_lists_of_words_alone(kv, ngrams):
    half = kv.astype("float16").intersect(KeyedVectors(table(1, seed=2), ["b"]))
    assert half.vectors.dtype == np.float16
    np.testing.assert_allclose(half["b"], table(1, seed=2)[0], atol=1e-2)
    plain = KeyedVectors(table(2, vector_size=6), ["king", "kinglike"])
    mixed = plain.intersect(ngrams)
    np.testing.assert_array_equal(mixed.vectors, [ngrams["king"], plain["kinglike"]])


@pytest.mark.smoke
def test_the_count_of_a_word_is_gensims(kv):
    for word in kv.index_to_key:
        assert kv.get_vecattr(word, "count") == kv.to_gensim().get_vecattr(word, "count")


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda kv: kv.vectors_for_all("ab"), TypeError, "put it into a list"),
        (lambda kv: kv.vectors_for_all([["a"]]), TypeError, "A word must be a str"),
        (lambda kv: kv.vectors_for_all(["no"]), ValueError, "keys parameter of vectors_for_all must hold a word"),
        (lambda kv: kv.vectors_for_all([]), ValueError, "keys parameter of vectors_for_all must hold a word"),
        (lambda kv: kv.add_vectors([], np.ones((0, 4))), ValueError, "keys parameter of add_vectors must hold"),
        (lambda kv: kv.add_vectors(["x", 3], np.ones((2, 4))), TypeError, "A word must be a str. Got 3"),
        (lambda kv: kv.add_vectors(["x", "y", "x"], np.ones((3, 4))), ValueError, "repeat a word. Got 'x' .* 0 and 2"),
        (lambda kv: kv.add_vectors(["x"], np.ones((1, 3))), ValueError, r"shape \(1, 4\), a vector for each"),
        (lambda kv: kv.add_vectors(["x"], np.ones(4)), ValueError, r"shape \(1, 4\), a vector for each"),
        (lambda kv: kv.add_vectors("x", [[1, 2], [3]]), ValueError, r"shape \(1, 4\), a vector for each"),
        (lambda kv: kv.add_vectors("x", ["1", "2", "3", "4"]), ValueError, r"numbers with the shape \(1, 4\)"),
        (lambda kv: kv.add_vectors(["x", "y"], [[0] * 4, [np.nan] * 4]), ValueError, "vector of 'y' holds NaN"),
        (lambda kv: kv.add_vectors("x", np.ones(4), counts=[1, 2]), ValueError, "counts parameter of add_vectors"),
        (lambda kv: kv.unit_normed().add_vectors("x", np.ones(4), counts=[-1]), ValueError, "integers"),
        (lambda kv: kv.intersect("vectors.txt"), ValueError, "other parameter of intersect must be a KeyedVectors"),
        (lambda kv: kv.intersect(KeyedVectors(np.ones((1, 3)), ["a"])), ValueError, "have vectors of 4 numbers"),
        (lambda kv: kv.intersect(KeyedVectors(np.ones((1, 4)), ["A"])), ValueError, "must hold a word of these"),
        (lambda kv: kv.get_vecattr("a", "sample_int"), ValueError, "attr parameter of get_vecattr"),
        (lambda kv: kv.get_vecattr("f", "count"), UnknownWordError, "'f' is not in the vocabulary"),
    ],
)  # fmt: skip
def test_a_bad_question_is_refused(kv, ask, error, message):
    with pytest.raises(error, match=message):
        ask(kv)


def test_what_has_no_counts_says_so():
    kv = KeyedVectors(table(2), ["a", "b"])
    with pytest.raises(ValueError, match="These vectors have no counts"):
        kv.get_vecattr("a", "count")
    with pytest.raises(ValueError, match="counts parameter of add_vectors must be None for vectors without"):
        kv.add_vectors("c", np.ones(4), counts=[1])
