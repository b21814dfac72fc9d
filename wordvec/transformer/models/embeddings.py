"""Embeddings of tokens, positions, segments and token pairs, and their initialisation from word vectors."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from wordvec.transformer.models.attention_mask import is_cheap_to_read
from wordvec.transformer.models.cache import KeyValueCache
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.dropout import Dropout
from wordvec.transformer.models.int8.layers import Int8Embedding
from wordvec.transformer.models.positions import sinusoids
from wordvec.vectors.keyed_vectors import KeyedVectors

__all__ = ["BigramEmbedding", "Embeddings", "check_rows", "previous_tokens", "token_vectors"]

_NONE = -1  # before the first token of a text
# Odd multipliers with bits all over; products wrap around 2**64, and their high bits depend on both tokens.
_FIRST, _SECOND, _SHIFT = 0x9E3779B97F4A7C1, 0x85EBCA6B27D4EB5, 33


class Embeddings(nn.Module):
    """The sum of token, position and segment embeddings: the input of BERT, GPT and the original Transformer.

    Parameters
    ----------
    config : TransformerConfig
    tokens : nn.Embedding or Int8Embedding, optional
        Token embeddings to share with another stack.
    """

    sinusoids: Tensor

    def __init__(self, config: TransformerConfig, tokens: nn.Embedding | Int8Embedding | None = None) -> None:
        super().__init__()
        self.tokens: nn.Embedding | Int8Embedding = (
            nn.Embedding(config.vocab_size, config.hidden_size) if tokens is None else tokens
        )
        is_learned = config.positions == "learned"
        self.positions = nn.Embedding(config.max_length, config.hidden_size) if is_learned else None
        if config.positions == "sinusoidal":
            table = sinusoids(config.max_length, config.hidden_size)
            self.register_buffer("sinusoids", table, persistent=False)
        self.segments = (
            nn.Embedding(config.type_vocab_size, config.hidden_size) if config.type_vocab_size else None
        )
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.norm_eps) if config.embedding_norm else None
        self.dropout = Dropout(config.dropout)
        self.scale = math.sqrt(config.hidden_size) if config.scale_embeddings else 1.0
        self.is_sinusoidal = config.positions == "sinusoidal"

    @property
    def token_table(self) -> nn.Embedding:
        """The token table, with float weights."""
        if isinstance(self.tokens, Int8Embedding):
            raise TypeError("This model has int8 weights. Use the model that quantize was given.")
        return self.tokens

    def forward(
        self, input_ids: Tensor, position_ids: Tensor, token_type_ids: Tensor | None = None
    ) -> Tensor:
        """Return the sums, float (B, T, D).

        Parameters
        ----------
        input_ids : int64 (B, T)
        position_ids : int64 (B, T) or (1, T)
        token_type_ids : int64 (B, T), optional
            Segments, all 0 by default; only for a model that has them.
        """
        x_BTD = self.tokens(input_ids)
        if self.scale != 1.0:
            x_BTD = x_BTD * self.scale
        if self.segments is not None:
            if token_type_ids is not None:
                check_rows("token_type_ids", token_type_ids, input_ids, self.segments.num_embeddings)
            # Segment 0 is one row for all tokens.
            row_ids = position_ids.new_zeros(1, 1) if token_type_ids is None else token_type_ids
            x_BTD = x_BTD + self.segments(row_ids)
        if self.positions is not None:
            x_BTD = x_BTD + self.positions(position_ids)
        elif self.is_sinusoidal:
            x_BTD = x_BTD + self.sinusoids[position_ids]
        if self.norm is not None:
            x_BTD = self.norm(x_BTD)
        return self.dropout(x_BTD)


class BigramEmbedding(nn.Module):
    """Adds a vector for each token and the one before it, from a table of hashed pairs; pairs may share a row.

    Svenstrup, Hansen and Winther (2017), "Hash embeddings for efficient word representations", arXiv:1709.03933, with
    one hash function. Rows are a quarter as wide as the model, to keep the table small, and are projected.

    Parameters
    ----------
    config : TransformerConfig
        With `bigram_buckets`, the number of rows.
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
    """Return the token before each, int64 (B, T), -1 where there is none: at the beginning and after padding.

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


def check_rows(name: str, ids: Tensor, input_ids: Tensor, n_rows: int) -> None:
    """Raise ValueError unless `ids` are rows of a table of `n_rows`, one for each of `input_ids`."""
    shapes = (tuple(input_ids.shape), (1, input_ids.shape[1]))
    if tuple(ids.shape) not in shapes or ids.dtype not in (torch.int64, torch.int32):
        raise ValueError(
            f"{name} must be int64 of the shape of input_ids, {shapes[0]}. Got {ids.dtype} of shape {tuple(ids.shape)}."
        )
    if is_cheap_to_read(ids):
        low, high = torch.aminmax(ids)
        if low < 0 or high >= n_rows:
            raise ValueError(
                f"{name} hold {int(low if low < 0 else high)}, and the model has them from 0 to {n_rows - 1}."
            )


def token_vectors(
    vectors: KeyedVectors, encode: Callable[[list[str]], list[list[int]]], vocab_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return a vector for each token, from the vectors of the words that contain it.

    A token that is a whole word takes that word's vector. Any other token takes the mean over the words that contain
    it, each word once, so that a word with repeated pieces does not dominate.

    Parameters
    ----------
    vectors : KeyedVectors
    encode : callable
        Converts words to lists of token ids, without special tokens, e.g. a tokenizer's `encode_batch`. A byte-level
        vocabulary has separate tokens for words after a space: `encode` should encode words as within a text.
    vocab_size : int
        Number of tokens, V.

    Returns
    -------
    (table, is_known)
        float32 (V, D), zeros for tokens that are in no word; bool (V,), whether a token is in a word.
    """
    sums_VD = np.zeros((vocab_size, vectors.vector_size), np.float64)
    counts_V = np.zeros(vocab_size, np.int64)
    whole_V = np.full(vocab_size, -1, np.int64)
    for word_id, token_ids in enumerate(encode(list(vectors.index_to_key))):
        pieces = np.unique(np.asarray(token_ids, np.int64))
        sums_VD[pieces] += vectors.vectors[word_id]
        counts_V[pieces] += 1
        # Words come by decreasing frequency: the first of two that are the same token stays.
        if len(token_ids) == 1 and whole_V[pieces[0]] < 0:
            whole_V[pieces[0]] = word_id
    table_VD = (sums_VD / np.maximum(counts_V, 1)[:, None]).astype(np.float32)
    is_whole_V = whole_V >= 0
    table_VD[is_whole_V] = vectors.vectors[whole_V[is_whole_V]]
    return table_VD, counts_V > 0


