"""A toy language: word for word, in the reverse order; and quick parameters."""

import itertools

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier", "five": "fünf", "six": "sechs"}
CHINESE = dict(zip(WORDS, "一二三四五六"))
QUICK = {
    "hidden_size": 32, "num_layers": 1, "num_heads": 2, "batch_size": 32, "learning_rate": 0.01, "dropout": 0.0,
    "max_length": 24, "vocab_size": 300, "num_beams": 2, "device": "cpu", "verbose": False,
}  # fmt: skip
FEW = {**QUICK, "hidden_size": 8, "epochs": 1, "n_averaged": 2}


def translated(text, words=WORDS, between=" "):
    """Return what a text means in the toy language."""
    return between.join(words[word] for word in reversed(text.split()))


def sentences(length=3):
    """Return all sentences of so many words, in an order without one."""
    texts = [" ".join(words) for words in itertools.product(WORDS, repeat=length)]
    return sorted(texts, key=lambda text: text[::-1])


SOURCES = sentences()
TARGETS = [translated(text) for text in SOURCES]
