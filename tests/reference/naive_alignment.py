"""Alignment of word vectors by the formulas: MUSE's rotation, CSLS, the loss of RCSLS, IBM model 1; all in float64."""

import math
from collections import defaultdict

import numpy as np


def muse_rotation(source, target):
    """Return W with y near W x, the columns' convention: U V^T of the singular value decomposition of Y^T X."""
    u, _, vt = np.linalg.svd(target.T @ source)
    return u @ vt


def unit(rows):
    return np.array([row / math.sqrt(sum(x * x for x in row)) for row in np.asarray(rows, float)])


def csls(queries, source, target, k):
    """Return 2 cos(x, y) - r_T(x) - r_S(y) for all queries and rows of the target."""
    queries, source, target = unit(queries), unit(source), unit(target)
    scores = np.empty((len(queries), len(target)))
    for i, x in enumerate(queries):
        r_t = np.mean(sorted((y @ x for y in target), reverse=True)[:k])
        for j, y in enumerate(target):
            r_s = np.mean(sorted((s @ y for s in source), reverse=True)[:k])
            scores[i, j] = 2 * (x @ y) - r_t - r_s
    return scores


def rcsls_loss(matrix, x, y, all_x, all_y, k):
    """Return the loss of Joulin et al. (2018), eq. 4, a mean over pairs; rows are mapped as x @ matrix."""
    mapped, all_mapped = x @ matrix, all_x @ matrix
    total = 0.0
    for a, b in zip(mapped, y):
        near_a = np.mean(sorted((other @ a for other in all_y), reverse=True)[:k])
        near_b = np.mean(sorted((other @ b for other in all_mapped), reverse=True)[:k])
        total += -2 * (a @ b) + near_a + near_b
    return total / len(x)


def ibm_model1(source, target, n_iter):
    """Return t[f, e], the empty word being None; Brown et al. (1993), model 1."""
    together = defaultdict(set)
    for es, fs in zip(source, target):
        for e in [None, *es]:
            together[e].update(fs)
    t = {(f, e): 1 / len(fs) for e, fs in together.items() for f in fs}
    for _ in range(n_iter):
        count, total = defaultdict(float), defaultdict(float)
        for es, fs in zip(source, target):
            for f in fs:
                norm = sum(t[f, e] for e in [None, *es])
                for e in [None, *es]:
                    count[f, e] += t[f, e] / norm
                    total[e] += t[f, e] / norm
        t = {(f, e): c / total[e] for (f, e), c in count.items()}
    return t
