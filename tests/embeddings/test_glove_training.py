"""Training of GloVe: equal to the naive trainer, the same bits at any number of threads."""

import naive_glove as naive
import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings, strategies as st

from wordvec import KeyedVectors
from wordvec._io import spill as _spill
from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.counts.counting import count_cooccurrences
from wordvec.embeddings import glove_training
from wordvec.embeddings.glove import GloVe
from wordvec.embeddings.glove_options import GloVeOptions
from wordvec.kernels import glove

from .support import SMALL, bits, counts_of, digest, new_run, random_counts


@pytest.fixture
def small_groups(monkeypatch):
    """Column groups of two or three words, so that a block has several."""
    monkeypatch.setattr(glove_training, "_GROUP_BYTES", 2 * 8 * SMALL["vector_size"])


# The layout.


def pairs_by_block(run):
    """Rows and columns of the pairs of each (row stripe, column stripe, group), as word ids."""
    layout, found = run.layout, {}
    n_groups = (layout.block_starts.shape[1] - 1) // run.n_stripes
    for stripe in range(run.n_stripes):
        for bucket in range(run.n_stripes * n_groups):
            places = slice(*layout.block_starts[stripe, bucket : bucket + 2])
            rows = layout.order[layout.stripe_starts[stripe] + run.pairs.row[places].astype(int)]
            cols = layout.order[layout.stripe_starts[bucket // n_groups] + run.pairs.col[places].astype(int)]
            found[stripe, bucket // n_groups, bucket % n_groups] = (rows, cols, places)
    return found


def check_layout(run, matrix):
    layout, n_words = run.layout, len(matrix)
    n_groups = (layout.block_starts.shape[1] - 1) // run.n_stripes
    assert sorted(layout.order.tolist()) == list(range(n_words))
    assert layout.stripe_starts[0] == 0 and layout.stripe_starts[-1] == n_words
    sizes = np.diff(layout.stripe_starts)
    assert sizes.min() >= 1 and sizes.max() - sizes.min() <= 1
    seen = np.zeros_like(matrix)
    stripe = np.empty(n_words, np.int64)
    stripe[layout.order] = np.repeat(np.arange(run.n_stripes), sizes)
    last = 0
    for (rows_at, cols_at, group), (rows, cols, places) in pairs_by_block(run).items():
        assert places.start == last <= places.stop
        last = places.stop
        np.add.at(seen, (rows, cols), matrix[rows, cols])
        assert (stripe[rows] == rows_at).all() and (stripe[cols] == cols_at).all()
        assert (layout.bucket[cols] == cols_at * n_groups + group).all()
        np.testing.assert_array_equal(
            run.pairs.log_count[places], np.log(matrix[rows, cols]).astype(np.float32)
        )
        want = [naive.weight(x, run.options.x_max, run.options.weight_exponent) for x in matrix[rows, cols]]
        np.testing.assert_allclose(run.pairs.weight[places], want, rtol=2e-7)
    assert last == run.n_items == np.count_nonzero(matrix)
    np.testing.assert_array_equal(seen, matrix)  # each once: none left out, none twice


@pytest.mark.slow
@given(
    n_words=st.integers(1, 200),
    vector_size=st.integers(1, 300),
    group_words=st.integers(1, 20),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_pair_is_in_one_block(monkeypatch, n_words, vector_size, group_words, seed):
    monkeypatch.setattr(glove_training, "_GROUP_BYTES", group_words * 8 * vector_size)
    matrix = random_counts(n_words, seed)
    run = new_run(counts_of(matrix), vector_size=vector_size, random_state=seed, n_threads=2)
    check_layout(run, matrix)


def test_many_stripes(monkeypatch):
    monkeypatch.setattr(glove_training, "_STRIPE_BYTES", 5 * 8 * SMALL["vector_size"])
    matrix = random_counts(300, 1, density=0.05)
    run = new_run(counts_of(matrix))
    assert run.n_stripes == 60
    check_layout(run, matrix)


def test_stripes_are_never_too_long_for_their_offsets(monkeypatch):
    monkeypatch.setattr(glove_training, "_STRIPE_BYTES", 1 << 40)
    monkeypatch.setattr(glove_training, "_MIN_STRIPES", 1)
    options = GloVeOptions.of(GloVe(vector_size=1))
    for n_words in (1 << 16, (1 << 16) + 1, 200_000):
        layout = glove_training._make_layout(n_words, options)
        assert np.diff(layout.stripe_starts).max() <= 1 << 16
        stripe = np.repeat(np.arange(len(layout.stripe_starts) - 1), np.diff(layout.stripe_starts))
        places = layout.stripe_starts[stripe] + layout.offset[layout.order]
        assert np.array_equal(places, np.arange(n_words))


def test_a_block_changes_only_its_own_rows(small_groups, counts):
    run = new_run(counts)
    before = run.tensors(with_sums=True)
    shift, rows_at = 5, run.n_stripes - 1
    losses = np.zeros(run.n_stripes)
    # All stripes but the last are claimed already.
    claims = np.array([rows_at])
    glove.run_round(run.layout, run.pairs, run.model, shift, np.uint64(1), np.float32(0.05), claims, losses)
    bounds, order = run.layout.stripe_starts, run.layout.order
    for name, stripe in (("word", rows_at), ("context", (rows_at + shift) % run.n_stripes)):
        own = order[bounds[stripe] : bounds[stripe + 1]]
        for kind in ("vectors", "sums", "bias"):
            changed = (run.tensors(with_sums=True)[f"{name}_{kind}"] != before[f"{name}_{kind}"]).any(axis=1)
            assert changed.any() and not np.delete(changed, own).any()
    assert np.flatnonzero(losses).tolist() == [rows_at]


def test_pairs_past_the_budget_are_mapped_and_the_same(counts, monkeypatch):
    opened = []
    temporary_file = _spill.temporary_file
    monkeypatch.setattr(_spill, "temporary_file", lambda: opened.append(temporary_file()) or opened[-1])
    results = []
    for max_memory, n_files in ((12 * counts.nnz, 0), (12 * counts.nnz - 1, 4)):
        opened.clear()
        run = new_run(counts, max_memory=max_memory)
        run.train()
        assert len(opened) == n_files
        results.append(bits(run.tensors(with_sums=True)))
    assert results[0] == results[1]


# Training against the naive trainer.


def naive_trainer(run, matrix):
    layout = run.layout
    n_groups = (layout.block_starts.shape[1] - 1) // run.n_stripes
    place = np.empty(len(matrix), np.int64)
    place[layout.order] = np.arange(len(matrix))
    options = run.options
    slow = naive.Trainer(
        matrix,
        run.tensors(with_sums=True),
        layout.bucket // n_groups,
        layout.bucket % n_groups,
        place,
        x_max=options.x_max,
        exponent=options.weight_exponent,
        rate=float(np.float32(options.learning_rate)),
        seed=options.seed,
    )
    slow.penalty = float(np.float32(options.retrofit_penalty / run.n_stripes))
    if run.targets is not None:
        slow.targets = {int(w): run.targets[w].astype(np.float64) for w in np.flatnonzero(run.is_target)}
    return slow


def in_float64(run, counts):
    """Let a run go on in float64: the kernels take either."""
    run.model = glove.Model(*(array.astype(np.float64) for array in run.model))
    floats = (np.empty(run.n_items), np.empty(run.n_items))
    run.pairs = glove.Pairs(run.pairs.row, run.pairs.col, *floats)
    for stripe in range(run.n_stripes):
        glove.place_pairs(
            counts.starts, counts.col, counts.value, run.layout, stripe,
            run.options.x_max, run.options.weight_exponent, run.pairs,
        )  # fmt: skip


def model_by_word(run):
    """What `tensors` returns, at full precision."""
    size, width, order = run.options.vector_size, run.width, run.layout.order
    found = {}
    for name, table, bias in run._parts():
        for kind, values in (
            ("vectors", table[:, :size]),
            ("sums", table[:, width : width + size]),
            ("bias", bias),
        ):
            found[f"{name}_{kind}"] = np.empty(values.shape)
            found[f"{name}_{kind}"][order] = values
    return found


@pytest.mark.parametrize("penalty", [0.0, 0.7])
@pytest.mark.parametrize("is_double", [True, False])
def test_training_equals_the_naive_trainer(small_groups, penalty, is_double):
    matrix = random_counts(30, 2)
    counts = counts_of(matrix)
    given = KeyedVectors(np.ones((30, 8), np.float32), [str(k) for k in range(30)])
    run = new_run(counts, n_threads=2, epochs=4, retrofit_penalty=penalty, init_vectors=given)
    vectors = np.random.default_rng(3).normal(size=(20, 8)).astype(np.float32)
    run.start_from(np.arange(5, 25), vectors)
    if is_double:
        in_float64(run, counts)
    slow = naive_trainer(run, matrix)
    assert len(slow.blocks) > 60 and slow.n_groups > 1 and bool(slow.targets) == bool(penalty)
    want = [slow.epoch(n) for n in range(4)]
    assert run.train()
    # Rate and penalty are float32 numbers, and so is their product.
    exact = 1e-8 if penalty else 1e-10
    np.testing.assert_allclose(run.state.loss_curve, want, rtol=exact if is_double else 1e-6)
    for name, values in model_by_word(run).items():
        tolerance = dict(rtol=10 * exact, atol=exact) if is_double else dict(rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(values, slow.p[name], err_msg=name, **tolerance)


@pytest.mark.smoke
def test_loss_is_that_of_the_formula(counts):
    # Steps so small that nothing changes: all pairs are taken at the same place.
    model = GloVe(**{**SMALL, "learning_rate": 1e-30, "epochs": 2}).fit_cooccurrence(counts)
    parts = (model.word_vectors_, model.context_vectors_, model.word_biases_, model.context_biases_)
    matrix = counts.to_scipy().toarray()
    want = naive.total_loss(matrix, *(part.astype(np.float64) for part in parts), 5.0, 0.75) / counts.nnz
    np.testing.assert_allclose(model.loss_curve_, [want, want], rtol=1e-6)


def test_loss_has_the_penalty(counts):
    words = counts.vocabulary.index_to_key[:7]
    given = np.random.default_rng(1).normal(size=(7, 8)).astype(np.float32)
    still = {**SMALL, "learning_rate": 1e-30, "epochs": 1}
    curves = [
        GloVe(**still, init_vectors=KeyedVectors(given, words), retrofit_penalty=penalty)
        .fit_cooccurrence(counts)
        .loss_curve_
        for penalty in (0.0, 3.0)
    ]
    assert curves[0] == pytest.approx(curves[1], rel=1e-6)  # it starts at the given vectors
    run = new_run(counts, **still, init_vectors=KeyedVectors(given, words), retrofit_penalty=3.0)
    run.start_from(np.arange(7), given)
    run.targets[:7] += 1
    run.train()
    want = curves[0][0] + 3.0 / 2 * 7 * 8 / counts.nnz
    assert run.state.loss_curve[0] == pytest.approx(want, rel=1e-6)


def test_where_training_starts(counts):
    run = new_run(counts)
    tensors, matrix = run.tensors(with_sums=True), counts.to_scipy().toarray()
    for name, sums in (("word", matrix.sum(axis=1)), ("context", matrix.sum(axis=0))):
        vectors = tensors[f"{name}_vectors"]
        assert np.abs(vectors).max() < 0.5 / 8 and abs(vectors.mean()) < 0.01 and vectors.std() > 0.03
        assert (tensors[f"{name}_sums"] == 1).all() and (tensors[f"{name}_bias"][:, 1] == 1).all()
        want = np.log(sums) - np.log(matrix.sum()) / 2
        np.testing.assert_allclose(tensors[f"{name}_bias"][:, 0], want, rtol=1e-5, atol=1e-6)
    assert not np.array_equal(tensors["word_vectors"], tensors["context_vectors"])


def test_tensors_are_put_back(counts):
    run, other = new_run(counts), new_run(counts)
    run.train()
    other.set_tensors(run.tensors(with_sums=True))
    for mine, theirs in zip(run.model, other.model):
        assert np.array_equal(mine, theirs)


# The same bits.


@pytest.mark.smoke
def test_same_bits_at_any_number_of_threads(small_groups, sentences):
    results = set()
    words = sorted({word for sentence in sentences for word in sentence})[:50]
    given = KeyedVectors(np.full((50, 8), 0.3, np.float32), words)
    for n_threads in (1, 2, 3, 4, 1):
        counts = count_cooccurrences(sentences, window=3, min_count=2)
        run = new_run(counts, n_threads, retrofit_penalty=0.5, init_vectors=given)
        run.start_from(np.arange(50), given.vectors)
        run.train()
        results.add((bits(run.tensors(with_sums=True)), tuple(run.state.loss_curve)))
    assert len(results) == 1


def test_the_seed_decides(sentences, trained):
    assert digest(GloVe(**SMALL, n_jobs=1).fit(sentences)) == digest(trained)
    assert digest(GloVe(**{**SMALL, "random_state": 5}).fit(sentences)) != digest(trained)
    drawn = [GloVe(**{**SMALL, "random_state": None}).fit(sentences) for _ in range(2)]
    assert digest(drawn[0]) != digest(drawn[1])
    assert digest(GloVe(**{**SMALL, "random_state": drawn[0].seed_}).fit(sentences)) == digest(drawn[0])
    state = [GloVe(**{**SMALL, "random_state": np.random.RandomState(3)}).fit(sentences) for _ in range(2)]
    assert digest(state[0]) == digest(state[1])


@pytest.mark.parametrize("window", [3, 10])
def test_scipy_counts_give_the_same_bits(sentences, window, tmp_path):
    counts = count_cooccurrences(sentences, window=window, min_count=2)
    want = digest(GloVe(**SMALL).fit_cooccurrence(counts))
    assert want == digest(GloVe(**{**SMALL, "window": window}).fit(sentences))
    matrix, words = counts.to_scipy(), counts.vocabulary.index_to_key
    shuffled = np.random.default_rng(1).permutation(counts.nnz)
    coo = scipy.sparse.coo_matrix(
        (counts.value[shuffled], (counts.row[shuffled], counts.col[shuffled])), shape=matrix.shape
    )
    for other in (matrix, coo, scipy.sparse.csr_matrix(matrix), coo.tocsc()):
        model = GloVe(**SMALL).fit_cooccurrence(other, vocabulary=words)
        assert digest(model) == want and model.wv_.index_to_key == words
        without = GloVe(**SMALL).fit_cooccurrence(other)
        assert digest(without) == want
        assert without.wv_.index_to_key == [str(k) for k in range(len(words))]
    counts.save(tmp_path / "counts.npz")
    assert digest(GloVe(**SMALL).fit_cooccurrence(Cooccurrence.load(tmp_path / "counts.npz"))) == want


def test_training_starts_from_the_counts_alone(counts):
    # A matrix has its total by floating point, counted text exactly: the last bit may differ. Here more does.
    other = Cooccurrence(counts.starts, counts.col, counts.value, counts.vocabulary)
    other.total *= 1.01
    runs = [new_run(each).tensors(with_sums=True) for each in (counts, other)]
    assert bits(runs[0]) == bits(runs[1])
