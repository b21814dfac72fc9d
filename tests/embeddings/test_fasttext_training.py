"""Training with character n-grams: equal to whole words whose steps are handed on, at any number of threads."""

import numpy as np
import pytest
from naive_ngrams import NGramTrainer, rows_of

from tests.embeddings.test_word2vec_training import COMBINE, KINDS, strata_of, with_bursts, zipf_corpus
from wordvec.embeddings import fasttext_training
from wordvec.embeddings.fasttext_options import FastTextOptions
from wordvec.embeddings.fasttext_training import FastTextRun, Start, rows_in_use
from wordvec.kernels.word2vec import cbow
from wordvec.text.vocabulary import Vocabulary


def options(**changes):
    values = dict(
        is_cbow=False, vector_size=12, window=3, window_kind=KINDS["expected"], negative=5, shared_negatives=8,
        sample=0.02, ns_exponent=0.75, epochs=2, learning_rate=0.05, min_learning_rate=1e-4,
        combine=cbow.MEAN_EXACT, deterministic=True, seed=7, min_n=2, max_n=3, bucket=40, hash_count=0,
        position_weights=False,
    )  # fmt: skip
    return FastTextOptions(**{**values, **changes})


def named(vocabulary):
    """The vocabulary with words that share n-grams."""
    words = [f"{'abc'[k % 3]}{'xyz'[k % 2]}é{k // 5}{'日本'[k % 2]}" for k in range(len(vocabulary))]
    assert len(set(words)) == len(words)
    return Vocabulary(words, vocabulary.counts)


@pytest.mark.parametrize("mode", ["deterministic", "racing"])
@pytest.mark.parametrize(
    ("architecture", "kind", "has_weights"),
    [
        ("skipgram", "expected", False),
        ("exact", "random", False),
        ("exact", "full", True),
        ("sum", "random", True),
        ("word2vec", "expected", True),
    ],
)
@pytest.mark.parametrize("has_rates", [False, True])
def test_training_equals_whole_words_whose_steps_are_handed_on(
    architecture, kind, has_weights, mode, has_rates, monkeypatch
):
    n_words, size, bucket, round_steps = 60, 12, 40, 3
    monkeypatch.setattr(fasttext_training, "ROUND_STEPS", round_steps)
    monkeypatch.setattr(fasttext_training, "OWN_ROUND_STEPS", round_steps)
    monkeypatch.setattr(fasttext_training, "MAX_NGRAM_CROWDING", 1e3)
    monkeypatch.setattr(fasttext_training, "POSITION_AMPLIFICATION", 1.0)
    vocabulary, encoded = with_bursts(*zipf_corpus(1500, n_words, seed=3), n_bursts=2, length=60)
    vocabulary = named(vocabulary)
    is_racing = mode == "racing"
    chosen = options(
        is_cbow=architecture != "skipgram",
        combine=COMBINE.get(architecture, 0),
        window_kind=KINDS[kind],
        deterministic=not is_racing,
        position_weights=has_weights,
    )
    rng = np.random.default_rng(1)
    rows = rng.normal(scale=0.3, size=(n_words + bucket, size)).astype(np.float32)
    output = rng.normal(scale=0.3, size=(n_words, size)).astype(np.float32)
    rates = np.linspace(0, 1, 2 * n_words, dtype=np.float32) if has_rates else None
    weights = rng.normal(1, scale=0.5, size=(6, size)).astype(np.float32) if has_weights else None
    start = Start(output, rows.copy(), positions=weights)
    run = FastTextRun(chosen, vocabulary, encoded, start, 1 if is_racing else 2, rates)
    run.train()
    rows_of_words = [
        rows_of(word, k, n_words, 2, 3, bucket) for k, word in enumerate(vocabulary.index_to_key)
    ]
    trainer = NGramTrainer(
        encoded.token_ids, encoded.starts, np.concatenate([np.zeros((n_words, size)), output]),
        rows=rows.astype(np.float64), rows_of_words=rows_of_words, round_steps=round_steps,
        word_rates=1.0 if rates is None else rates[:n_words],
        keep_below=run.draws.keep_below.tolist(), strata=strata_of(run.draws.noise),
        window=3, kind=kind, negative=5, n_negatives=8, n_block=run.settings.n_block, n_group=run.settings.n_group,
        n_segments=1 if is_racing else len(run.chunk.bounds) - 1, segment_tokens=run.segment_tokens, epochs=2,
        rates=(0.05, 1e-4), rate_bound=4.0 / ((5 + 1) * (1 if architecture == "exact" else 4)), seed=7,
        cbow=None if architecture == "skipgram" else architecture,
        positions=np.insert(weights.astype(np.float64), 3, 1, axis=0) if has_weights else None,
    )  # fmt: skip
    losses = [trainer.epoch(0), trainer.epoch(1)]
    np.testing.assert_allclose(run.state.loss_curve, losses, rtol=1e-5)
    found = run.tensors()
    used = np.zeros(len(rows), bool)
    used[run.used] = True
    assert not found["rows"][~used].any()
    np.testing.assert_allclose(found["rows"][used], trainer.rows[used], atol=5e-5)
    np.testing.assert_allclose(found["output"], trainer.tables[n_words:], atol=5e-5)
    assert ("positions" in found) == has_weights
    if has_weights:
        np.testing.assert_allclose(found["positions"], np.delete(trainer.positions, 3, axis=0), atol=5e-5)


@pytest.mark.parametrize(("is_cbow", "has_weights"), [(False, False), (True, False), (True, True)])
def test_same_bits_at_any_number_of_threads(is_cbow, has_weights):
    vocabulary, encoded = zipf_corpus(60_000, 2000, seed=5)
    chosen = options(
        is_cbow=is_cbow,
        vector_size=20,
        sample=1e-3,
        epochs=1,
        bucket=3000,
        max_n=4,
        position_weights=has_weights,
    )
    found = []
    for n_threads in (1, 2, 3, 8):
        run = FastTextRun(chosen, named(vocabulary), encoded, Start(), n_threads)
        run.train()
        found.append((run.tensors(), run.state))
    for tensors, state in found[1:]:
        assert state == found[0][1]
        assert all(np.array_equal(tensors[name], found[0][0][name]) for name in tensors)


@pytest.mark.filterwarnings("ignore:With this text")
def test_a_word_of_more_ngrams_than_are_gathered():
    vocabulary, encoded = zipf_corpus(400, 20, seed=5)
    words = [*vocabulary.index_to_key[:-1], "x" * 9000]
    long = Vocabulary(words, vocabulary.counts)
    run = FastTextRun(options(epochs=1, bucket=50), long, encoded, Start(), 2)
    run.train()
    rows = run.tensors()["rows"]
    assert np.isfinite(rows).all()
    assert rows[19].any()


def test_rows_in_use():
    numbers, starts = np.array([0, 5, 1, 5, 7, 2], np.int32), np.array([0, 2, 5, 6])
    used, places = rows_in_use(numbers, starts, np.array([10, 5, 1]))
    assert used.tolist() == [5, 0, 1, 7, 2]
    assert used[places].tolist() == numbers.tolist()
