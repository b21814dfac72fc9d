import itertools
import json
import math
import struct
import tracemalloc
import zipfile
from collections import Counter
from fractions import Fraction

import naive_cooccurrence as naive
import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from wordvec import _count_blocks, _count_checks
from wordvec.cooccurrence import MAX_MULTIPLE, Cooccurrence
from wordvec.vectors import UnknownWordError
from wordvec.vocabulary import Vocabulary

WORDS = ["the", "king", "naïve", "北京", "a b", "\x85"]
NAMES = ["counts.safetensors", "counts.npz"]


def text(n_sentences, seed, n_words=30):
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, n_words + 1)
    return [
        [f"w{w}" for w in rng.choice(n_words, rng.integers(1, 15), p=weights / weights.sum())]
        for _ in range(n_sentences)
    ]


def from_dense(matrix, vocabulary, **settings):
    csr = scipy.sparse.csr_array(np.asarray(matrix, np.float64))
    return Cooccurrence(csr.indptr.astype(np.int64), csr.indices, csr.data, vocabulary, **settings)


def counted(sentences, window=4, **settings):
    """Counts by the naive reference, with their exact unit."""
    vocabulary = Vocabulary.from_counts(Counter(itertools.chain(*sentences)))
    matrix = naive.dense(naive.count_pairs(sentences, window, **settings), vocabulary.index_to_key)
    weighted = settings.get("distance_weighting", True)
    unit = math.lcm(*range(1, window + 1)) if weighted else 1
    settings = {"symmetric": True, "distance_weighting": True, **settings}
    return from_dense(matrix, vocabulary, window=window, unit=unit, **settings)


def as_dict(counts):
    """Bits of each count by words, whatever their ids are."""
    words = counts.vocabulary.index_to_key
    return {
        (words[r], words[c]): v
        for r, c, v in zip(counts.row.tolist(), counts.col.tolist(), counts.value.tolist())
    }


