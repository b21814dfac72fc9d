"""The chain, the factored features and the optimizer, against brute force and SciPy."""

import math

import naive_crf
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import minimize as scipy_minimize

from wordvec._utils.threads import Workers, even_blocks, workers
from wordvec.pipelines.tagging.features.encoding import EncodedSentences
from wordvec.pipelines.tagging.kernels import (
    chain as kernels,
    sharing as sharing_kernels,
    vectors as vector_kernels,
)
from wordvec.pipelines.tagging.kernels.decoding import best_sequence, best_sequences
from wordvec.pipelines.tagging.kernels.products import dot_rows
from wordvec.pipelines.tagging.learning import objective as objective_module
from wordvec.pipelines.tagging.learning.objective import DenseTable, Objective
from wordvec.pipelines.tagging.learning.optimization import minimize
from wordvec.pipelines.tagging.learning.sharing import share
from wordvec.pipelines.tagging.model import collect_features

ONE_THREAD = Workers(None)


def padded_scores(unary_NL):
    scores = np.full((len(unary_NL), kernels.padded(unary_NL.shape[1])), -np.inf)
    scores[:, : unary_NL.shape[1]] = unary_NL
    return scores


def padded_transitions(transition_LL):
    n_labels = len(transition_LL)
    matrix = np.full((kernels.padded(n_labels),) * 2, -np.inf)
    matrix[:n_labels, :n_labels] = transition_LL
    return matrix


def expect(unary_NL, transition_LL):
    n_labels = len(transition_LL)
    scores, transitions = padded_scores(unary_NL), kernels.prepare_transitions(transition_LL)
    marginal_NP, slow_LL = np.empty_like(scores), np.zeros((n_labels, n_labels))
    pair_PP = np.zeros((scores.shape[1],) * 2)
    scratch = [np.empty_like(scores) for _ in range(2)]
    total = kernels.expectations(scores, transitions, *scratch, marginal_NP, pair_PP, slow_LL)
    return total, marginal_NP[:, :n_labels], (pair_PP * transitions.exp_PP)[:n_labels, :n_labels] + slow_LL


@st.composite
def chains(draw):
    n_tokens, n_labels = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.1, 3.0, 40.0, 1000.0]))
    unary, transition = rng.normal(size=(n_tokens, n_labels)), rng.normal(size=(n_labels, n_labels))
    if draw(st.booleans()):
        transition[rng.random(transition.shape) < 0.3] = -np.inf
    return scale * unary, scale * transition


