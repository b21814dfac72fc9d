"""Batches of labelled sequences: targets, padding, lengths, labels, bad input."""

import re

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from wordvec.transformer.data.labelled_batches import (
    ClassificationBatches,
    Seq2SeqBatches,
    TokenClassificationBatches,
)

from ...tokenizers.support import tokenizer
from .support import BPE, SEQUENCES, WORDPIECE, classification, seq2seq, token_classification


@pytest.mark.smoke
def test_targets_are_shifted_and_padded():
    batches = Seq2SeqBatches([[5, 6], [7]], [[8, 9, 10], [11]], BPE, 2, shuffle=False)
    batch = batches.batch(0)
    end = BPE.eos_token_id
    assert batch["input_ids"].tolist() == [[5, 6], [7, end]]
    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]
    assert batch["decoder_input_ids"].tolist() == [[end, 8, 9, 10], [end, 11, end, end]]
    assert batch["labels"].tolist() == [[8, 9, 10, end], [11, end, -100, -100]]
    bert = Seq2SeqBatches([[5]], [[6]], WORDPIECE, 1, shuffle=False).batch(0)
    assert bert["decoder_input_ids"].tolist() == [[WORDPIECE.cls_token_id, 6]]
    assert bert["labels"].tolist() == [[6, WORDPIECE.sep_token_id]]
    both = Seq2SeqBatches([[5, 6], [7]], [[6], [8]], BPE, 2, shuffle=False, source_tokenizer=WORDPIECE).batch(
        0
    )
    assert both["input_ids"].tolist() == [[5, 6], [7, WORDPIECE.pad_token_id]]
    assert both["labels"].tolist() == [[6, end], [8, end]]


def test_a_run_knows_all_of_its_pairs():
    def hashed(sources, targets):
        return Seq2SeqBatches(sources, targets, BPE, 1, seed=1).data_hash()

    found = {
        hashed([[5, 6], [7]], [[8], [9]]),
        hashed([[5, 6], [7]], [[8], [10]]),
        hashed([[5], [6, 7]], [[8], [9]]),
        hashed([[5, 6], [7]], [[8, 9], [9]]),
    }
    assert len(found) == 4 and hashed([[5, 6], [7]], [[8], [9]]) in found


@pytest.mark.smoke
@pytest.mark.parametrize("make", [seq2seq, classification, token_classification])
def test_an_epoch_holds_each_item_at_most_once(make):
    batches = make()
    rows = []
    for step in range(len(batches)):
        batch = batches.batch(step)
        rows += [
            tuple(ids[mask == 1].tolist()) for ids, mask in zip(batch["input_ids"], batch["attention_mask"])
        ]
    assert len(rows) == 48
    counts = {row: rows.count(row) for row in rows}
    assert all(count <= SEQUENCES.count(list(row)) for row, count in counts.items())
    in_order = make(shuffle=False)
    assert len(in_order) == 9
    last = in_order.batch(8)
    assert len(last["input_ids"]) == 2
    assert last["input_ids"][1, : len(SEQUENCES[49])].tolist() == SEQUENCES[49]


@pytest.mark.smoke
def test_batches_hold_sequences_of_similar_length():
    rng = np.random.default_rng(0)
    sequences = [[7] * n for n in rng.integers(1, 100, 1000)]
    batches = ClassificationBatches(sequences, np.zeros(1000, int), WORDPIECE, 10, seed=1)
    masks = [batches.batch(step)["attention_mask"] for step in range(len(batches))]
    padding = 1 - sum(int(mask.sum()) for mask in masks) / sum(mask.numel() for mask in masks)
    lengths = [mask.shape[1] for mask in masks]
    assert padding < 0.05  # without sorting, 45 %
    assert abs(np.corrcoef(lengths, range(100))[0, 1]) < 0.35  # short and long ones come in random order


