"""Layers of Transformers: attention, feed-forward layers and stacks of both (Vaswani et al., 2017, section 3).

Shapes: B batch, T tokens, S attended tokens, N heads, H = D / N width of a head, D hidden size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from wordvec.transformer.models.attention_mask import AttentionContext
from wordvec.transformer.models.config import TransformerConfig
from wordvec.transformer.models.dropout import Dropout
from wordvec.transformer.models.positions import rotate

__all__ = ["Attention", "CrossAttention", "FeedForward", "Layer", "Stack", "attend"]

ACTIVATIONS = {"gelu": "none", "gelu_tanh": "tanh"}


def attend(
    q_BNTH: Tensor,
    k_BNSH: Tensor,
    v_BNSH: Tensor,
    mask: Tensor | None = None,
    is_causal: bool = False,
    dropout: float = 0.0,
) -> Tensor:
    """Return softmax(q k^T / sqrt(H)) v, (B, N, T, H): Vaswani et al. (2017), eq. 1, in PyTorch's fused form.

    The output is zero for a query that may not attend to any key, as at left padding under a causal mask.
    """
    if q_BNTH.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
        # PyTorch's bfloat16 form takes four times as long for short texts.
        with torch.autocast("cpu", enabled=False):
            return attend(q_BNTH.float(), k_BNSH.float(), v_BNSH.float(), mask, is_causal, dropout)
    return functional.scaled_dot_product_attention(
        q_BNTH, k_BNSH, v_BNSH, attn_mask=mask, dropout_p=dropout, is_causal=is_causal
    )


class Attention(nn.Module):
    """Multi-head self-attention: section 3.2.2. One product computes queries, keys and values."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.num_heads = config.num_heads
        self.dropout = config.attention_dropout
        self.qkv = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.output = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x_BTD: Tensor, context: AttentionContext, layer: int) -> Tensor:
        """Return the attention output of each token over the tokens of its text, (B, T, D)."""
        B, T, D = x_BTD.shape
        qkv = self.qkv(x_BTD).view(B, T, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        q_BNTH, k_BNSH, v_BNSH = qkv.unbind(0)
        if context.rotary is not None:
            q_BNTH, k_BNSH = rotate(q_BNTH, *context.rotary), rotate(k_BNSH, *context.rotary)
        if context.cache is not None:
            k_BNSH, v_BNSH = context.cache.extend(layer, k_BNSH, v_BNSH)
        dropout = self.dropout if self.training else 0.0
        mixed_BNTH = attend(q_BNTH, k_BNSH, v_BNSH, context.mask, context.is_causal, dropout)
        return self.output(mixed_BNTH.transpose(1, 2).reshape(B, T, D))


class CrossAttention(nn.Module):
    """Multi-head attention of a decoder's tokens to the encoder's output."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.num_heads = config.num_heads
        self.dropout = config.attention_dropout
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key_value = nn.Linear(config.hidden_size, 2 * config.hidden_size)
        self.output = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x_BTD: Tensor, context: AttentionContext, layer: int) -> Tensor:
        """Return the attention output of each token over the source, (B, T, D)."""
        q_BNTH = self.query(x_BTD).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        k_BNSH, v_BNSH = self._keys_and_values(context, layer)
        dropout = self.dropout if self.training else 0.0
        mixed_BNTH = attend(q_BNTH, k_BNSH, v_BNSH, context.memory_mask, dropout=dropout)
        return self.output(mixed_BNTH.transpose(1, 2).flatten(2))

    def _keys_and_values(self, context: AttentionContext, layer: int) -> tuple[Tensor, Tensor]:
        stored = None if context.cache is None else context.cache.memory(layer)
        if stored is not None:
            return stored
        assert context.memory is not None  # a decoder layer with cross-attention is always given the source
        pair = self.key_value(context.memory).unflatten(-1, (2, self.num_heads, -1))
        k_BNSH, v_BNSH = pair.permute(2, 0, 3, 1, 4).unbind(0)
        if context.cache is not None:
            context.cache.store_memory(layer, k_BNSH, v_BNSH)
        return k_BNSH, v_BNSH


class FeedForward(nn.Module):
    """Two linear layers with an activation between them, applied to each token on its own: section 3.3."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.activation = config.activation
        self.inner = nn.Linear(config.hidden_size, config.inner_size)
        self.output = nn.Linear(config.inner_size, config.hidden_size)

    def forward(self, x_BTD: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        return self.output(activate(self.inner(x_BTD), self.activation))


def activate(x: Tensor, activation: str) -> Tensor:
    """Return relu(x), or gelu(x) exactly or in its tanh approximation: Hendrycks and Gimpel (2016)."""
    if activation == "relu":
        return functional.relu(x)
    return functional.gelu(x, approximate=ACTIVATIONS[activation])


class Layer(nn.Module):
    """Self-attention, cross-attention in a decoder with a source, and feed-forward; each with residual and norm.

    norm(x + sublayer(x)) as published ("post"), or x + sublayer(norm(x)) ("pre"): Xiong et al. (2020),
    arXiv:2002.04745.
    """

    def __init__(self, config: TransformerConfig, has_source: bool = False) -> None:
        super().__init__()
        self.is_pre = config.norm == "pre"
        self.attention = Attention(config)
        self.attention_norm = _norm(config)
        self.cross_attention = CrossAttention(config) if has_source else None
        self.cross_norm = _norm(config) if has_source else None
        self.feed_forward = FeedForward(config)
        self.feed_forward_norm = _norm(config)
        self.dropout = Dropout(config.dropout)

    def forward(self, x_BTD: Tensor, context: AttentionContext, layer: int) -> Tensor:
        """Return the tokens after this layer, (B, T, D)."""
        if self.is_pre:
            x_BTD = x_BTD + self.dropout(self.attention(self.attention_norm(x_BTD), context, layer))
            if self.cross_attention is not None and self.cross_norm is not None:
                x_BTD = x_BTD + self.dropout(self.cross_attention(self.cross_norm(x_BTD), context, layer))
            return x_BTD + self.dropout(self.feed_forward(self.feed_forward_norm(x_BTD)))
        x_BTD = self.attention_norm(x_BTD + self.dropout(self.attention(x_BTD, context, layer)))
        if self.cross_attention is not None and self.cross_norm is not None:
            x_BTD = self.cross_norm(x_BTD + self.dropout(self.cross_attention(x_BTD, context, layer)))
        return self.feed_forward_norm(x_BTD + self.dropout(self.feed_forward(x_BTD)))


class Stack(nn.Module):
    """A sequence of layers, and a final norm if norms come before sublayers."""

    def __init__(self, config: TransformerConfig, has_source: bool = False) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(config, has_source) for _ in range(config.num_layers))
        self.norm = _norm(config) if config.norm == "pre" else None

    def forward(self, x_BTD: Tensor, context: AttentionContext) -> tuple[Tensor, ...]:
        """Return the input and each layer's output, num_layers + 1 tensors (B, T, D); the last one normalised."""
        states = [x_BTD]
        for number, layer in enumerate(self.layers):
            x_BTD = layer(x_BTD, context, number)
            states.append(x_BTD)
        if self.norm is not None:
            states[-1] = self.norm(x_BTD)
        if context.cache is not None:
            context.cache.advance(x_BTD.shape[1])
        return tuple(states)


def _norm(config: TransformerConfig) -> nn.LayerNorm:
    return nn.LayerNorm(config.hidden_size, eps=config.norm_eps)
