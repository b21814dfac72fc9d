"""Texts, rows and digests for the tests of `EmbeddingClassifier`."""

import hashlib

import numpy as np

from wordvec.text.tokenized_texts import EncodedTexts

SMALL = dict(vector_size=6, epochs=8, n_jobs=1, random_state=3, verbose=False)


def toy(n_texts, seed, n_classes=3, n_words=60):
    """Texts in which a tenth of the words tell the class; lengths 1 to 15."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(n_classes, size=n_texts)
    texts = []
    for label in labels:
        words = [f"w{i}" for i in rng.integers(n_words, size=rng.integers(1, 16))]
        words[rng.integers(len(words))] = f"class{label}"
        texts.append(words)
    return texts, [f"c{label}" for label in labels]


def encoded_texts(texts):
    starts = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    return EncodedTexts(np.array([row for text in texts for row in text], np.int32), starts)


def as_lists(encoded):
    return [encoded.ids[a:b].tolist() for a, b in zip(encoded.starts, encoded.starts[1:])]


def digest(model):
    return hashlib.sha256(model._model.table.tobytes() + model._model.weights.tobytes()).hexdigest()