def test_labels_keep_their_sequences():
    batch = classification().batch(1)
    lookup = {}
    for sequence, label in zip(SEQUENCES, np.arange(50) % 3):
        lookup.setdefault(tuple(sequence), set()).add(int(label))
    for ids, mask, types, label in zip(*(batch[name] for name in ("input_ids", "attention_mask", "token_type_ids",
                                                                   "labels"))):  # fmt: skip
        assert int(label) in lookup[tuple(ids[mask == 1].tolist())]
        assert types[mask == 1].tolist() == ids[mask == 1].tolist()
        assert types[mask == 0].sum() == 0
    tokens = token_classification().batch(1)
    assert torch.equal(
        tokens["labels"], torch.where(tokens["attention_mask"] == 1, tokens["input_ids"], -100)
    )


def test_kinds_of_labels():
    for labels, dtype in (
        ([0, 1], torch.int64),
        ([0.5, 2], torch.float32),
        ([[0, 1], [1, 1]], torch.float32),
    ):
        batch = ClassificationBatches([[5], [6]], labels, WORDPIECE, 2, shuffle=False).batch(0)
        assert batch["labels"].dtype == dtype
        assert batch["labels"].tolist() == labels


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: ClassificationBatches([[5]], ["a"], WORDPIECE, 1),
            TypeError,
            "must be numbers of the shape",
        ),
        (
            lambda: ClassificationBatches([[5]], [1, 2], WORDPIECE, 1),
            ValueError,
            "one item for each of the 1 sequences. Got 2",
        ),
        (lambda: ClassificationBatches([[]], [1], WORDPIECE, 1), ValueError, "not empty. Got [] at place 0"),
        (lambda: ClassificationBatches(["fox"], [1], WORDPIECE, 1), ValueError, "Got 'fox' at place 0"),
        (
            lambda: ClassificationBatches([[10**6]], [1], WORDPIECE, 1),
            ValueError,
            "Got 1000000 to 1000000 at place 0",
        ),
        (
            lambda: ClassificationBatches([[5]], [1], WORDPIECE, 1, token_type_ids=[[0, 1]]),
            ValueError,
            "token_type_ids parameter of ClassificationBatches must have a list for each sequence, of its length",
        ),
        (
            lambda: TokenClassificationBatches([[5, 6]], [[1]], WORDPIECE, 1),
            ValueError,
            "must be 2 integers. Got int",
        ),
        (
            lambda: Seq2SeqBatches([[5]], [[5], [6]], WORDPIECE, 1),
            ValueError,
            "targets parameter of Seq2SeqBatches must have one item",
        ),
        (lambda: Seq2SeqBatches([], [], WORDPIECE, 1), ValueError, "has 0 pairs, less than a batch"),
        (
            lambda: Seq2SeqBatches([[5]], [[6]], tokenizer("word", special_tokens={"unk": "?"}), 1),
            ValueError,
            "needs an end token, which the tokenizer has not",
        ),
    ],
)
def test_bad_labelled_input(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make()


@pytest.mark.parametrize(("n_source", "n_target", "by_source"), [(40, 6, True), (9, 6, False)])
def test_batches_are_of_like_length_on_the_side_that_costs_more(n_source, n_target, by_source):
    rng = np.random.default_rng(1)
    pairs = [([7] * rng.integers(1, n_source), [7] * rng.integers(1, n_target)) for _ in range(400)]
    batches = Seq2SeqBatches([s for s, _ in pairs], [t for _, t in pairs], BPE, 8, seed=1)
    spread = {"source": 0.0, "target": 0.0}
    for number in range(len(batches)):
        batch = batches.batch(number)
        lengths = {"source": batch["attention_mask"].sum(1), "target": (batch["labels"] >= 0).sum(1)}
        for side, found in lengths.items():
            spread[side] += int(found.max() - found.min())
    mean = {side: total / len(batches) for side, total in spread.items()}
    assert mean["source"] < 2 and (mean["target"] > 1) == by_source
