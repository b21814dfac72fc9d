"""Vectors of texts that need no downloaded model: how often each word of a list occurs, at length 1."""

import numpy as np

WORDS = [
    "film",
    "camera",
    "battery",
    "hotel",
    "room",
    "staff",
    "warm",
    "funny",
    "dull",
    "heavy",
    "loud",
    "quiet",
]


def embed(texts):
    """Return float32 (n_texts, n_words)."""
    table = np.array([[text.lower().count(word) for word in WORDS] for text in texts], np.float32)
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
