"""Hybrid pre-training: the losses by hand, what a causal row may see, what is saved."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional

from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    HybridBatches,
    HybridLM,
    MaskedBatches,
    MaskedLM,
    TokenCorpus,
    Tokenizer,
    TrainerOptions,
    TransformerConfig,
    fill_masks,
    from_pretrained,
    train,
)
from wordvec.transformer.models.losses import IGNORED

V = 20


def new_model():
    sizes = {"hidden_size": 16, "num_layers": 2, "num_heads": 2, "max_length": 12}
    return HybridLM(
        EncoderModel(TransformerConfig.bert(V, dropout=0.0, attention_dropout=0.0, **sizes), seed=1), seed=2
    )


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(3)
    ids = torch.randint(1, V, (4, 10), generator=draw)
    labels = torch.randint(1, V, (4, 10), generator=draw)
    labels[torch.rand(4, 10, generator=draw) < 0.5] = IGNORED
    mask = torch.ones(4, 10, dtype=torch.int64)
    mask[0, 7:] = mask[1, 6:] = 0
    labels[mask == 0] = IGNORED
    is_causal = torch.tensor([1, 0, 1, 0])
    return {"input_ids": ids, "next_labels": labels, "attention_mask": mask, "is_causal": is_causal}


def test_losses_by_hand(batch):
    model = new_model().eval()
    with torch.no_grad():
        total, count = model.loss_sum(batch)["loss"]
        expected = 0.0
        for row in range(4):
            n = int(batch["attention_mask"][row].sum())
            ids, is_causal = batch["input_ids"][row : row + 1], bool(batch["is_causal"][row])
            for place in range(n):
                if (label := batch["next_labels"][row, place]) != IGNORED:
                    # A causal row is as if it ended at this place.
                    seen = ids[:, : place + 1] if is_causal else ids[:, :n]
                    hidden = model.body(seen, is_causal=is_causal).last_hidden_state[0, place]
                    expected += float(functional.cross_entropy(model.token_logits(hidden), label))
    assert float(total) == pytest.approx(expected, rel=1e-5)
    assert int(count) == int(model.loss_counts(batch)["loss"]) == int((batch["next_labels"] != IGNORED).sum())


def test_a_causal_row_does_not_see_what_comes(batch):
    body = new_model().eval().body
    ids = batch["input_ids"][2:3]
    changed = ids.clone()
    changed[0, 6] = (ids[0, 6] + 1) % V
    with torch.no_grad():
        for is_causal in (True, False):
            states, others = (body(rows, is_causal=is_causal).last_hidden_state[0] for rows in (ids, changed))
            is_same = [torch.equal(one, other) for one, other in zip(states, others)]
            assert is_same == [is_causal] * 6 + [False] * 4


def test_a_batch_may_have_rows_of_one_kind_alone(batch):
    model = new_model().eval()
    with torch.no_grad():
        whole = model.loss_sum(batch)["loss"]
        parts = []
        for is_causal in (True, False):
            rows = batch["is_causal"] == int(is_causal)
            parts.append(model.loss_sum({name: tensor[rows] for name, tensor in batch.items()})["loss"])
    for found, one, other in zip(whole, *parts):
        torch.testing.assert_close(one + other, found)


@pytest.fixture
def corpus():
    texts = ["one two three four five six seven eight"] * 20
    tokenizer = Tokenizer.train_from_texts(texts, "wordpiece", vocab_size=V)
    return TokenCorpus.from_texts(texts, tokenizer), tokenizer


def test_batches_of_another_task_are_named(corpus):
    body = new_model().body
    decoder = DecoderModel(TransformerConfig.gpt(V, hidden_size=16, num_layers=1, num_heads=2, max_length=12))
    hybrid, masked = (kind(*corpus, 10, 8) for kind in (HybridBatches, MaskedBatches))
    for model, batches, missing in (
        (HybridLM(body), masked, "is_causal"), (MaskedLM(body), hybrid, "labels"), (decoder, hybrid, "labels"),
    ):  # fmt: skip
        with pytest.raises(
            ValueError, match=f"{type(model).__name__} is trained on batches with '{missing}'"
        ):
            train(model, batches, TrainerOptions(steps=2))


def test_it_fills_no_masks(corpus):
    with pytest.raises(TypeError, match="model parameter of fill_masks must be a MaskedLM"):
        fill_masks(new_model(), corpus[1], ["one [MASK] three"])


def test_a_bad_seed_is_named():
    with pytest.raises(TypeError, match="seed parameter of HybridLM"):
        HybridLM(new_model().body, seed="one")


def test_what_is_trained_is_a_bert(tmp_path):
    texts = ["one two three four five six seven eight"] * 20 + [
        "eight seven six five four three two one"
    ] * 20
    tokenizer = Tokenizer.train_from_texts(texts, "wordpiece", vocab_size=V)
    corpus = TokenCorpus.from_texts(texts, tokenizer)
    batches = HybridBatches(corpus, tokenizer, 10, 8, seed=1)
    model, again = new_model(), new_model()
    for trained in (model, again):
        report = train(
            trained, batches, TrainerOptions(steps=120, learning_rate=5e-3, optimizer="muon", seed=1)
        )
    assert np.mean(report.loss_curve[-5:]) < 0.5 * np.mean(report.loss_curve[:5])
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), again.state_dict().values()))
    model.exported.save_pretrained(tmp_path)
    loaded = from_pretrained(tmp_path)
    assert type(loaded) is EncoderModel
    ids = torch.tensor([tokenizer.encode("one two three")])
    with torch.no_grad():
        expected = model.eval().body(ids).last_hidden_state
        torch.testing.assert_close(loaded.eval()(ids).last_hidden_state, expected)
        transformers = pytest.importorskip("transformers")
        theirs = transformers.BertModel.from_pretrained(tmp_path).eval()(ids).last_hidden_state
    torch.testing.assert_close(theirs, expected, atol=1e-5, rtol=1e-5)
