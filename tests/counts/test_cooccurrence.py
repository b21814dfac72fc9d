"""`Cooccurrence`: what it holds and refuses, SciPy's matrices in and out, nearest words, mutual information."""

import math
import tracemalloc

import naive_cooccurrence as naive
import numpy as np
import pytest
import scipy.sparse

from wordvec.counts import checks as _count_checks
from wordvec.counts.cooccurrence import MAX_MULTIPLE, Cooccurrence
from wordvec.text.vocabulary import Vocabulary
from wordvec.vectors.keyed_vectors import UnknownWordError

from .support import WORDS, as_dict, counted, from_dense, same, text


def test_what_it_holds():
    counts = counted([["a", "b", "a", "c"]], window=2)
    third = {
        ("a", "b"): 2.0, ("b", "a"): 2.0, ("a", "a"): 1.0, ("b", "c"): 0.5, ("c", "b"): 0.5, ("a", "c"): 1.0,
        ("c", "a"): 1.0,
    }  # fmt: skip
    assert as_dict(counts) == third
    assert counts.shape == (3, 3) and counts.nnz == 7 and counts.total == 8.0
    assert counts.row.dtype == np.int32 and counts.row.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert repr(counts) == (
        "Cooccurrence(3 words, 7 pairs, total=8, window=2, symmetric=True, distance_weighting=True)"
    )
    with pytest.raises(ValueError, match="read-only"):
        counts.value[0] = 1
    assert repr(from_dense([[1.0]], Vocabulary(["a"], [1]))) == "Cooccurrence(1 word, 1 pair, total=1)"


def test_arrays_are_kept_not_copied(tmp_path):
    parts = {"starts": np.array([0, 1, 2]), "col": np.array([1, 0], np.int32), "value": np.array([1.5, 2.5])}
    mapped = {}
    for name, array in parts.items():
        array.tofile(tmp_path / name)
        mapped[name] = np.memmap(tmp_path / name, array.dtype, "r")
    for arrays in (parts, mapped):
        counts = Cooccurrence(**arrays, vocabulary=Vocabulary(["a", "b"], [1, 1]))
        for name, array in arrays.items():
            assert np.shares_memory(getattr(counts, name), array)
            assert type(getattr(counts, name)) is type(array)
        matrix = counts.to_scipy()
        assert np.shares_memory(matrix.data, arrays["value"])
        assert np.shares_memory(matrix.indices, arrays["col"])
        np.testing.assert_array_equal(matrix.toarray(), [[0, 1.5], [2.5, 0]])
        assert counts.ppmi().shape == (2, 2)
        counts.save(tmp_path / "counts.npz")
        same(Cooccurrence.load(tmp_path / "counts.npz"), counts)


