"""Slow, obvious references for word vectors: one word, one pair, one float at a time."""

from __future__ import annotations

import numpy as np


def cosine(u, v):
    u, v = u.astype(np.float64), v.astype(np.float64)
    lengths = np.sqrt(u @ u) * np.sqrt(v @ v)
    return 0.0 if lengths == 0 else float(u @ v / lengths)


def unit(v):
    v = v.astype(np.float64)
    length = np.sqrt(v @ v)
    return v if length == 0 else v / length


def most_similar(vectors, query, excluded, topn, n_rows=None):
    """Return (row, cosine) of the nearest rows; ties by row."""
    rows = [row for row in range(n_rows or len(vectors)) if row not in excluded]
    scored = [(-cosine(vectors[row], query), row) for row in rows]
    return [(row, -negative) for negative, row in sorted(scored)[:topn]]


def analogy(vectors, a, b, c, n_rows, barred, method):
    """Return the row that is to c as b is to a."""
    best = (-np.inf, None)
    for row in range(n_rows):
        if row in barred:
            continue
        cos = [cosine(vectors[row], vectors[other]) for other in (a, b, c)]
        shifted = [(1 + value) / 2 for value in cos]
        score = (
            cos[1] + cos[2] - cos[0] if method == "3cosadd" else shifted[1] * shifted[2] / (shifted[0] + 1e-6)
        )
        if score > best[0]:
            best = (score, row)
    return best[1]


def ranks(values):
    """Return ranks from 1, equal values sharing the mean of theirs."""
    return np.array([sum(w < v for w in values) + (sum(w == v for w in values) + 1) / 2 for v in values])


def pearson(x, y):
    x, y = np.asarray(x, float) - np.mean(x), np.asarray(y, float) - np.mean(y)
    return float((x @ y) / np.sqrt((x @ x) * (y @ y)))


def spearman(x, y):
    return pearson(ranks(x), ranks(y))


def read_word2vec_text(text):
    """Return words and rows of a word2vec text file (str)."""
    lines = text.splitlines()[1:]
    fields = [line.split(" ") for line in lines]
    return [f[0] for f in fields], np.array([[np.float32(number) for number in f[1:]] for f in fields])
