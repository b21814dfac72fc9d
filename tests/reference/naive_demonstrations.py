"""Choice of demonstrations, example by example, from the definitions."""

from __future__ import annotations

import math

import numpy as np


def cosine(a, b):
    """Return the cosine of two vectors, 0 if one is zeros."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    length = math.sqrt(a @ a) * math.sqrt(b @ b)
    return float(a @ b) / length if length else 0.0


def ranked(scores, barred=None):
    """Return the numbers of examples by falling score, of equal ones the first, without one."""
    return sorted((n for n in range(len(scores)) if n != barred), key=lambda n: (-scores[n], n))


def by_scores(scores, k, barred=None, labels=None, costs=None, budget=None):
    """Choose one by one the best that fits, of the labels that were chosen least and have some that fits."""
    left = [n for n in ranked(scores, barred) if costs is None or costs[n] <= budget]
    return greedy(left, lambda chosen, n: scores[n], k, labels, costs, budget)


def greedy(candidates, gain, k, labels=None, costs=None, budget=None):
    """Choose one by one the candidate with the greatest gain, of equal ones the first in `candidates`."""
    chosen = []
    while len(chosen) < k:
        spent = sum(costs[n] for n in chosen) if costs is not None else 0
        allowed = [n for n in candidates if n not in chosen and (costs is None or spent + costs[n] <= budget)]
        if labels is not None and allowed:
            counts = {n: sum(labels[m] == labels[n] for m in chosen) for n in allowed}
            allowed = [n for n in allowed if counts[n] == min(counts.values())]
        if not allowed:
            break
        gains = [gain(chosen, n) for n in allowed]
        chosen.append(allowed[gains.index(max(gains))])
    return chosen


def mmr(vectors, query, k, weight, n_candidates):
    """Maximal marginal relevance of the nearest ones."""
    relevance = [cosine(vector, query) for vector in vectors]
    pool = ranked(relevance)[:n_candidates]

    def gain(chosen, n):
        if not chosen:
            return relevance[n]
        return weight * relevance[n] - (1 - weight) * max(cosine(vectors[n], vectors[m]) for m in chosen)

    return greedy(pool, gain, k)


def dpp(vectors, query, k, weight, n_candidates):
    """The greedy maximum of weight x sum of relevance + (1 - weight) x log det, each determinant anew."""
    relevance = [cosine(vector, query) for vector in vectors]
    pool = ranked(relevance)[:n_candidates]

    def objective(some):
        similarity = np.array(
            [[1.0 if a == b else cosine(vectors[a], vectors[b]) for b in some] for a in some]
        )
        return weight * sum(relevance[n] for n in some) + (1 - weight) * np.linalg.slogdet(similarity)[1]

    return greedy(pool, lambda chosen, n: objective([*chosen, n]), k)


def coverage(covered, k, barred=None, labels=None):
    """Choose by the sum over words of the best coverage; begin anew when nothing is gained.

    covered : list of rows, one for each example, of the coverage of each word
    """
    chosen, round_began = [], 0

    def value(some):
        return sum(max(covered[n][word] for n in some) for word in range(len(covered[0])))

    while len(chosen) < min(k, len(covered) - (barred is not None)):
        allowed = [n for n in range(len(covered)) if n not in chosen and n != barred]
        if labels is not None:
            counts = {n: sum(labels[m] == labels[n] for m in chosen) for n in allowed}
            allowed = [n for n in allowed if counts[n] == min(counts.values())]
        now = chosen[round_began:]
        values = [value([*now, n]) for n in allowed]
        if now and max(values) <= value(now) + 1e-12:
            round_began = len(chosen)
            values = [value([n]) for n in allowed]
        chosen.append(allowed[values.index(max(values))])
    return chosen


def vote_k(vectors, n_neighbors, n_steps):
    """Vote-k, all votes counted anew at each step, in whole numbers."""
    n = len(vectors)
    neighbors = []
    for a in range(n):
        scores = [cosine(vectors[a], vector) for vector in vectors]
        neighbors.append(ranked(scores, a)[:n_neighbors])
    chosen = []
    for _ in range(n_steps):
        votes = {}
        for example in range(n):
            if example not in chosen:
                voters = [v for v in range(n) if example in neighbors[v] and v not in chosen]
                weights = [sum(m in chosen for m in neighbors[v]) for v in voters]
                votes[example] = sum(10 ** (9 - w) for w in weights if w <= 9)
        chosen.append(max(votes, key=lambda example: (votes[example], -example)))
    return chosen
