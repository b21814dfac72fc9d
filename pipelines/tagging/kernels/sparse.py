"""Numba kernels of the products with the features: scores of tokens, and gradients of weights.

A kernel works on a range of rows of what it writes, so that threads share nothing, and no sum depends on how
the rows are distributed. Names of axes: see `chain`.

What is summed over tokens is the *residual*, the marginal probability of a label, minus one for the true one. The
tokens are processed in chunks; the residuals of a chunk are a table, float32 (N, P), N tokens of the chunk.
float32 loses nothing here: a residual is no more precise than the scores it comes from. A bundle or a column, which
sums over its tokens, has a list of them for each chunk where it has any, see `ChunkLists`; a word type has one list,
and its *place* there advances from chunk to chunk.

Most of the time goes into waiting for memory: rows are read in the order of the text, and there are more of them than
the caches hold. So rows are prefetched `_AHEAD` items before they are needed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.elementary import fma, log
from wordvec.kernels.tiles import prefetch_shared, row_address

# Up to this number, features of a column are summed one by one, not as part of a whole row.
_FEW = 3
_LOG2_E = 1.4426950408889634
# Items of a list between a prefetch and the read; of columns, whose features are found in two steps, twice as many.
_AHEAD = 8
_LINE = 64


class Lists(NamedTuple):
    """Lists of numbers; list k is ``items[indptr[k]:indptr[k + 1]]``.

    Attributes
    ----------
    indptr : int32 or int64 (n + 1,)
    items : int32 (m,)
    """

    indptr: np.ndarray
    items: np.ndarray


class ChunkLists(NamedTuple):
    """Lists of the tokens of bundles or columns, one chunk after the other; those of a chunk are in rising order.

    List k is ``tokens[indptr[k]:indptr[k + 1]]`` and belongs to ``owners[k]``; a chunk has one for each that has tokens
    there.

    Attributes
    ----------
    chunks : int64 (n_chunks + 1,); the lists of each chunk
    owners : int32 (n,)
    indptr : int32 or int64 (n + 1,)
    tokens : int32 (m,); counted from the first of the chunk
    values : float32 (m,), or empty if all are one
    """

    chunks: np.ndarray
    owners: np.ndarray
    indptr: np.ndarray
    tokens: np.ndarray
    values: np.ndarray


@njit(**KERNEL_OPTIONS)
def prefetch_features(columns, k, features, weights):
    """Prefetch what `_add_features` reads of the columns that follow place `k` of a list."""
    far, near = min(k + 2 * _AHEAD, len(columns) - 1), min(k + _AHEAD, len(columns) - 1)
    prefetch_shared(row_address(features.indptr, np.int64(columns[far])), np.int64(_LINE))
    f = np.int64(features.indptr[columns[near]])
    prefetch_shared(row_address(features.items, f), np.int64(_LINE))
    prefetch_shared(row_address(weights, f), np.int64(_LINE))


@njit(**KERNEL_OPTIONS)
def _prefetch_row(table, row):
    prefetch_shared(row_address(table, np.int64(row)), np.int64(table.itemsize * table.shape[1]))


@njit(**KERNEL_OPTIONS)
def _add_features(column, features, weights, row_P):
    """Add the weights of a column's features to a row of scores."""
    for f in range(features.indptr[column], features.indptr[column + 1]):
        row_P[features.items[f]] += weights[f]


@njit(**KERNEL_OPTIONS)
def score_bundles(begin, end, bundles, features, weights, score_BP):
    """Write the scores of the bundles `begin` to `end`: the sums of their columns' weights.

    Parameters
    ----------
    bundles : Lists; the columns of each bundle
    features : Lists; the labels of each column's features
    weights : float32 (F,)
    score_BP : float32 (B, P)
    """
    row_P = np.empty(score_BP.shape[1])
    for b in range(begin, end):
        row_P[:] = 0.0
        for k in range(bundles.indptr[b], bundles.indptr[b + 1]):
            prefetch_features(bundles.items, k, features, weights)
            _add_features(bundles.items[k], features, weights, row_P)
        for j in range(len(row_P)):
            score_BP[b, j] = row_P[j]


@njit(**KERNEL_OPTIONS)
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
            _prefetch_row(score_BP, tokens.items[min(k + _AHEAD, len(tokens.items) - 1)])
            if len(values):
                value = np.float64(values[k])
                for j in range(len(row_P)):
                    row_P[j] = fma(value, np.float64(score_BP[b, j]), row_P[j])
            else:
                for j in range(len(row_P)):
                    row_P[j] += score_BP[b, j]
        for k in range(own.indptr[t], own.indptr[t + 1]):
            prefetch_features(own.items, k, features, weights)
            _add_features(own.items[k], features, weights, row_P)
        row_P[n_labels:] = -np.inf