def same(a, b):
    assert a.vocabulary == b.vocabulary
    for name in ("starts", "col", "value"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype and x.tobytes() == y.tobytes()
    for name in ("window", "symmetric", "distance_weighting", "unit", "total"):
        assert getattr(a, name) == getattr(b, name)


@pytest.fixture
def counts():
    rng = np.random.default_rng(3)
    matrix = rng.integers(0, 3, (6, 6)) * rng.random((6, 6))
    return from_dense(matrix, Vocabulary(WORDS, [9, 8, 7, 3, 2, 1], 40), window=3, symmetric=False)


@pytest.fixture(params=[1, 7, 1 << 20])
def block_entries(request, monkeypatch):
    """Small blocks: what is worked off in parts must not show."""
    monkeypatch.setattr(_count_checks, "BLOCK_ENTRIES", request.param)
    monkeypatch.setattr(_count_blocks, "BLOCK_ENTRIES", request.param)


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
    assert repr(from_dense([[1.0]], Vocabulary(["a"], [1]))) == "Cooccurrence(1 words, 1 pairs, total=1)"


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
        ("starts", np.array([1, 2, 2, 3]), "starts .* rise from 0 to .*, 3"),
        ("starts", np.array([0, 2, 2, 4]), "starts .* rise from 0 to .*, 3"),
        ("starts", np.array([0, 4, 2, 3]), "starts .* fall between"),
        ("starts", np.array([0, 2, 2, 3], np.int32), "starts .* int64. Got int32"),
        ("starts", [0, 2, 2, 3], "starts .* int64. Got list"),
        ("col", np.array([0, 0, 1], np.int32), "ascend .* Got 0 after 0 in row 0 \\('the'\\)"),
        ("col", np.array([2, 1, 1], np.int32), "ascend .* Got 1 after 2 in row 0"),
        ("col", np.array([0, 2, 3], np.int32), "col .* 0 to 2, .* Got 3 in row 2 \\('naïve'\\)"),
        ("col", np.array([-1, 2, 0], np.int32), "col .* 0 to 2, .* Got -1 in row 0"),
        ("col", np.array([[0, 2, 0]], np.int32), "col .* one-dimensional"),
        ("col", np.array([0, 2, 0]), "col .* int32. Got int64"),
        ("value", np.array([1.0, 2.0]), "value .* shape .3,"),
        ("value", np.array([1.0, 2.0, 3.0], np.float32), "value .* float64. Got float32"),
        ("value", np.array([1e308, 1e308, 1e308]), "finite"),
        ("vocabulary", WORDS[:3], "must be a Vocabulary. Got list"),
        ("window", 0, "window"),
        ("symmetric", "yes", "symmetric"),
        ("distance_weighting", 1, "distance_weighting"),
        ("unit", -1, "unit"),
        ("unit", 2, "multiples of 1/2, .* Got 0.25 for 'the' and 'the'"),
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
        (scipy.sparse.csr_array((2, 3)), None, "square.* Got the shape \\(2, 3\\)"),
        (np.eye(2), None, "scipy.sparse matrix or array. Got ndarray"),
        (scipy.sparse.csr_array(np.eye(2) * 1j), None, "real numbers. Got complex128"),
        (scipy.sparse.csr_array(np.eye(2)), ["a"], "must hold 2 words.* Got 1 words"),
        (scipy.sparse.csr_array(np.eye(2)), Vocabulary(["a"], [1]), "must hold 2 words.* Got 1 words"),
        (scipy.sparse.csr_array(np.eye(2)), ["a", "a"], "'a' is twice"),
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
    with pytest.raises(ValueError, match="from_scipy is damaged"):
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


# Merging.


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_parts_add_up_to_the_whole(block_entries, symmetric, weighted):
    settings = dict(window=5, symmetric=symmetric, distance_weighting=weighted)
    sentences = text(60, seed=1)
    whole = counted(sentences, **settings)
    merged = counted(sentences[:7], **settings).merge(counted(sentences[7:], **settings))
    assert as_dict(merged) == as_dict(whole)
    assert merged.total == whole.total and merged.unit == whole.unit
    np.testing.assert_array_equal(np.sort(merged.vocabulary.counts), np.sort(whole.vocabulary.counts))
    assert (np.diff(merged.vocabulary.counts) <= 0).all()


def test_merging_is_commutative_and_associative_to_the_bit():
    parts = [counted(text(30, seed, n_words=10 + 10 * seed), window=9) for seed in range(4)]
    results = []
    for a, b, c, d in itertools.permutations(parts):
        results += [a.merge(b).merge(c).merge(d), a.merge(b.merge(c.merge(d))), a.merge(b).merge(c.merge(d))]
    assert len({frozenset((key, v.hex()) for key, v in as_dict(r).items()) for r in results}) == 1
    assert len({r.total for r in results}) == 1
    # Not so with floats: rounding depends on the grouping, which is why the unit is there.
    plain = [Cooccurrence.from_scipy(p.to_scipy(), p.vocabulary) for p in parts]
    left, right = plain[0].merge(plain[1]).merge(plain[2]), plain[0].merge(plain[1].merge(plain[2]))
    assert left.unit == 0 and as_dict(left) != as_dict(right)
    assert as_dict(plain[0].merge(plain[1])) == as_dict(plain[1].merge(plain[0]))


def test_different_units_meet_in_their_multiple():
    vocabulary = Vocabulary(["a", "b"], [2, 1])
    half = from_dense([[0.5, 1], [0, 0]], vocabulary, unit=2)
    third = from_dense([[1 / 3, 0], [2 / 3, 0]], vocabulary, unit=3)
    both = half.merge(third)
    assert both.unit == 6
    assert as_dict(both) == {
        ("a", "a"): float(Fraction(5, 6)),
        ("a", "b"): 1.0,
        ("b", "a"): float(Fraction(2, 3)),
    }
    # 2**30 and 3**20 share no factor, and their product passes 2**53.
    fine = from_dense([[0.5, 0], [0, 0]], vocabulary, unit=2**30)
    odd = from_dense([[1 / 3, 0], [0, 0]], vocabulary, unit=3**20)
    assert fine.merge(odd).unit == 0 and fine.merge(odd).value.tolist() == [0.5 + 1 / 3]


def test_sums_that_pass_the_limit_lose_the_unit_not_the_count():
    vocabulary = Vocabulary(["a", "b"], [2, 1])
    part = from_dense([[MAX_MULTIPLE / 2 / 12, 0], [1 / 12, 0]], vocabulary, unit=12)
    twice = part.merge(part)
    assert twice.unit == 12
    thrice = twice.merge(part)
    assert thrice.unit == 0
    assert as_dict(thrice) == {("a", "a"): 3 * MAX_MULTIPLE / 24, ("b", "a"): 0.25}


def test_merging_with_nothing_or_with_strangers():
    some = counted(text(20, seed=2))
    none = counted([["w0"]])
    assert as_dict(some.merge(none)) == as_dict(none.merge(some)) == as_dict(some)
    assert none.merge(none).nnz == 0
    other = counted([["x", "y"], ["y", "x"]])
    both = other.merge(some)
    assert as_dict(both) == as_dict(some) | as_dict(other)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("window", 5),
        ("symmetric", False),
        ("distance_weighting", False),
        ("window", None),
        ("symmetric", None),
        ("distance_weighting", None),
    ],
)
def test_settings_must_agree(name, value):
    vocabulary = Vocabulary(["a", "b"], [2, 1])
    how = {"window": 4, "symmetric": True, "distance_weighting": True}
    one = from_dense(np.eye(2), vocabulary, **how)
    other = from_dense(np.eye(2), vocabulary, **{**how, name: value})
    advice = "with the same settings" if value is not None else f"from_scipy so, with {name}={how[name]}"
    with pytest.raises(ValueError, match=f"{name}={how[name]} and with {name}={value} .*{advice}"):
        one.merge(other)
    if value is None:
        with pytest.raises(ValueError, match=f"{name}=None and with {name}={how[name]} .*{advice}"):
            other.merge(one)
        told = Cooccurrence.from_scipy(other.to_scipy(), vocabulary, **how)
        assert as_dict(one.merge(told)) == {("a", "a"): 2.0, ("b", "b"): 2.0}
    with pytest.raises(TypeError, match="Got csr_array"):
        one.merge(other.to_scipy())


