"""Slow, obvious references for drift: one word, one pair of models, one float at a time."""

from __future__ import annotations

import math
import statistics

import numpy as np
from naive_vectors import most_similar


def unshared(x_SD, y_SD, n_neighbors):
    """Return the share of each word's nearest words in x that are not so in y."""
    shares = []
    for row in range(len(x_SD)):
        near = [
            {other for other, _ in most_similar(table, table[row], {row}, n_neighbors)}
            for table in (x_SD, y_SD)
        ]
        shares.append(len(near[0] - near[1]) / n_neighbors)
    return shares


def procrustes(x_SD, y_SD):
    """Return 1 - cosine after the orthogonal factor of the polar decomposition of X'Y: (MM')^(-1/2) M."""
    x_SD, y_SD = (t / np.linalg.norm(t, axis=1, keepdims=True) for t in (x_SD, y_SD))
    product_DD = x_SD.T @ y_SD
    values, vectors_DD = np.linalg.eigh(product_DD @ product_DD.T)
    mapped_SD = x_SD @ (vectors_DD @ np.diag(values**-0.5) @ vectors_DD.T @ product_DD)
    return [1 - float(mapped @ y) for mapped, y in zip(mapped_SD, y_SD)]


def p_values(odds):
    """Return the p-values of the words of one cell."""
    ranked = sorted(odds)

    def quantile(share):
        place = share * (len(ranked) - 1)
        low = math.floor(place)
        high = min(low + 1, len(ranked) - 1)
        return ranked[low] + (place - low) * (ranked[high] - ranked[low])

    normal = statistics.NormalDist()
    median = quantile(0.5)
    scale = max(quantile(0.9) - median, median - quantile(0.1)) / normal.inv_cdf(0.9)
    return [normal.cdf((median - value) / scale) for value in odds]


def q_values(p):
    """Return, for each of some p-values, the least share of errors of a list that holds it."""
    n = len(p)
    return [min([1.0, *(cut * n / sum(other <= cut for other in p) for cut in p if cut >= own)]) for own in p]
