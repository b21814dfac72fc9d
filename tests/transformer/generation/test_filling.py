"""Filled masks, against one text at a time without padding, and what cannot be filled."""

import pytest
import torch

from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer import (
    DecoderModel,
    EncoderModel,
    MaskedLM,
    PreTraining,
    TransformerConfig,
    fill_masks,
)

from .support import randomised

TEXTS = ["the cat sat on the mat", "the dog ran to the door", "很好看的电影", "a cat and a dog"]
QUESTIONS = ["the [MASK] sat on the [MASK]", "[MASK]", "很[MASK]看", "[MASK] [MASK] [MASK] ran to the door"]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.train_from_texts(TEXTS * 5, "wordpiece", vocab_size=120)


@pytest.fixture(scope="module", params=[MaskedLM, PreTraining])
def model(tokenizer, request):
    # A table with more rows than the tokenizer has tokens, as published models have them.
    sizes = dict(hidden_size=16, num_layers=2, num_heads=2, max_length=12)
    config = TransformerConfig.bert(tokenizer.vocab_size + 3, **sizes)
    return randomised(request.param(EncoderModel(config)))


@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_each_mask_gets_the_tokens_that_the_model_ranks_first(model, tokenizer, batch_size):
    found = fill_masks(model, tokenizer, QUESTIONS, top_k=4, batch_size=batch_size)
    for text, masks in zip(QUESTIONS, found, strict=True):
        ids = torch.tensor([tokenizer.encode(text)])
        with torch.no_grad():
            logits = model(ids).logits[0, :, : tokenizer.vocab_size]
        places = [place for place, token_id in enumerate(ids[0]) if token_id == tokenizer.mask_token_id]
        assert len(places) == text.count("[MASK]") == len(masks)
        for place, fillings in zip(places, masks, strict=True):
            best = logits[place].softmax(-1).sort(descending=True)
            assert [each.token_id for each in fillings] == best.indices[:4].tolist()
            assert [each.probability for each in fillings] == pytest.approx(
                best.values[:4].tolist(), rel=1e-4
            )
            assert [tokenizer.token_to_id(each.token) for each in fillings] == best.indices[:4].tolist()


def test_dropout_plays_no_part_and_comes_back(tokenizer):
    config = TransformerConfig.bert(
        tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2, dropout=0.5
    )
    model = MaskedLM(EncoderModel(config)).train()
    first, second = (fill_masks(model, tokenizer, ["the [MASK]"]) for _ in range(2))
    assert first == second and model.training


def test_no_texts_have_no_masks(model, tokenizer):
    assert fill_masks(model, tokenizer, []) == []


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        (["a [MASK]", "the cat"], {}, "Text 1 of fill_masks has no mask: 'the cat'. Pass '.MASK.' where"),
        (["a <mask>"], {}, "has no mask"),
        ([""], {}, "has no mask: ''"),
        (["[MASK] " + "the cat " * 6], {}, "Text 0 of fill_masks has 15 tokens, and the model takes 12"),
        (["[MASK]"], {"top_k": 0}, "top_k"),
        (["[MASK]"], {"top_k": 10**6}, "top_k"),
        (["[MASK]"], {"batch_size": 0}, "batch_size"),
    ],
)
def test_what_cannot_be_filled(model, tokenizer, texts, options, message):
    with pytest.raises(ValueError, match=message):
        fill_masks(model, tokenizer, texts, **options)


def test_other_models_and_tokenizers_are_refused(model, tokenizer):
    causal = DecoderModel(
        TransformerConfig.gpt(tokenizer.vocab_size, hidden_size=16, num_layers=1, num_heads=2)
    )
    with pytest.raises(TypeError, match="MaskedLM"):
        fill_masks(causal, tokenizer, ["[MASK]"])
    with pytest.raises(TypeError, match="list of texts"):
        fill_masks(model, tokenizer, "[MASK]")
    without = Tokenizer.train_from_texts(TEXTS, "bpe", vocab_size=300)
    with pytest.raises(ValueError, match="no mask token"):
        fill_masks(model, without, ["[MASK]"])
