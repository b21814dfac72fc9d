"""One decoding step of a `DecoderModel` with a cache: a fast version of its layers for one new token per row.

It takes half the time of the modules with a batch of one, where calling modules costs as much as their arithmetic.
Fused attention is avoided, too: for a single query it wakes all threads in every layer, which on a busy machine takes
50 times as long. test_every_step_scores_what_the_model_scores checks this file against the models.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from wordvec.transformer.models.cache import KeyValueCache
from wordvec.transformer.models.int8.layers import Int8Linear
from wordvec.transformer.models.layers import Layer, activate
from wordvec.transformer.models.positions import rotate
from wordvec.transformer.models.transformers import DecoderModel

__all__ = ["TokenStep"]

# Rows for which a product with the transposed table is faster: MKL's product of a matrix and a vector is 4 times
# as slow as this one on AMD's processors (30,522 x 256, one row: 3.9 ms against 1.0).
_FEW_ROWS = 2


_Product = Callable[[Tensor], Tensor]


class _Norm(NamedTuple):
    weight: Tensor
    bias: Tensor


class _LayerParts(NamedTuple):
    attention_norm: _Norm
    qkv: _Product
    attention_output: _Product
    feed_forward_norm: _Norm
    inner: _Product
    output: _Product


class TokenStep:
    """Decoding steps of one model, without dropout."""

    def __init__(self, model: DecoderModel) -> None:
        self._model = model
        self._config = model.config
        self._layers = [_parts(layer) for layer in model.stack.layers]
        self._last_norm = None if model.stack.norm is None else _norm(model.stack.norm)
        self._has_float_table = not isinstance(model.head, Int8Linear)
        self._table_DV: Tensor | None = None

    def hidden(
        self,
        token_ids_B: Tensor,
        cache: KeyValueCache,
        position_ids_B: Tensor | None = None,
        mask_BS: Tensor | None = None,
    ) -> Tensor:
        """Return the last hidden state of each row's new token, (B, D); adds its keys and values to the cache.

        Parameters
        ----------
        token_ids_B : int64 (B,)
        position_ids_B : int64 (B,), optional
            By default the number of tokens in the cache.
        mask_BS : (B, cache.length + 1), 1 for tokens and 0 for padding, optional
        """
        config = self._config
        B, D, N = len(token_ids_B), config.hidden_size, config.num_heads
        H = config.head_size
        place = cache.length if position_ids_B is None else position_ids_B
        x_BD = self._embedded(token_ids_B, place)
        if self._model.bigrams is not None:
            assert cache.last_ids is not None  # the prompt has been read
            x_BD = x_BD + self._model.bigrams(token_ids_B, cache.last_ids)
            cache.last_ids = token_ids_B
        hidden_keys = None if mask_BS is None else mask_BS[:, None, None, :] == 0
        rotary = None
        if config.positions == "rotary":
            cos, sin = (
                table[place].view(-1, 1, H) for table in (self._model.rotary_cos, self._model.rotary_sin)
            )
            rotary = (cos, sin)
        is_pre = config.norm == "pre"
        for number, layer in enumerate(self._layers):
            y_BD = self._normed(x_BD, layer.attention_norm) if is_pre else x_BD
            q_BN1H, k_BN1H, v_BN1H = layer.qkv(y_BD).view(B, 3, N, 1, H).unbind(1)
            if rotary is not None:
                q_BN1H, k_BN1H = rotate(q_BN1H, *rotary), rotate(k_BN1H, *rotary)
            k_BNSH, v_BNSH = cache.extend(number, k_BN1H, v_BN1H)
            scores_BN1S = torch.matmul(q_BN1H, k_BNSH.transpose(2, 3)).mul_(1.0 / math.sqrt(H))
            if hidden_keys is not None:
                scores_BN1S.masked_fill_(hidden_keys, -torch.inf)
            mixed_BD = torch.matmul(scores_BN1S.softmax(dim=-1), v_BNSH).reshape(B, D)
            x_BD = x_BD + layer.attention_output(mixed_BD)
            if not is_pre:
                x_BD = self._normed(x_BD, layer.attention_norm)
            y_BD = self._normed(x_BD, layer.feed_forward_norm) if is_pre else x_BD
            inner_BF = activate(layer.inner(y_BD), config.activation)
            x_BD = x_BD + layer.output(inner_BF)
            if not is_pre:
                x_BD = self._normed(x_BD, layer.feed_forward_norm)
        cache.advance(1)
        return x_BD if self._last_norm is None else self._normed(x_BD, self._last_norm)

    def scores(self, hidden_BD: Tensor) -> Tensor:
        """Return the logits of the next tokens, (B, V). For few rows on a CPU, a copy of the table is cached."""
        is_few = len(hidden_BD) <= _FEW_ROWS and hidden_BD.device.type == "cpu"
        if not (is_few and self._has_float_table):
            return self._model.project(hidden_BD)
        if self._table_DV is None:
            self._table_DV = self._model.output_weight.t().contiguous()
        return hidden_BD @ self._table_DV

    def _embedded(self, token_ids_B: Tensor, place: int | Tensor) -> Tensor:
        """Return the sum of embeddings, (B, D); `place` is the position of all rows, or of each."""
        tables = self._model.embeddings
        x_BD: Tensor = tables.tokens(token_ids_B)
        if tables.scale != 1.0:
            x_BD = x_BD * tables.scale
        if tables.segments is not None:
            x_BD = x_BD + tables.segments.weight[0]
        if tables.positions is not None:
            x_BD = x_BD + tables.positions.weight[place]
        elif tables.is_sinusoidal:
            x_BD = x_BD + tables.sinusoids[place]
        return x_BD if tables.norm is None else tables.norm(x_BD)

    def _normed(self, x_BD: Tensor, norm: _Norm) -> Tensor:
        return functional.layer_norm(x_BD, x_BD.shape[-1:], *norm, self._config.norm_eps)


def _parts(layer: nn.Module) -> _LayerParts:
    assert isinstance(layer, Layer)  # a Stack holds nothing else
    return _LayerParts(
        _norm(layer.attention_norm),
        _product(layer.attention.qkv),
        _product(layer.attention.output),
        _norm(layer.feed_forward_norm),
        _product(layer.feed_forward.inner),
        _product(layer.feed_forward.output),
    )


def _product(linear: nn.Module) -> _Product:
    """Return the output of a linear layer, without the cost of calling a module."""
    if isinstance(linear, nn.Linear):
        return functools.partial(functional.linear, weight=linear.weight, bias=linear.bias)
    return linear.forward


def _norm(module: nn.LayerNorm) -> _Norm:
    return _Norm(module.weight, module.bias)
