"""The kernels and the features of `EmbeddingClassifier`, against brute force."""

import naive_supervised as naive
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from wordvec.kernels import rng as streams, supervised as kernels
from wordvec.supervised.features import (
    FeatureLimits,
    FeatureTable,
    rank_words,
    select_ngrams,
    with_marks,
)
from wordvec.supervised.options import SupervisedOptions
from wordvec.supervised.training import SOFTMAX, SupervisedRun, Targets, new_model, probabilities

from ..supervised.support import as_lists, encoded_texts

# Kernels against brute force.


def random_rows(n_texts, n_rows, seed, longest=9):
    """Rows of texts, some of them empty, some with a row twice."""
    rng = np.random.default_rng(seed)
    return [rng.integers(n_rows, size=rng.integers(longest + 1)).tolist() for _ in range(n_texts)]


def one_step(texts, labels, weights_of_classes, table, weights, size, weights_of_texts=None, targets=SOFTMAX):
    """Losses and gradients of a superstep, as the kernel computes them in float64."""
    n_texts, n_classes, width = len(texts), len(weights), table.shape[1]
    encoded = encoded_texts(texts)
    weights_of_texts = np.ones(n_texts) if weights_of_texts is None else weights_of_texts
    margins = -np.log(weights_of_classes)
    given = kernels.Texts(
        encoded.ids, encoded.starts, np.array(labels, np.int32), weights_of_texts, margins,
        targets.targets, targets.starts, targets.loss,
    )  # fmt: skip
    step = kernels.Step(
        hidden=np.zeros((n_texts, width)),
        gradient=np.zeros((n_texts, width)),
        error=np.zeros((n_texts, n_classes)),
        kept=np.zeros(len(encoded.ids) + 1, np.int32),
        n_kept=np.zeros(n_texts, np.int64),
        loss=np.zeros(n_texts),
    )
    schedule = kernels.Schedule(size, 0.1, 0.1, np.uint64(0), np.uint64(1))
    model = kernels.Model(table, weights)
    for p in range(n_texts):
        kernels.read_text(given, p, model, schedule, step, p, int(encoded.starts[p]))
    return step


def numeric_gradient(function, array, epsilon=1e-6):
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + epsilon
        above = function()
        array[place] = kept - epsilon
        below = function()
        array[place] = kept
        gradient[place] = (above - below) / (2 * epsilon)
    return gradient


def assert_gradients(step, texts, table, weights, size, total):
    """Losses and gradients of a step are those of `total`, a function of table and weights."""
    assert step.loss.sum() == pytest.approx(total(), rel=1e-12)
    found = np.zeros((len(table), size))
    for p, rows in enumerate(texts):
        for row in rows:
            found[row] += step.gradient[p, :size]
    np.testing.assert_allclose(found, numeric_gradient(total, table)[:, :size], atol=1e-8)
    found = step.error.T @ step.hidden[:, :size]
    np.testing.assert_allclose(found, numeric_gradient(total, weights)[:, :size], atol=1e-8)


@pytest.mark.smoke
def test_gradients_are_those_of_the_loss():
    rng = np.random.default_rng(2)
    n_rows, n_classes, size = 7, 3, 5
    run_model = new_model(n_rows, n_classes, size, seed=1, dtype=np.float64)
    table, weights = run_model
    table[:, :size] = rng.normal(size=(n_rows, size))
    weights[:, :size] = rng.normal(size=(n_classes, size))
    texts, labels = [[0, 1, 1, 4], [5], [2, 3, 0]], [2, 0, 1]
    class_weights, text_weights = np.array([0.5, 1.0, 2.5]), np.array([2.0, 0.5, 1.5])

    def total():
        return sum(
            naive.loss(table[:, :size], weights[:, :size], rows, label, class_weights, weight)
            for rows, label, weight in zip(texts, labels, text_weights)
        )

    step = one_step(texts, labels, class_weights, table, weights, size, text_weights)
    assert_gradients(step, texts, table, weights, size, total)
    assert not step.gradient[:, size:].any() and not step.hidden[:, size:].any()


