"""Hybrid batches: which rows are causal, the labels of both kinds, the same batch in parts, bad values."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from wordvec.transformer import HybridBatches, MaskedBatches
from wordvec.transformer.data.batching import IGNORED

from .support import CORPUS, WORDPIECE


def batches(batch_size=8, **options):
    return HybridBatches(CORPUS, WORDPIECE, 24, batch_size, seed=3, **options)


def test_labels_are_the_tokens_that_come_next():
    plain = MaskedBatches(CORPUS, WORDPIECE, 24, 8, seed=3, mask_fraction=0.3)
    for step in range(3):
        masked, batch = plain.batch(step), batches().batch(step)
        text = torch.where(masked["labels"] == IGNORED, masked["input_ids"], masked["labels"])
        assert batch["is_causal"].tolist() == [0, 1, 1, 1] * 2
        for row, is_causal in enumerate(batch["is_causal"].tolist()):
            for place in range(24):
                is_last = (
                    place >= 22
                )  # the special token at the end is not predicted, and nothing comes after it
                if is_causal:
                    assert batch["input_ids"][row, place] == text[row, place]
                    expected = IGNORED if is_last else int(text[row, place + 1])
                else:
                    assert batch["input_ids"][row, place] == masked["input_ids"][row, place]
                    expected = IGNORED if place == 23 else int(masked["labels"][row, place + 1])
                assert batch["next_labels"][row, place] == expected


@pytest.mark.parametrize(("fraction", "n_causal"), [(0.0, 0), (0.5, 12), (0.75, 18), (0.9, 21), (1.0, 24)])
@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_share_of_causal_rows(fraction, n_causal, batch_size):
    made = batches(batch_size, causal_fraction=fraction)
    assert sum(int(made.batch(step)["is_causal"].sum()) for step in range(24 // batch_size)) == n_causal


def test_parts_of_processes_are_the_whole_batch():
    whole = batches().batch(1)
    parts = [batches().batch(1, rank, 4) for rank in range(4)]
    for name, tensor in whole.items():
        assert torch.equal(torch.cat([part[name] for part in parts]), tensor)
    assert all(0 < part["is_causal"].sum() < 2 for part in parts[::2])


def test_words_are_masked_whole():
    batch = batches(whole_word=True, causal_fraction=0.0).batch(0)
    targets = batch["next_labels"].numpy()
    chosen = np.pad(targets[:, :-1] != IGNORED, ((0, 0), (1, 0)))
    text = np.where(chosen, np.pad(targets[:, :-1], ((0, 0), (1, 0))), batch["input_ids"].numpy())
    starts = WORDPIECE.word_starts(text)
    inside = ~starts[:, 1:] & ~WORDPIECE.is_special[text[:, 1:]]
    assert inside.any() and (chosen[:, 1:] == chosen[:, :-1])[inside].all()


def test_bad_values_are_named():
    for value in (-0.1, 1.5, "all"):
        with pytest.raises((TypeError, ValueError), match="causal_fraction parameter of HybridBatches"):
            batches(causal_fraction=value)
    with pytest.raises(
        ValueError, match="block_size parameter of HybridBatches must be an integer of at least 3"
    ):
        HybridBatches(CORPUS, WORDPIECE, 2, 4)
