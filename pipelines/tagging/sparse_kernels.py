"""Numba kernels of the products with the features: scores of tokens, and gradients of weights.

A kernel works on a range of rows of what it writes, so that threads share nothing, and no sum depends on how
the rows are dealt out. Names of axes: see `kernels`.

What is summed over tokens is the *residual*, the marginal probability of a label less one for the true one. The
residuals of tokens and, below them, of bundles are one table, float32 (T + B, P): a *source* is a row of it.
float32 is no loss here, a residual is not known better than the scores it comes from.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import FAST_KERNEL_OPTIONS

# Up to so many features of a column are summed one by one, not as part of a whole row.
_FEW = 3


class Lists(NamedTuple):
    """Lists of numbers; list k is ``items[indptr[k]:indptr[k + 1]]``.

    Attributes
    ----------
    indptr : int64 (n + 1,)
    items : int32 (m,)
    """

    indptr: np.ndarray
    items: np.ndarray


@njit(**FAST_KERNEL_OPTIONS)
def _add_features(column, features, weights, row_P):
    """Add the weights of a column's features to a row of scores."""
    for f in range(features.indptr[column], features.indptr[column + 1]):
        row_P[features.items[f]] += weights[f]


@njit(**FAST_KERNEL_OPTIONS)
def score_bundles(begin, end, bundles, features, weights, score_BP):
    """Write the scores of the bundles `begin` to `end`: the sums of their columns' weights.

    Parameters
    ----------
    bundles : Lists; the columns of each bundle
    features : Lists; the labels of each column's features
    weights : float64 (F,)
    score_BP : float32 (B, P)
    """
    row_P = np.empty(score_BP.shape[1])
    for b in range(begin, end):
        row_P[:] = 0.0
        for k in range(bundles.indptr[b], bundles.indptr[b + 1]):
            _add_features(bundles.items[k], features, weights, row_P)
        for j in range(len(row_P)):
            score_BP[b, j] = row_P[j]


@njit(**FAST_KERNEL_OPTIONS)
def score_tokens(begin, end, tokens, values, own, features, weights, score_BP, n_labels, score_NP):
    """Write the scores of the tokens `begin` to `end`, the padding as -inf.

    Parameters
    ----------
    tokens : Lists; the bundles of each token
    values : float32, one to a bundle of a token; empty if all are one
    own : Lists; the columns of each token that are in no bundle
    features, weights, score_BP : see `score_bundles`
    score_NP : float64 (end - begin, P); overwritten
    """
    for t in range(begin, end):
        row_P = score_NP[t - begin]
        row_P[:] = 0.0
        for k in range(tokens.indptr[t], tokens.indptr[t + 1]):
            b = tokens.items[k]
            if len(values):
                value = values[k]
                for j in range(len(row_P)):
                    row_P[j] += value * score_BP[b, j]
            else:
                for j in range(len(row_P)):
                    row_P[j] += score_BP[b, j]
        for k in range(own.indptr[t], own.indptr[t + 1]):
            _add_features(own.items[k], features, weights, row_P)
        row_P[n_labels:] = -np.inf


@njit(**FAST_KERNEL_OPTIONS)
def sum_bundles(begin, end, members, values, n_tokens, residual_RP):
    """Write the residuals of the bundles `begin` to `end`: the sums over their tokens.

    Parameters
    ----------
    members : Lists; the tokens of each bundle
    values : float32, one to a member; empty if all are one
    residual_RP : float32 (T + B, P); the rows of tokens are read, those of bundles written
    """
    sum_P = np.empty(residual_RP.shape[1])
    for b in range(begin, end):
        sum_P[:] = 0.0
        if len(values):
            for k in range(members.indptr[b], members.indptr[b + 1]):
                t, value = members.items[k], values[k]
                for j in range(len(sum_P)):
                    sum_P[j] += value * residual_RP[t, j]
        else:
            for k in range(members.indptr[b], members.indptr[b + 1]):
                t = members.items[k]
                for j in range(len(sum_P)):
                    sum_P[j] += residual_RP[t, j]
        for j in range(len(sum_P)):
            residual_RP[n_tokens + b, j] = sum_P[j]