@settings(max_examples=150, deadline=None)
@given(chains())
def test_expectations_equal_brute_force(chain):
    unary, transition = chain
    if not naive_crf.ranked_paths(unary, transition):
        assert expect(unary, transition)[0] == -math.inf
        return
    total, marginal, pair = expect(unary, transition)
    want_marginal, want_pair = naive_crf.marginals(unary, transition)
    np.testing.assert_allclose(total, naive_crf.log_partition(unary, transition), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(marginal, want_marginal, atol=1e-9)
    np.testing.assert_allclose(pair, want_pair, atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(chains(), st.integers(1, 30))
def test_best_sequences_equal_brute_force(chain, n_best):
    unary, transition = chain
    ranked = naive_crf.ranked_paths(unary, transition)
    scores, matrix = padded_scores(unary), padded_transitions(transition)
    best = np.empty(len(unary), np.int32)
    score = best_sequence(scores, matrix, best)
    best_KN, score_K = np.zeros((n_best, len(unary)), np.int32), np.empty(n_best)
    best_sequences(scores, matrix, unary.shape[1], best_KN, score_K)
    if not ranked:
        assert score == -math.inf == score_K[0]
        return
    assert tuple(best) == ranked[0][1]
    np.testing.assert_allclose(score, ranked[0][0])
    n_found = int(np.isfinite(score_K).sum())
    assert n_found == min(n_best, len(ranked))
    assert [tuple(path) for path in best_KN[:n_found]] == [path for _, path in ranked[:n_found]]
    np.testing.assert_allclose(score_K[:n_found], [score for score, _ in ranked[:n_found]])


def test_log_space_equals_scaled_space():
    rng = np.random.default_rng(0)
    unary, transition = 2 * rng.normal(size=(40, 9)), rng.normal(size=(9, 9))
    total, marginal, pair = expect(unary, transition)
    marginal_NP, pair_LL = np.empty((40, 16)), np.zeros((9, 9))
    slow = kernels.log_space_expectations(padded_scores(unary), transition, marginal_NP, pair_LL)
    np.testing.assert_allclose(total, slow, rtol=1e-13)
    np.testing.assert_allclose(marginal, marginal_NP[:, :9], atol=1e-12)
    np.testing.assert_allclose(pair, pair_LL, atol=1e-11)


def test_log_partition_of_a_long_sentence():
    # The product of the sums that are divided out leaves the range of float64 many times, at both ends.
    rng = np.random.default_rng(1)
    unary = np.concatenate([8 * rng.normal(size=(600, 5)), np.zeros((600, 5))])
    transition = np.zeros((5, 5))
    marginal_NP, pair_LL = np.empty((1200, 8)), np.zeros((5, 5))
    slow = kernels.log_space_expectations(padded_scores(unary), transition, marginal_NP, pair_LL)
    total, marginal, _ = expect(unary, transition)
    want = math.fsum(np.log(np.exp(unary).sum(axis=1)))
    np.testing.assert_allclose([total, slow], want, rtol=1e-12)
    np.testing.assert_allclose(marginal, marginal_NP[:, :5], atol=1e-12)


@pytest.mark.parametrize("size", [8, 16, 24, 1024])
def test_dot_rows_in_a_fixed_order(size):
    # Products of numbers of 24 bits are exact in float64: so is each multiply-add but for the rounding of its sum.
    rng = np.random.default_rng(size)
    left, right = (rng.normal(size=size).astype(np.float32).astype(np.float64) for _ in range(2))
    chains = [0.0] * 8
    for k, product in enumerate((left * right).tolist()):
        chains[k % 8] += product
    while len(chains) > 1:
        half = len(chains) // 2
        chains = [low + high for low, high in zip(chains[:half], chains[half:])]
    assert dot_rows(left, right) == chains[0]


def test_dot_rows_of_float32():
    rng = np.random.default_rng(2)
    left, right = rng.normal(size=(2, 1024)).astype(np.float32)
    want = math.fsum((left.astype(np.float64) * right).tolist())
    assert dot_rows(left, right) == pytest.approx(want, abs=1e-4)


def test_fast_exp():
    x = np.concatenate([-np.logspace(-12, 2.8, 4000), [0.0, -np.inf, -707.9, -800.0]])
    got = x.copy()
    kernels.exp_in_place(got)
    np.testing.assert_allclose(got[:-1], np.exp(x)[:-1], rtol=5e-16 * 3)
    assert got[-1] == 0.0 == got[-3]


# A small corpus whose tokens share bundles of attributes, as words do.
def corpus(rng, *, has_values=False, has_vectors=False, n_labels=4):
    lengths = [3, 0, 1, 5, 2, 4, 7]
    n_tokens, n_words, n_attributes = sum(lengths), 6, 30
    bundles = [rng.choice(24, rng.integers(1, 6), replace=False) for _ in range(n_words)]
    words = rng.integers(0, n_words, n_tokens)
    rows = [sorted({*bundles[word].tolist(), *rng.integers(0, 24, 2).tolist()}) for word in words]
    rows = [[*row, *(24 + a for a in row if a < 6)] for row in rows]  # twins
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    indices = np.concatenate(rows).astype(np.int32)
    values = None
    if has_values:
        values = np.where(indices % 5 == 4, rng.normal(size=len(indices)), 1).astype(np.float32)
    dense_ids = (words - 1).astype(np.int32) if has_vectors else None
    table = DenseTable(rng.normal(size=(n_words - 1, 3)).astype(np.float32), 1) if has_vectors else None
    starts = np.concatenate([[0], np.cumsum(lengths)])
    tags = rng.integers(0, n_labels, n_tokens).astype(np.int32)
    return EncodedSentences(starts, indptr, indices, values, dense_ids), tags, n_attributes, table


def make_objective(
    encoded, tags, n_attributes, table, *, c1=0.0, c2=0.0, n_labels=4, pool=ONE_THREAD, dtype=np.float64,
    **options,
):  # fmt: skip
    features = collect_features(encoded, tags, n_attributes, n_labels, **options)
    return Objective(encoded, tags, features, table, c1=c1, c2=c2, workers=pool, dtype=dtype)


def naive_loss(model, encoded, tags, table, c1, c2):
    indptr, labels = model.features.states
    weights = {
        (a, int(labels[f])): model.state_weights[f]
        for a in range(len(indptr) - 1)
        for f in range(indptr[a], indptr[a + 1])
    }
    values = np.ones(len(encoded.indices)) if encoded.values is None else encoded.values
    loss = 0.0
    for begin, end in zip(encoded.starts, encoded.starts[1:]):
        if begin == end:
            continue
        rows = [range(encoded.indptr[t], encoded.indptr[t + 1]) for t in range(begin, end)]
        tokens = [{int(encoded.indices[k]): float(values[k]) for k in row} for row in rows]
        vectors = None
        if table is not None:
            ids = encoded.dense_ids[begin:end]
            vectors = [table.vectors[i].astype(np.float64) if i >= 0 else None for i in ids]
        unary = naive_crf.unary_scores(tokens, weights, model.n_labels, vectors, model.dense_OEL)
        loss += naive_crf.negative_log_likelihood(unary, model.transition_LL, tags[begin:end].tolist())
    numbers = np.concatenate([model.state_weights, model.transition_LL.ravel(), model.dense_OEL.ravel()])
    return loss + c1 * np.abs(numbers).sum() + c2 * (numbers**2).sum()


@pytest.mark.parametrize("has_vectors", [False, True])
@pytest.mark.parametrize("has_values", [False, True])
@pytest.mark.parametrize("all_states", [False, True])
def test_objective_and_gradient(has_values, has_vectors, all_states):
    rng = np.random.default_rng(3)
    data = corpus(rng, has_values=has_values, has_vectors=has_vectors)
    encoded, tags, _, table = data
    objective = make_objective(
        *data, c1=0.2, c2=0.3, all_possible_states=all_states, all_possible_transitions=all_states
    )
    x, gradient = rng.normal(size=objective.size), np.empty(objective.size)
    value = objective.evaluate(x, gradient)
    penalty = float((objective.l1 * objective.factors * np.abs(x)).sum())
    want = naive_loss(objective.model(x), encoded, tags, table, 0.2, 0.3)
    np.testing.assert_allclose(value + penalty, want, rtol=1e-12)
    step, scratch = 1e-5, np.empty(objective.size)
    for k in range(objective.size):
        moved = x.copy()
        moved[k] += step
        high = objective.evaluate(moved, scratch)
        moved[k] -= 2 * step
        low = objective.evaluate(moved, scratch)
        assert gradient[k] == pytest.approx((high - low) / (2 * step), abs=1e-7)


@pytest.mark.parametrize("row_bytes", [0, 1000])
@pytest.mark.parametrize("has_values", [False, True])
def test_shared_matrix_is_the_matrix(has_values, row_bytes):
    rng = np.random.default_rng(7)
    encoded, _, n_attributes, _ = corpus(rng, has_values=has_values)
    shared = share(encoded.indptr, encoded.indices, encoded.values, n_attributes, row_bytes=row_bytes)
    assert (shared.n_merged > 1).any()
    weights = rng.normal(size=n_attributes)
    merged = np.bincount(np.maximum(shared.attribute_columns, 0), weights * (shared.attribute_columns >= 0))
    bundle = [
        merged[shared.bundles.items[a:b]].sum()
        for a, b in zip(shared.bundles.indptr, shared.bundles.indptr[1:])
    ]
    values = np.ones(len(encoded.indices)) if encoded.values is None else encoded.values
    factors = shared.values if has_values else np.ones(len(shared.tokens.items))
    for t in range(len(encoded.indptr) - 1):
        k = slice(encoded.indptr[t], encoded.indptr[t + 1])
        m = range(shared.tokens.indptr[t], shared.tokens.indptr[t + 1])
        got = sum(factors[i] * bundle[shared.tokens.items[i]] for i in m)
        got += merged[shared.own.items[shared.own.indptr[t] : shared.own.indptr[t + 1]]].sum()
        assert got == pytest.approx(values[k] @ weights[encoded.indices[k]], abs=1e-6)
    again = share(
        encoded.indptr, encoded.indices, encoded.values, n_attributes, row_bytes=row_bytes, overwrite=True
    )
    assert len(encoded.indices) == 0
    for name, want in vars(shared).items():
        got = getattr(again, name)
        for one, other in zip(want, got) if isinstance(want, tuple) else [(want, got)]:
            np.testing.assert_array_equal(one, other)


def test_columns_in_the_same_rows_are_merged():
    rng = np.random.default_rng(1)
    has = rng.random((40, 12)) < 0.3
    has[:, 8:] = has[:, [0, 1, 1, 3]]
    has[:, 5] = False
    indptr, indices = np.append(0, np.cumsum(has.sum(axis=1))), np.nonzero(has)[1].astype(np.int32)
    is_numeric = np.zeros(12, bool)
    is_numeric[11] = True
    leaders, counts = sharing_kernels.find_leaders(indptr, indices, 12, is_numeric)
    assert leaders.tolist() == [0, 1, 2, 3, 4, -1, 6, 7, 0, 1, 1, 11]
    assert counts.tolist() == has.sum(axis=0).tolist()
    # Columns 2 and 4 have been merged by mistake, 1 and 9 rightly.
    wrong = np.array([0, 1, 2, 3, 2, -1, 6, 7, 8, 1, 1, 11], np.int32)
    sharing_kernels.separate_groups(indptr, indices, wrong)
    assert wrong.tolist() == [0, 1, 2, 3, 4, -1, 6, 7, 8, 1, 1, 11]


def test_chunks_of_tokens_change_nothing(monkeypatch):
    results = []
    for n_bytes in (1 << 21, 1):
        monkeypatch.setattr(objective_module, "_CHUNK_BYTES", n_bytes)
        rng = np.random.default_rng(6)
        data = corpus(rng, has_values=True, has_vectors=True)
        objective = make_objective(*data, c1=0.1, c2=0.2)
        x, gradient = rng.normal(size=objective.size), np.empty(objective.size)
        before = x.copy()
        value = objective.evaluate(x, gradient)
        assert x.tobytes() == before.tobytes()
        results.append((len(objective._chunks), value, gradient))
    (one, value, gradient), (many, value_too, gradient_too) = results
    assert one == 1 < many
    assert value_too == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(gradient_too, gradient, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("c1", [0.0, 0.4])
def test_same_bits_with_any_number_of_threads(c1, dtype, monkeypatch):
    monkeypatch.setattr(objective_module, "_CHUNK_BYTES", 256)
    results = []
    for n_threads in (1, 2, 3, 4):
        rng = np.random.default_rng(5)
        with workers(n_threads) as pool:
            data = corpus(rng, has_vectors=True)
            objective = make_objective(*data, c1=c1, c2=0.1, pool=pool, dtype=dtype)
            start = np.zeros(objective.size, dtype)
            x, progress = minimize(objective, start, pool, max_iter=15, tol=0.0, period=10)
        results.append((x.tobytes(), progress.curve))
    assert all(result == results[0] for result in results[1:])


class Quadratic:
    """0.5 x'Ax - b'x, with an L1 penalty."""

    def __init__(self, rng, size, l1):
        root = rng.normal(size=(size, size))
        self.matrix, self.vector = root @ root.T + 0.1 * np.eye(size), 3 * rng.normal(size=size)
        self.size, self.l1, self.factors = size, l1 or 0.0, np.ones(size)

    def evaluate(self, x, gradient):
        gradient[:] = self.matrix @ x - self.vector
        return float(0.5 * x @ self.matrix @ x - self.vector @ x)


@pytest.mark.parametrize("l1", [None, 2.0])
def test_minimum_is_that_of_proximal_steps(l1):
    function = Quadratic(np.random.default_rng(2), 20, l1)
    want, rate = np.zeros(20), 1 / np.linalg.eigvalsh(function.matrix)[-1]
    for _ in range(30_000):
        step = want - rate * (function.matrix @ want - function.vector)
        want = np.sign(step) * np.maximum(np.abs(step) - rate * (l1 or 0), 0)
    got, _ = minimize(function, np.zeros(20), ONE_THREAD, max_iter=3000, tol=1e-12, period=50)
    np.testing.assert_allclose(got, want, atol=1e-4)
    if l1:
        assert ((got == 0) == (want == 0)).all()
        assert (got == 0).any()


def test_optimum_equals_scipy_with_and_without_l1():
    rng = np.random.default_rng(4)
    data = corpus(rng)
    for c1 in (0.0, 0.5):
        objective = make_objective(*data, c1=c1, c2=0.05)
        n, l1 = objective.size, objective.l1 * objective.factors

        def split(z, n=n, l1=l1, objective=objective):
            # x = a - b with a, b >= 0 turns the penalty into a linear term.
            gradient = np.empty(n)
            value = objective.evaluate(z[:n] - z[n:], gradient)
            return value + l1 @ (z[:n] + z[n:]), np.concatenate([gradient + l1, l1 - gradient])

        want = scipy_minimize(
            split, np.full(2 * n, 0.1), jac=True, method="L-BFGS-B", bounds=[(0, None)] * (2 * n),
            options={"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-8},
        ).fun  # fmt: skip
        _, progress = minimize(objective, np.zeros(n), ONE_THREAD, max_iter=None, tol=1e-9, period=10)
        assert progress.objective == pytest.approx(want, rel=1e-6)


def test_blocks_cover_everything_once():
    costs = np.array([0, 5, 5, 6, 100, 101, 101])
    for n_blocks in (1, 2, 5, 50):
        blocks = even_blocks(costs, n_blocks)
        assert [b for pair in blocks for b in pair][1:-1:2] == [b for pair in blocks for b in pair][2::2]
        assert blocks[0][0] == 0
        assert blocks[-1][1] == 6


def test_numbers_of_32_bits_find_the_same_minimum():
    data = corpus(np.random.default_rng(8), has_vectors=True)
    values = []
    for dtype in (np.float32, np.float64):
        objective = make_objective(*data, c1=0.1, c2=0.1, dtype=dtype)
        start = np.zeros(objective.size, dtype)
        _, progress = minimize(objective, start, ONE_THREAD, max_iter=None, tol=1e-7, period=10)
        values.append(progress.objective)
    assert values[0] == pytest.approx(values[1], rel=1e-6)


def halved(numbers):
    """The nearest numbers whose lower 16 bits of float32 are 0; even ones where two are as near."""
    bits = numbers.astype(np.float32).view(np.uint32).astype(np.int64)
    low = bits & 0xFFFF
    rounds_up = (low > 0x8000) | ((low == 0x8000) & (bits & 0x10000 > 0))
    return (((bits >> 16) + rounds_up) << 16).astype(np.uint32).view(np.float32)


def test_history_is_rounded_to_16_bits():
    rng = np.random.default_rng(9)
    numbers = np.concatenate([rng.normal(size=2500) * 10.0 ** rng.integers(-20, 20, 2500), [0.0, 1 + 2**-8]])
    out = np.empty(len(numbers), np.uint16)
    vector_kernels.halve(0, len(numbers), numbers, np.zeros_like(numbers), out)
    got = (out.astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(got, halved(numbers))
    np.testing.assert_allclose(got, numbers, rtol=2**-8)


@pytest.mark.parametrize("l1", [0.0, 0.7])
def test_direction_is_the_sum_of_history_and_slope(l1):
    rng = np.random.default_rng(10)
    n = 2500  # more than two tiles
    history = (halved(rng.normal(size=(4, n))).view(np.uint32) >> 16).astype(np.uint16)
    rows = (history.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    x, gradient, factors = rng.normal(size=n), rng.normal(size=n), rng.random(n) + 0.5
    x[::3] = 0.0
    strength = l1 * factors
    at_zero = np.sign(gradient) * np.maximum(np.abs(gradient) - strength, 0)  # Andrew and Gao (2007), eq. 4
    slope = np.where(x == 0, at_zero, gradient + np.sign(x) * strength)
    every = np.vstack([rows, slope])
    sums = np.empty((3, 5))
    vector_kernels.dots(0, n, history, np.array([1, 3]), x, gradient, l1, factors, sums)
    np.testing.assert_allclose(sums, every[[1, 3, 4]] @ every.T, rtol=1e-4, atol=1e-3)
    weights, direction, along = np.array([0.5, 0.0, -2.0, 1.0, -1.5]), np.empty(n), np.empty(1)
    vector_kernels.combine(0, n, history, weights, x, gradient, l1, factors, direction, along)
    want = weights @ every
    if l1:
        want[want * slope >= 0] = 0.0
    np.testing.assert_allclose(direction, want, atol=1e-5)
    assert along[0] == pytest.approx(slope @ want, rel=1e-6)


@pytest.mark.parametrize("n", [5, 1024, 2500])
def test_sums_over_tiles(n):
    rng = np.random.default_rng(11)
    l1 = 0.7
    x, gradient, direction, moved = rng.normal(size=(4, n))
    factors = rng.random(n) + 0.5
    x[rng.random(n) < 0.3] = 0.0
    steepest = np.sign(gradient) * np.maximum(np.abs(gradient) - l1 * factors, 0.0)
    slope = np.where(x != 0, gradient + l1 * factors * np.sign(x), steepest)
    sums, change = np.empty(4), np.empty(1)
    vector_kernels.measure(0, n, x, gradient, l1, factors, direction, sums)
    want = [x @ x, slope @ slope, slope @ direction, l1 * factors @ np.abs(x)]
    np.testing.assert_allclose(sums, want, rtol=1e-12, atol=1e-10)
    vector_kernels.change_along(0, n, x, gradient, l1, factors, moved, change)
    assert change[0] == pytest.approx(slope @ (moved - x), rel=1e-11)
    halves = (halved(rng.normal(size=(2, n))).view(np.uint32) >> 16).astype(np.uint16)
    step, change = (halves.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    pair = np.empty(2)
    vector_kernels.measure_pair(0, n, *halves, pair)
    np.testing.assert_allclose(pair, [step @ change, change @ change], rtol=1e-4, atol=1e-3)
