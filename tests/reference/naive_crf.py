"""The linear chain by its definition: every path is tried."""

import itertools
import math

import numpy as np


def paths(n_tokens, n_labels):
    """Return all tag sequences."""
    return list(itertools.product(range(n_labels), repeat=n_tokens))


def path_score(path, unary_NL, transition_LL):
    """Return the sum of the scores of a path."""
    score = sum(unary_NL[t][label] for t, label in enumerate(path))
    return score + sum(transition_LL[a][b] for a, b in itertools.pairwise(path))


def log_partition(unary_NL, transition_LL):
    """Return the log of the sum of exp(score) of all paths."""
    scores = [path_score(p, unary_NL, transition_LL) for p in paths(*np.shape(unary_NL))]
    top = max(scores)
    return top + math.log(sum(math.exp(score - top) for score in scores))


def marginals(unary_NL, transition_LL):
    """Return the probability of each label of each token, and the expected number of each transition."""
    n_tokens, n_labels = np.shape(unary_NL)
    total = log_partition(unary_NL, transition_LL)
    probability_NL, pair_LL = np.zeros((n_tokens, n_labels)), np.zeros((n_labels, n_labels))
    for path in paths(n_tokens, n_labels):
        p = math.exp(path_score(path, unary_NL, transition_LL) - total)
        for t, label in enumerate(path):
            probability_NL[t, label] += p
        for a, b in itertools.pairwise(path):
            pair_LL[a, b] += p
    return probability_NL, pair_LL


def ranked_paths(unary_NL, transition_LL):
    """Return (score, path) of all possible paths, the best one first."""
    scored = [(path_score(p, unary_NL, transition_LL), p) for p in paths(*np.shape(unary_NL))]
    return sorted(((s, p) for s, p in scored if s > -math.inf), reverse=True)


def unary_scores(tokens, state_weights, n_labels, vectors=None, dense_weights=None):
    """Return the scores of the labels of each token, float64 (N, L).

    Parameters
    ----------
    tokens : list of dict from attribute to value
    state_weights : dict from (attribute, label) to weight
    vectors : list of arrays (E,) or None, one for each token, optional
    dense_weights : float64 (O, E, L), optional
    """
    scores = np.zeros((len(tokens), n_labels))
    for t, token in enumerate(tokens):
        for attribute, value in token.items():
            for label in range(n_labels):
                scores[t, label] += value * state_weights.get((attribute, label), 0.0)
        if vectors is not None:
            reach = len(dense_weights) // 2
            for offset in range(-reach, reach + 1):
                if 0 <= t + offset < len(tokens) and vectors[t + offset] is not None:
                    scores[t] += vectors[t + offset] @ dense_weights[offset + reach]
    return scores


def negative_log_likelihood(unary_NL, transition_LL, tags):
    """Return the loss of a sentence."""
    return log_partition(unary_NL, transition_LL) - path_score(tags, unary_NL, transition_LL)
