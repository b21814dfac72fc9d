"""Log-probabilities of continuations, against one token at a time without cache, batch or padding."""

import numpy as np
import pytest
import torch

from wordvec.transformer import log_likelihoods

from .support import V, decoder, translator

# Of lengths that do not fit side by side into a model of 48 tokens, and one prompt without continuations.
PROMPTS = [[7, 2, 11], [4], list(range(20)) + list(range(20)), [8, 8], [1] * 47]
CONTINUATIONS = [
    [[3], [3, 5, 9], [3, 5]],
    [list(range(22)) * 2, [5], [0, 0]],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], [9], [22, 1]],
    [],
    [[4], [6, 7]],
]


def one_by_one(model, prompt, continuation):
    """Add up log P(token | all before it), a forward pass for each token."""
    total, ids = 0.0, list(prompt)
    for token in continuation:
        with torch.no_grad():
            total += float(model(torch.tensor([ids])).logits[0, -1].double().log_softmax(-1)[token])
        ids.append(token)
    return total


@pytest.mark.parametrize("batch_size", [1, 2, 16])
@pytest.mark.parametrize(
    "changes", [{}, {"positions": "rotary"}, {"norm": "post"}, {"dropout": 0.5}], ids=str
)
def test_sums_are_those_of_single_tokens(changes, batch_size):
    model = decoder(**changes).double()
    found = log_likelihoods(model, PROMPTS, CONTINUATIONS, batch_size=batch_size)
    for prompt, continuations, scores in zip(PROMPTS, CONTINUATIONS, found, strict=True):
        assert scores.dtype == np.float64
        want = [one_by_one(model, prompt, each) for each in continuations]
        np.testing.assert_allclose(scores, want, rtol=1e-11)


def test_float32_is_close_and_the_mode_stays():
    model = decoder(dropout=0.3).train()
    found = log_likelihoods(model, PROMPTS, CONTINUATIONS)
    assert model.training
    want = log_likelihoods(model.double(), PROMPTS, CONTINUATIONS)
    for ours, exact in zip(found, want, strict=True):
        np.testing.assert_allclose(ours, exact, rtol=1e-4)


def test_all_continuations_of_a_length_are_a_distribution():
    pairs = [[a, b] for a in range(V) for b in range(V)]
    (scores,) = log_likelihoods(decoder().double(), [[3, 4]], [pairs])
    assert np.exp(scores).sum() == pytest.approx(1.0, abs=1e-12)


def test_each_prompt_is_read_once(monkeypatch):
    model = decoder()
    read = []
    hidden = model.hidden
    monkeypatch.setattr(model, "hidden", lambda ids, *rest: read.append(ids.shape) or hidden(ids, *rest))
    log_likelihoods(model, [[1] * 30] * 2, [[[token] for token in range(V)]] * 2)
    assert read == [(2, 30)]
    log_likelihoods(model, [[1] * 30] * 2, [[[1, 2], [3, 4, 5]]] * 2)
    assert read[1:] == [(2, 30), (4, 2)]


def test_nothing_to_score():
    assert log_likelihoods(decoder(), [], []) == []
    assert [each.shape for each in log_likelihoods(decoder(), [[1]], [[]])] == [(0,)]


@pytest.mark.parametrize(
    ("prompts", "continuations", "message"),
    [
        ([[1]], [], "1 prompts and 0 lists"),
        ([[1], []], [[[1]], [[1]]], "Prompt 1 of log_likelihoods is empty"),
        ([[1]], [[[2], []]], "Continuation 1 of prompt 0 of log_likelihoods is empty"),
        ([[1]], [[[2], [V]]], f"Prompt 0 .* its continuation 1 hold the id {V}, .* from 0 to {V - 1}"),
        ([[-1]], [[[2]]], "hold the id -1"),
        ([[1] * 48], [[[1, 2]]], "has 50 tokens, and the model takes 48 and predicts one more"),
    ],
)
def test_bad_input(prompts, continuations, message):
    with pytest.raises(ValueError, match=message):
        log_likelihoods(decoder(), prompts, continuations)


def test_other_models_are_refused():
    with pytest.raises(TypeError, match="needs a DecoderModel. Got EncoderDecoderModel"):
        log_likelihoods(translator(), [[1]], [[[2]]])
    with pytest.raises(ValueError, match="batch_size"):
        log_likelihoods(decoder(), [[1]], [[[2]]], batch_size=0)