@pytest.mark.parametrize("kind", [kernels.HIERARCHICAL, kernels.ONE_VS_ALL])
def test_gradients_of_sigmoids_are_those_of_the_loss(kind):
    rng = np.random.default_rng(2)
    n_rows, n_outputs, size = 7, 4, 5
    table, weights = new_model(n_rows, n_outputs, size, seed=1, dtype=np.float64)
    table[:, :size] = rng.normal(size=(n_rows, size))
    weights[:, :size] = rng.normal(size=(n_outputs, size))
    texts, text_weights = [[0, 1, 1, 4], [5], [2, 3, 0]], np.array([2.0, 0.5, 1.5])
    if kind == kernels.HIERARCHICAL:
        # (inner node, whether the path goes on with the second child), from the root
        paths = [[(3, 1), (1, 0)], [(3, 0)], [(3, 1), (1, 1), (0, 0)]]
        lists = [[2 * node + second for node, second in path] for path in paths]
    else:
        lists = [[0, 3], [], [2]]
    starts = np.cumsum([0, *map(len, lists)])
    targets = Targets(kind, np.array(sum(lists, []), np.int32), starts)

    def total():
        result = 0.0
        for rows, wanted, weight in zip(texts, lists, text_weights):
            scores = weights[:, :size] @ np.mean([table[row, :size] for row in rows], axis=0)
            if kind == kernels.HIERARCHICAL:
                terms = [np.logaddexp(0, -scores[t // 2] if t % 2 else scores[t // 2]) for t in wanted]
            else:
                terms = [np.logaddexp(0, -scores[c] if c in wanted else scores[c]) for c in range(n_outputs)]
            result += weight * sum(terms)
        return result

    step = one_step(texts, [0, 1, 2], np.ones(n_outputs), table, weights, size, text_weights, targets)
    assert_gradients(step, texts, table, weights, size, total)


@pytest.mark.parametrize("label", [0, 1, 2])
@pytest.mark.parametrize("top", [0, 1, 2])
def test_scores_whose_exponentials_pass_the_range_of_floats(top, label):
    table, weights = new_model(1, 3, 5, seed=1, dtype=np.float64)
    table[:, :5], weights[:, :5] = 1.0, 0.0
    weights[top, :5] = 400.0
    step = one_step([[0]], [label], np.ones(3), table, weights, 5)
    assert step.loss.tolist() == [0.0 if label == top else 2000.0]
    assert step.error.tolist() == [[float(c == top) - float(c == label) for c in range(3)]]


@pytest.mark.parametrize("n_threads", [1, 3])
def test_training_equals_the_naive_trainer(n_threads):
    n_rows, n_classes, size, n_texts = 40, 3, 5, 150
    texts = random_rows(n_texts, n_rows, seed=4)
    labels = np.random.default_rng(5).integers(n_classes, size=n_texts).astype(np.int32)
    class_weights = np.array([0.5, 1.0, 2.0])
    text_weights = np.random.default_rng(6).uniform(0.2, 3.0, n_texts)
    options = SupervisedOptions(size, 3, 0.1, 0.0, True, 7)
    model = new_model(n_rows, n_classes, size, seed=7, dtype=np.float64)
    table, weights = model.table[:, :size].copy(), model.weights[:, :size].copy()
    run = SupervisedRun(
        options, encoded_texts(texts), labels, class_weights, model, n_threads, sample_weight=text_weights
    )
    assert run.train()
    used = np.array([i for i, rows in enumerate(texts) if rows])
    assert len(used) < n_texts
    orders = []
    for epoch in range(3):
        order = np.empty(len(used), np.int64)
        streams.fill_permutation(np.uint64(streams.stream_key(7, streams.ORDER, epoch)), order)
        orders.append(used[order])
    curve = naive.train(table, weights, texts, labels, class_weights, orders, 0.1, 64, 1e-10, text_weights)
    np.testing.assert_allclose(run.state.loss_curve, curve, rtol=1e-9)
    np.testing.assert_allclose(model.table[:, :size], table, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(model.weights[:, :size], weights, rtol=1e-8, atol=1e-10)


@pytest.mark.slow
def test_loss_curve_of_float32_is_that_of_float64():
    texts, labels = random_rows(200, 50, seed=6), np.arange(200, dtype=np.int32) % 2
    curves = []
    for dtype in (np.float32, np.float64):
        model = new_model(50, 2, 8, seed=1, dtype=dtype)
        run = SupervisedRun(
            SupervisedOptions(8, 1, 0.05, 0.3, True, 1), encoded_texts(texts), labels, np.ones(2), model, 1
        )
        run.train()
        curves.append(run.state.loss_curve)
    np.testing.assert_allclose(curves[0], curves[1], atol=1e-6)


def test_dropout_leaves_out_its_share(monkeypatch):
    texts = [list(range(1000)) for _ in range(50)]
    model = new_model(1000, 2, 4, seed=1)
    options = SupervisedOptions(4, 1, 0.05, 0.25, True, 1)
    run = SupervisedRun(
        options, encoded_texts(texts), np.arange(50, dtype=np.int32) % 2, np.ones(2), model, 1
    )
    run.train()
    kept = run._steps[0].n_kept[:50]
    # 50,000 draws: the standard deviation of the share is 0.002.
    assert abs(kept.mean() / 1000 - 0.75) < 0.01 and len(set(kept.tolist())) > 5


def test_probabilities_are_softmax_of_the_mean():
    rng = np.random.default_rng(8)
    model = new_model(30, 4, 7, seed=1)
    model.weights[:, :7] = rng.normal(size=(4, 7))
    texts = random_rows(2500, 30, seed=9)
    prior = np.array([0.1, 0.2, 0.3, 0.4])
    found = probabilities(model, 7, encoded_texts(texts), prior, 2)
    for rows, row in zip(texts, found):
        mean = model.table[rows, :7].astype(np.float64).mean(axis=0) if rows else None
        want = prior if mean is None else naive.softmax(model.weights[:, :7].astype(np.float64) @ mean)
        np.testing.assert_allclose(row, want, atol=1e-6)


# Features.


def check_features(texts, limits, others):
    words = [word for text in texts for word in text]
    index = {word: number for number, word in enumerate(dict.fromkeys(words))}
    encoded, kept, counts = rank_words(
        encoded_texts([[index[w] for w in t] for t in texts]), list(index), limits.min_count
    )
    assert counts.tolist() == [words.count(word) for word in kept]
    assert set(kept) == {word for word in words if words.count(word) >= limits.min_count}
    assert counts.tolist() == sorted(counts, reverse=True)
    features = FeatureTable(select_ngrams(encoded, len(kept), limits), len(kept), limits.word_ngrams)

    def framed(text):
        return naive.frame([word if word in kept else None for word in text])

    seen = [ngram for text in texts for ngram in naive.ngrams(framed(text), limits.word_ngrams)]
    chosen = {ngram for ngram in seen if seen.count(ngram) >= limits.min_ngram_count}
    assert len(features.ngram_keys) == min(len(chosen), limits.max_ngrams)
    number = {"<begin>": len(kept), "<end>": len(kept) + 1, **{word: k for k, word in enumerate(kept)}}
    rows_of = {}
    ids = [[number.get(word, -1) for word in text] for text in [*texts, *others]]
    for text, rows in zip([*texts, *others], as_lists(features.rows(encoded_texts(ids)))):
        tokens = framed(text)
        known = [number[token] for token in tokens if token is not None]
        assert rows[: len(known)] == known
        found = [ngram for ngram in naive.ngrams(tokens, limits.word_ngrams) if ngram in chosen]
        if limits.max_ngrams >= len(chosen):
            assert len(rows) == len(known) + len(found)
            for ngram, row in zip(found, rows[len(known) :]):
                assert row >= len(kept) + 2 and rows_of.setdefault(ngram, row) == row
    assert len(set(rows_of.values())) == len(rows_of)


@given(
    texts=st.lists(st.lists(st.sampled_from("abcde"), max_size=8), min_size=1, max_size=12),
    others=st.lists(st.lists(st.sampled_from("abcx"), max_size=6), max_size=4),
    limits=st.builds(
        FeatureLimits, st.integers(1, 4), st.integers(1, 2), st.integers(1, 2), st.sampled_from([0, 3, 1000])
    ),
)
@settings(max_examples=60, deadline=None)
def test_rows_are_words_marks_and_ngrams(texts, others, limits):
    words = [word for text in texts for word in text]
    if words and max(map(words.count, words)) >= limits.min_count:
        check_features(texts, limits, others)


def test_table_of_ngrams_grows(monkeypatch):
    monkeypatch.setattr("wordvec.supervised.features._FIRST_SLOTS", 4)
    rng = np.random.default_rng(3)
    texts = [[str(w) for w in rng.integers(8, size=n)] for n in [*rng.integers(12, size=15), 150]]
    check_features(texts, FeatureLimits(3, 1, 1, 10_000), [["0", "new", "1"]])


def test_most_frequent_ngrams_are_kept():
    texts = [["a", "b"]] * 5 + [["b", "a"]] * 3
    encoded = encoded_texts([[0, 1] if text == ["a", "b"] else [1, 0] for text in texts])
    keys = [select_ngrams(encoded, 2, FeatureLimits(2, 1, 1, n)) for n in (3, 100)]
    assert len(keys[0]) == 3 and len(keys[1]) == 6 and keys[1][:3].tolist() == keys[0].tolist()


def test_texts_without_known_words_get_no_marks():
    marked = with_marks(encoded_texts([[], [-1, 0], [-1], [1]]), 2)
    assert as_lists(marked) == [[], [2, -1, 0, 3], [], [2, 1, 3]]
