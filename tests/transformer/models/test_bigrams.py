"""Embeddings of pairs of tokens: which pair a place has, with padding, caches and beams; files; what they teach."""

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from wordvec.transformer import (
    CausalBatches,
    DecoderModel,
    TokenCorpus,
    Tokenizer,
    TrainerOptions,
    TransformerConfig,
    from_pretrained,
    generate,
    quantize,
    train,
)

V = 30
CONFIG = TransformerConfig.gpt(
    V,
    hidden_size=16,
    num_layers=1,
    num_heads=2,
    max_length=32,
    dropout=0.0,
    attention_dropout=0.0,
    bigram_buckets=97,
)


@pytest.fixture(scope="module")
def model():
    model = DecoderModel(CONFIG, seed=1).eval()
    with torch.no_grad():
        model.bigrams.table.weight.mul_(50.0)  # so that a wrong pair shows
        model.bigrams.projection.weight.mul_(10.0)
    return model


def logits(model, ids, **options):
    with torch.no_grad():
        return model(torch.tensor(ids), **options).logits


def test_a_pair_is_a_row_whatever_stands_around_it(model):
    pairs = torch.randint(V, (400, 2), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found = model.bigrams(pairs[:, 1], pairs[:, 0])
        again = model.bigrams(pairs[:, 1].view(20, 20), pairs[:, 0].view(20, 20)).view(400, 16)
    torch.testing.assert_close(found, again)
    # Pairs and their reverses, and pairs that share a token, are spread over the table.
    rows = {tuple(np.round(row, 5)) for row in found.numpy()}
    n_pairs = len({tuple(pair) for pair in pairs.tolist()})
    expected = 97 * (1 - (1 - 1 / 97) ** n_pairs)
    assert expected - 8 < len(rows) <= 97


def test_the_pair_before_changes_the_prediction(model):
    one, other = logits(model, [[1, 2, 3]]), logits(model, [[4, 2, 3]])
    assert (one[0, 1] - other[0, 1]).abs().max() > 1e-2
    plain = DecoderModel(dataclasses.replace(CONFIG, bigram_buckets=0), seed=1)
    assert model.n_parameters - plain.n_parameters == 97 * 4 + 4 * 16
    assert model.n_parameters == CONFIG.n_parameters


@pytest.mark.parametrize("n_padding", [1, 3])
def test_padding_is_no_neighbour(model, n_padding):
    text = [5, 9, 2, 7]
    mask = torch.tensor([[0] * n_padding + [1] * 4])
    found = logits(model, [[8] * n_padding + text], attention_mask=mask)[:, n_padding:]
    torch.testing.assert_close(found, logits(model, [text]), atol=1e-5, rtol=1e-5)
    right = logits(model, [text + [8] * n_padding], attention_mask=mask.flip(1))[:, :4]
    torch.testing.assert_close(right, logits(model, [text]), atol=1e-5, rtol=1e-5)


def test_a_cache_remembers_the_last_token(model):
    text = [5, 9, 2, 7, 11, 3]
    expected = logits(model, [text])
    for cut in (1, 2, 5):
        cache = model.new_cache(1)
        first = logits(model, [text[:cut]], cache=cache)
        second = logits(model, [text[cut:]], cache=cache)
        torch.testing.assert_close(torch.cat([first, second], 1), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"num_beams": 3}, {"do_sample": True, "seed": 4}])
def test_generation_with_and_without_a_cache(model, options):
    prompts = [[3], [1, 2, 3, 4], [7, 0]]
    found = [generate(model, prompts, max_new_tokens=8, use_cache=use, **options) for use in (True, False)]
    assert [g.token_ids for g in found[0]] == [g.token_ids for g in found[1]]
    alone = [generate(model, [prompt], max_new_tokens=8)[0].token_ids for prompt in prompts]
    together = [g.token_ids for g in generate(model, prompts, max_new_tokens=8)]
    assert alone == together


def test_files_and_int8(model, tmp_path):
    model.save_pretrained(tmp_path)
    loaded = from_pretrained(tmp_path)
    assert loaded.config == CONFIG
    assert torch.equal(logits(loaded.eval(), [[1, 2, 3]]), logits(model, [[1, 2, 3]]))
    assert len(generate(quantize(model), [[1, 2]], max_new_tokens=4)[0].token_ids) == 4


def test_what_follows_what_is_learned_sooner():
    texts = ["a b c a d c b a c d b d " * 4] * 40
    tokenizer = Tokenizer.train_from_texts(texts, "word")
    corpus = TokenCorpus.from_texts(texts, tokenizer)
    losses = []
    for buckets in (0, 200):
        config = dataclasses.replace(CONFIG, vocab_size=tokenizer.vocab_size, bigram_buckets=buckets)
        batches = CausalBatches(corpus, 16, 8, seed=1)
        report = train(DecoderModel(config, seed=1), batches, TrainerOptions(steps=40, learning_rate=5e-3))
        losses.append(np.mean(report.loss_curve[-5:]))
    assert losses[1] < 0.9 * losses[0]


@pytest.mark.parametrize("make", [TransformerConfig.bert, TransformerConfig.original])
def test_only_decoders_have_them(make):
    with pytest.raises(ValueError, match="bigram_buckets .* be 0 for kind="):
        make(V, bigram_buckets=10)