@pytest.mark.filterwarnings("error")
def test_sums_that_are_not_finite_are_refused():
    huge = from_dense([[1e308]], Vocabulary(["a"], [1]))
    with pytest.raises(ValueError, match="positive, finite numbers. Got inf"):
        huge.merge(huge)


# Files.


@pytest.mark.parametrize("name", [*NAMES, "counts.NPZ"])
def test_what_is_saved_is_loaded(tmp_path, name, counts):
    counts.save(tmp_path / name)
    same(Cooccurrence.load(tmp_path / name), counts)
    # The content tells the format.
    same(Cooccurrence.load((tmp_path / name).rename(tmp_path / "odd.dat")), counts)
    exact = counted(text(20, seed=1))
    for each in (exact, from_dense(np.zeros((1, 1)), Vocabulary(["a"], [1]))):
        each.save(tmp_path / name)
        same(Cooccurrence.load(str(tmp_path / name)), each)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "odd.dat"])


@given(
    words=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=1, unique=True),
    data=st.data(),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_and_values_survive(tmp_path, words, data):
    value = data.draw(st.lists(st.floats(5e-324, 1e300), min_size=len(words), max_size=len(words)))
    counts = from_dense(np.diag(value), Vocabulary(words, [1] * len(words)))
    for name in NAMES:
        counts.save(tmp_path / name)
        same(Cooccurrence.load(tmp_path / name), counts)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_counts_make_the_same_bytes(tmp_path, name, counts):
    (tmp_path / "second").mkdir()
    counts.save(tmp_path / name)
    counts.save(tmp_path / "second" / name)
    assert (tmp_path / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_other_libraries_read_the_files(tmp_path, counts):
    for name in NAMES:
        counts.save(tmp_path / name)
    with safe_open(tmp_path / NAMES[0], framework="numpy") as file:
        np.testing.assert_array_equal(file.get_tensor("value"), counts.value)
        np.testing.assert_array_equal(file.get_tensor("col"), counts.col)
    with np.load(tmp_path / NAMES[1], allow_pickle=False) as file:
        matrix = scipy.sparse.csr_array((file["value"], file["col"], file["starts"]))
        np.testing.assert_array_equal(matrix.toarray(), counts.to_scipy().toarray())
    with zipfile.ZipFile(tmp_path / NAMES[1]) as file:
        assert {entry.compress_type for entry in file.infolist()} == {zipfile.ZIP_STORED}


def test_where_it_cannot_be_saved(tmp_path, counts):
    for name in ("counts.txt", "counts", "counts.npz.gz"):
        with pytest.raises(ValueError, match="Use .safetensors or .npz"):
            counts.save(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        counts.save(tmp_path / "nowhere" / "counts.npz")
    odd = from_dense(np.eye(1), Vocabulary(["\ud800"], [1]))
    with pytest.raises(ValueError, match="surrogate"):
        odd.save(tmp_path / "counts.npz")
    for path in (tmp_path / "counts.npz", tmp_path):
        with pytest.raises(FileNotFoundError, match="There is no file .* with co-occurrence counts"):
            Cooccurrence.load(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_anywhere_is_refused(tmp_path, name, counts):
    counts.save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    for n_bytes in sorted({*range(0, len(data), 23), *range(20), *range(len(data) - 20, len(data))}):
        (tmp_path / name).write_bytes(data[:n_bytes])
        with pytest.raises(ValueError, match="cannot be read as co-occurrence counts"):
            Cooccurrence.load(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_refused_or_read_but_never_crashes(tmp_path, name, counts):
    counts.save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    rng = np.random.default_rng(5)
    for _ in range(400):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), int(rng.integers(1, 4))):
            damaged[place] ^= 1 << int(rng.integers(8))
        (tmp_path / name).write_bytes(damaged)
        try:
            Cooccurrence.load(tmp_path / name)
        except ValueError as error:
            assert "cannot be read as co-occurrence counts" in str(error)  # noqa: PT017


def test_no_changed_bit_of_a_safetensors_file_goes_unnoticed(tmp_path, counts):
    path = tmp_path / NAMES[0]
    counts.save(path)
    data = path.read_bytes()
    (n_bytes,) = struct.unpack("<Q", data[:8])
    for place in range(8, len(data)):
        if data[place : place + 1] == b" " and place < 8 + n_bytes:
            continue  # padding of the header, where a tab is as good
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ValueError, match="cannot be read as co-occurrence counts") as caught:
            Cooccurrence.load(path)
        if place >= 8 + n_bytes:
            assert "checksum" in str(caught.value)
    path.write_bytes(data)
    same(Cooccurrence.load(path), counts)


def test_a_damaged_file_is_called_so(tmp_path, counts):
    for name in NAMES:
        counts.save(tmp_path / name)
        data = bytearray((tmp_path / name).read_bytes())
        data[-len(data) // 3] ^= 1
        (tmp_path / name).write_bytes(data)
        with pytest.raises(
            ValueError, match="counts: .*(so it is damaged|it is damaged \\(Bad).*count again"
        ):
            Cooccurrence.load(tmp_path / name)


def test_foreign_files_are_refused(tmp_path, counts):
    path = tmp_path / "file"
    np.savez(tmp_path / "other.npz", value=np.arange(3))
    np.savez(tmp_path / "pickle.npz", metadata=np.array([{}], object), allow_pickle=True)
    header = b'{"__metadata__":{"format":"wordvec"}}'
    for data in (
        b"",
        b"the of and",
        b"PK",
        (tmp_path / "other.npz").read_bytes(),
        (tmp_path / "pickle.npz").read_bytes(),
        struct.pack("<Q", len(header)) + header,
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match="cannot be read as co-occurrence counts: .*count again"):
            Cooccurrence.load(path)


@pytest.mark.parametrize("name", NAMES)
def test_files_of_newer_versions_are_refused(tmp_path, name, counts, monkeypatch):
    monkeypatch.setattr("wordvec.formats_cooccurrence.VERSION", 2)
    counts.save(tmp_path / name)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="a newer version of wordvec wrote it \\(format 2\\)"):
        Cooccurrence.load(tmp_path / name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": np.array([-1.0])}, "positive, finite"),
        ({"col": np.array([1], np.int32)}, "col"),
        ({"starts": np.array([0, 2])}, "starts"),
        ({"counts": np.array([0])}, "counts"),
        ({"word_offsets": np.zeros(0, np.int64)}, "index 0"),
        ({"words": np.array([255], np.uint8)}, "UTF-8"),
        ({"settings": {"window": 0}}, "window"),
        ({"settings": {"window": "far"}}, "window"),
        ({"settings": {"unit": 3}}, "multiples of 1/3"),
    ],
)
def test_what_a_file_says_is_checked(tmp_path, changes, message):
    counts = from_dense(np.eye(1) * 0.5, Vocabulary(["a"], [1]), unit=2)
    path = tmp_path / "counts.npz"
    counts.save(path)
    with np.load(path) as file:
        parts = dict(file)
    metadata = json.loads(parts["metadata"].tobytes())
    changes = dict(changes)
    metadata["settings"] = json.dumps({**json.loads(metadata["settings"]), **changes.pop("settings", {})})
    parts |= {"metadata": np.frombuffer(json.dumps(metadata).encode(), np.uint8), **changes}
    np.savez(path, **parts)
    with pytest.raises(ValueError, match=f"cannot be read as co-occurrence counts: .*{message}"):
        Cooccurrence.load(path)


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
