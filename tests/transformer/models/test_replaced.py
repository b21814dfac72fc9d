"""Detection of replaced tokens: the loss by hand, what is drawn, what learns from what, what is saved."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional

from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    MaskedBatches,
    ReplacedTokenDetection,
    TokenCorpus,
    Tokenizer,
    TrainerOptions,
    TransformerConfig,
    from_pretrained,
    train,
)
from wordvec.transformer.models.losses import IGNORED

V = 20


def new_model(**changes):
    config = TransformerConfig.bert(
        V,
        hidden_size=16,
        num_layers=4,
        num_heads=2,
        max_length=12,
        dropout=0.0,
        attention_dropout=0.0,
        **changes,
    )
    return ReplacedTokenDetection(EncoderModel(config, seed=1), seed=2)


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(3)
    ids = torch.randint(1, V, (4, 10), generator=draw)
    chosen = torch.rand(4, 10, generator=draw) < 0.3
    mask = torch.ones(4, 10, dtype=torch.int64)
    mask[0, 7:] = 0
    chosen &= mask.bool()
    return {
        "input_ids": ids.masked_fill(chosen, 0) * mask,
        "labels": torch.where(chosen, ids, IGNORED),
        "attention_mask": mask,
    }


def test_losses_by_hand(batch, monkeypatch):
    model = new_model().eval()
    is_masked = batch["labels"] != IGNORED
    # Half of the generator's draws are the true token.
    drawn = batch["labels"][is_masked].clone()
    drawn[::2] = (drawn[::2] + 1) % V
    monkeypatch.setattr(ReplacedTokenDetection, "_draws", lambda self, hidden: drawn)
    with torch.no_grad():
        losses = model.loss_sum(batch)
    text = batch["input_ids"].clone()
    text[is_masked] = drawn
    logits = model(text, batch["attention_mask"]).logits.detach()
    total = n = 0
    for row in range(4):
        for place in range(10):
            if not batch["attention_mask"][row, place]:
                continue
            is_other = bool(is_masked[row, place]) and text[row, place] != batch["labels"][row, place]
            probability = torch.sigmoid(logits[row, place])
            total -= float(torch.log(probability if is_other else 1 - probability))
            n += 1
    assert float(losses["rtd"][0]) == pytest.approx(total, rel=1e-5)
    assert int(losses["rtd"][1]) == n == 37
    found = model.generator(batch["input_ids"], batch["attention_mask"]).logits
    expected = functional.cross_entropy(
        found[is_masked], batch["labels"][is_masked], reduction="sum"
    ).detach()
    assert float(losses["mlm"][0]) == pytest.approx(float(expected), rel=1e-5)
    assert {name: int(count) for name, count in model.loss_counts(batch).items()} == {
        name: int(count) for name, (_, count) in losses.items()
    }


def test_draws_follow_the_generator():
    model = new_model().eval()
    with torch.no_grad():
        model.generator.predictor.bias.copy_(torch.randn(V, generator=torch.Generator().manual_seed(1)) * 2)
        hidden = torch.randn(1, 16).expand(20_000, 16)
        expected = model.generator.token_logits(hidden[:1]).softmax(-1)[0]
        torch.manual_seed(4)
        drawn = model._draws(hidden)
        torch.manual_seed(4)
        assert torch.equal(model._draws(hidden), drawn)
    share = torch.bincount(drawn, minlength=V) / len(drawn)
    assert float((share - expected).abs().max()) < 4 * (0.25 / len(drawn)) ** 0.5


def test_the_generator_does_not_learn_to_fool(batch):
    model = new_model()
    assert model.generator.body.embeddings.tokens is model.body.embeddings.tokens
    assert len(list(model.generator.body.stack.layers)) == 1
    losses = model.loss_sum(batch)
    losses["rtd"][0].backward()
    own = {id(p) for p in model.body.parameters()} | {id(p) for p in model.detector.parameters()}
    assert all(p.grad is None for p in model.parameters() if id(p) not in own)
    assert all(
        p.grad is not None for name, p in model.body.named_parameters() if not name.startswith("pooler")
    )


def test_what_is_trained_is_a_bert(tmp_path):
    texts = ["one two three four five six seven eight"] * 20 + [
        "eight seven six five four three two one"
    ] * 20
    tokenizer = Tokenizer.train_from_texts(texts, "wordpiece", vocab_size=V)
    corpus = TokenCorpus.from_texts(texts, tokenizer)
    model = new_model()
    batches = MaskedBatches(corpus, tokenizer, 10, 8, seed=1)
    report = train(model, batches, TrainerOptions(steps=60, learning_rate=3e-3, seed=1))
    assert np.mean(report.loss_curve[-5:]) < 0.7 * np.mean(report.loss_curve[:5])
    again = new_model()
    train(again, batches, TrainerOptions(steps=60, learning_rate=3e-3, seed=1))
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


def test_a_decoder_is_refused():
    with pytest.raises(ValueError, match="must be an encoder. Got a DecoderModel"):
        ReplacedTokenDetection(
            DecoderModel(TransformerConfig.gpt(V, hidden_size=8, num_layers=1, num_heads=2))
        )
