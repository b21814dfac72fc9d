"""Measures of bias word by word, and permutation tests that go through every partition. NumPy and itertools only."""

from itertools import combinations

import numpy as np


def cosine(a, b):
    return a @ b / np.sqrt((a @ a) * (b @ b))


def association(w, A, B):
    return np.mean([cosine(w, a) for a in A]) - np.mean([cosine(w, b) for b in B])


def statistic(X, Y, A, B):
    return sum(association(x, A, B) for x in X) - sum(association(y, A, B) for y in Y)


def effect_size(X, Y, A, B, ddof=0):
    x, y = ([association(w, A, B) for w in group] for group in (X, Y))
    return (np.mean(x) - np.mean(y)) / np.std(x + y, ddof=ddof)


def p_value(X, Y, A, B, alternative="greater"):
    """Share of all partitions into halves with a statistic as extreme as the observed one, which is one of them."""
    targets = [*X, *Y]
    observed = statistic(X, Y, A, B)
    n_extreme = n = 0
    for chosen in combinations(range(len(targets)), len(X)):
        first = [targets[k] for k in chosen]
        second = [targets[k] for k in range(len(targets)) if k not in chosen]
        value = statistic(first, second, A, B)
        if alternative == "less":
            extreme = value <= observed + 1e-10
        elif alternative == "greater":
            extreme = value >= observed - 1e-10
        else:
            extreme = abs(value) >= abs(observed) - 1e-10
        n_extreme += extreme
        n += 1
    return n_extreme / n


def relative_norm_distances(X, Y, words):
    X, Y, words = ([w / np.sqrt(w @ w) for w in group] for group in (X, Y, words))
    x, y = np.mean(X, axis=0), np.mean(Y, axis=0)
    return [np.sqrt(((w - x) ** 2).sum()) - np.sqrt(((w - y) ** 2).sum()) for w in words]


def inner_products(word, pairs):
    return [word @ (x - y) / np.sqrt(((x - y) ** 2).sum()) for x, y in pairs]


def first_component(pairs):
    """Direction of the words of pairs around the pairs' centres: the eigenvector of their scatter."""
    scatter = 0
    for pair in pairs:
        x, y = (w / np.sqrt(w @ w) for w in pair)
        for w in (x, y):
            scatter = scatter + np.outer(w - (x + y) / 2, w - (x + y) / 2)
    return np.linalg.eigh(scatter)[1][:, -1]
