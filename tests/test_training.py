import numpy as np
import pytest
from naive_training import Trainer

from wordvec.corpus import EncodedCorpus
from wordvec.kernels import blocks, cbow
from wordvec.training import Run, TrainingOptions, has_stalled, new_tables, superstep_size
from wordvec.vocabulary import Vocabulary

KINDS = {"full": blocks.WINDOW_FULL, "expected": blocks.WINDOW_EXPECTED, "random": blocks.WINDOW_RANDOM}
COMBINE = {"exact": cbow.MEAN_EXACT, "word2vec": cbow.MEAN_WORD2VEC, "sum": cbow.SUM}


def zipf_corpus(n_tokens, n_words, seed, longest=40):
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, n_words + 1)
    ids = np.concatenate([np.arange(n_words), rng.choice(n_words, n_tokens - n_words, p=weights / weights.sum())])
    rng.shuffle(ids)
    cuts = np.cumsum(rng.integers(0, longest, n_tokens))  # empty sentences too
    starts = np.concatenate([[0], cuts[cuts < n_tokens], [n_tokens]]).astype(np.int64)
    counts = np.bincount(ids)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(n_words, np.int32)
    rank[order] = np.arange(n_words)
    vocabulary = Vocabulary([f"w{k}" for k in range(n_words)], counts[order])
    return vocabulary, EncodedCorpus(rank[ids].astype(np.int32), starts, n_tokens)


def options(**changes):
    values = dict(
        is_cbow=False, vector_size=12, window=3, window_kind=blocks.WINDOW_EXPECTED, negative=5, noise_words=8,
        sample=0.02, ns_exponent=0.75, epochs=2, learning_rate=0.05, min_learning_rate=1e-4,
        combine=cbow.MEAN_EXACT, deterministic=True, seed=7,
    )  # fmt: skip
    return TrainingOptions(**{**values, **changes})


def trained(chosen, vocabulary, encoded, n_threads=1, **callbacks):
    run = Run(chosen, vocabulary, encoded, new_tables(len(vocabulary), chosen.vector_size, chosen.seed), n_threads)
    run.train(**callbacks)
    return run


@pytest.mark.parametrize("kind", ["full", "expected", "random"])
@pytest.mark.parametrize("architecture", ["skipgram", "exact", "word2vec", "sum"])
def test_training_equals_one_pair_at_a_time(architecture, kind):
    """Segments, windows across their borders, partial blocks, repeated words, supersteps, step sizes, loss."""
    vocabulary, encoded = zipf_corpus(1500, 60, seed=3)
    chosen = options(
        is_cbow=architecture != "skipgram", combine=COMBINE.get(architecture, 0), window_kind=KINDS[kind]
    )
    tables = new_tables(60, 12, seed=7)
    rng = np.random.default_rng(1)
    tables[:, :12] = rng.normal(scale=0.3, size=(120, 12))
    naive_tables = tables[:, :12].astype(np.float64)
    run = Run(chosen, vocabulary, encoded, tables, 2)
    assert run.settings.loss_every == 1
    run.train()
    trainer = Trainer(
        encoded.token_ids, encoded.starts, naive_tables,
        keep_below=run.draws.keep_below.tolist(), noise=vocabulary.noise_probabilities(0.75),
        window=3, kind=kind, negative=5, n_noise=8, n_block=run.settings.n_block, n_group=run.settings.n_group,
        n_segments=len(run.chunk.bounds) - 1, segment_tokens=run.segment_tokens, epochs=2, rates=(0.05, 1e-4),
        seed=7, cbow=None if architecture == "skipgram" else architecture,
    )  # fmt: skip
    losses = [trainer.epoch(0), trainer.epoch(1)]
    np.testing.assert_allclose(run.state.loss_curve, losses, rtol=1e-6)
    np.testing.assert_allclose(run.tables[:, :12], naive_tables, atol=2e-5)
    assert not run.tables[:, 12:].any()
