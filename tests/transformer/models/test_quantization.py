"""Models with int8 weights, against the float models with weights rounded by NumPy."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from wordvec.transformer import (
    DecoderModel,
    EncoderDecoderModel,
    EncoderModel,
    MaskedLM,
    QuestionAnswerer,
    RecurrentModel,
    SequenceClassifier,
    TokenClassifier,
    TransformerConfig,
    generate,
    quantize,
)
from wordvec.transformer.generation.decoder_steps import TokenStep
from wordvec.transformer.models.int8.layers import Int8Embedding, Int8Linear

from ..generation.support import EOS, PROMPTS, randomised

V = 60
SIZES = dict(hidden_size=32, num_layers=2, num_heads=2, max_length=24)
BERT = TransformerConfig.bert(V, **SIZES)
GPT = TransformerConfig.gpt(V, eos_token_id=EOS, **SIZES)
UNTIED = TransformerConfig.gpt(V, tie_embeddings=False, positions="rotary", **SIZES)
ORIGINAL = TransformerConfig.original(V, bos_token_id=1, eos_token_id=EOS, pad_token_id=0, **SIZES)
MODELS = {
    "encoder": lambda: EncoderModel(BERT),
    "decoder": lambda: DecoderModel(GPT),
    "untied": lambda: DecoderModel(UNTIED),
    "masked": lambda: MaskedLM(EncoderModel(BERT)),
    "classifier": lambda: SequenceClassifier(EncoderModel(BERT), 3),
    "tagger": lambda: TokenClassifier(DecoderModel(GPT), 3, crf=True),
    "answerer": lambda: QuestionAnswerer(EncoderModel(BERT)),
    "translator": lambda: EncoderDecoderModel(ORIGINAL),
    "two vocabularies": lambda: EncoderDecoderModel(replace(ORIGINAL, source_vocab_size=V + 7)),
}


@pytest.fixture(params=MODELS)
def model(request):
    model = MODELS[request.param]().eval()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.normal_(std=parameter.shape[1] ** -0.5, generator=generator)
    return model


def ids_of(model):
    ids = torch.randint(1, V, (3, 11), generator=torch.Generator().manual_seed(2))
    return (ids, None, ids) if isinstance(model, EncoderDecoderModel) else (ids,)


def output_of(model):
    with torch.inference_mode():
        output = model(*ids_of(model))
    return output.last_hidden_state if output.logits is None else output.logits


def rounded(weight):
    """The weight in 255 steps of each row, by NumPy."""
    largest = np.abs(weight).max(1, keepdims=True)
    steps = torch.from_numpy(largest * np.float32(1.004 / 127)).bfloat16().float().numpy()
    steps[steps == 0] = 1
    return np.rint(weight / steps) * steps


def test_outputs_are_those_of_rounded_weights(model):
    quantized = quantize(model)
    expected = copy.deepcopy(model)
    is_tied_masked = isinstance(model, MaskedLM)
    with torch.no_grad():
        for name, parameter in expected.named_parameters():
            is_table = "tokens" in name and not is_tied_masked
            is_layer = ("stack" in name or "coder.layers" in name) and parameter.dim() == 2
            if is_table or is_layer or name == "head.weight":
                parameter.copy_(torch.from_numpy(rounded(parameter.numpy())))
    found, wanted, before = output_of(quantized), output_of(expected), output_of(model)
    scale = wanted.std()
    # What is left is the rounding of inputs and outputs to the 8 bits of bfloat16.
    assert (found - wanted).abs().mean() < 0.02 * scale
    assert found.shape == before.shape and type(quantized) is type(model)
    assert any(isinstance(part, Int8Linear) for part in quantized.modules())
    assert not any(isinstance(part, Int8Linear) for part in model.modules())
    assert all(torch.equal(a, b) for a, b in zip(output_of(model), before, strict=True))


def test_steps_of_generation_score_what_the_model_scores():
    for model in map(quantize, (randomised(DecoderModel(GPT)), randomised(DecoderModel(UNTIED)))):
        ids = torch.tensor([[3, 9, 4, 17, 8], [5, 5, 2, 30, 41]])
        cache, step = model.new_cache(2), TokenStep(model)
        with torch.inference_mode():
            model.hidden(ids[:, :4], cache=cache)
            found = step.scores(step.hidden(ids[:, 4], cache))
            wanted = model(ids).logits[:, -1]
        torch.testing.assert_close(found, wanted, rtol=0.05, atol=0.05)


def test_texts_are_written_and_repeat():
    model = quantize(randomised(DecoderModel(GPT)))
    found, again = (generate(model, PROMPTS, max_new_tokens=8) for _ in range(2))
    assert found == again and all(each.token_ids for each in found)
    translator = quantize(randomised(EncoderDecoderModel(ORIGINAL)))
    assert generate(translator, PROMPTS, max_new_tokens=8, num_beams=2)


def test_layers_hold_what_they_were_given():
    weight = torch.randn(7, 16, generator=torch.Generator().manual_seed(1))
    weight[3] = 0
    expected = torch.from_numpy(rounded(weight.numpy()))
    layer = Int8Linear(weight, torch.ones(7))
    torch.testing.assert_close(layer.weight, expected, rtol=0, atol=1e-6)
    assert (layer.weight - weight).abs().max() <= layer.scales.max() / 2
    x = torch.randn(2, 5, 16, generator=torch.Generator().manual_seed(2)).bfloat16().float()
    torch.testing.assert_close(layer(x), x @ expected.T + 1, rtol=0.01, atol=0.01)
    # A row has the result that it has alone.
    assert torch.equal(layer(x)[1, 3], layer(x[1, 3]))
    table = Int8Embedding(weight)
    torch.testing.assert_close(table(torch.arange(7)), expected, rtol=0, atol=1e-6)
    assert table(torch.tensor([[1, 3], [0, 6]])).shape == (2, 2, 16)


def test_a_third_of_the_memory():
    model = EncoderModel(TransformerConfig.bert(2000, hidden_size=64, num_layers=2, num_heads=2))
    n_bytes = len(pickle.dumps(model.state_dict()))
    quantized = quantize(model)
    assert len(pickle.dumps(quantized)) < 0.4 * n_bytes
    assert torch.equal(output_of(pickle.loads(pickle.dumps(quantized))), output_of(quantized))


def test_what_has_no_int8_weights():
    with pytest.raises(TypeError, match="model"):
        quantize("model")
    with pytest.raises(ValueError, match="RecurrentModel, without layers of attention"):
        quantize(RecurrentModel(GPT))
    narrow = DecoderModel(TransformerConfig.gpt(V, hidden_size=24, num_layers=1, num_heads=2))
    with pytest.raises(ValueError, match="multiples of 16"):
        quantize(narrow)
    with pytest.raises(ValueError, match="multiple of 16"):
        Int8Linear(torch.zeros(3, 12))
    with pytest.raises(ValueError, match="quantized already"):
        quantize(quantize(DecoderModel(GPT)))


def test_int8_weights_are_not_trained_or_saved(tmp_path):
    quantized = quantize(DecoderModel(GPT))
    with pytest.raises(ValueError, match="int8 weights cannot be saved"):
        quantized.save_pretrained(tmp_path / "model")
    assert not (tmp_path / "model").exists()
    batch = {"input_ids": torch.tensor([[1, 2, 3]]), "labels": torch.tensor([[2, 3, 4]])}
    with pytest.raises(RuntimeError, match="cannot be trained"):
        quantized.loss_sum(batch)
    with torch.inference_mode():
        loss, count = quantized.loss_sum(batch)["loss"]
    assert loss > 0 and count == 3
    with pytest.raises(TypeError, match="int8 weights"):
        quantized.token_embedding  # noqa: B018 - it raises
