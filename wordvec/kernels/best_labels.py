"""The most probable labels of texts, and the binary tree of hierarchical softmax, computed as in fastText."""

from __future__ import annotations

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.elementary import exp, log


@njit(**PART_OPTIONS)
def _log(p):
    """Return fastText's logarithm of a probability, float32."""
    return np.float32(log(np.float64(p) + 1e-5))


@njit(**PART_OPTIONS)
def _sift_up(logs, ids, hole, key, label):
    """Insert a label into the heap, whose smallest logarithm comes first, from position `hole` upwards."""
    while hole > 0 and logs[(hole - 1) // 2] > key:
        parent = (hole - 1) // 2
        logs[hole], ids[hole] = logs[parent], ids[parent]
        hole = parent
    logs[hole], ids[hole] = key, label


@njit(**PART_OPTIONS)
def _pop(logs, ids, n):
    """Move the first of n entries of the heap to the end, in the steps of C++'s standard library."""
    last = n - 1
    key, label = logs[last], ids[last]
    logs[last], ids[last] = logs[0], ids[0]
    hole = child = 0
    while child < (last - 1) // 2:
        child = 2 * (child + 1)
        if logs[child] > logs[child - 1]:
            child -= 1
        logs[hole], ids[hole] = logs[child], ids[child]
        hole = child
    if last % 2 == 0 and last > 0 and child == (last - 2) // 2:
        child = 2 * (child + 1) - 1
        logs[hole], ids[hole] = logs[child], ids[child]
        hole = child
    _sift_up(logs, ids, hole, key, label)


@njit(**PART_OPTIONS)
def _keep(logs, ids, n, k, key, label):
    """Keep a label if it is among the k best so far; returns how many are kept. There is room for k + 1."""
    _sift_up(logs, ids, n, key, label)
    if n < k:
        return n + 1
    _pop(logs, ids, n + 1)
    return n


@njit(**PART_OPTIONS)
def _sort(logs, ids, n):
    for last in range(n, 1, -1):
        _pop(logs, ids, last)


@njit(**KERNEL_OPTIONS)
def keep_best(probabilities_nC, threshold, ids_nk, n_kept):
    """Find the most probable labels of each text, descending, equal ones in the order of fastText.

    Parameters
    ----------
    probabilities_nC : float32 or float64
    threshold : float; the least probability
    ids_nk : int64 (n, k); overwritten
    n_kept : int64 (n,); number of labels found; overwritten
    """
    k = ids_nk.shape[1]
    logs, ids = np.empty(k + 1, np.float32), np.empty(k + 1, np.int64)
    for row in range(probabilities_nC.shape[0]):
        n = 0
        for c in range(probabilities_nC.shape[1]):
            p = probabilities_nC[row, c]
            if p < threshold:
                continue
            key = _log(p)
            if n < k or key >= logs[0]:
                n = _keep(logs, ids, n, k, key, c)
        _sort(logs, ids, n)
        for i in range(n):
            ids_nk[row, i] = ids[i]
        n_kept[row] = n


@njit(**KERNEL_OPTIONS)
def best_leaves(children_N2, weights_ND, hidden_nD, least, ids_nk, logs_nk, n_kept):
    """Find the most probable leaves of a binary tree of sigmoids for each text, descending.

    Parameters
    ----------
    children_N2 : int32 (C - 1, 2); of inner nodes, of which the last is the root: a leaf, or C plus an inner node
    weights_ND : float32 (C - 1 or more, D); the logit of the second child
    hidden_nD : float32 (n, D)
    least : float; the least logarithm
    ids_nk, logs_nk : int64 and float32 (n, k); leaves and fastText's logarithms of their probabilities; overwritten
    n_kept : int64 (n,); number of leaves found; overwritten
    """
    n_inner, size = children_N2.shape[0], hidden_nD.shape[1]
    n_leaves, k = n_inner + 1, ids_nk.shape[1]
    nodes, scores = np.empty(n_leaves + 1, np.int64), np.empty(n_leaves + 1, np.float32)
    ids, logs = np.empty(k + 1, np.int64), np.empty(k + 1, np.float32)
    for row in range(hidden_nD.shape[0]):
        hidden = hidden_nD[row]
        nodes[0], scores[0] = n_leaves + n_inner - 1 if n_inner > 0 else 0, 0.0
        n_open, n = 1, 0
        while n_open > 0:
            n_open -= 1
            node, score = nodes[n_open], scores[n_open]
            if score < least or (n == k and score < logs[0]):
                continue
            if node < n_leaves:
                n = _keep(logs, ids, n, k, score, node)
                continue
            inner = node - n_leaves
            logit = _dot(weights_ND[inner], hidden, size)
            # In the steps of fastText, most of which are in float32.
            second = np.float32(1.0 / np.float64(np.float32(1.0) + np.float32(exp(-np.float64(logit)))))
            # The node pushed last is popped first. For one label that is the more probable child, so that the other is
            # often pruned; for several it is the first child, so that equal labels come in fastText's order.
            is_last = 0 if k > 1 or second < np.float32(0.5) else 1
            for which in (1 - is_last, is_last):
                p = second if which == 1 else np.float32(1.0) - second
                nodes[n_open], scores[n_open] = children_N2[inner, which], score + _log(p)
                n_open += 1
        _sort(logs, ids, n)
        for i in range(n):
            ids_nk[row, i], logs_nk[row, i] = ids[i], logs[i]
        n_kept[row] = n


@njit(**PART_OPTIONS)
def _dot(left, right, size):
    """Return a dot product in float32: eight chains, and then their sum."""
    sums = np.zeros(8, np.float32)
    whole = size - size % 8
    for d in range(0, whole, 8):
        for lane in range(8):
            sums[lane] += left[d + lane] * right[d + lane]
    total = np.float32(0.0)
    for lane in range(8):
        total += sums[lane]
    for d in range(whole, size):
        total += left[d] * right[d]
    return total


@njit(**KERNEL_OPTIONS)
def fill_leaves(children_N2, logits_nN, probabilities_nC):
    """Write the probabilities of all leaves of the tree; `logits_nN`, float32 (n, C - 1), are those of its nodes."""
    n_inner = children_N2.shape[0]
    n_leaves = n_inner + 1
    reached = np.empty(n_inner)
    for k in range(logits_nN.shape[0]):
        if n_inner == 0:
            probabilities_nC[k, 0] = 1.0
            continue
        reached[n_inner - 1] = 1.0
        for inner in range(n_inner - 1, -1, -1):
            second = 1.0 / (1.0 + exp(-np.float64(logits_nN[k, inner])))
            for which in range(2):
                child = children_N2[inner, which]
                p = reached[inner] * (second if which == 1 else 1.0 - second)
                if child < n_leaves:
                    probabilities_nC[k, child] = p
                else:
                    reached[child - n_leaves] = p
