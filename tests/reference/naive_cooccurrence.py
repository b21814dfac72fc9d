"""Counts of pairs in exact fractions, PPMI by the formula on a dense matrix. Imports only NumPy."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def count_pairs(sentences, window, *, symmetric=True, distance_weighting=True):
    """Exact counts as a dict (word, context) -> Fraction."""
    counts = {}
    for sentence in sentences:
        for place, word in enumerate(sentence):
            for distance in range(1, window + 1):
                if place - distance < 0:
                    break
                left = sentence[place - distance]
                weight = Fraction(1, distance) if distance_weighting else Fraction(1)
                counts[word, left] = counts.get((word, left), 0) + weight
                if symmetric:
                    counts[left, word] = counts.get((left, word), 0) + weight
    return counts


def dense(counts, words):
    """The counts as float64 (V, V), each rounded once."""
    place = {word: k for k, word in enumerate(words)}
    matrix = np.zeros((len(words), len(words)))
    for (word, context), count in counts.items():
        matrix[place[word], place[context]] = float(count)
    return matrix


def ppmi(matrix, context_exponent=1.0, shift=1.0):
    """max(0, log(P(w, c) / (P(w) P(c))) - log(shift)), one pair at a time."""
    total = matrix.sum()
    powers = [c**context_exponent if c > 0 else 0.0 for c in matrix.sum(axis=0)]
    scores = np.zeros(matrix.shape)
    for w, c in zip(*np.nonzero(matrix)):
        joint = matrix[w, c] / total
        expected = matrix[w].sum() / total * powers[c] / sum(powers)
        scores[w, c] = max(0.0, math.log(joint / expected) - math.log(shift))
    return scores
