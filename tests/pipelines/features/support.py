"""Poolings, words and random texts."""

import numpy as np

POOLINGS = ["mean", "max", "minmax", "idf", "sif", "usif"]
WORDS = [f"w{k}" for k in range(30)]
SIZE = 8


def random_texts(rng, n_texts, longest=12):
    """Texts whose words are of very different frequency; some empty, some words unknown."""
    p = 1.0 / np.arange(1, len(WORDS) + 1) ** 1.5
    words = [*WORDS, "unknown"]
    p = np.append(p / p.sum(), 0.1) / 1.1
    return [rng.choice(words, rng.integers(longest + 1), p=p).tolist() for _ in range(n_texts)]
