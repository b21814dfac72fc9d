"""Training of skip-gram and CBOW: equal to one pair at a time, without divergence."""

import numpy as np
import pytest
from naive_training import Trainer
from numba import njit

from wordvec._utils.loops import has_stalled
from wordvec.embeddings.word2vec_training import (
    Word2VecOptions,
    Word2VecRun,
    new_tables,
    superstep_size,
    without_padding,
)
from wordvec.kernels import threads
from wordvec.kernels.word2vec import blocks, cbow, supersteps
from wordvec.text.corpus import EncodedCorpus
from wordvec.text.vocabulary import Vocabulary

KINDS = {"full": blocks.WINDOW_FULL, "expected": blocks.WINDOW_EXPECTED, "random": blocks.WINDOW_RANDOM}
COMBINE = {"exact": cbow.MEAN_EXACT, "word2vec": cbow.MEAN_WORD2VEC, "sum": cbow.SUM}


def zipf_corpus(n_tokens, n_words, seed, longest=40):
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, n_words + 1)
    ids = np.concatenate(
        [np.arange(n_words), rng.choice(n_words, n_tokens - n_words, p=weights / weights.sum())]
    )
    rng.shuffle(ids)
    cuts = np.cumsum(rng.integers(0, longest, n_tokens))  # empty sentences too
    starts = np.concatenate([[0], cuts[cuts < n_tokens], [n_tokens]]).astype(np.int64)
    counts = np.bincount(ids)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(n_words, np.int32)
    rank[order] = np.arange(n_words)
    vocabulary = Vocabulary([f"w{k}" for k in range(n_words)], counts[order])
    return vocabulary, EncodedCorpus(rank[ids].astype(np.int32), starts, n_tokens)


