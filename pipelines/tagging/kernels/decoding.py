"""Numba kernels of decoding: the best sequence, and the k best. Names of axes: see `chain`.

Forbidden transitions have the score -inf.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS

from .sparse import prefetch_features


@njit(**KERNEL_OPTIONS)
def score_attributes(begin, end, indptr, indices, values, features, weights, n_labels, score_NP):
    """Write the scores of the tokens `begin` to `end` from their attributes, the padding as -inf.

    Parameters
    ----------
    indptr, indices, values : the attributes of each token; no values if all are one
    features : Lists; the labels of each attribute's features
    weights : float64 (F,)
    score_NP : float64 (end - begin, P); overwritten
    """
    for t in range(begin, end):
        row_P = score_NP[t - begin]
        row_P[:] = 0.0
        for k in range(indptr[t], indptr[t + 1]):
            prefetch_features(indices, k, features, weights)
            value = values[k] if len(values) else np.float32(1)
            for f in range(features.indptr[indices[k]], features.indptr[indices[k] + 1]):
                row_P[features.items[f]] += value * weights[f]
        row_P[n_labels:] = -np.inf


@njit(**KERNEL_OPTIONS)
def best_sequence(score_NP, transition_PP, best_N):
    """Write the sequence with the highest score (Viterbi 1967); of equals, the one whose last labels are lowest.

    Parameters
    ----------
    score_NP : float64 (N, P), N at least 1; the padding is -inf
    transition_PP : float64 (P, P); the padding is -inf
    best_N : int32 (N,); overwritten

    Returns
    -------
    score : float; -inf if no sequence is possible
    """
    n_tokens, width = score_NP.shape
    # Only the best values are kept; the label before is searched on the way back, for one label of each token.
    value_NP = np.empty((n_tokens, width))
    value_NP[0] = score_NP[0]
    for t in range(1, n_tokens):
        before_P, now_P = value_NP[t - 1], value_NP[t]
        now_P[:] = -np.inf
        for i in range(0, width, 4):
            a, b, c, d = before_P[i], before_P[i + 1], before_P[i + 2], before_P[i + 3]
            for j in range(width):
                left, other = a + transition_PP[i, j], b + transition_PP[i + 1, j]
                left = other if other > left else left
                right, other = c + transition_PP[i + 2, j], d + transition_PP[i + 3, j]
                right = other if other > right else right
                left = right if right > left else left
                now_P[j] = left if left > now_P[j] else now_P[j]
        for j in range(width):
            now_P[j] += score_NP[t, j]
    label = int(np.argmax(value_NP[n_tokens - 1]))
    best = value_NP[n_tokens - 1, label]
    best_N[n_tokens - 1] = label
    for t in range(n_tokens - 1, 0, -1):
        top, origin = -np.inf, 0
        for i in range(width):
            candidate = value_NP[t - 1, i] + transition_PP[i, label]
            if candidate > top:
                top, origin = candidate, i
        label = origin
        best_N[t - 1] = label
    return best


@njit(**KERNEL_OPTIONS)
def best_tags(first, last, starts, score_TP, start_P, end_P, legal_PP, free_PP, tags):
    """Write the best legal tags of the sentences `first` to `last`; the best of all tags where none are legal.

    Parameters
    ----------
    starts : int64 (n_sentences + 1,)
    score_TP : float64; the scores of these sentences' tokens; the edges of sentences are changed
    start_P, end_P : float64 (P,); 0 where a label may be at that edge, else -inf
    legal_PP, free_PP : float64 (P, P); transitions, with the forbidden ones at -inf, and as they are
    tags : int32 (T,); those of these sentences are overwritten
    """
    for s in range(first, last):
        begin, end = starts[s], starts[s + 1]
        if begin == end:
            continue
        score_NP = score_TP[begin - starts[first] : end - starts[first]]
        first_P, last_P = score_NP[0].copy(), score_NP[-1].copy()
        score_NP[0] += start_P
        score_NP[-1] += end_P
        if best_sequence(score_NP, legal_PP, tags[begin:end]) == -np.inf:
            score_NP[0], score_NP[-1] = first_P, last_P
            best_sequence(score_NP, free_PP, tags[begin:end])


@njit(**KERNEL_OPTIONS)
def _insert(value, origin, values, origins):
    """Insert a value into descending ones and drop the last of these, which it must exceed."""
    place = len(values) - 1
    while place > 0 and values[place - 1] < value:
        values[place] = values[place - 1]
        origins[place] = origins[place - 1]
        place -= 1
    values[place] = value
    origins[place] = origin


@njit(**KERNEL_OPTIONS)
def best_sequences(score_NP, transition_PP, n_labels, best_KN, score_K):
    """Write the K sequences with the highest scores, the best one first.

    Parameters
    ----------
    score_NP : float64 (N, P), N at least 1
    transition_PP : float64 (P, P)
    n_labels : int
    best_KN : int32 (K, N); overwritten
    score_K : float64 (K,); overwritten; -inf where there are no more sequences
    """
    n_tokens, n_best = len(score_NP), len(score_K)
    before_LK = np.full((n_labels, n_best), -np.inf)
    now_LK = np.empty((n_labels, n_best))
    from_NLK = np.zeros((n_tokens, n_labels, n_best), np.int32)
    before_LK[:, 0] = score_NP[0, :n_labels]
    for t in range(1, n_tokens):
        now_LK[:] = -np.inf
        for j in range(n_labels):
            for i in range(n_labels):
                for k in range(n_best):
                    value = before_LK[i, k] + transition_PP[i, j] + score_NP[t, j]
                    if not value > now_LK[j, n_best - 1]:
                        break
                    _insert(value, i * n_best + k, now_LK[j], from_NLK[t, j])
        before_LK, now_LK = now_LK, before_LK
    score_K[:] = -np.inf
    ends_K = np.zeros(n_best, np.int32)
    for j in range(n_labels):
        for k in range(n_best):
            if not before_LK[j, k] > score_K[n_best - 1]:
                break
            _insert(before_LK[j, k], j * n_best + k, score_K, ends_K)
    for k in range(n_best):
        place = ends_K[k]
        for t in range(n_tokens - 1, -1, -1):
            label, rank = place // n_best, place % n_best
            best_KN[k, t] = label
            place = from_NLK[t, label, rank]
