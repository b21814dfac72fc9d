"""Made-up reviews and sentences, and options of small models, for the tests of fine-tuning."""

import numpy as np

from wordvec.transformer import (
    TransformerClassifier,
)

SMALL = dict(hidden_size=16, num_layers=1, num_heads=2, batch_size=8, learning_rate=0.01, verbose=False)
WORDS = {"pos": ["good", "fine", "warm", "funny"], "neg": ["bad", "dull", "cold", "slow"]}


def sentences(n, seed=1):
    """Made-up reviews: two telling words among others, and their class."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(["pos", "neg"], n).tolist()
    others = ["the", "film", "is", "a", "story", "about", "people", "in", "town"]
    texts = [
        " ".join(rng.permutation([*rng.choice(WORDS[label], 2), *rng.choice(others, 4)])) for label in labels
    ]
    return texts, labels


TEXTS, LABELS = sentences(80)
NEW_TEXTS, NEW_LABELS = sentences(40, seed=2)


def classifier(**changes):
    return TransformerClassifier(**({**SMALL, "epochs": 6} | changes))


TAGGED = [text.split() for text in TEXTS]
TAGS = [["Q" if word in sum(WORDS.values(), []) else "O" for word in sentence] for sentence in TAGGED]
