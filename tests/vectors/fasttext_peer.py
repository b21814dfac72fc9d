"""Text and models of fastText and floret that tests make with the libraries themselves."""

import random
from pathlib import Path

import numpy as np

SYLLABLES = ["ka", "lo", "mé", "ru", "日", "本", "ti", "sha", "x", "no", "Да"]
UNKNOWN = ["kalolo", "x", "unseen", "日本", "ЯД", "</s>x", "kakakakakakakaka", "<ka>"]


def words(n=120, seed=1):
    """Return words of one to four syllables, none twice."""
    draw = random.Random(seed)
    made = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(4 * n)]
    return list(dict.fromkeys(made))[:n]


def write_text(path, n_lines=400, label=None, seed=1):
    """Write lines of words; with a label before each if `label`, a prefix, says so."""
    draw = random.Random(seed)
    known = words()
    with Path(path).open("w", encoding="utf-8") as file:
        for _ in range(n_lines):
            topic = draw.randrange(6)
            line = [known[(topic * 20 + int(draw.expovariate(0.1))) % len(known)] for _ in range(8)]
            labels = [] if label is None else [f"{label}t{topic}"]
            if label is not None and topic % 2:
                labels.append(f"{label}odd")
            file.write(" ".join(labels + line) + "\n")
    return str(path)


def vectors_of(model, names):
    """Return the vectors that the library has, float32 (n, D)."""
    return np.array([model.get_word_vector(name) for name in names])
