"""A decoder mixed with n-grams: probabilities against the models by themselves, generation, its weight."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from wordvec.transformer import (
    DecoderModel,
    EncoderDecoderModel,
    NGramLM,
    TransformerConfig,
    fit_ngram_weight,
    generate,
    perplexity,
)

V = 12


@pytest.fixture(scope="module")
def model():
    return DecoderModel(
        TransformerConfig.gpt(V, hidden_size=8, num_layers=1, num_heads=2, max_length=64), seed=1
    )


@pytest.fixture(scope="module")
def ngrams():
    return NGramLM(3, vocab_size=V).fit(texts(1))


def texts(seed, n=60):
    """Texts of which each token tells much of the next."""
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        ids = [int(draw.integers(V))]
        for _ in range(int(draw.integers(1, 20))):
            ids.append(int(ids[-1] * 5 + draw.geometric(0.6)) % V)
        found.append(ids)
    return found


def next_probabilities(model, ngrams, weight, text):
    """The mixture by its definition, from each model alone."""
    with torch.no_grad():
        neural = model.eval()(torch.tensor([text])).logits[0, -1].double().softmax(-1).numpy()
    counted = np.exp([ngrams.log_probabilities([*text, token])[-1] for token in range(V)])
    return (1 - weight) * neural + weight * counted


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("text", [[], [3], [3, 4], [11, 11, 11, 0], [0, 5, 2, 8, 3, 1, 9]])
def test_next_tokens_are_those_that_follow(order, text):
    ngrams = NGramLM(order, vocab_size=V).fit(texts(1))
    expected = [ngrams.log_probabilities([*text, token])[-1] for token in range(V)]
    np.testing.assert_allclose(ngrams.next_log_probabilities(text), expected, rtol=1e-12)


def test_next_tokens_of_a_training_text_without_long_ngrams():
    ngrams = NGramLM(5, vocab_size=4).fit([[1], [2]])
    assert np.exp(ngrams.next_log_probabilities([1, 2, 3])).sum() == pytest.approx(1.0)


def test_perplexity_of_the_mixture(model, ngrams):
    held_out = [text for text in texts(2, n=8) if len(text) > 1]
    expected = [
        np.log(next_probabilities(model, ngrams, 0.4, text[:end])[text[end]])
        for text in held_out
        for end in range(1, len(text))
    ]
    found = perplexity(model, held_out, ngrams=ngrams, ngram_weight=0.4)
    assert found.n_tokens == len(expected)
    assert found.loss == pytest.approx(-np.mean(expected), rel=1e-5)


def test_windows_put_each_token_in_its_place(model, ngrams):
    text = [token for each in texts(3, n=9) for token in each]
    parts = [perplexity(model, text, window=7, stride=4, batch_size=size) for size in (1, 3, 50)]
    assert len({round(part.loss, 6) for part in parts}) == 1
    mixtures = [
        perplexity(model, text, window=7, stride=4, batch_size=size, ngrams=ngrams).loss for size in (1, 50)
    ]
    assert mixtures[0] == pytest.approx(mixtures[1], rel=1e-6)


def test_the_best_weight_has_the_lowest_perplexity(model, ngrams):
    held_out = texts(4)
    best = fit_ngram_weight(model, ngrams, held_out)
    grid = np.linspace(0.01, 0.99, 99)
    losses = [perplexity(model, held_out, ngrams=ngrams, ngram_weight=float(w)).loss for w in grid]
    assert best == pytest.approx(grid[np.argmin(losses)], abs=0.011)
    assert perplexity(model, held_out, ngrams=ngrams, ngram_weight=best).loss <= min(losses) + 1e-9


@pytest.mark.parametrize("use_cache", [True, False])
def test_greedy_tokens_are_the_best_of_the_mixture(model, ngrams, use_cache):
    prompts = [[3], [1, 2, 3, 4], [7, 0]]
    found = generate(model, prompts, max_new_tokens=5, ngrams=ngrams, ngram_weight=0.7, use_cache=use_cache)
    for prompt, generation in zip(prompts, found):
        text = list(prompt)
        for token in generation.token_ids:
            assert token == int(np.argmax(next_probabilities(model, ngrams, 0.7, text)))
            text.append(token)


def test_beams_score_the_mixture(model, ngrams):
    prompts = [[3], [1, 2, 3, 4]]
    found = generate(
        model, prompts, max_new_tokens=4, num_beams=3, length_penalty=0.0, ngrams=ngrams, ngram_weight=0.7
    )
    for prompt, generation in zip(prompts, found):
        text, total = list(prompt), 0.0
        for token in generation.token_ids:
            total += float(np.log(next_probabilities(model, ngrams, 0.7, text)[token]))
            text.append(token)
        assert generation.score == pytest.approx(total, rel=1e-4)


def test_sampling_follows_the_mixture(model, ngrams):
    """A bigram that allows one token only, with nearly all of the weight."""
    cycle = NGramLM(2, vocab_size=V, discount=1e-6).fit([list(range(V)) * 50])
    found = generate(model, [[4]], max_new_tokens=5, do_sample=True, ngrams=cycle, ngram_weight=1 - 1e-6)
    assert found[0].token_ids == [5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ngram_weight": 0.5}, "ngram_weight parameter of .* without ngrams"),
        ({"ngrams": "3"}, "ngrams .* be an NGramLM"),
        ({"ngrams": NGramLM(2)}, "not fitted"),
        ({"ngrams": NGramLM(2).fit([[0, 1, 2]])}, "as many tokens as the model, 12. Got 3"),
        *(
            ({"ngrams": NGramLM(1, vocab_size=V).fit([[0]]), "ngram_weight": weight}, "ngram_weight")
            for weight in (0.0, 1.0, -1, float("nan"), "much")
        ),
    ],
)
@pytest.mark.parametrize("function", [generate, perplexity])
def test_bad_mixtures(model, function, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        function(model, [[1, 2]], **options)


def test_what_cannot_be_mixed(ngrams):
    both = EncoderDecoderModel(TransformerConfig.original(V, hidden_size=8, num_layers=1, num_heads=2))
    with pytest.raises(ValueError, match="left out for an encoder-decoder"):
        generate(both, [[1, 2]], decoder_start_token_id=0, ngrams=ngrams)
    with pytest.raises(ValueError, match="left out for an n-gram model"):
        perplexity(ngrams, [[1, 2]], ngrams=ngrams)
