"""Shards: cut exactly, put together as the formula says, the same bits at any number of threads and in any grouping."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from tests.embeddings.test_fasttext_training import named, options as fasttext_options
from tests.embeddings.test_word2vec_training import zipf_corpus
from wordvec import FastText, Word2Vec
from wordvec.embeddings import shards
from wordvec.embeddings.fasttext_training import FastTextRun, Start
from wordvec.embeddings.sharded_training import ShardedRun
from wordvec.embeddings.shards import Shards, TableSums, cut_tokens, shard_seed
from wordvec.embeddings.word2vec_options import Word2VecOptions
from wordvec.embeddings.word2vec_training import Word2VecRun, new_tables

from .support import text


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch):
    monkeypatch.setattr(shards, "_ROUND_TOKENS", (256, 256))


def new_run(n_shards, n_threads=1, n_tokens=6000, *, kind="Word2Vec", **changes):
    """A sharded run over a text of few words, and what it runs."""
    vocabulary, encoded = zipf_corpus(n_tokens, 80, seed=5)
    vocabulary = named(vocabulary)
    cut = Shards(len(encoded.token_ids), n_shards)
    if kind == "FastText":
        options = fasttext_options(n_shards=n_shards, **changes)
        run = FastTextRun(options, vocabulary, encoded, Start(), n_threads, shards=cut)
    else:
        options = Word2VecOptions.of(
            Word2Vec(
                vector_size=12,
                window=3,
                min_count=1,
                sample=0.02,
                epochs=2,
                n_shards=n_shards,
                random_state=3,
            )
        )
        options = replace(options, **changes)
        tables = new_tables(len(vocabulary), 12, options.seed)
        run = Word2VecRun(options, vocabulary, encoded, tables, n_threads, shards=cut)
    return ShardedRun(run, encoded), encoded


def bits(run):
    return hashlib.sha256(b"".join(tensor.tobytes() for tensor in run.tensors().values())).hexdigest()


@pytest.mark.parametrize("n_shards", [1, 2, 3, 7, 64])
def test_shards_are_the_text(n_shards):
    _, encoded = zipf_corpus(500, 80, seed=5)
    cut = Shards(len(encoded.token_ids), n_shards)
    sentence = np.searchsorted(encoded.starts, np.arange(len(encoded.token_ids)), "right")
    at = 0
    for shard in range(n_shards):
        first, last = cut.bounds(shard)
        piece = cut_tokens(encoded, first, last)
        assert first == at and last - first in (cut.longest, cut.longest - 1)
        assert piece.starts[0] == 0 and piece.starts[-1] == last - first
        np.testing.assert_array_equal(piece.token_ids, encoded.token_ids[first:last])
        # A sentence starts wherever the text changes to another one.
        breaks = np.flatnonzero(np.diff(sentence[first:last])) + 1
        np.testing.assert_array_equal(np.unique(piece.starts[1:-1]), breaks)
        at = last
    assert at == len(encoded.token_ids)
    assert cut.n_tokens_after(10**6, 256) == len(encoded.token_ids)
    assert cut.n_tokens_after(1, 1) == n_shards


@pytest.mark.parametrize("half", [False, True])
def test_a_round_is_the_scaled_sum_of_what_shards_change(half):
    run, encoded = new_run(5, half_exchange=half)
    twin, _ = new_run(5, half_exchange=half)
    whole, replica = run.run, run._replica
    before = whole.tables.copy()
    changes, counts = [], np.zeros(len(before))
    pulls = whole.crowding()[0] * replica.weight(0, 0)
    with ThreadPoolExecutor(1) as pool:
        for shard in range(5):
            piece = cut_tokens(encoded, *replica.shards.bounds(shard))
            whole.run_call(pool, 0, 0, piece, shard_seed(whole.options.seed, shard))
            changes.append(whole.tables - before)
            (touched,) = whole.touched_rows()
            counts[touched] += 1
            # Nothing else was changed.
            assert set(np.flatnonzero(changes[-1].any(axis=1))) <= set(touched)
            whole.tables[:] = before
        twin._train(pool, 0, 0)
    assert len(set(counts)) >= 3
    if half:
        changes = [change.astype(np.float16) for change in changes]
    total = np.sum(changes, axis=0, dtype=np.float64)
    x, k = shards._CURVATURE * pulls, np.maximum(counts, 1)
    expected = total * ((1 - np.exp(-k * x)) / (k * (1 - np.exp(-x))))[:, None]
    np.testing.assert_allclose(twin.run.tables - before, expected, rtol=1e-3, atol=5e-4 if half else 1e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"half_exchange": True},
        {"kind": "FastText"},
        {"kind": "FastText", "is_cbow": True, "position_weights": True},
    ],
    ids=str,
)
def test_same_bits_at_any_number_of_threads(changes):
    found = set()
    for n_threads in (1, 2, 3):
        run, _ = new_run(5, n_threads, **changes)
        assert run.train()
        found.add((bits(run), *run.state.loss_curve))
        # No row was changed that is not in the tables of the next round.
        for table, trained in zip(run._replica.tables, run.run.replicated()):
            np.testing.assert_array_equal(table.table, trained)
    assert len(found) == 1


def test_sums_are_the_same_in_any_order_and_grouping():
    rng = np.random.default_rng(1)
    table = rng.normal(size=(50, 16)).astype(np.float32)
    steps = [rng.normal(scale=0.1, size=(50, 16)).astype(np.float32) for _ in range(6)]
    for step in steps:
        step[rng.random(50) < 0.5] = 0

    def sums_of(order):
        found = TableSums(table.copy(), np.ones(50), 6, 16, half=False)
        with ThreadPoolExecutor(2) as pool:
            for k in order:
                found.copy[:] = table + steps[k]
                found.add(pool, 2, np.flatnonzero(steps[k].any(axis=1)).astype(np.int32))
        return found

    whole = sums_of(range(6)).take(0, 1)
    for groups in ([5, 1], [0, 2, 3], [4]), ([4, 3, 2, 1, 0], [5]):
        parts = [sums_of(group).take(0, 1) for group in groups]
        one, other = sums_of([]), sums_of([])
        expected = one.steps_of([whole], 0, 1, 0.5)
        found = other.steps_of(parts, 0, 1, 0.5)
        for left, right in zip(expected, found):
            np.testing.assert_array_equal(left, right)
    total = np.sum(steps, axis=0, dtype=np.float64)[whole.rows]
    np.testing.assert_allclose(whole.steps / float(one._per_unit), total, atol=6e-7)
    # Nothing is left for the next round.
    assert not other.take(0, 1).rows.size


def test_large_steps_are_cut_and_steps_that_are_not_finite_are_told():
    table = np.zeros((3, 16), np.float32)
    found = TableSums(table, np.ones(3), 4096, 16, half=False)
    with ThreadPoolExecutor(1) as pool:
        for _ in range(4096):
            table[0], table[1] = 1e30, -3
            found.add(pool, 1, np.array([0, 1], np.int32))
        sums = found.take(0, 1)
        np.testing.assert_array_equal(sums.steps / float(found._per_unit), [[8192.0] * 16, [-8192.0] * 16])
        assert found.is_finite
        table[2, 3] = np.nan
        found.add(pool, 1, np.array([2], np.int32))
    assert not found.is_finite


def test_a_run_goes_on_from_any_round():
    whole, _ = new_run(3)
    assert whole.train()
    rounds = []

    def stop(report):
        rounds.append(report.n_done)

    run, _ = new_run(3)
    with ThreadPoolExecutor(1) as pool:
        chunks = run.run_chunks(pool)
        chunk = [next(chunks) for _ in range(3)][-1]
    later, _ = new_run(3)
    later.set_tensors({name: tensor.copy() for name, tensor in run.tensors().items()})
    later.state = replace(run.state)
    assert later.train(on_chunk=stop)
    assert bits(later) == bits(whole)
    assert rounds[0] > chunk.n_items
    assert later.state.loss_curve == whole.state.loss_curve


def test_one_shard_is_no_shard():
    sentences = text(300, seed=2)
    settings = dict(vector_size=8, min_count=2, epochs=2, random_state=4)
    one = Word2Vec(**settings, n_shards=1, exchange="float16").fit(sentences)
    np.testing.assert_array_equal(one.wv_.vectors, Word2Vec(**settings).fit(sentences).wv_.vectors)


@pytest.mark.parametrize("kind", [Word2Vec, FastText])
def test_estimators_learn_in_shards(kind, tmp_path):
    sentences = text(3000, seed=2)
    settings = {"bucket": 500} if kind is FastText else {}
    model = kind(vector_size=8, min_count=2, epochs=4, sample=0, n_shards=4, random_state=4, **settings)
    model.fit(sentences, checkpoint=tmp_path)
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    near = [word for word, _ in model.wv_.most_similar("a3", topn=10)]
    assert sum(word.startswith("a") for word in near) >= 8
    model.save(tmp_path / "model.safetensors")
    loaded = kind.load(tmp_path / "model.safetensors")
    assert loaded.n_shards == 4
    loaded.partial_fit(sentences[:500])
    with pytest.raises(ValueError, match="other run|another run"):
        kind(**{**model.get_params(), "n_shards": 5}).fit(sentences, checkpoint=tmp_path, resume=True)


def test_racing_has_no_shards():
    with pytest.raises(ValueError, match="n_shards parameter of Word2Vec must be 1 in racing mode.* Got 4"):
        Word2Vec(n_shards=4, mode="racing").fit([["a", "b"]] * 9)
    with pytest.raises(ValueError, match="n_shards parameter of Word2Vec must be"):
        Word2Vec(n_shards=0).fit([["a", "b"]] * 9)