@njit(**FAST_KERNEL_OPTIONS)
def sum_columns(begin, end, sources, features, residual_RP, gradient):
    """Write the gradients of the features of the columns `begin` to `end`.

    Parameters
    ----------
    sources : Lists; the tokens and bundles of each column
    features : Lists; the labels of each column's features
    residual_RP : float32 (T + B, P)
    gradient : float64 (F,); overwritten
    """
    sum_P = np.empty(residual_RP.shape[1])
    for c in range(begin, end):
        first, last = sources.indptr[c], sources.indptr[c + 1]
        low, high = features.indptr[c], features.indptr[c + 1]
        if high - low <= _FEW:
            for f in range(low, high):
                label, total = features.items[f], 0.0
                for k in range(first, last):
                    total += residual_RP[sources.items[k], label]
                gradient[f] = total
            continue
        sum_P[:] = 0.0
        for k in range(first, last):
            source = sources.items[k]
            for j in range(len(sum_P)):
                sum_P[j] += residual_RP[source, j]
        for f in range(low, high):
            gradient[f] = sum_P[features.items[f]]


@njit(**FAST_KERNEL_OPTIONS)
def score_types(begin, end, table_UE, weight_OEP, score_OUP):
    """Write the scores of the word types `begin` to `end`, one row for each offset: the products with weights.

    Parameters
    ----------
    table_UE : float32 (U, E)
    weight_OEP : float64 (O, E, P); the padding is zero
    score_OUP : float32 (O, U, P)
    """
    n_offsets, size, width = weight_OEP.shape
    row_P = np.empty(width)
    for o in range(n_offsets):
        for u in range(begin, end):
            row_P[:] = 0.0
            for e in range(size):
                x = np.float64(table_UE[u, e])
                for j in range(width):
                    row_P[j] += x * weight_OEP[o, e, j]
            for j in range(width):
                score_OUP[o, u, j] = row_P[j]


@njit(**FAST_KERNEL_OPTIONS)
def add_type_scores(begin, end, first, last, dense_ids, score_OUP, score_NP):
    """Add to the scores of the tokens `begin` to `end` what the vectors at and around them give.

    Parameters
    ----------
    first, last : the sentence of the tokens
    dense_ids : int32 (T,); -1 without a vector
    score_OUP : float32 (O, U, P); offsets -(O // 2) to O // 2
    score_NP : float64 (end - begin, P); added to
    """
    reach = len(score_OUP) // 2
    for t in range(begin, end):
        row_P = score_NP[t - begin]
        for o in range(len(score_OUP)):
            place = t + o - reach
            if first <= place < last and dense_ids[place] >= 0:
                u = dense_ids[place]
                for j in range(len(row_P)):
                    row_P[j] += score_OUP[o, u, j]


@njit(**FAST_KERNEL_OPTIONS)
def sum_types(begin, end, members, sentence_of, offset, residual_RP, sum_UP):
    """Write the sums of the residuals of the tokens at -`offset` from the tokens of each word type.

    Parameters
    ----------
    members : Lists; the tokens of each word type
    sentence_of : int32 (T,)
    residual_RP : float32 (T + B, P)
    sum_UP : float32 (U, P); the rows `begin` to `end` are overwritten
    """
    row_P = np.empty(residual_RP.shape[1])
    for u in range(begin, end):
        row_P[:] = 0.0
        for k in range(members.indptr[u], members.indptr[u + 1]):
            t = members.items[k]
            place = t - offset
            if 0 <= place < len(sentence_of) and sentence_of[place] == sentence_of[t]:
                for j in range(len(row_P)):
                    row_P[j] += residual_RP[place, j]
        for j in range(len(row_P)):
            sum_UP[u, j] = row_P[j]


@njit(**FAST_KERNEL_OPTIONS)
def add_table_products(begin, end, table_UE, sum_UP, gradient_EP):
    """Add the products of each float of the rows `begin` to `end` with the rows of sums.

    Parameters
    ----------
    table_UE : float32 (U, E)
    sum_UP : float32 (U, P)
    gradient_EP : float64 (E, P); added to
    """
    size, width = gradient_EP.shape
    row_P = np.empty(width)
    for u in range(begin, end):
        for j in range(width):
            row_P[j] = sum_UP[u, j]
        for e in range(size):
            x = np.float64(table_UE[u, e])
            for j in range(width):
                gradient_EP[e, j] += x * row_P[j]