def with_bursts(vocabulary, encoded, n_bursts, length, seed=5):
    """The same text with places where one word is repeated, another one at each."""
    rng = np.random.default_rng(seed)
    ids, n_words = encoded.token_ids.copy(), len(vocabulary)
    for first in rng.choice(len(ids) - length, n_bursts):
        ids[first : first + length] = rng.integers(n_words // 20, n_words)
    counts = np.maximum(1, np.bincount(ids, minlength=n_words))
    return Vocabulary(vocabulary.index_to_key, counts), EncodedCorpus(ids, encoded.starts, len(ids))


def options(**changes):
    values = dict(
        is_cbow=False, vector_size=12, window=3, window_kind=blocks.WINDOW_EXPECTED, negative=5, shared_negatives=8,
        sample=0.02, ns_exponent=0.75, epochs=2, learning_rate=0.05, min_learning_rate=1e-4,
        combine=cbow.MEAN_EXACT, deterministic=True, seed=7,
    )  # fmt: skip
    return Word2VecOptions(**{**values, **changes})


def trained(chosen, vocabulary, encoded, n_threads=1, rates=None, **callbacks):
    tables = new_tables(len(vocabulary), chosen.vector_size, chosen.seed)
    run = Word2VecRun(chosen, vocabulary, encoded, tables, n_threads, rates)
    run.train(**callbacks)
    return run


@pytest.mark.parametrize("kind", ["full", "expected", "random"])
@pytest.mark.parametrize("architecture", ["skipgram", "exact", "word2vec", "sum"])
def test_training_equals_one_pair_at_a_time(architecture, kind):
    """Segments, windows across their borders, partial blocks, repeated words, supersteps, learning rates, loss."""
    check_against_naive(architecture, kind)


@pytest.mark.parametrize("mode", ["deterministic", "racing"])
@pytest.mark.parametrize(("architecture", "kind"), [("skipgram", "expected"), ("exact", "random")])
def test_training_with_rates_of_rows_equals_one_pair_at_a_time(architecture, kind, mode):
    rates = np.random.default_rng(2).uniform(0.0, 1.0, 120).astype(np.float32)
    rates[::7] = 0.0
    check_against_naive(architecture, kind, mode, rates)


def strata_of(noise):
    """The tables of the draws as the naive trainer reads them; test_word2vec_kernels.py says that they are right."""
    bounds = [int(start) for start in noise.cell_starts]
    cells = [(int(cell) % 2**32, int(cell) >> 32) for cell in noise.cells]
    return [(int(word), cells[a:b]) for word, a, b in zip(noise.first_word, bounds, bounds[1:])]


def check_against_naive(architecture, kind, mode="deterministic", rates=None):
    vocabulary, encoded = with_bursts(*zipf_corpus(1500, 60, seed=3), n_bursts=2, length=60)
    is_racing = mode == "racing"
    chosen = options(
        is_cbow=architecture != "skipgram",
        combine=COMBINE.get(architecture, 0),
        window_kind=KINDS[kind],
        deterministic=not is_racing,
    )
    tables = new_tables(60, 12, seed=7)
    rng = np.random.default_rng(1)
    tables[:, :12] = rng.normal(scale=0.3, size=(120, 12))
    naive_tables = tables[:, :12].astype(np.float64)
    start = tables.copy()
    run = Word2VecRun(chosen, vocabulary, encoded, tables, 1 if is_racing else 2, rates)
    assert run.settings.loss_every == 1
    run.train()
    if rates is not None:
        assert np.array_equal(run.tables[rates == 0], start[rates == 0])
    # The pairs of a whole window: 6, or on average 4; the mean of a context counts as one pair.
    pairs = 1 if architecture == "exact" else {"full": 6, "expected": 4, "random": 4}[kind]
    trainer = Trainer(
        encoded.token_ids, encoded.starts, naive_tables,
        keep_below=run.draws.keep_below.tolist(), strata=strata_of(run.draws.noise),
        window=3, kind=kind, negative=5, n_negatives=8, n_block=run.settings.n_block, n_group=run.settings.n_group,
        # One racing thread takes one block after the other.
        n_segments=1 if is_racing else len(run.chunk.bounds) - 1, segment_tokens=run.segment_tokens, epochs=2,
        rates=(0.05, 1e-4), rate_bound=4.0 / ((5 + 1) * pairs), seed=7,
        cbow=None if architecture == "skipgram" else architecture, row_rates=1.0 if rates is None else rates,
    )  # fmt: skip
    losses = [trainer.epoch(0), trainer.epoch(1)]
    n_blocks = run.chunk.repeats.size * 2 * -(-len(encoded.token_ids) // run.chunk_tokens)
    assert 0 < trainer.n_bounded < n_blocks / 2
    np.testing.assert_allclose(run.state.loss_curve, losses, rtol=1e-6)
    np.testing.assert_allclose(run.tables[:, :12], naive_tables, atol=2e-5)
    assert not run.tables[:, 12:].any()


@pytest.mark.parametrize("has_rates", [False, True])
@pytest.mark.parametrize("is_cbow", [False, True])
def test_same_bits_at_any_number_of_threads(is_cbow, has_rates):
    """More threads than cores, too: the threads are not clamped here."""
    vocabulary, encoded = zipf_corpus(60_000, 2000, seed=5)
    chosen = options(is_cbow=is_cbow, vector_size=20, sample=1e-3, epochs=1)
    rates = np.linspace(0, 1, 4000, dtype=np.float32) if has_rates else None
    runs = [trained(chosen, vocabulary, encoded, n_threads, rates) for n_threads in (1, 2, 3, 8)]
    for run in runs[1:]:
        assert np.array_equal(run.tables, runs[0].tables)
        assert run.state == runs[0].state


@pytest.mark.parametrize("n_segments", [1, 2, 7, 16])
@pytest.mark.parametrize("n_threads", [1, 2, 3, 8])
def test_segments_are_claimed_once_and_their_successors_exist(n_threads, n_segments):
    claims = np.zeros((1, n_threads * threads.CLAIM_STRIDE), np.int64)
    claimed = []
    for turn in range(2 * n_segments + n_threads):
        thread = (
            turn * turn % n_threads
        )  # some threads come more often, and take what others have not come to
        q = _claim(claims, n_segments, thread, n_threads)
        if q == n_segments:
            continue
        claimed.append(q)
        first, last = thread * n_segments // n_threads, (thread + 1) * n_segments // n_threads
        next_q, next_s = supersteps.following(q, 5, first, last)
        assert 0 <= next_q < n_segments
        assert (next_q, next_s) == ((q + 1, 5) if first <= q < last - 1 else (first, 6))
    assert sorted(claimed) == list(range(n_segments))


@njit
def _claim(claims, n_items, thread, n_threads):
    return threads.claim_near(claims, 0, n_items, thread, n_threads)


@pytest.mark.smoke
def test_another_seed_gives_another_result():
    vocabulary, encoded = zipf_corpus(3000, 100, seed=5)
    first, second = (trained(options(seed=seed), vocabulary, encoded).tables for seed in (1, 2))
    assert not np.array_equal(first, second)


@pytest.mark.slow
def test_racing_learns_as_well():
    vocabulary, encoded = zipf_corpus(30_000, 500, seed=5)
    losses = [
        trained(options(deterministic=mode, sample=1e-3), vocabulary, encoded, 2).state.loss_curve[-1]
        for mode in (True, False)
    ]
    # 20 runs gave differences of at most 0.01.
    assert losses[0] == pytest.approx(losses[1], abs=0.05)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:With this text, window and negative")
@pytest.mark.parametrize("n_words", [1, 2, 7])
@pytest.mark.parametrize("is_cbow", [False, True])
@pytest.mark.parametrize("deterministic", [False, True])
def test_tiny_vocabularies_do_not_diverge(n_words, is_cbow, deterministic):
    """All words of a superstep are the same few: without the guard their summed steps overshoot."""
    vocabulary, encoded = zipf_corpus(20_000, n_words, seed=1)
    chosen = options(is_cbow=is_cbow, sample=0.0, epochs=3, learning_rate=0.1, deterministic=deterministic)
    run = trained(chosen, vocabulary, encoded, 2)
    assert np.abs(run.tables).max() < 20
    # With one word true pairs and noise pull at the same pair; nothing is to be learned.
    assert run.state.loss_curve[-1] <= run.state.loss_curve[0] + 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("n_bursts", "length"), [(20, 500), (6, 3000)])
@pytest.mark.parametrize("is_cbow", [False, True])
@pytest.mark.parametrize("deterministic", [False, True])
def test_repeated_words_do_not_diverge(n_bursts, length, is_cbow, deterministic):
    """All words of a superstep are the same in some places, though in the whole text none is frequent."""
    vocabulary, encoded = with_bursts(*zipf_corpus(60_000, 2000, seed=5, longest=4000), n_bursts, length)
    chosen = options(
        is_cbow=is_cbow, deterministic=deterministic, sample=0.01, window=5, shared_negatives=24, epochs=5,
        learning_rate=0.1 if is_cbow else 0.05,
    )  # fmt: skip
    run = trained(chosen, vocabulary, encoded, 2)
    assert np.linalg.norm(run.tables, axis=1).max() < 15
    # Racing runs differ: 40 on idle cores fell by .35 to .71, one beside other work by .25.
    assert run.state.loss_curve[-1] < run.state.loss_curve[0] - 0.1


def test_superstep_shrinks_as_words_crowd():
    assert superstep_size(0.035, 0.4) == (16, 32, 0.035)
    sizes = [superstep_size(0.035, crowding) for crowding in (0.4, 2, 20, 200)]
    assert [a * b for a, b, _ in sizes] == sorted((a * b for a, b, _ in sizes), reverse=True)
    assert sizes[-1] == (1, 2, 0.005)


def test_divergence_raises():
    vocabulary, encoded = zipf_corpus(3000, 100, seed=5)
    tables = new_tables(100, 12, 0)
    tables[5, 3] = np.nan
    with pytest.raises(FloatingPointError, match="diverged in epoch 1.*learning_rate"):
        Word2VecRun(options(), vocabulary, encoded, tables, 1).train()


def test_loss_on_other_text_changes_nothing():
    vocabulary, encoded = zipf_corpus(4000, 100, seed=5)
    _, held_out = zipf_corpus(2000, 100, seed=6)
    run = trained(options(), vocabulary, encoded)
    before = run.tables.copy()
    losses = [run.loss(held_out) for _ in range(2)]
    assert losses[0] == losses[1] and 1 < losses[0] < 6
    assert np.array_equal(run.tables, before)
    random_tables = Word2VecRun(options(), vocabulary, encoded, new_tables(100, 12, 1), 1)
    assert losses[0] < random_tables.loss(held_out)


def test_has_stalled():
    assert not has_stalled([3, 2, 1], 1)
    assert not has_stalled([3, 2, 2.5], None)
    assert has_stalled([3, 2, 2.5], 1)
    assert not has_stalled([3, 2, 2.5], 2)
    assert has_stalled([3, 2, 2.5, 2.0], 2)


def test_without_padding():
    tables = np.arange(2 * 5000 * 24, dtype=np.float32).reshape(2 * 5000, 24)
    want = tables[:, :20].copy()
    got = without_padding(tables, 20)
    assert np.array_equal(got, want)
    assert got.flags.c_contiguous and got.base is not None
