"""Drift: distances and p-values against naive ones, what is found, what is not, and bad input."""

import json

import naive_drift as naive
import numpy as np
import pytest

from wordvec.vectors import DriftReport, KeyedVectors, drift
from wordvec.vectors.drift_evidence import cells, log_odds, p_values, q_values

N, D = 300, 16
N_NAIVE = 100
WORDS = [f"w{row}" for row in range(N)]
METHODS = ["neighbors", "procrustes"]
SWAPPED = ["w5", "w40", "w41", "w200"]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def table(rng):
    return rng.normal(size=(N, D))


def noisy(table, rng, scale=0.3):
    return KeyedVectors(table + rng.normal(scale=scale, size=table.shape), WORDS[: len(table)])


def swapped(table):
    rows = np.arange(N)
    rows[[5, 40, 41, 200]] = [40, 5, 200, 41]
    return table[rows]


def rotated(kv, rng):
    return KeyedVectors(kv.vectors @ np.linalg.qr(rng.normal(size=(D, D)))[0], kv.index_to_key, kv.counts)


# ---------------------------------------------------------------- against the references


@pytest.mark.parametrize("method", METHODS)
def test_scores_of_two_models(method, table, rng):
    table, words = table[:N_NAIVE], WORDS[:N_NAIVE]
    a, b = noisy(table, rng), noisy(table, rng)
    report = drift(a, b, method=method, n_neighbors=12)
    tables = [kv.vectors.astype(np.float64) for kv in (a, b)]
    expected = naive.unshared(*tables, 12) if method == "neighbors" else naive.procrustes(*tables)
    found = {row.word: row.score for row in report.rows}
    np.testing.assert_allclose([found[word] for word in words], expected, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_scores_of_several_models_are_those_between_less_those_within(method, table, rng):
    table, words = table[:N_NAIVE], WORDS[:N_NAIVE]
    a, b = [noisy(table, rng), noisy(table, rng)], [noisy(table, rng)]
    report = drift(a, b, method=method, n_neighbors=12)
    x, y, z = (kv.vectors.astype(np.float64) for kv in (*a, *b))
    measure = (lambda *pair: naive.unshared(*pair, 12)) if method == "neighbors" else naive.procrustes
    expected = (np.array(measure(x, z)) + measure(y, z)) / 2 - measure(x, y)
    found = {row.word: row.score for row in report.rows}
    np.testing.assert_allclose([found[word] for word in words], expected, atol=1e-6)
    assert (report.n_models_a, report.n_models_b) == (2, 1)


def test_p_values_of_one_cell(rng):
    odds = rng.normal(size=250)
    order = np.arange(250)
    np.testing.assert_allclose(p_values(odds, order, order), naive.p_values(odds.tolist()), rtol=1e-9)


def test_q_values(rng):
    p = np.sort(rng.random(80) ** 3)
    np.testing.assert_allclose(q_values(p), naive.q_values(p.tolist()), rtol=1e-12)


def test_cells_hold_each_word_once_beside_similar_ones(rng):
    rarity, steadiness = rng.integers(0, 50, 2000), rng.random(2000)
    parts = list(cells(rarity, steadiness))
    assert sorted(np.concatenate(parts).tolist()) == list(range(2000))
    assert all(150 <= len(part) <= 400 for part in parts)
    assert max(np.ptp(rarity[part]) for part in parts) <= 18
    assert max(np.ptp(steadiness[part]) for part in parts) <= 0.45


def test_log_odds_are_finite_at_the_ends():
    assert log_odds(np.array([0.0, 0.5, 1.0]), 0.1).tolist() == pytest.approx([-np.log(11), 0, np.log(11)])


# ---------------------------------------------------------------- what is found


@pytest.mark.smoke
@pytest.mark.parametrize("method", METHODS)
def test_swapped_words_are_found_and_no_others(method, table, rng):
    report = drift(noisy(table, rng), noisy(swapped(table), rng), method=method, n_neighbors=20)
    assert sorted(row.word for row in report.changed) == sorted(SWAPPED)
    assert [row.word for row in report.rows[:4]] == [row.word for row in report.changed]


@pytest.mark.parametrize("method", METHODS)
def test_swapped_words_are_found_by_several_models(method, table, rng):
    old, new = ([noisy(t, rng, 0.6) for _ in range(3)] for t in (table, swapped(table)))
    report = drift(old, new, method=method, n_neighbors=20)
    assert set(SWAPPED) <= {row.word for row in report.rows[:6]}


@pytest.mark.parametrize("method", METHODS)
def test_noise_is_not_called_change(method, table, rng):
    # Over 40 seeds at most 4 of 300 were called by neighbors, at most 2 by procrustes; the level allows 15.
    report = drift(noisy(table, rng), noisy(table, rng), method=method, n_neighbors=20)
    assert len(report.changed) <= 0.05 * N


@pytest.mark.parametrize("method", METHODS)
def test_a_rotation_changes_nothing(method, table, rng):
    kv = KeyedVectors(table, WORDS)
    report = drift(kv, rotated(kv, rng), method=method, n_neighbors=20)
    assert not report.changed
    assert max(abs(row.score) for row in report.rows) < 1e-6
    assert all(not row.came and not row.went and len(row.stayed) == 10 for row in report.rows)


def test_a_rotation_of_one_side_leaves_the_report(table, rng):
    a, b = noisy(table, rng), noisy(swapped(table), rng)
    plain, turned = (drift(a, kv, method="procrustes") for kv in (b, rotated(b, rng)))
    assert [row.word for row in plain.changed] == [row.word for row in turned.changed]
    np.testing.assert_allclose(*(sorted(row.score for row in r.rows) for r in (plain, turned)), atol=1e-5)


def test_words_report_these_alone_corrected_for_their_number(table, rng):
    a, b = noisy(table, rng), noisy(swapped(table), rng)
    all_rows = {row.word: row for row in drift(a, b, n_neighbors=20).rows}
    report = drift(a, b, n_neighbors=20, words=["w7", "w5", "w7"])
    assert [row.word for row in report.rows] == ["w5", "w7"]
    assert report.rows[0].p_value == all_rows["w5"].p_value
    assert report.rows[0].q_value == min(2 * report.rows[0].p_value, report.rows[1].p_value)
    assert report.n_words == N


def test_words_of_both_sides_that_are_frequent_enough_are_compared(table, rng):
    counts = np.arange(N, 0, -1) * 2
    order = rng.permutation(N)
    a = KeyedVectors(table, WORDS, counts)
    b = KeyedVectors(table[order], [WORDS[row] for row in order], counts[order] + 1)
    report = drift(a, b, min_count=300, n_neighbors=20)
    assert sorted(row.word for row in report.rows) == sorted(WORDS[:151])
    assert all(row.count_b == row.count_a + 1 >= 301 for row in report.rows)
    assert len(drift(a, b, min_count=0, restrict_vocab=N, n_neighbors=20).rows) == N


def test_models_of_different_sizes_have_neighbors(table, rng):
    wide = np.hstack([table, np.zeros((N, 3))])
    assert not drift(KeyedVectors(table, WORDS), KeyedVectors(wide, WORDS)).changed


# ---------------------------------------------------------------- the report


def test_the_report(table, rng):
    counts = np.arange(N, 0, -1) + 1000
    a, b = (KeyedVectors(t, WORDS, counts) for t in (table, swapped(table)))
    report = drift(a, b, n_neighbors=20)
    first = report.rows[0]
    assert isinstance(report, DriftReport)
    near = [[word for word, _ in kv.most_similar(first.word)] for kv in (a, b)]
    assert list(first.came) == [word for word in near[1] if word not in near[0]]
    assert list(first.went) == [word for word in near[0] if word not in near[1]]
    assert list(first.stayed) == [word for word in near[0] if word in near[1]]
    lines = report.format(3).splitlines()
    assert lines[0].startswith("4 of 300 words changed (q <= 0.05), neighbors, 1 against 1 model")
    assert (len(lines), lines[4].split()[0]) == (7, first.word)
    values = json.loads(json.dumps(report.to_dict(5)))
    assert (values["n_changed"], values["n_words"], len(values["rows"])) == (4, N, 5)
    assert values["rows"][0]["came"] == list(first.came)
    columns = report.to_columns()
    assert columns["word"] == [row.word for row in report.rows]
    assert set(columns) == set(values["rows"][0])


# ---------------------------------------------------------------- bad input


def test_bad_input_has_one_clear_line(table):
    kv = KeyedVectors(table, WORDS)
    other = KeyedVectors(table, [f"x{row}" for row in range(N)])
    counted = KeyedVectors(table, WORDS, np.full(N, 7))
    narrow = KeyedVectors(table[:, :4], WORDS)
    for arguments, options, message in (
        ((kv, other), {}, "The models share 0 words; .* takes 100"),
        ((kv, kv), {"restrict_vocab": 50}, "share 50 words; .*Pass a larger restrict_vocab"),
        ((counted, kv), {}, "share 300 words, of which 0 have a count of at least 20.*smaller min_count"),
        ((kv, narrow), {"method": "procrustes"}, "'neighbors' for vectors of different sizes.* 4 and 16"),
        ((kv, kv), {"method": "cosine"}, "method parameter of drift must be one of 'neighbors'"),
        ((kv, kv), {"n_neighbors": 101}, "n_neighbors parameter of drift must be an integer from 1 to 100"),
        ((kv, kv), {"level": 0}, "level parameter of drift"),
        ((kv, kv), {"min_count": -1}, "min_count parameter of drift"),
        ((kv, kv), {"max_memory": 1}, "max_memory parameter of drift"),
        ((kv, kv), {"words": []}, "words parameter of drift must be a list of words that is not empty"),
        ((kv, kv), {"words": "w1"}, "put it into a list"),
        ((kv, kv), {"words": ["w1x"]}, "'w1x' is not in the vocabulary .* all models share"),
        (([], kv), {}, "a parameter of drift must be KeyedVectors or a list"),
        ((kv, "b.bin"), {}, "b parameter of drift must be KeyedVectors or a list"),
        ((kv, [kv, 1]), {}, "b parameter of drift"),
    ):
        with pytest.raises((ValueError, TypeError, KeyError), match=message) as caught:
            drift(*arguments, **options)
        assert "\n" not in str(caught.value)