def start_from_vectors(
    embedding: nn.Embedding,
    vectors: KeyedVectors,
    encode: Callable[[list[str]], list[list[int]]],
    frozen: bool,
) -> float:
    """Write word vectors into token embeddings, scaled to the embeddings' standard deviation.

    Returns
    -------
    float
        Fraction of the tokens that got a vector. The others keep their random initial values.

    Raises
    ------
    ValueError
        If the vectors and the table differ in size, or no word has a token.
    """
    vocab_size, hidden_size = embedding.weight.shape
    if vectors.vector_size != hidden_size:
        raise ValueError(
            f"The vectors have {vectors.vector_size} numbers a word and the model's hidden_size is {hidden_size}. "
            f"Train vectors with vector_size={hidden_size}, or choose hidden_size={vectors.vector_size}."
        )
    table_VD, is_known_V = token_vectors(vectors, encode, vocab_size)
    if not is_known_V.any():
        raise ValueError(
            "No word of the vectors gives a token of the tokenizer. Are both of the same language?"
        )
    with torch.no_grad():
        known = torch.from_numpy(table_VD[is_known_V]).to(embedding.weight)
        # Word2Vec's vectors are an order of magnitude longer than the draws that layers are made for.
        known *= embedding.weight.std() / known.std().clamp_min(torch.finfo(known.dtype).tiny)
        embedding.weight[torch.from_numpy(is_known_V).to(embedding.weight.device)] = known
    embedding.weight.requires_grad_(not frozen)
    return float(is_known_V.mean())
