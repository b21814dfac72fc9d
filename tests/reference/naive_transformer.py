"""Attention and a pre-norm decoder from their formulas, in NumPy, one token at a time."""

import math

import numpy as np


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def attend(q_TH, k_SH, v_SH, sees_TS):
    """Vaswani et al. (2017), eq. 1, for one head; zeros for a query that sees nothing."""
    out = np.zeros((len(q_TH), v_SH.shape[1]))
    for t, q in enumerate(q_TH):
        seen = np.flatnonzero(sees_TS[t])
        if len(seen):
            out[t] = softmax(k_SH[seen] @ q / math.sqrt(len(q))) @ v_SH[seen]
    return out


def norm(x_TD, weight, bias, eps):
    mean = x_TD.mean(1, keepdims=True)
    return (x_TD - mean) / np.sqrt(x_TD.var(1, keepdims=True) + eps) * weight + bias


def gelu(x):
    return np.array([0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in x.ravel()]).reshape(x.shape)


def turn(x_H, position):
    """Su et al. (2021): pair (i, i + H/2) turned by position / 10000^(2i/H)."""
    half = len(x_H) // 2
    out = np.empty_like(x_H)
    for i in range(half):
        angle = position / 10000 ** (2 * i / len(x_H))
        c, s = math.cos(angle), math.sin(angle)
        out[i] = x_H[i] * c - x_H[i + half] * s
        out[i + half] = x_H[i + half] * c + x_H[i] * s
    return out


def decoder_hidden(weights, ids, n_layers, n_heads, eps, rotary):
    """The last hidden states of a pre-norm decoder without dropout, (T, D)."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}
    T = len(ids)
    x = w["embeddings.tokens.weight"][ids]
    if not rotary:
        x = x + w["embeddings.positions.weight"][:T]
    sees = np.tril(np.ones((T, T), bool))
    for i in range(n_layers):
        p = f"stack.layers.{i}."
        y = norm(x, w[p + "attention_norm.weight"], w[p + "attention_norm.bias"], eps)
        q, k, v = np.split(y @ w[p + "attention.qkv.weight"].T + w[p + "attention.qkv.bias"], 3, axis=1)
        heads = []
        for columns in np.split(np.arange(x.shape[1]), n_heads):
            qh, kh = q[:, columns], k[:, columns]
            if rotary:
                qh = np.stack([turn(row, t) for t, row in enumerate(qh)])
                kh = np.stack([turn(row, t) for t, row in enumerate(kh)])
            heads.append(attend(qh, kh, v[:, columns], sees))
        x = x + np.concatenate(heads, 1) @ w[p + "attention.output.weight"].T + w[p + "attention.output.bias"]
        y = norm(x, w[p + "feed_forward_norm.weight"], w[p + "feed_forward_norm.bias"], eps)
        inner = gelu(y @ w[p + "feed_forward.inner.weight"].T + w[p + "feed_forward.inner.bias"])
        x = x + inner @ w[p + "feed_forward.output.weight"].T + w[p + "feed_forward.output.bias"]
    return norm(x, w["stack.norm.weight"], w["stack.norm.bias"], eps)
