"""Kernels of GloVe: gradients, and the order of pairs."""

import naive_glove as naive
import numpy as np
import pytest
from numba import njit

from wordvec.kernels import adagrad, glove, rng, tiles

N_WORDS, SIZE, WIDTH = 6, 5, 16
RATE, X_MAX, EXPONENT = 0.05, 10.0, 0.75


@njit
def _dot(left, i, right, j):
    like, width = left[0, 0], left.shape[1] // 2
    return tiles.dot(like, width, tiles.row_address(left, i), tiles.row_address(right, j))


@njit
def _step(left, i, right, j, scale):
    width = left.shape[1] // 2
    adagrad.step_rows(scale, width, tiles.row_address(left, i), tiles.row_address(right, j))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [16, 48, 112, 304])
def test_rows_equal_numpy(dtype, width):
    random = np.random.default_rng(width)
    left, right = random.normal(size=(2, 4, 2 * width)).astype(dtype)
    for table in (left, right):
        table[:, width:] = 10.0 ** random.uniform(-3, 12, size=(4, width))
    exact_left, exact_right = left.astype(np.float64), right.astype(np.float64)
    tolerance = 2e-6 if dtype == np.float32 else 1e-14
    a, b = exact_left[1, :width].copy(), exact_right[3, :width].copy()
    assert abs(_dot(left, 1, right, 3) - a @ b) < 10 * tolerance * (np.abs(a) @ np.abs(b))
    scale = dtype(-0.37)
    for row, step in ((exact_left[1], scale * b), (exact_right[3], scale * a)):
        row[:width] -= step / np.sqrt(row[width:])
        row[width:] += step**2
    _step(left, 1, right, 3, scale)
    # Other rows must not change at all, which the tolerance for these two would not tell.
    np.testing.assert_allclose(left, exact_left, rtol=tolerance, atol=10 * tolerance)
    np.testing.assert_allclose(right, exact_right, rtol=tolerance, atol=10 * tolerance)
    assert np.array_equal(np.delete(left, 1, 0), np.delete(exact_left, 1, 0).astype(dtype))
    assert np.array_equal(np.delete(right, 3, 0), np.delete(exact_right, 3, 0).astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_pass_on_what_is_not_finite(dtype):
    for bad in (np.nan, np.inf):
        left, right = np.ones((2, 1, 32), dtype)
        left[0, 3] = bad
        assert not np.isfinite(_dot(left, 0, right, 0))
        _step(left, 0, right, 0, dtype(0.5))
        assert not np.isfinite(right[0, 3])


def new_model(seed, n_words=N_WORDS):
    """Float64 tables, padded, with sums of one."""
    random = np.random.default_rng(seed)
    tables, biases = [], []
    for _ in range(2):
        table = np.zeros((n_words, 2 * WIDTH))
        table[:, :SIZE] = random.normal(size=(n_words, SIZE))
        table[:, WIDTH:] = 1.0
        tables.append(table)
        biases.append(np.stack([random.normal(size=n_words), np.ones(n_words)], axis=1))
    return glove.Model(*tables, *biases)


def copy_of(model):
    return glove.Model(*(array.copy() for array in model))


def make_pairs(pairs):
    """From (row offset, column offset, count)."""
    row, col, count = zip(*pairs)
    return glove.Pairs(
        np.array(row, np.uint16),
        np.array(col, np.uint16),
        np.log(count),
        np.array([naive.weight(x, X_MAX, EXPONENT) for x in count]),
    )


def loss_of(model, i, j, count):
    return naive.pair_loss(
        model.word_table[i, :SIZE],
        model.context_table[j, :SIZE],
        model.word_bias[i, 0],
        model.context_bias[j, 0],
        count,
        X_MAX,
        EXPONENT,
    )


@pytest.mark.parametrize("count", [0.3, 4.0, 10.0, 250.0])
@pytest.mark.parametrize("name", ["word_table", "context_table", "word_bias", "context_bias"])
def test_a_step_is_the_rate_times_the_gradient(name, count):
    model, row_start, col_start, rate = new_model(1), 1, 2, 0.05
    i, j = row_start + 2, col_start + 1
    before = copy_of(model)
    # The pairs around it must not be looked at.
    pairs = make_pairs([(0, 0, 1e9), (2, 1, count), (0, 0, 1e9)])
    loss = glove.train_pairs(pairs, 1, 2, model, row_start, col_start, rate)
    assert loss == pytest.approx(loss_of(before, i, j, count), rel=1e-12)
    n_values = SIZE if name.endswith("table") else 1
    values = getattr(before, name)[:, :n_values]
    gradient = naive.numeric_gradient(lambda: loss_of(before, i, j, count), values)
    assert np.abs(gradient).max() > 0.01
    changed = getattr(model, name)
    np.testing.assert_allclose(changed[:, :n_values], values - rate * gradient, rtol=0, atol=1e-8)
    sums_at = WIDTH if n_values == SIZE else 1
    np.testing.assert_allclose(
        changed[:, sums_at : sums_at + n_values], 1 + (rate * gradient) ** 2, rtol=0, atol=1e-8
    )
    if n_values == SIZE:
        assert (changed[:, SIZE:WIDTH] == 0).all() and (changed[:, WIDTH + SIZE :] == 1).all()


def test_later_steps_use_the_sums_of_those_before():
    model, counts = new_model(2), np.zeros((N_WORDS, N_WORDS))
    order = [(0, 1, 3.0), (0, 1, 3.0), (0, 2, 70.0), (5, 2, 0.2), (3, 3, 8.0), (0, 1, 3.0)]
    for i, j, count in order:
        counts[i, j] = count
    by_word = {
        "word_vectors": model.word_table[:, :SIZE],
        "word_sums": model.word_table[:, WIDTH : WIDTH + SIZE],
        "word_bias": model.word_bias,
        "context_vectors": model.context_table[:, :SIZE],
        "context_sums": model.context_table[:, WIDTH : WIDTH + SIZE],
        "context_bias": model.context_bias,
    }
    zeros = [0] * N_WORDS
    slow = naive.Trainer(
        counts, by_word, zeros, zeros, zeros, x_max=X_MAX, exponent=EXPONENT, rate=1.5, seed=0
    )
    want = sum(slow.step(i, j) for i, j, _ in order)
    loss = glove.train_pairs(make_pairs(order), 0, len(order), model, 0, 0, 1.5)
    assert loss == pytest.approx(want, rel=1e-12)
    for name, array in by_word.items():
        np.testing.assert_allclose(array, slow.p[name], rtol=1e-11, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("name", ["word_table", "context_table"])
def test_retrofitting_follows_its_gradient(name):
    random = np.random.default_rng(3)
    model, rate, penalty = new_model(3), 0.05, 0.8
    model.word_table[:, WIDTH:] = random.uniform(1, 9, size=(N_WORDS, WIDTH))
    model.context_table[:, WIDTH:] = random.uniform(1, 9, size=(N_WORDS, WIDTH))
    before = copy_of(model)
    order = np.array([4, 2, 0, 5, 1, 3], np.int32)  # the word at each place
    targets = random.normal(size=(N_WORDS, SIZE)).astype(np.float32)
    is_target = np.array([True, False, True, True, True, True])
    first, last = 1, 5

    def loss(at):
        return sum(
            naive.penalty_loss(
                at.word_table[place, :SIZE],
                at.context_table[place, :SIZE],
                targets[order[place]].astype(np.float64),
                penalty,
            )
            for place in range(first, last)
            if is_target[order[place]]
        )

    got = glove.retrofit(order, first, last, model, targets, is_target, penalty, rate)
    assert got == pytest.approx(loss(before), rel=1e-12)
    table = getattr(before, name)
    # Of the end of the step.
    gradient = naive.numeric_gradient(lambda: loss(model), getattr(model, name)[:, :SIZE])
    assert np.count_nonzero(np.abs(gradient).sum(axis=1)) == 3
    sums = table[:, WIDTH : WIDTH + SIZE]
    changed = getattr(model, name)
    np.testing.assert_allclose(
        changed[:, :SIZE], table[:, :SIZE] - rate * gradient / np.sqrt(sums), rtol=0, atol=1e-8
    )
    np.testing.assert_allclose(
        changed[:, WIDTH : WIDTH + SIZE], sums + (rate * gradient) ** 2, rtol=0, atol=1e-8
    )
    assert np.array_equal(changed[:, SIZE:WIDTH], table[:, SIZE:WIDTH])
    assert np.array_equal(changed[:, WIDTH + SIZE :], table[:, WIDTH + SIZE :])
    assert np.array_equal(model.word_bias, before.word_bias)


def test_permutations_are_the_naive_ones():
    for key in (0, 1, 2**64 - 1):
        for n in (1, 2, 17, 300):
            out = np.empty(n, np.int64)
            rng.fill_permutation(np.uint64(key), out)
            assert out.tolist() == naive.permutation(key, n)
            assert sorted(out.tolist()) == list(range(n))
    out, seen = np.empty(4, np.int64), {}
    for key in range(2400):
        rng.fill_permutation(np.uint64(key), out)
        seen[tuple(out)] = seen.get(tuple(out), 0) + 1
    # 100 each of 24; a deviation of six standard errors is 60.
    assert len(seen) == 24 and max(abs(n - 100) for n in seen.values()) < 60
