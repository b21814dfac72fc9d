"""Penalties, filters and draws, against transformers' processors and counting."""

import numpy as np
import pytest
import torch

from wordvec.transformer.generation.sampling import (
    NO_TOKEN,
    ban_repeated_ngrams,
    draw_tokens,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    penalise_repetition,
    uniform_draws,
)

processors = pytest.importorskip("transformers.generation.logits_process")


def scores(seed, B=6, V=40, scale=3.0):
    return scale * torch.randn(B, V, generator=torch.Generator().manual_seed(seed))


def history(seed, B=6, L=30, V=6):
    return torch.randint(0, V, (B, L), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("penalty", [0.7, 1.3, 5.0])
def test_repetition_penalty_is_that_of_transformers(penalty):
    theirs = processors.RepetitionPenaltyLogitsProcessor(penalty)(history(1), scores(2).clone())
    assert torch.equal(penalise_repetition(scores(2), history(1), penalty), theirs)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [1, 2, 5, 30])
def test_no_repeat_ngrams_are_those_of_transformers(n, length):
    theirs = processors.NoRepeatNGramLogitsProcessor(n)(history(3, L=length), scores(4).clone())
    assert torch.equal(ban_repeated_ngrams(scores(4), history(3, L=length), n), theirs)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_padding_is_no_token(n):
    short = history(5, B=1, L=7)
    padded = torch.cat([torch.full((1, 4), NO_TOKEN), short], dim=1)
    one = scores(6, B=1)
    assert torch.equal(ban_repeated_ngrams(one, padded, n), ban_repeated_ngrams(one, short, n))
    assert torch.equal(penalise_repetition(one, padded, 1.5), penalise_repetition(one, short, 1.5))


@pytest.mark.parametrize("k", [1, 3, 40, 99])
def test_top_k_is_that_of_transformers(k):
    theirs = processors.TopKLogitsWarper(k)(None, scores(7))
    assert torch.equal(keep_top_k(scores(7), k), theirs)


@pytest.mark.parametrize("p", [0.01, 0.3, 0.9, 0.999])
def test_top_p_and_min_p_are_those_of_transformers(p):
    assert torch.equal(keep_top_p(scores(8), p), processors.TopPLogitsWarper(p)(None, scores(8)))
    assert torch.equal(keep_min_p(scores(8), p), processors.MinPLogitsWarper(p)(None, scores(8)))


def test_top_p_keeps_the_fewest_tokens():
    # 0.5, 0.3, 0.2 in another order.
    three = torch.tensor([[0.2, 0.5, 0.3]]).log()
    for p, kept in ((0.4, [1]), (0.6, [1, 2]), (0.79, [1, 2]), (0.9, [0, 1, 2])):
        assert keep_top_p(three, p).isfinite()[0].nonzero().flatten().tolist() == kept
    equal = torch.zeros(1, 4)
    assert keep_top_p(equal, 0.5).isfinite().sum() == 2  # of equals the first ones


def test_draws_follow_the_probabilities():
    probabilities = torch.tensor([0.5, 0.0, 0.3, 0.2])
    n = 1000
    uniforms = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    tokens = draw_tokens(probabilities.log().expand(n, -1), uniforms)
    assert torch.bincount(tokens, minlength=4).tolist() == [500, 0, 300, 200]


def test_extreme_draws_take_tokens_that_can_be_chosen():
    uniforms = torch.tensor([0.0, 1.0 - 2.0**-53, 1.0], dtype=torch.float64)
    only_two = torch.tensor([[-torch.inf, 0.0, -torch.inf, 1.0, -torch.inf]]).expand(3, -1)
    assert draw_tokens(only_two, uniforms).tolist() == [1, 3, 3]


def test_draws_of_a_row_depend_on_seed_and_row_alone():
    device = torch.device("cpu")
    draws = uniform_draws(5, 4, 10, device)
    assert torch.equal(uniform_draws(5, 2, 10, device), draws[:2])
    assert torch.equal(uniform_draws(5, 4, 6, device), draws[:, :6])
    assert len(np.unique(draws.numpy())) == 40
    assert not torch.equal(uniform_draws(6, 4, 10, device), draws)
    assert float(draws.min()) >= 0 and float(draws.max()) < 1
    alone = [uniform_draws(seed, 1, 10, device) for seed in (6, 5, 6)]
    assert torch.equal(uniform_draws([6, 5, 6], 3, 10, device), torch.cat(alone))
