"""Attention masks, causal and for padding, and token positions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from wordvec.transformer.models.cache import KeyValueCache

__all__ = [
    "AttentionContext",
    "causal_context",
    "first_tokens",
    "is_cheap_to_read",
    "next_positions",
    "padding_mask",
]


@dataclass
class AttentionContext:
    """The inputs of attention other than the tokens, shared by all layers.

    Attributes
    ----------
    mask : bool Tensor, optional
        Broadcasts to (B, N, T, S); True where a query may attend to a key. None if every query may attend to every key.
    is_causal : bool
        Whether queries do not attend to later keys; only without a mask.
    rotary : (Tensor, Tensor), optional
        Cosines and sines of the tokens' positions, each (B or 1, T, H).
    cache : KeyValueCache, optional
        Keys and values of earlier tokens.
    memory : float Tensor (B, S, D), optional
        Output of the encoder, for cross-attention.
    memory_mask : bool Tensor (B, 1, 1, S), optional
        True at the source's tokens, False at its padding.
    """

    mask: Tensor | None = None
    is_causal: bool = False
    rotary: tuple[Tensor, Tensor] | None = None
    cache: KeyValueCache | None = None
    memory: Tensor | None = None
    memory_mask: Tensor | None = None


def padding_mask(attention_mask: Tensor | None, tokens: Tensor) -> Tensor | None:
    """Return bool (B, 1, 1, T), True at real tokens, or None if nothing is padding."""
    if attention_mask is None:
        return None
    if attention_mask.shape != tokens.shape[:2]:
        raise ValueError(
            f"attention_mask has shape {tuple(attention_mask.shape)} and the tokens {tuple(tokens.shape[:2])}: "
            "they must be the same."
        )
    is_real = attention_mask.bool()
    if is_cheap_to_read(is_real) and is_real.all():
        return None
    return is_real[:, None, None, :]


def causal_context(
    input_ids: Tensor, attention_mask: Tensor | None, cache: KeyValueCache | None
) -> AttentionContext:
    """Return the context of new tokens that attend to themselves and to earlier ones, also in the cache."""
    n_past = 0 if cache is None else cache.length
    T = input_ids.shape[1]
    if cache is not None and n_past + T > cache.max_length:
        raise ValueError(
            f"The cache has room for {cache.max_length} tokens and {n_past + T} are to be in it."
        )
    expected = (input_ids.shape[0], n_past + T)
    if attention_mask is not None and attention_mask.shape != expected:
        raise ValueError(
            f"attention_mask has shape {tuple(attention_mask.shape)}; for these tokens it must have {expected}."
        )
    is_real = None if attention_mask is None else attention_mask.bool()
    if is_real is not None and is_cheap_to_read(is_real) and is_real.all():
        is_real = None
    if is_real is None and n_past == 0:
        return AttentionContext(is_causal=T > 1, cache=cache)
    mask = causal_mask(T, n_past + T, input_ids.device) if T > 1 else None
    if is_real is not None:
        seen = is_real[:, None, None, :]
        mask = seen if mask is None else mask & seen
    return AttentionContext(mask, cache=cache)


def is_cheap_to_read(tensor: Tensor) -> bool:
    """Return whether reading a tensor's values is nearly free: on a CPU, outside torch.compile."""
    # On a GPU the reader would wait for all work before it; a compiler would break its graph there.
    return tensor.device.type == "cpu" and not torch.compiler.is_compiling()


def next_positions(input_ids: Tensor, attention_mask: Tensor | None, cache: KeyValueCache | None) -> Tensor:
    """Return the positions of new tokens, int64 (B or 1, T), after those in the cache; padding is not counted."""
    T = input_ids.shape[1]
    if cache is not None and attention_mask is not None:
        return (attention_mask.long().cumsum(1) - 1).clamp_min(0)[:, -T:]
    n_past = 0 if cache is None else cache.length
    places = torch.arange(n_past, n_past + T, device=input_ids.device).unsqueeze(0)
    if attention_mask is None or begins_at_first(attention_mask):
        return places
    # Only what stands before the first token: so that rows padded on the right keep the places that they had.
    n_before_B1 = (attention_mask.long().cumsum(1) == 0).sum(1, keepdim=True)
    return (places - n_before_B1).clamp_min(0)


def begins_at_first(attention_mask: Tensor) -> bool:
    """Return whether no row is known to be padded on the left; on a GPU the values are not read."""
    return is_cheap_to_read(attention_mask) and bool(attention_mask[:, 0].all())


def first_tokens(hidden_BTD: Tensor, attention_mask: Tensor | None) -> Tensor:
    """Return the state of each row's first non-padding token, (B, D)."""
    if attention_mask is None or begins_at_first(attention_mask):
        return hidden_BTD[:, 0]
    first_B = attention_mask.bool().long().argmax(1)
    return hidden_BTD[torch.arange(len(first_B), device=first_B.device), first_B]


def causal_mask(n_queries: int, n_keys: int, device: torch.device) -> Tensor:
    """Return bool (T, S), True where a query attends to a key: the last to all keys, each earlier one to one less."""
    places = torch.arange(n_queries, device=device) + (n_keys - n_queries)
    return torch.arange(n_keys, device=device) <= places.unsqueeze(1)
