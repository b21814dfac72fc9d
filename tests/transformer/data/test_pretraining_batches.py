"""Batches of all kinds: each a pure function of its step; those that predict the next token."""

import re

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from wordvec.transformer.data.batching import generator
from wordvec.transformer.data.pretraining_batches import CausalBatches
from wordvec.transformer.data.token_corpus import TokenCorpus

from ...tokenizers.support import tokenizer
from .support import ALL, BPE_CORPUS, equal, hybrid, masked, pairs, words

# What all have in common


@pytest.mark.smoke
@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("shuffle", [True, False])
def test_a_batch_is_a_function_of_seed_and_step(make, shuffle):
    batches, again = make(shuffle), make(shuffle)
    n = len(batches)
    steps = [0, 1, n - 1, n, 2 * n + 1]
    first = [batches.batch(step) for step in steps]
    # Another object, asked in another order.
    assert all(equal(again.batch(step), batch) for step, batch in reversed(list(zip(steps, first))))
    assert all(equal(batches.batch(step), batch) for step, batch in zip(steps, first))
    other = make(shuffle, seed=4)
    assert equal(other.batch(0), first[0]) == (not shuffle and make not in (masked, words, pairs, hybrid))
    assert all(tensor.dtype == torch.int64 for batch in first for tensor in batch.values())


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(("world", "batch_size"), [(2, 6), (4, 6), (3, 3)])
def test_the_parts_of_all_processes_make_up_the_batch(make, world, batch_size):
    batches = make(batch_size=batch_size)
    for step in (0, len(batches)):
        whole = batches.batch(step)
        parts = [batches.batch(step, rank, world) for rank in range(world)]
        assert equal(whole, {name: torch.cat([part[name] for part in parts]) for name in whole})
        sizes = [len(part["input_ids"]) for part in parts]
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("make", ALL)
def test_bad_steps_and_ranks(make):
    batches = make()
    name = type(batches).__name__
    for arguments, message in (
        ((-1,), f"step parameter of {name}.batch must be an integer of at least 0. Got -1"),
        ((0, 2, 2), f"rank parameter of {name}.batch must be an integer from 0 to 1. Got 2"),
        ((0, 0, 0), f"world parameter of {name}.batch must be an integer of at least 1. Got 0"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            batches.batch(*arguments)
    with pytest.raises(
        ValueError, match=f"Batch 1 of {name} has 6 rows, too few for 7 processes. Make batch_size larger"
    ):
        batches.batch(1, 0, 7)
    with pytest.raises(TypeError, match="step parameter"):
        batches.batch(1.5)
    with pytest.raises(ValueError, match=f"batch_size parameter of {name}"):
        make(batch_size=0)
    with pytest.raises(ValueError, match=f"seed parameter of {name}"):
        make(seed=-1)
    with pytest.raises(ValueError, match=rf"{name} has \d+ .*, less than a batch, which takes 9999"):
        make(batch_size=9999)


def test_draws_of_one_purpose_do_not_depend_on_others():
    assert generator(1, 0, 5).random() == generator(1, 0, 5).random()
    draws = {
        generator(seed, purpose, number).random()
        for seed in (0, 1)
        for purpose in (0, 1)
        for number in (0, 1)
    }
    assert len(draws) == 8


# Causal


@pytest.mark.smoke
@pytest.mark.parametrize("block_size", [3, 16])
def test_an_epoch_holds_each_block_once(block_size):
    batches = CausalBatches(BPE_CORPUS, block_size, 1, seed=5)
    ids = BPE_CORPUS.token_ids.astype(int)
    offsets = set()
    for epoch in range(4):
        rows = [batches.batch(epoch * len(batches) + step) for step in range(len(batches))]
        text = [row["input_ids"][0].tolist() + row["labels"][0, -1:].tolist() for row in rows]
        assert all(torch.equal(row["input_ids"][0, 1:], row["labels"][0, :-1]) for row in rows)
        # Blocks of this small text are nearly all different, and stand one behind the other from the offset on.
        offset = next(
            k
            for k in range(block_size)
            if sorted(text)
            == sorted(ids[k + b * block_size :][: block_size + 1].tolist() for b in range(len(batches)))
        )
        offsets.add(offset)
        assert text != sorted(text)
    assert len(offsets) > 1
    assert len(ids) - 2 * block_size < len(batches) * block_size < len(ids)


def test_blocks_in_order_cover_the_text():
    batches = CausalBatches(BPE_CORPUS, 16, 5, shuffle=False)
    rows = torch.cat([batches.batch(step)["labels"] for step in range(len(batches))])
    n = (BPE_CORPUS.n_tokens - 1) // 16
    assert rows.shape == (n, 16)
    assert rows.flatten().tolist() == BPE_CORPUS.token_ids[1 : n * 16 + 1].tolist()
    assert equal(batches.batch(len(batches)), batches.batch(0))


def test_a_corpus_of_one_block():
    corpus = TokenCorpus.from_texts(["aa"], tokenizer("char"))
    assert corpus.n_tokens == 4
    assert CausalBatches(corpus, 3, 1, shuffle=False).batch(0)["labels"].tolist() == [
        corpus.token_ids[1:].tolist()
    ]
    with pytest.raises(
        ValueError, match="CausalBatches has 0 blocks of 4 tokens, less than a batch, which takes 1"
    ):
        CausalBatches(corpus, 4, 1, shuffle=False)