@njit(**KERNEL_OPTIONS)
def add_to_bundles(begin, end, members, residual_NP, sum_BP):
    """Add the residuals of a chunk's tokens to the sums of the bundles that the lists `begin` to `end` belong to.

    Parameters
    ----------
    members : ChunkLists
    residual_NP : float32 (N, P); of the chunk's tokens
    sum_BP : float32 (B, P); added to; a chunk's part is summed in float64
    """
    row_P = np.empty(sum_BP.shape[1])
    tokens, values = members.tokens, members.values
    for i in range(begin, end):
        b = members.owners[i]
        _prefetch_row(sum_BP, members.owners[min(i + _AHEAD, end - 1)])
        for j in range(len(row_P)):
            row_P[j] = sum_BP[b, j]
        for k in range(members.indptr[i], members.indptr[i + 1]):
            t = tokens[k]
            _prefetch_row(residual_NP, tokens[min(k + _AHEAD, members.indptr[end] - 1)])
            if len(values):
                value = np.float64(values[k])
                for j in range(len(row_P)):
                    row_P[j] = fma(value, np.float64(residual_NP[t, j]), row_P[j])
            else:
                for j in range(len(row_P)):
                    row_P[j] += residual_NP[t, j]
        for j in range(len(row_P)):
            sum_BP[b, j] = row_P[j]


@njit(**KERNEL_OPTIONS)
def add_to_columns(begin, end, owners, features, residual_NP, gradient):
    """Add the residuals of a chunk's tokens to the gradients of the columns that the lists `begin` to `end` belong to.

    Parameters
    ----------
    owners : ChunkLists; the tokens whose own each column is
    features : Lists; the labels of each column's features
    residual_NP : see `add_to_bundles`
    gradient : float32 (F,); added to
    """
    tokens = owners.tokens
    for i in range(begin, end):
        c = owners.owners[i]
        prefetch_features(owners.owners, i, features, gradient)
        for k in range(owners.indptr[i], owners.indptr[i + 1]):
            t = tokens[k]
            _prefetch_row(residual_NP, tokens[min(k + _AHEAD, owners.indptr[end] - 1)])
            for f in range(features.indptr[c], features.indptr[c + 1]):
                gradient[f] += residual_NP[t, features.items[f]]


@njit(**KERNEL_OPTIONS)
def add_bundles_to_columns(begin, end, sources, features, sum_BP, gradient):
    """Add the sums of bundles to the gradients of the features of the columns `begin` to `end`.

    Parameters
    ----------
    sources : Lists; the bundles of each column
    features : Lists; the labels of each column's features
    sum_BP : float32 (B, P)
    gradient : float32 (F,); added to
    """
    sum_P = np.empty(sum_BP.shape[1])
    for c in range(begin, end):
        first, last = sources.indptr[c], sources.indptr[c + 1]
        low, high = features.indptr[c], features.indptr[c + 1]
        if high - low <= _FEW:
            for f in range(low, high):
                label, total = features.items[f], 0.0
                for k in range(first, last):
                    total += sum_BP[sources.items[k], label]
                gradient[f] += total
            continue
        sum_P[:] = 0.0
        for k in range(first, last):
            source = sources.items[k]
            for j in range(len(sum_P)):
                sum_P[j] += sum_BP[source, j]
        for f in range(low, high):
            gradient[f] += sum_P[features.items[f]]


@njit(**KERNEL_OPTIONS)
def scale_features(indptr, n_merged, c2, power, factors):
    """Write the scales of the features' variables (see `objective.Objective`).

    A variable is scaled by a power of the inverse of its second derivative in the objective, which is about
    n p (1 - p) for a label that has the share p of the n tokens of a column.

    Parameters
    ----------
    indptr : int (C + 1,); the features of each column
    n_merged : int32 (C,); attributes of each column
    c2, power : float
    factors : float32 (F,) or longer; how often each feature was seen; overwritten with powers of two, by which a
        variable can be multiplied and divided without loss
    """
    for c in range(len(n_merged)):
        total = 0.0
        for f in range(indptr[c], indptr[c + 1]):
            total += abs(factors[f])
        for f in range(indptr[c], indptr[c + 1]):
            # Half a token more with and half a token more without the label: no share is 0 or 1.
            share = (abs(factors[f]) + 0.5) / (total + 1.0)
            curvature = max(total, 1.0) * share * (1.0 - share) * n_merged[c] + 2.0 * c2
            exponent = _LOG2_E * (0.5 * log(np.float64(n_merged[c])) - power * log(curvature))
            factors[f] = math.ldexp(1.0, int(np.rint(exponent)))


