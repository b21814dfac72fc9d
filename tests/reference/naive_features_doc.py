"""Document features, one text and one word at a time, in float64.

`vectors` is a dict of word to array; a text is a list of words.
"""

import math

import numpy as np


def known_words(text, vectors):
    return [word for word in text if word in vectors]


def zeros(vectors):
    return np.zeros(len(next(iter(vectors.values()))))


def mean(text, vectors):
    words = known_words(text, vectors)
    return sum(vectors[word] for word in words) / len(words) if words else zeros(vectors)


def largest(text, vectors):
    words = known_words(text, vectors)
    return np.max([vectors[word] for word in words], axis=0) if words else zeros(vectors)


def smallest(text, vectors):
    words = known_words(text, vectors)
    return np.min([vectors[word] for word in words], axis=0) if words else zeros(vectors)


def idf(word, training_texts):
    n_holding = sum(word in text for text in training_texts)
    return math.log((1 + len(training_texts)) / (1 + n_holding)) + 1


def idf_mean(text, vectors, training_texts):
    words = known_words(text, vectors)
    if not words:
        return zeros(vectors)
    weights = [idf(word, training_texts) for word in words]
    return sum(w * vectors[word] for w, word in zip(weights, words)) / sum(weights)


def probabilities(training_texts, vectors):
    words = [word for text in training_texts for word in known_words(text, vectors)]
    return {word: words.count(word) / len(words) for word in set(words)}


def singular_vectors(rows):
    _, values, directions = np.linalg.svd(np.array(rows), full_matrices=False)
    return values, directions


def sif(texts, vectors, training_texts, p, a):
    """Arora, Liang and Ma (2017), algorithm 1; the singular vector is that of the training texts."""

    def weighted(text):
        words = known_words(text, vectors)
        if not words:
            return zeros(vectors)
        return sum(a / (a + p.get(word, 0)) * vectors[word] for word in words) / len(words)

    _, directions = singular_vectors([weighted(text) for text in training_texts])
    u = directions[0]
    return np.array([weighted(text) - np.outer(u, u) @ weighted(text) for text in texts])


def usif_a(vectors, training_texts, p):
    lengths = [len(known_words(text, vectors)) for text in training_texts if known_words(text, vectors)]
    threshold = 1 - (1 - 1 / len(p)) ** (sum(lengths) / len(lengths))
    alpha = sum(value > threshold for value in p.values()) / len(p)
    return (1 - alpha) / (alpha * 0.5 * len(p))


def usif(texts, vectors, training_texts, p, m=5):
    """Ethayarajh (2018): weights with its own a, unit word vectors, piecewise common component removal."""
    a = usif_a(vectors, training_texts, p)

    def weighted(text):
        words = known_words(text, vectors)
        total = zeros(vectors)
        for word in words:
            total = total + a / (0.5 * a + p.get(word, 0)) * vectors[word] / np.linalg.norm(vectors[word])
        return total / max(len(words), 1)

    values, directions = singular_vectors([weighted(text) for text in training_texts])
    values, directions = values[:m], directions[:m]
    out = []
    for text in texts:
        v = weighted(text)
        removed = zeros(vectors)
        for value, u in zip(values, directions):
            removed = removed + value**2 / sum(values**2) * (v @ u) * u
        out.append(v - removed)
    return np.array(out)
