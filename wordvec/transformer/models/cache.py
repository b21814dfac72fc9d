"""The cache of keys and values of a decoder."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

__all__ = ["KeyValueCache"]


class KeyValueCache:
    """Keys and values of earlier tokens for each layer, so that generation only computes those of new tokens.

    Parameters
    ----------
    num_layers, batch_size, num_heads, max_length, head_size : int
        Memory taken: 2 * num_layers * batch_size * num_heads * max_length * head_size numbers.
    like : Tensor
        A tensor with the device and dtype of the cache.

    Attributes
    ----------
    length : int
        Number of tokens in each row of the batch.
    max_length : int
        Maximum number of tokens in a row.
    last_ids : int64 Tensor (B,), optional
        The last token of each row, if the model embeds pairs of tokens.
    """

    def __init__(
        self, num_layers: int, batch_size: int, num_heads: int, max_length: int, head_size: int, like: Tensor
    ) -> None:
        shape = (2, batch_size, num_heads, max_length, head_size)
        self._layers = [like.new_empty(shape) for _ in range(num_layers)]
        self._memory: list[tuple[Tensor, Tensor] | None] = [None] * num_layers
        self.length = 0
        self.max_length = max_length
        self.last_ids: Tensor | None = None

    def extend(self, layer: int, k_BNTH: Tensor, v_BNTH: Tensor) -> tuple[Tensor, Tensor]:
        """Store the keys and values of T new tokens; return those of all tokens so far, (B, N, length + T, H).

        `advance` adds the new tokens to `length` when every layer has stored its own.
        """
        end = self.length + k_BNTH.shape[2]
        stored = self._layers[layer]
        stored[0, :, :, self.length : end] = k_BNTH
        stored[1, :, :, self.length : end] = v_BNTH
        return stored[0, :, :, :end], stored[1, :, :, :end]

    def advance(self, n_tokens: int) -> None:
        """Add to `length` the tokens that all layers have stored."""
        self.length += n_tokens

    def memory(self, layer: int) -> tuple[Tensor, Tensor] | None:
        """Return the keys and values of the encoder's output, if stored."""
        return self._memory[layer]

    def store_memory(self, layer: int, k_BNSH: Tensor, v_BNSH: Tensor) -> None:
        """Store the keys and values of the encoder's output, which do not change during generation."""
        self._memory[layer] = (k_BNSH, v_BNSH)

    def rows(self, row_ids: Tensor, first: int, max_length: int) -> KeyValueCache:
        """Return a new cache of rows `row_ids`, int64 (B',), from token `first` on, with room for `max_length` tokens.

        This cache is left unchanged; the encoder's keys and values are not copied.
        """
        new = copy.copy(self)
        new._layers = []
        for stored in self._layers:
            _, _, num_heads, _, head_size = stored.shape
            kept = stored.new_empty((2, len(row_ids), num_heads, max_length, head_size))
            kept[:, :, :, : self.length - first] = stored[:, :, :, first : self.length].index_select(
                1, row_ids
            )
            new._layers.append(kept)
        new._memory = [None] * len(self._memory)
        new.length, new.max_length = self.length - first, max_length
        new.last_ids = None if self.last_ids is None else self.last_ids.index_select(0, row_ids)
        return new

    def reorder(self, row_ids: Tensor) -> None:
        """Replace the rows of the batch by rows `row_ids`, int64 (B',): beams are kept, copied or dropped."""
        if self.last_ids is not None:
            self.last_ids = self.last_ids.index_select(0, row_ids)
        for layer, stored in enumerate(self._layers):
            kept = stored.new_empty((2, len(row_ids), *stored.shape[2:]))
            used = stored[:, :, :, : self.length].index_select(1, row_ids)
            kept[:, :, :, : self.length] = used
            self._layers[layer] = kept
            pair = self._memory[layer]
            if pair is not None:
                self._memory[layer] = (
                    torch.index_select(pair[0], 0, row_ids),
                    torch.index_select(pair[1], 0, row_ids),
                )