@pytest.mark.parametrize("bad", [0.0, -1.0, -0.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 4, 9])
def test_bad_counts_are_named(block_entries, bad, place):
    matrix = np.arange(1, 17.0).reshape(4, 4)
    matrix[[0, 1, 2, 2, 3, 3], [0, 2, 1, 2, 0, 3]] = 0
    good = from_dense(matrix, Vocabulary(WORDS[:4], [1] * 4))
    value = good.value.copy()
    value[place] = bad
    row, col = good.row[place], good.col[place]
    message = f"positive, finite .* Got {bad} in row {row}, column {col}\\b"
    with pytest.raises(ValueError, match=message) as caught:
        Cooccurrence(good.starts, good.col, value, good.vocabulary)
    assert f"({WORDS[row]!r} and {WORDS[col]!r})" in str(caught.value)
    assert ("eliminate_zeros()" in str(caught.value)) == (bad == 0)
    with pytest.raises(ValueError, match=message):
        Cooccurrence.from_scipy(
            scipy.sparse.csr_array((value, good.col, good.starts), shape=(4, 4)), WORDS[:4]
        )
    with pytest.raises(ValueError, match=message):
        Cooccurrence.from_scipy(scipy.sparse.coo_array((value, (good.row, good.col)), shape=(4, 4)))


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("starts", np.array([0, 2, 3]), "starts .* shape .4,"),
        (
            "starts",
            np.array([1, 2, 2, 3]),
            r"starts .* rise from 0 to .*, 3\. Got \[1, 3\] instead.* the last\.$",
        ),
        (
            "starts",
            np.array([0, 2, 2, 4]),
            r"starts .* rise from 0 to .*, 3\. Got \[0, 4\] instead.* the last\.$",
        ),
        ("starts", np.array([0, 4, 2, 3]), r"starts .* Got \[0, 3\] .*, with a fall between\.$"),
        ("starts", np.array([0, 2, 2, 3], np.int32), "starts .* int64. Got ndarray .* dtype int32"),
        ("starts", [0, 2, 2, 3], r"starts .* int64. Got \[0, 2"),
        ("col", np.array([0, 0, 1], np.int32), "ascend .* Got {'the': .0, 0.} instead. They are in row 0"),
        ("col", np.array([2, 1, 1], np.int32), "ascend .* Got {'the': .2, 1.} instead. They are in row 0"),
        ("col", np.array([0, 2, 3], np.int32), "col .* 0 to 2, .* Got {'naïve': 3} instead. It is in row 2"),
        ("col", np.array([-1, 2, 0], np.int32), "col .* 0 to 2, .* Got {'the': -1} instead. It is in row 0"),
        ("col", np.array([[0, 2, 0]], np.int32), "col .* one-dimensional"),
        ("col", np.array([0, 2, 0]), "col .* int32. Got ndarray .* dtype int64"),
        ("value", np.array([1.0, 2.0]), "value .* shape .3,"),
        ("value", np.array([1.0, 2.0, 3.0], np.float32), "value .* float64. Got ndarray .* dtype float32"),
        ("value", np.array([1e308, 1e308, 1e308]), "finite"),
        ("vocabulary", WORDS[:3], r"must be a Vocabulary. Got \["),
        ("window", 0, "window"),
        ("symmetric", "yes", "symmetric"),
        ("distance_weighting", 1, "distance_weighting"),
        ("unit", -1, "unit"),
        ("unit", 2, r"multiples of 1/2, .* Got {\('the', 'the'\): 0.25} .* unit=0"),
    ],
)
def test_what_does_not_fit_is_refused(block_entries, name, array, message):
    arguments = {
        "starts": np.array([0, 2, 2, 3]),
        "col": np.array([0, 2, 0], np.int32),
        "value": np.array([0.25, 2.0, 3.0]),
        "vocabulary": Vocabulary(WORDS[:3], [3, 2, 1]),
    }
    Cooccurrence(**arguments)
    with pytest.raises((TypeError, ValueError), match=message):
        Cooccurrence(**{**arguments, name: array})


def test_the_column_of_a_single_pair_is_checked(block_entries):
    vocabulary, starts = Vocabulary(["a", "b"], [1, 1]), np.array([0, 0, 1])
    assert as_dict(Cooccurrence(starts, np.array([1], np.int32), np.ones(1), vocabulary)) == {("b", "b"): 1.0}
    for bad in (2, -1):
        with pytest.raises(ValueError, match=f"col .* 0 to 1, .* Got {{'b': {bad}}} instead. It is in row 1"):
            Cooccurrence(starts, np.array([bad], np.int32), np.ones(1), vocabulary)


def test_a_unit_holds_up_to_its_limit():
    unit = math.lcm(*range(1, 16))
    vocabulary = Vocabulary(["a", "b"], [1, 1])
    for multiple in (1, MAX_MULTIPLE - 1, MAX_MULTIPLE):
        counts = from_dense([[0, multiple / unit], [0, 0]], vocabulary, unit=unit)
        assert np.rint(counts.value * unit) == multiple and counts.total == multiple / unit
    for value in (4 * MAX_MULTIPLE / unit, np.nextafter(5 / unit, 1)):
        with pytest.raises(ValueError, match="unit"):
            from_dense([[0, value], [0, 0]], vocabulary, unit=unit)


def test_the_total_is_exact_whatever_is_added_up():
    vocabulary = Vocabulary([str(k) for k in range(300)], [1] * 300)
    counts = from_dense(np.full((300, 300), MAX_MULTIPLE / 7), vocabulary, unit=7)
    assert counts.total == 300**2 * MAX_MULTIPLE / 7  # the sum passes 2**67


