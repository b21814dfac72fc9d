"""A model with room for more tokens than its vocabulary had."""

from __future__ import annotations

from dataclasses import replace

import torch

from wordvec.transformer.models.transformers import DecoderModel

__all__ = ["with_more_tokens"]


def with_more_tokens(model: DecoderModel, vocab_size: int) -> DecoderModel:
    """Return a decoder whose vocabulary has `vocab_size` tokens; the new ones start from the mean of the others.

    A random start would give the new tokens logits that no other token has, and the first steps to these (Hewitt 2021,
    "Initializing new word embeddings for pretrained language models").

    Parameters
    ----------
    model : DecoderModel
    vocab_size : int
        Not less than the model's.
    """
    n_old = model.config.vocab_size
    if vocab_size == n_old:
        return model
    larger = DecoderModel(replace(model.config, vocab_size=vocab_size))
    old = model.state_dict()
    with torch.no_grad():
        for name, tensor in larger.state_dict().items():
            if tensor.shape == old[name].shape:
                tensor.copy_(old[name])
            else:  # the table of tokens, and an output layer that is not tied to it
                tensor[:n_old] = old[name]
                tensor[n_old:] = old[name].mean(dim=0)
    return larger
