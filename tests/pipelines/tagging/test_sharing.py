"""Columns that come together and bundles of rows: the proposals themselves, which no result shows."""

import itertools

import naive_sharing as naive
import numpy as np
import pytest

from wordvec.pipelines.tagging.kernels import sharing as kernels
from wordvec.pipelines.tagging.learning.sharing import transpose_chunks


def as_lists(indptr, items):
    return [items[a:b].tolist() for a, b in itertools.pairwise(indptr)]


def case(seed, has_values):
    """Rows made of a few bundles and some strangers; every column occurs."""
    rng = np.random.default_rng(seed)
    n_columns = 25
    bundles = [rng.choice(20, rng.integers(1, 7), replace=False).tolist() for _ in range(8)]
    rows = [
        rng.permutation([*{*bundles[a], *bundles[b], *rng.integers(0, n_columns, 2).tolist()}]).tolist()
        for a, b in rng.integers(0, 8, (70, 2))
    ]
    rows += [[], rng.permutation(n_columns).tolist()]
    is_numeric = np.zeros(n_columns, bool)
    if has_values:
        is_numeric[[3, 11, 24]] = True
    values = [[float(rng.integers(2, 9)) if is_numeric[c] else 1.0 for c in row] for row in rows]
    indptr = np.append(0, np.cumsum([len(row) for row in rows]))
    columns = np.array([*itertools.chain(*rows)], np.int32)
    counts = np.bincount(columns, minlength=n_columns).astype(np.int32)
    return rows, values, indptr, columns, counts, is_numeric


@pytest.mark.parametrize("n_compared", [2, 3, 12, 127])
@pytest.mark.parametrize("has_values", [False, True])
def test_columns_that_come_together(n_compared, has_values):
    rows, _, indptr, columns, counts, is_numeric = case(n_compared, has_values)
    found_indptr, closures = kernels.close_columns(indptr, columns, counts, is_numeric, n_compared)
    want = naive.close_columns(rows, is_numeric, n_compared)
    assert sum(map(bool, want)) > 2
    assert as_lists(found_indptr, closures) == want
    assert len(closures) == found_indptr[-1]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("has_values", [False, True])
def test_rows_are_split_by_the_cheapest_bundles(seed, has_values):
    rows, values, indptr, columns, counts, is_numeric = case(seed, has_values)
    closures = kernels.close_columns(indptr, columns, counts, is_numeric, 3)
    given = np.array([*itertools.chain(*values)] if has_values else [], np.float32)
    bundle_indptr = np.empty(len(columns) + 1, np.int64)
    token_indptr = np.empty_like(indptr)
    items, found_values, n_bundles, found_columns = kernels.split_rows(
        indptr, columns, given, *closures, counts, is_numeric, token_indptr, bundle_indptr
    )
    want, want_values, bundles = naive.split_rows(rows, values, as_lists(*closures), counts, is_numeric)
    assert as_lists(token_indptr, items) == want
    assert n_bundles == len(bundles)
    assert as_lists(bundle_indptr[: n_bundles + 1], found_columns) == bundles
    assert max(map(len, bundles)) > 2 and sum(map(len, want)) < len(columns) * 0.8
    if has_values:
        assert as_lists(token_indptr, found_values) == want_values
    else:
        assert len(found_values) == 0


def test_more_bundles_than_the_table_first_holds():
    n = 40_000  # the table begins with room for 32,768
    columns = np.tile(np.arange(n, dtype=np.int32), 2)
    indptr = np.arange(2 * n + 1)
    bundle_indptr, token_indptr = np.empty(2 * n + 1, np.int64), np.empty_like(indptr)
    items, _, n_bundles, found = kernels.split_rows(
        indptr, columns, np.empty(0, np.float32), np.zeros(n + 1, np.int64), np.empty(0, np.int32),
        np.full(n, 2, np.int32), np.zeros(n, bool), token_indptr, bundle_indptr,
    )  # fmt: skip
    assert n_bundles == n
    np.testing.assert_array_equal(items, columns)
    np.testing.assert_array_equal(found, np.arange(n))
    np.testing.assert_array_equal(token_indptr, indptr)


@pytest.mark.parametrize("has_values", [False, True])
def test_chunks_are_transposed_each_by_itself(has_values):
    rows, values, indptr, columns, _, _ = case(4, has_values)
    given = np.array([*itertools.chain(*values)], np.float32) if has_values else None
    bounds = np.array([0, 1, 30, len(rows)])
    found = transpose_chunks(indptr, columns, bounds, 26, given)
    want, want_values = [], []
    for first, last in itertools.pairwise(bounds.tolist()):
        part = rows[first:last]
        for column in sorted({*itertools.chain(*part)}):
            want.append((column, [t for t, row in enumerate(part) if column in row]))
            want_values += [
                v for row, v in zip(part, values[first:last]) for c, v in zip(row, v) if c == column
            ]
    assert list(zip(found.owners.tolist(), as_lists(found.indptr, found.tokens))) == want
    assert found.values.tolist() == (want_values if has_values else [])
    assert [columns[0] for columns in np.split(found.owners, found.chunks[1:-1])] == [
        min(itertools.chain(*rows[first:last])) for first, last in itertools.pairwise(bounds.tolist())
    ]