def test_checks_need_little_memory():
    n_words, n_row = 3000, 1000
    starts = np.arange(n_words + 1) * n_row
    col = np.tile(np.arange(n_row, dtype=np.int32), n_words)
    value = np.full(n_words * n_row, 2.5)
    vocabulary = Vocabulary([str(k) for k in range(n_words)], [1] * n_words)
    tracemalloc.start()
    counts = Cooccurrence(starts, col, value, vocabulary, unit=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counts.total == 2.5 * len(value)
    assert peak < 4.5 * 8 * _count_checks.BLOCK_ENTRIES


@pytest.mark.smoke
@pytest.mark.parametrize("kind", ["coo", "csr", "csc", "lil", "dok", "bsr"])
@pytest.mark.parametrize("make", ["array", "matrix"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8])
def test_any_sparse_matrix_is_taken(kind, make, dtype):
    dense = np.random.default_rng(1).integers(0, 3, (8, 8)).astype(dtype)
    matrix = getattr(scipy.sparse, f"{kind}_{make}")(dense)
    counts = Cooccurrence.from_scipy(matrix)
    np.testing.assert_array_equal(counts.to_scipy().toarray(), dense.astype(np.float64))
    assert counts.value.dtype == np.float64 and counts.unit == 0
    assert counts.vocabulary.index_to_key == list("01234567")
    np.testing.assert_array_equal(counts.vocabulary.counts, np.maximum(1, dense.sum(axis=1, dtype=np.int64)))


@pytest.mark.parametrize("kind", ["coo", "csr"])
def test_duplicates_are_added_up(kind):
    row, col, data = np.array([1, 0, 1, 1]), np.array([2, 1, 0, 2]), np.array([0.25, 1.0, 2.0, 0.5])
    if kind == "coo":
        matrix = scipy.sparse.coo_array((data, (row, col)), shape=(3, 3))
    else:
        matrix = scipy.sparse.csr_array((data[[1, 0, 2, 3]], col[[1, 0, 2, 3]], [0, 1, 4, 4]), shape=(3, 3))
    counts = Cooccurrence.from_scipy(matrix, ["a", "b", "c"])
    assert as_dict(counts) == {("a", "b"): 1.0, ("b", "a"): 2.0, ("b", "c"): 0.75}
    assert counts.vocabulary.counts.tolist() == [1, 3, 1]
    assert matrix.nnz == 4  # left as it was
    # A negative count is an error even where a duplicate makes up for it.
    matrix.data[-1] = -0.1
    with pytest.raises(ValueError, match="Got -0.1 in row 1, column 2"):
        Cooccurrence.from_scipy(matrix)


@pytest.mark.smoke
def test_from_scipy_shares_memory_and_keeps_a_vocabulary():
    vocabulary = Vocabulary(["a", "b"], [5, 3], 10)
    matrix = scipy.sparse.csr_array(np.array([[0, 2.0], [2.0, 1.0]]))
    counts = Cooccurrence.from_scipy(matrix, vocabulary)
    assert counts.vocabulary is vocabulary
    assert np.shares_memory(counts.value, matrix.data) and np.shares_memory(counts.col, matrix.indices)
    assert matrix.data.flags.writeable
    assert counts.window is counts.symmetric is counts.distance_weighting is None
    empty = Cooccurrence.from_scipy(scipy.sparse.csr_array((2, 2)), vocabulary)
    assert empty.nnz == 0 and empty.total == 0 and empty.ppmi().nnz == 0 and empty.top("a") == []


@pytest.mark.parametrize(
    ("matrix", "vocabulary", "message"),
    [
        (scipy.sparse.csr_array((2, 3)), None, "square.* with the shape \\(2, 3\\)"),
        (np.eye(2), None, "scipy.sparse matrix or array. Got ndarray"),
        (scipy.sparse.csr_array(np.eye(2) * 1j), None, "real numbers. Got csr_array .* dtype complex128"),
        (scipy.sparse.csr_array(np.eye(2)), ["a"], r"must hold 2 words.* Got \['a'\]"),
        (
            scipy.sparse.csr_array(np.eye(2)),
            Vocabulary(["a"], [1]),
            r"must hold 2 words.* Got Vocabulary\(1 word",
        ),
        (scipy.sparse.csr_array(np.eye(2)), ["a", "a"], "must not repeat a word. Got 'a'"),
        (scipy.sparse.csr_array(np.eye(2)), "ab", "a Vocabulary, a list of words or None. Got 'ab'"),
        (scipy.sparse.csr_array(np.eye(2)), 3, "a Vocabulary, a list of words or None. Got 3"),
        (scipy.sparse.coo_array(([2**70.0, 1e999], ([0, 1], [0, 1]))), None, "Got inf in row 1"),
        (scipy.sparse.csr_array(([1.0], [7], [0, 1, 1]), shape=(2, 2)), None, "damaged"),
    ],
)
def test_from_scipy_refuses(matrix, vocabulary, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Cooccurrence.from_scipy(matrix, vocabulary)


@pytest.mark.parametrize("kind", ["coo", "csc"])
def test_an_index_outside_of_the_matrix_is_damage(kind):
    matrix = getattr(scipy.sparse, f"{kind}_array")(np.eye(3))
    (matrix.coords[0] if kind == "coo" else matrix.indices)[0] = 9
    with pytest.raises(ValueError, match="from_scipy must be a valid sparse .* It is damaged: "):
        Cooccurrence.from_scipy(matrix)


def test_top(counts):
    row = counts.to_scipy().toarray()[0]
    want = sorted(((WORDS[c], row[c]) for c in np.flatnonzero(row)), key=lambda pair: -pair[1])
    assert counts.top("the", topn=100) == want
    assert counts.top("the", topn=1) == want[:1]
    assert all(type(score) is float for _, score in counts.top("the"))
    ties = from_dense(np.ones((6, 6)), counts.vocabulary)
    assert ties.top("king", topn=3) == [("the", 1.0), ("king", 1.0), ("naïve", 1.0)]
    with pytest.raises(UnknownWordError, match="'kings' is not in the vocabulary .* 'king'"):
        counts.top("kings")
    with pytest.raises(TypeError, match="must be a str"):
        counts.top(3)
    with pytest.raises(ValueError, match="topn"):
        counts.top("king", topn=0)


# Mutual information.


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(
    ("exponent", "shift"), [(1.0, 1.0), (0.75, 1.0), (0.75, 5.0), (0.0, 1.0), (0.5, 0.5)]
)
def test_ppmi_is_the_formula(block_entries, symmetric, exponent, shift):
    counts = counted(text(40, seed=4), symmetric=symmetric)
    matrix = counts.ppmi(exponent, shift)
    want = naive.ppmi(counts.to_scipy().toarray(), exponent, shift)
    np.testing.assert_allclose(matrix.toarray(), want, rtol=2e-6, atol=1e-6)
    assert matrix.dtype == np.float32 and matrix.has_canonical_format
    assert (matrix.data > 0).all() and 0 < matrix.nnz < counts.nnz


def test_pmi_of_the_textbook():
    """Jurafsky and Martin, Speech and Language Processing (3rd ed. draft), section 6.6: PPMI(information, data)."""
    words = ["cherry", "strawberry", "digital", "information", "computer", "data", "result", "pie", "sugar"]
    table = {
        "cherry": (2, 8, 9, 442, 25),
        "strawberry": (0, 0, 1, 60, 19),
        "digital": (1670, 1683, 85, 5, 4),
        "information": (3325, 3982, 378, 5, 13),
    }
    matrix = np.zeros((9, 9))
    for word, numbers in table.items():
        matrix[words.index(word), 4:] = numbers
    counts = Cooccurrence.from_scipy(scipy.sparse.csr_array(matrix), words)
    bits = counts.ppmi(context_exponent=1.0).toarray()[:4, 4:] / math.log(2)
    published = [
        [0, 0, 0, 4.38, 3.30],
        [0, 0, 0, 4.10, 5.51],
        [0.18, 0.01, 0, 0, 0],
        [0.02, 0.09, 0.28, 0, 0],
    ]
    np.testing.assert_allclose(bits, published, atol=0.006)


def test_a_context_that_never_occurs_has_no_share():
    matrix = np.array([[0, 2.0, 0], [0, 1.0, 4.0], [0, 0, 0]])
    counts = Cooccurrence.from_scipy(scipy.sparse.csr_array(matrix))
    for exponent in (0.0, 0.75, 1.0):
        np.testing.assert_allclose(counts.ppmi(exponent).toarray(), naive.ppmi(matrix, exponent), atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{"context_exponent": 1.5}, {"context_exponent": -1}, {"shift": 0}, {"shift": math.nan}, {"shift": "1"}],
)
def test_ppmi_refuses(counts, options):
    with pytest.raises((TypeError, ValueError), match=f"{next(iter(options))} .*Cooccurrence.ppmi"):
        counts.ppmi(**options)
