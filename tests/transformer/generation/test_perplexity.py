"""Perplexity in windows, against one token at a time."""

import math

import numpy as np
import pytest
import torch

from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer import (
    DecoderModel,
    EncoderDecoderModel,
    EncoderModel,
    MaskedLM,
    TransformerConfig,
)
from wordvec.transformer.data.token_corpus import TokenCorpus
from wordvec.transformer.generation.perplexity import perplexity
from wordvec.transformer.models.ngram_lm import NGramLM
from wordvec.transformer.models.recurrent import RecurrentModel

V = 30
W = 8


@pytest.fixture(scope="module")
def model():
    model = DecoderModel(
        TransformerConfig.gpt(V, hidden_size=16, num_layers=2, num_heads=2, max_length=W, dropout=0.5)
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(10)
    return model


def text(n, seed=0):
    return np.random.default_rng(seed).integers(V, size=n).astype(np.uint16)


def losses(model, ids, window, stride):
    """Negative log-probability of each token but the first, each in a pass of its own."""
    model.eval()
    found = []
    for target in range(1, len(ids)):
        # The first window that reaches the target.
        start = 0 if target <= window else math.ceil((target - window) / stride) * stride
        with torch.no_grad():
            logits = model(torch.tensor(ids[start:target].astype(int))[None]).logits[0, -1]
        found.append(-float(logits.log_softmax(-1)[int(ids[target])]))
    model.train()
    return found


@pytest.mark.parametrize("stride", [1, 3, 4, 7, 8])
@pytest.mark.parametrize("n", [2, 8, 9, 10, 40])
def test_each_token_is_predicted_once_with_its_context(model, n, stride):
    expected = losses(model, text(n), W, stride)
    found = perplexity(model, text(n), stride=stride, batch_size=3)
    assert found.n_tokens == n - 1
    assert found.loss == pytest.approx(np.mean(expected), rel=1e-5)
    assert found.per_token == pytest.approx(math.exp(np.mean(expected)), rel=1e-5)
    assert found.per_word is None
    assert model.training  # dropout was off, and is on again


def test_more_options(model):
    ids = text(40)
    assert perplexity(model, ids).loss == perplexity(model, ids, stride=W // 2, window=W).loss
    small = perplexity(model, ids, window=3, stride=2)
    assert small.loss == pytest.approx(np.mean(losses(model, ids, 3, 2)), rel=1e-5)
    for batch_size in (1, 100):
        assert perplexity(model, ids, batch_size=batch_size).loss == pytest.approx(
            perplexity(model, ids).loss, rel=1e-6
        )


def test_sequences_know_nothing_of_each_other(model):
    texts = [text(5, 1), text(1, 2), text(20, 3), text(0, 4)]
    expected = losses(model, texts[0], W, 4) + losses(model, texts[2], W, 4)
    found = perplexity(model, texts, n_words=12)
    assert found.n_tokens == 4 + 19
    assert found.loss == pytest.approx(np.mean(expected), rel=1e-5)
    assert found.per_word == pytest.approx(math.exp(sum(expected) / 12), rel=1e-5)
    assert found.n_words == 12
    assert found.to_dict()["per_word"] == found.per_word


def test_ngram_models_predict_the_same_tokens():
    train, held_out = [text(300, 1), text(200, 2)], [text(30, 3), text(1, 4), text(40, 5)]
    ngrams = NGramLM(3, vocab_size=V).fit(train)
    found = perplexity(ngrams, held_out, n_words=50)
    logs = np.concatenate([ngrams.log_probabilities(ids)[1:] for ids in held_out])
    assert found.n_tokens == 29 + 39
    assert found.loss == pytest.approx(-logs.mean())
    assert found.per_word == pytest.approx(math.exp(-logs.sum() / 50))


@pytest.mark.smoke
def test_recurrent_models_predict_the_same_tokens():
    config = TransformerConfig.gpt(V, hidden_size=16, num_layers=2, max_length=W)
    model = RecurrentModel(config)
    found = perplexity(model, [text(20), text(7, 1)], stride=3)
    expected = losses(model, text(20), W, 3) + losses(model, text(7, 1), W, 3)
    assert found.loss == pytest.approx(np.mean(expected), rel=1e-5)


def test_documents_of_a_corpus_are_sequences(model, tmp_path):
    (tmp_path / "corpus.txt").write_text("a b c\nb a\n\nc c a b\n")
    tokenizer = Tokenizer.train(tmp_path / "corpus.txt", kind="char")
    corpus = TokenCorpus.build(tmp_path / "corpus.txt", tokenizer, tmp_path / "tokens")
    cut = int(corpus.sentence_starts[corpus.document_starts[1]])
    documents = [corpus.token_ids[:cut], corpus.token_ids[cut:]]
    assert perplexity(model, corpus) == perplexity(model, documents)
    assert perplexity(NGramLM().fit(corpus), corpus) == perplexity(NGramLM().fit(documents), documents)


def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large():
    model = DecoderModel(TransformerConfig.gpt(V, hidden_size=8, num_layers=1, num_heads=1, max_length=W))
    torch.nn.init.zeros_(model.token_embedding.weight)
    assert perplexity(model, text(50)).per_token == pytest.approx(V, rel=1e-5)


@pytest.mark.parametrize(
    ("sequences", "options", "error", "message"),
    [
        ([], {}, ValueError, "at least two tokens"),
        ([[1], [2]], {}, ValueError, "at least two tokens"),
        ("a text", {}, TypeError, "perplexity needs token ids"),
        ([[1.5, 2.5]], {}, TypeError, r"sequences\[0\] of perplexity"),
        ([[1, V]], {}, ValueError, f"run from 0 to {V - 1}. Got {V}"),
        ([[1, -1]], {}, ValueError, "at least 0. Got -1"),
        ([[1, 2]], {"window": W + 1}, ValueError, "window parameter of perplexity"),
        ([[1, 2]], {"window": 4, "stride": 5}, ValueError, "stride parameter of perplexity"),
        ([[1, 2]], {"stride": 0}, ValueError, "stride parameter of perplexity"),
        ([[1, 2]], {"n_words": 0}, ValueError, "n_words parameter of perplexity"),
        ([[1, 2]], {"batch_size": 0}, ValueError, "batch_size parameter of perplexity"),
    ],
)
def test_bad_input(model, sequences, options, error, message):
    with pytest.raises(error, match=message):
        perplexity(model, sequences, **options)


def test_models_that_predict_nothing():
    encoder = EncoderModel(TransformerConfig.bert(V, hidden_size=8, num_heads=1))
    masked = MaskedLM(encoder)
    both_ways = RecurrentModel(TransformerConfig("encoder", V, hidden_size=8, num_heads=1))
    translator = EncoderDecoderModel(TransformerConfig.original(V, hidden_size=8, num_heads=1))
    for wrong in (encoder, masked, both_ways, translator, "gpt"):
        with pytest.raises(TypeError, match="does not predict next tokens"):
            perplexity(wrong, [[1, 2]])