@njit(**KERNEL_OPTIONS)
def finish_gradient(begin, end, indptr, n_merged, c2, weights, factors, gradient, out_1):
    """Turn weights back into variables, and their gradients into those of variables, with the L2 penalty.

    Parameters
    ----------
    begin, end : columns
    indptr : int (C + 1,); the features of each column
    n_merged : int32 (C,); attributes of each column, which share its weight
    c2 : float
    weights, gradient : float32 (F,); overwritten
    factors : float32 (F,); see `scale_features`
    out_1 : float64 (1,); the penalty
    """
    penalty = 0.0
    for c in range(begin, end):
        strength, squares = c2 / n_merged[c], 0.0
        for f in range(indptr[c], indptr[c + 1]):
            weight = np.float64(weights[f])
            squares += weight * weight
            gradient[f] = factors[f] * (np.float64(gradient[f]) + 2.0 * strength * weight)
            weights[f] /= factors[f]
        penalty += strength * squares
    out_1[0] = penalty


@njit(**KERNEL_OPTIONS)
def spread_weights(states, attribute_columns, features, column_weights, n_merged, weights):
    """Write the features of attributes, those of their columns, and their weights, an equal share each.

    Parameters
    ----------
    states : Lists; the labels of each attribute's features; the items are overwritten
    attribute_columns : int32 (A,)
    features : Lists; the labels of each column's features
    column_weights : float64; of the features of columns
    n_merged : int32 (C,); attributes of each column
    weights : float64 (F,); overwritten
    """
    for a in range(len(attribute_columns)):
        c, first = attribute_columns[a], states.indptr[a]
        for k in range(states.indptr[a + 1] - first):
            f = features.indptr[c] + k
            states.items[first + k] = features.items[f]
            weights[first + k] = column_weights[f] / n_merged[c]


@njit(**KERNEL_OPTIONS)
def score_types(begin, end, table_UE, weight_OEP, score_OUP):
    """Write the scores of the word types `begin` to `end` at each offset: products of their vectors with weights.

    Parameters
    ----------
    table_UE : float32 (U, E)
    weight_OEP : float64 (O, E, P); the padding is zero
    score_OUP : float32 or float64 (O, U, P); overwritten
    """
    n_offsets, size, width = weight_OEP.shape
    row_P = np.empty(width)
    for o in range(n_offsets):
        for u in range(begin, end):
            row_P[:] = 0.0
            for e in range(size):
                x = np.float64(table_UE[u, e])
                for j in range(width):
                    row_P[j] = fma(x, weight_OEP[o, e, j], row_P[j])
            for j in range(width):
                score_OUP[o, u, j] = row_P[j]


@njit(**KERNEL_OPTIONS)
def add_type_scores(begin, end, first, last, dense_ids, score_OUP, score_NP):
    """Add the scores of the vectors at and around the tokens `begin` to `end`.

    Parameters
    ----------
    first, last : the sentence of the tokens
    dense_ids : int32 (T,); -1 without a vector
    score_OUP : float32 or float64 (O, U, P); offsets -(O // 2) to O // 2
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


@njit(**KERNEL_OPTIONS)
def add_to_types(begin, end, members, places, sentence_of, first, last, residual_NP, sum_OUP):
    """Add the residuals of the tokens at and around the occurrences of the word types `begin` to `end`.

    Parameters
    ----------
    members : Lists; the tokens of each word type, ascending
    places : int32 or int64 (U,); advanced past the chunk
    sentence_of : int32 (T,); not needed for O = 1
    first, last : the tokens of the chunk, whole sentences
    residual_NP : see `add_to_bundles`
    sum_OUP : float32 (O, U, P); added to; the residuals at -offset from the occurrences
    """
    n_offsets, width = len(sum_OUP), sum_OUP.shape[2]
    for u in range(begin, end):
        k, stop = places[u], members.indptr[u + 1]
        while k < stop and members.items[k] < last:
            t = members.items[k]
            for o in range(n_offsets):
                place = t - (o - n_offsets // 2)
                if place == t or (first <= place < last and sentence_of[place] == sentence_of[t]):
                    for j in range(width):
                        sum_OUP[o, u, j] += residual_NP[place - first, j]
            k += 1
        places[u] = k


@njit(**KERNEL_OPTIONS)
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
                gradient_EP[e, j] = fma(x, row_P[j], gradient_EP[e, j])
