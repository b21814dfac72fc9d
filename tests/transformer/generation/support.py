"""Tiny models with drawn weights, prompts and a tokenizer of letters for the tests of generation."""

import torch

from wordvec.transformer import DecoderModel, EncoderDecoderModel, TransformerConfig

V = 23
EOS = 5
PROMPTS = [[7, 2, 11], [4], [1, 2, 3, 1, 2, 9, 14], [8, 8]]


def randomised(model, seed=0):
    """Draw weights that write lively texts: large matrices, small biases, norms near 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_table = "embeddings" in name or ".wte" in name or ".wpe" in name
            std = 0.1 if parameter.dim() == 1 else 0.3 if is_table else 0.6
            parameter.normal_(std=std, generator=generator)
            if ("norm" in name or ".ln_" in name) and name.endswith("weight"):
                parameter.add_(1.0)
    return model.eval()


def decoder(**changes):
    sizes = dict(hidden_size=16, num_layers=2, num_heads=2, max_length=48, eos_token_id=EOS)
    return randomised(DecoderModel(TransformerConfig.gpt(V, **(sizes | changes))))


def translator(vocab_size=V, **changes):
    sizes = dict(
        hidden_size=16,
        num_layers=2,
        num_heads=2,
        max_length=48,
        bos_token_id=1,
        eos_token_id=EOS,
        pad_token_id=0,
    )
    return randomised(EncoderDecoderModel(TransformerConfig.original(vocab_size, **(sizes | changes))))


def ids(generations):
    return [generation.token_ids for generation in generations]


class Letters:
    """A tokenizer whose tokens are letters; the end token is special."""

    def decode(self, token_ids, skip_special_tokens=True):
        return "".join(chr(ord("a") + token) for token in token_ids if token != EOS)
