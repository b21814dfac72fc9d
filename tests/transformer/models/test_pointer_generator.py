"""The encoder-decoder that copies: against token-by-token NumPy, finite differences, with cache, beams and files."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from wordvec.transformer import (
    EncoderDecoderModel,
    PointerGenerator,
    TransformerConfig,
    from_pretrained,
    generate,
    quantize,
)
from wordvec.transformer.models.pretrained.plan import check_loads

from ...reference import naive_copying
from ..generation.support import EOS, PROMPTS, V, ids, randomised

SIZES = {
    "hidden_size": 16, "num_layers": 2, "num_heads": 2, "max_length": 48, "dropout": 0.0, "attention_dropout": 0.0,
    "bos_token_id": 1, "eos_token_id": EOS, "pad_token_id": 0, "norm": "pre",
}  # fmt: skip
SOURCES = [[3, 9, 3, 14, EOS], [20, 2, EOS]]
TARGETS = [[1, 3, 9, 17], [1, 20, 20]]


def model_of(coverage=0.0, label_smoothing=0.0, **changes):
    config = TransformerConfig.original(V, **(SIZES | changes))
    return randomised(PointerGenerator(config, 0, label_smoothing, coverage))


def batch():
    """Return two pairs, the second of which is padded on both sides."""

    def table(rows, fill):
        width = max(map(len, rows))
        return torch.tensor([row + [fill] * (width - len(row)) for row in rows])

    labels = [[*row[1:], EOS] for row in TARGETS]
    return {
        "input_ids": table(SOURCES, 0),
        "attention_mask": table([[1] * len(row) for row in SOURCES], 0),
        "decoder_input_ids": table(TARGETS, 0),
        "labels": table(labels, -100),
    }


def naive(model, row):
    """Return P and the attention of a row by the naive reference."""
    source, target = torch.tensor([SOURCES[row]]), torch.tensor([TARGETS[row]])
    with torch.no_grad():
        memory = model.encode(source)
        # The decoder below the head is tested against PyTorch's.
        output = EncoderDecoderModel.decode(model, target, memory)
    weights = {name: tensor.numpy().astype(np.float64) for name, tensor in model.state_dict().items()}
    return naive_copying.mixtures(
        output.last_hidden_state[0].numpy(),
        output.hidden_states[0][0].numpy(),
        memory[0].numpy(),
        SOURCES[row],
        TARGETS[row],
        weights,
        SIZES["bos_token_id"],
    )


@torch.no_grad()
def test_probabilities_and_losses_are_those_token_by_token():
    model, given = model_of(coverage=0.7), batch()
    output = model(given["input_ids"], given["attention_mask"], given["decoder_input_ids"])
    total, repeated = 0.0, 0.0
    for row, target in enumerate(TARGETS):
        want, attentions = naive(model, row)
        np.testing.assert_allclose(output.logits[row, : len(target)].exp(), want, atol=1e-5)
        np.testing.assert_allclose(want.sum(1), 1.0)
        labels = [*target[1:], EOS]
        total -= sum(math.log(want[place, label]) for place, label in enumerate(labels))
        repeated += naive_copying.coverage_loss(attentions)
    loss, count = model.loss_sum(given)["loss"]
    assert int(count) == 7 and float(loss) == pytest.approx(total, rel=1e-5)
    model.train()
    assert float(model.loss_sum(given)["loss"][0]) == pytest.approx(total + 0.7 * repeated, rel=1e-5)
    model.coverage, model.label_smoothing = 0.0, 0.1
    log_written = model.project(output.last_hidden_state).log_softmax(-1)
    spread = -sum(float(log_written[row, : len(t)].mean(-1).sum()) for row, t in enumerate(TARGETS))
    assert float(model.loss_sum(given)["loss"][0]) == pytest.approx(0.9 * total + 0.1 * spread, rel=1e-5)


@pytest.mark.parametrize("smooth", [0.0, 0.2])
def test_gradients_in_float64(smooth):
    model = model_of(coverage=0.3, label_smoothing=smooth, hidden_size=8, num_layers=1).double().train()
    names, given = list(dict(model.named_parameters())), batch()

    class Loss(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self):
            return self.model.loss_sum(given)["loss"][0]

    holder = Loss()

    def loss(*values):
        return torch.func.functional_call(holder, {f"model.{n}": v for n, v in zip(names, values)}, ())

    values = tuple(p.detach().requires_grad_() for p in model.parameters())
    assert torch.autograd.gradcheck(loss, values, fast_mode=True)
    # A label that the source does not hold, and one that stands there twice.
    (gradient,) = torch.autograd.grad(holder(), [model.copy_gate.weight])
    assert gradient.isfinite().all() and gradient.abs().max() > 0


@pytest.mark.smoke
def test_cache_and_padding_change_nothing():
    model = model_of()
    source, target = torch.tensor([[3, 9, 3, 14, 7, 5, 2]] * 2), torch.tensor([[1, 3, 9, 17], [1, 8, 2, 2]])
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    want = model(source, mask, target).logits
    assert (want[1:] - model(source[1:, :4], None, target[1:]).logits).abs().max() < 1e-5
    memory, cache = model.encode(source, mask), model.new_cache(2)
    parts = [
        model.decode(target[:, place : place + 1], memory, mask, None, cache, source).logits
        for place in range(4)
    ]
    assert (torch.cat(parts, 1) - want).abs().max() < 1e-5
    with pytest.raises(ValueError, match="source_ids are missing"):
        model.decode(target, memory)


@pytest.mark.parametrize("options", [{}, {"num_beams": 3}, {"num_beams": 4, "no_repeat_ngram_size": 2},
                                     {"no_repeat_ngram_size": 1}, {"do_sample": True, "seed": 3}])  # fmt: skip
def test_generation_with_a_cache_is_that_of_full_passes(options):
    model = model_of()
    sources = [prompt + [6] for prompt in PROMPTS]
    found = generate(model, sources, max_new_tokens=12, **options)
    full = generate(model, sources, max_new_tokens=12, use_cache=False, **options)
    alone = [generate(model, [source], max_new_tokens=12, **options)[0] for source in sources[:1]]
    assert ids(found) == ids(full) and ids(found)[:1] == ids(alone)
    if n := options.get("no_repeat_ngram_size"):
        for row in ids(found):
            grams = [tuple(row[k : k + n]) for k in range(len(row) - n + 1)]
            assert len(grams) == len(set(grams))
    if options == {}:
        for source, row in zip(sources, ids(found)):
            tokens = torch.tensor([[1, *row]])
            assert model(torch.tensor([source]), None, tokens).logits[0, :-1].argmax(-1).tolist() == row


def test_beam_search_finds_the_best_of_all_targets():
    model = model_of()
    source = torch.tensor([[3, 9, 11, 4]])
    with torch.no_grad():
        first = model(source, None, torch.tensor([[1]])).logits[0, 0]
        pairs = torch.tensor([[1, token] for token in range(V)])
        second = model(source.expand(V, -1), None, pairs).logits[:, 1]
    totals = (first[:, None] + second) / 2
    ends = torch.full((V,), -math.inf)
    ends[EOS] = first[EOS]
    totals[EOS] = -math.inf
    best = max(float(totals.max()), float(ends.max()))
    found = generate(model, source, max_new_tokens=2, num_beams=V)[0]
    assert found.score == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("changes", [{}, {"tie_embeddings": False}, {"positions": "learned", "norm": "post"}])
def test_what_is_saved_loads_as_the_same(changes, tmp_path):
    model = model_of(coverage=0.25, label_smoothing=0.2, **changes)
    check_loads(model)
    model.save_pretrained(tmp_path)
    loaded = from_pretrained(tmp_path)
    assert type(loaded) is PointerGenerator
    assert (loaded.coverage, loaded.label_smoothing, loaded.config) == (0.25, 0.2, model.config)
    mine, others = model.state_dict(), loaded.state_dict()
    assert mine.keys() == others.keys() and all(torch.equal(mine[name], others[name]) for name in mine)
    assert ids(generate(loaded, PROMPTS, max_new_tokens=8)) == ids(generate(model, PROMPTS, max_new_tokens=8))


def test_int8_weights_copy_too():
    model = model_of()
    small = quantize(model)
    tokens = torch.tensor([[1, 3, 9]])
    with torch.no_grad():
        want, got = (each(torch.tensor([[3, 9, 11]]), None, tokens).logits.exp() for each in (model, small))
    assert (want - got).abs().max() < 0.1 and type(small) is PointerGenerator


def test_a_source_of_its_own_vocabulary_cannot_be_copied():
    with pytest.raises(ValueError, match="source_vocab_size parameter of PointerGenerator must be None"):
        model_of(source_vocab_size=40)
    with pytest.raises(ValueError, match="coverage"):
        model_of(coverage=-1.0)
