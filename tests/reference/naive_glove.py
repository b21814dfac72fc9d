"""Counting by integers and GloVe by the book: one pair at a time, in float64. Imports only NumPy."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from naive_training import draw, stream_key

ORDER = 5  # what a stream of draws is for


def weights(window, distance_weighting):
    """`unit`, and the weight by distance in multiples of 1 / unit; 1 / distance is rounded beyond 22."""
    if not distance_weighting:
        return 1, [0] + [1] * window
    unit = math.lcm(*range(1, window + 1)) if window <= 22 else 1 << 28
    return unit, [0] + [round(Fraction(unit, d)) for d in range(1, window + 1)]


def count_ids(token_ids, starts, n_words, weights, symmetric):
    """Multiples of 1 / unit, int64 (V, V), distance by distance."""
    sentence = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    token_ids = np.asarray(token_ids, np.int64)
    counts = np.zeros((n_words, n_words), np.int64)
    for distance, weight in enumerate(weights):
        if distance:
            together = sentence[distance:] == sentence[:-distance]
            np.add.at(counts, (token_ids[distance:][together], token_ids[:-distance][together]), weight)
    return counts + counts.T if symmetric else counts


def permutation(key, n):
    items = list(range(n))
    for i in range(n - 1, 0, -1):
        j = ((draw(key, i) >> 32) * (i + 1)) >> 32
        items[i], items[j] = items[j], items[i]
    return items


def weight(count, x_max, exponent):
    return min(1.0, (count / x_max) ** exponent)


def pair_loss(word, context, word_bias, context_bias, count, x_max, exponent):
    """Pennington, Socher and Manning (2014), eq. 8, one term, with the factor 1/2."""
    error = word @ context + word_bias + context_bias - math.log(count)
    return 0.5 * weight(count, x_max, exponent) * error**2


def penalty_loss(word, context, target, penalty):
    return 0.5 * penalty * ((word + context - target) ** 2).sum()


def total_loss(counts, words, contexts, word_biases, context_biases, x_max, exponent):
    """The loss of a dense matrix of counts, summed over its pairs."""
    return math.fsum(
        pair_loss(words[i], contexts[j], word_biases[i], context_biases[j], counts[i, j], x_max, exponent)
        for i, j in zip(*np.nonzero(counts))
    )


def numeric_gradient(function, x, step=1e-6):
    """Central differences; `x` is changed and put back."""
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + step
        above = function()
        x[place] = kept - step
        gradient[place] = (above - function()) / (2 * step)
        x[place] = kept
    return gradient


class Trainer:
    """AdaGrad over the pairs of a dense matrix of counts.

    Parameters
    ----------
    parameters : dict of arrays by word: word_vectors, word_sums, word_bias ([bias, sum]), context_...
    stripe, group, place : by word; the blocks that it belongs to, and its rank in the order of rows
    """

    def __init__(self, counts, parameters, stripe, group, place, *, x_max, exponent, rate, seed):
        self.p = {name: np.array(values, np.float64) for name, values in parameters.items()}
        self.counts, self.x_max, self.exponent, self.rate, self.seed = counts, x_max, exponent, rate, seed
        self.n_stripes, self.n_groups = max(stripe) + 1, max(group) + 1
        self.blocks = {}
        for i, j in sorted(zip(*np.nonzero(counts)), key=lambda pair: (place[pair[0]], pair[1])):
            self.blocks.setdefault((stripe[i], stripe[j], group[j]), []).append((i, j))
        self.targets, self.penalty = {}, 0.0  # by word; penalty of a round

    def epoch(self, n_epoch):
        """Train and return the mean loss."""
        key = stream_key(self.seed, ORDER, 2 * n_epoch + 1)
        losses = []
        for n_round, shift in enumerate(permutation(key, self.n_stripes)):
            for rows in range(self.n_stripes):
                cols = (rows + shift) % self.n_stripes
                for group in permutation(draw(draw(key, n_round), rows), self.n_groups):
                    losses += [self.step(i, j) for i, j in self.blocks.get((rows, cols, group), [])]
            losses += [self.pull(word) for word in self.targets]
        return math.fsum(losses) / np.count_nonzero(self.counts)

    def step(self, i, j):
        p, count = self.p, self.counts[i, j]
        word, context = p["word_vectors"][i].copy(), p["context_vectors"][j].copy()
        bias, other_bias = p["word_bias"][i, 0], p["context_bias"][j, 0]
        error = word @ context + bias + other_bias - math.log(count)
        slope = weight(count, self.x_max, self.exponent) * error
        self._descend(p["word_vectors"][i], p["word_sums"][i], slope * context)
        self._descend(p["context_vectors"][j], p["context_sums"][j], slope * word)
        self._descend(p["word_bias"][i, :1], p["word_bias"][i, 1:], slope)
        self._descend(p["context_bias"][j, :1], p["context_bias"][j, 1:], slope)
        return pair_loss(word, context, bias, other_bias, count, self.x_max, self.exponent)

    def pull(self, word):
        p = self.p
        w, c = p["word_vectors"][word], p["context_vectors"][word]
        loss = penalty_loss(w, c, self.targets[word], self.penalty)
        # The gradient at the end of the step: what is left of the error solves a linear equation.
        scales = 1 / np.sqrt(p["word_sums"][word]) + 1 / np.sqrt(p["context_sums"][word])
        left = (w + c - self.targets[word]) / (1 + self.rate * self.penalty * scales)
        self._descend(w, p["word_sums"][word], self.penalty * left)
        self._descend(c, p["context_sums"][word], self.penalty * left)
        return loss

    def _descend(self, values, sums, gradient):
        """Change in place; the step is divided by the root of the sum before it."""
        values -= self.rate * gradient / np.sqrt(sums)
        sums += (self.rate * gradient) ** 2
