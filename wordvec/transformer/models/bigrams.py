"""Embeddings of pairs of neighbouring tokens, hashed into a table: what follows what needs no layer to be learned."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wordvec.transformer.models.cache import KeyValueCache
from wordvec.transformer.models.config import TransformerConfig

__all__ = ["BigramEmbedding", "previous_tokens"]

_NONE = -1  # before the first token of a text
# Odd multipliers with bits all over; products wrap around 2**64, and their high bits depend on both tokens.
_FIRST, _SECOND, _SHIFT = 0x9E3779B97F4A7C1, 0x85EBCA6B27D4EB5, 33


class BigramEmbedding(nn.Module):
    """Adds a vector for each token and the one before it, of a table of hashed pairs: pairs may share a row.

    Svenstrup, Hansen and Winther (2017), "Hash embeddings for efficient word representations", arXiv:1709.03933, with
    one hash function. Rows are a quarter as wide as the model, so that the table stays small, and are projected.

    Parameters
    ----------
    config : TransformerConfig
        `bigram_buckets` rows.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.table = nn.Embedding(config.bigram_buckets, config.bigram_size)
        self.projection = nn.Linear(config.bigram_size, config.hidden_size, bias=False)

    def forward(self, input_ids: Tensor, previous_ids: Tensor) -> Tensor:
        """Return float (..., D) for ids of the same shape (...)."""
        hashed = (input_ids.long() * _FIRST) ^ (previous_ids.long() * _SECOND)
        rows = (hashed >> _SHIFT) % self.table.num_embeddings
        found: Tensor = self.projection(self.table(rows))
        return found


def previous_tokens(input_ids: Tensor, attention_mask: Tensor | None, cache: KeyValueCache | None) -> Tensor:
    """Return the token before each, int64 (B, T), -1 where there is none: at the beginning and behind padding.

    Parameters
    ----------
    input_ids : int64 (B, T)
    attention_mask : (B, T), or (B, cache.length + T) with a cache, optional
    cache : KeyValueCache, optional
    """
    last = None if cache is None else cache.last_ids
    first_B1 = input_ids.new_full((len(input_ids), 1), _NONE) if last is None else last.unsqueeze(1)
    previous = torch.cat([first_B1, input_ids[:, :-1]], dim=1)
    if attention_mask is None:
        return previous
    n_past = attention_mask.shape[1] - input_ids.shape[1]
    is_real = attention_mask.bool()
    before = torch.cat([torch.zeros_like(is_real[:, :1]), is_real], dim=1)[:, n_past:-1]
    return previous.masked_fill(~before, _NONE)
