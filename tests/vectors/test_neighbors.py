"""Nearest rows: those of brute force in the one arithmetic of scores, to the last bit, whatever finds them."""

import numpy as np
import pytest

from wordvec.kernels import selection
from wordvec.vectors import neighbors
from wordvec.vectors.keyed_vectors import KeyedVectors


def brute_force(table, query, barred, topn):
    """Return rows and scores: sums in long double, rounded once, a stable sort."""
    norms = np.sqrt((table.astype(np.longdouble) ** 2).sum(axis=1)).astype(np.float32)
    unit = table.astype(np.float32) / np.where(norms == 0, 1, norms)[:, None].astype(np.float32)
    scores = (unit.astype(np.longdouble) * query).sum(axis=1).astype(np.float32)
    rows = [row for row in np.argsort(-scores, kind="stable").tolist() if row not in barred][:topn]
    return rows, scores[rows].tolist()


def random_rows(rng):
    return rng.normal(size=(700, 24))


def clusters(rng):
    return rng.normal(size=(7, 24)).repeat(100, axis=0) + 1e-3 * rng.normal(size=(700, 24))


def nearly_equal(rng):
    return rng.normal(size=(1, 24)) * (1 + 1e-7 * rng.integers(-2, 3, size=(700, 24)))


def duplicates(rng):
    return rng.normal(size=(9, 24))[rng.integers(0, 9, 700)]


def small_integers(rng):
    return rng.integers(-1, 2, size=(700, 3))


def zeros(rng):
    return rng.normal(size=(700, 24)) * (rng.random((700, 1)) < 0.1)


def tiny(rng):
    return rng.integers(-2, 3, size=(700, 24)) * 1.5e-45


def huge(rng):
    return rng.normal(size=(700, 24)) * 2e37


def mixed_lengths(rng):
    return rng.normal(size=(700, 24)) * 10.0 ** rng.integers(-38, 37, size=(700, 1))


def single_axes(rng):
    return np.eye(24)[rng.integers(0, 24, 700)] * rng.choice([-1, 1], size=(700, 1))


def halves_of_a_step(rng):
    # Numbers in the middle between two steps of int16, where rounding errs most.
    return (rng.integers(-9, 10, size=(700, 25)) + 0.5) / selection.SCALE + 0.2


TABLES = [
    random_rows, clusters, nearly_equal, duplicates, small_integers, zeros, tiny, huge, mixed_lengths, single_axes,
    halves_of_a_step,
]  # fmt: skip


@pytest.mark.parametrize("rows", TABLES)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_nearest_is_brute_force_to_the_last_bit(monkeypatch, rows, dtype):
    with np.errstate(over="ignore"):
        table = rows(np.random.default_rng(1)).astype(dtype)
    table[~np.isfinite(table)] = 1
    norms = neighbors.row_norms(table)
    places = np.arange(0, 700, 53)
    queries = neighbors.unit_rows(table[places])
    barred = np.where(places % 2, places, -1)
    for n_processors, topn, block_floats in ((1, 10, 1 << 19), (2, 1, 700), (3, 750, 2400)):
        monkeypatch.setattr(neighbors, "n_cores", lambda n=n_processors: n)
        monkeypatch.setattr(neighbors, "BLOCK_FLOATS", block_floats)
        found = neighbors.nearest(table, norms, queries, barred, topn, 1)
        for query, bar, (best, scores) in zip(queries, barred.tolist(), found, strict=True):
            want = brute_force(table, query, {bar}, topn)
            assert (best.tolist(), scores.tolist()) == want
            own = np.array([bar] if bar >= 0 else [], np.int64)
            best, scores = neighbors.nearest_to(table, norms, query, own, topn)
            assert (best.tolist(), scores.tolist()) == want


@pytest.mark.parametrize(
    ("n_words", "vector_size", "n_queries"), [(1, 1, 1), (15, 3, 5), (130, 8, 13), (999, 17, 40)]
)
@pytest.mark.parametrize("n_processors", [1, 2, 3, 8])
def test_nearest_at_any_shape_and_number_of_threads(
    monkeypatch, n_words, vector_size, n_queries, n_processors
):
    monkeypatch.setattr(neighbors, "n_cores", lambda: n_processors)
    monkeypatch.setattr(neighbors, "BLOCK_FLOATS", 200)
    monkeypatch.setattr(neighbors, "EXACT_FLOATS", 100)
    rng = np.random.default_rng(n_words)
    table = rng.integers(-2, 3, size=(n_words, vector_size)).astype(np.float32)
    queries = neighbors.unit_rows(rng.integers(-2, 3, size=(n_queries, vector_size)).astype(np.float32))
    barred = rng.integers(-1, n_words, size=n_queries)
    norms = neighbors.row_norms(table)
    for topn in (1, 7, 2000):
        found = neighbors.nearest(table, norms, queries, barred, topn, 1)
        for query, bar, (rows, scores) in zip(queries, barred.tolist(), found, strict=True):
            assert (rows.tolist(), scores.tolist()) == brute_force(table, query, {bar}, topn)


@pytest.mark.parametrize("n_columns", [1, 2, 7, 100, 301])
def test_the_error_of_a_scan_stays_below_its_bound(n_columns):
    rng = np.random.default_rng(n_columns)
    # The worst that rounding can do: every number in the middle, all errors of one sign.
    steps = np.floor(selection.SCALE / np.sqrt(n_columns)) - 1 + np.array([[0.4999], [-0.4999]])
    rows = np.concatenate(
        [steps.repeat(n_columns, axis=1) / selection.SCALE, rng.normal(size=(20, n_columns))]
    )
    unit = neighbors.unit_rows(rows.astype(np.float32))
    unit[:2] = rows[:2]
    tiles = selection.rounded_tiles(unit).reshape(-1, (n_columns + 1) // 2, selection.TILE_QUERIES)
    rounded = tiles.transpose(0, 2, 1).reshape(-1).view(np.int16).reshape(-1, (n_columns + 1) // 2 * 2)
    rounded = rounded[: len(unit), :n_columns].astype(np.int64)
    sums = rounded @ rounded.T
    exact = (unit.astype(np.longdouble) @ unit.T.astype(np.longdouble)) * selection.SCALE**2
    error = selection.error_of_scan(n_columns)
    assert np.abs(sums - exact).max() < error
    # No bound that would let half of the table through.
    assert error < 0.002 * selection.SCALE**2


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_one_question_has_the_bits_of_a_batch(tmp_path, dtype):
    table = np.random.default_rng(3).normal(size=(3000, 30)).astype(dtype)
    table[1500:] = table[:1500]
    kv = KeyedVectors(table, [f"w{row}" for row in range(3000)])
    kv.save(tmp_path / "v.safetensors")
    mapped = KeyedVectors.load(tmp_path / "v.safetensors", mmap=True)
    words = kv.index_to_key[::101]
    for topn, restrict in ((10, None), (3, 40), (40, 2000), (5000, None)):
        want = [kv.most_similar(word, topn=topn, restrict_vocab=restrict) for word in words]
        assert kv.most_similar_batch(words, topn=topn, restrict_vocab=restrict) == want
        assert kv.most_similar_batch(words[:1], topn=topn, restrict_vocab=restrict) == want[:1]
        assert mapped.most_similar_batch(words, topn=topn, restrict_vocab=restrict) == want
    many = kv.most_similar_batch(kv.index_to_key)
    assert many[::101] == kv.most_similar_batch(words)
