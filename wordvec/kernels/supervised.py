"""Averaged embeddings of words and n-grams under an output layer: Joulin et al. (2016), arXiv:1607.01759.

A text is the mean h of its rows; its scores are W h: of classes, or with hierarchical softmax of the inner nodes of a
binary tree, whose leaves are the classes (Morin and Bengio 2005). Where the paper takes plain gradient steps, these are
AdaGrad's (Duchi, Hazan and Singer 2011), with one sum of squares a row: rare words take larger steps, and sums
over texts cannot explode, which allows the following.

The texts of a *superstep* are computed in parallel against tables that do not change; then each row takes the
steps of these texts, one after the other in their order, from the one thread that owns it. So the result does
not depend on the number of threads.

====  =====================================================================
R     rows: words, then n-grams
D     floats in a row: vector, sum of squares, zeros; whole vector registers
C     rows of the output layer: classes, or inner nodes
P     texts in a superstep
====  =====================================================================
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS, PART_OPTIONS
from wordvec.kernels.elementary import exp, log, softplus
from wordvec.kernels.references import lend
from wordvec.kernels.rng import draw
from wordvec.kernels.threads import CLAIM_STRIDE, atomic_add, owner, wait_for_all
from wordvec.kernels.tiles import add_row, dot, prefetch, row_address

# Rows that are fetched before they are needed.
_AHEAD = 12
# Losses: of one class among all, of the path to it, or of each class by itself.
SOFTMAX, HIERARCHICAL, ONE_VS_ALL = 0, 1, 2


class Texts(NamedTuple):
    """Text n has the rows ``rows[starts[n]:starts[n + 1]]``."""

    rows: np.ndarray  # int32 (n,)
    starts: np.ndarray  # int64 (n_texts + 1,)
    label: np.ndarray  # int32 (n_texts,); numbers of classes
    weight: np.ndarray  # (n_texts,), of the tables' type; of their losses
    margin: np.ndarray  # (C,), of the tables' type; added to the scores in training (SOFTMAX)
    # What the label of a text stands for: targets[target_starts[label]:target_starts[label + 1]], none for SOFTMAX.
    # int32 (any,); classes, or 2 * inner node + 1 where the path goes on with its second child
    targets: np.ndarray
    target_starts: np.ndarray  # int64 (any,)
    loss: int


class Model(NamedTuple):
    """The trained parameters; changed in place. The sum of squares of a row is its element `size`."""

    table: np.ndarray  # float32 (R, D)
    weights: np.ndarray  # float32 (C, D)


class Step(NamedTuple):
    """Per-text results of a superstep, in the order of its texts."""

    hidden: np.ndarray  # float32 (P, D); mean of the rows, zeros after the vector
    gradient: np.ndarray  # float32 (P, D); of the loss by each of the rows
    error: np.ndarray  # float32 (P, C); of the loss by the scores
    kept: np.ndarray  # int32 (rows of the P longest texts,); rows that dropout left, text by text
    n_kept: np.ndarray  # int64 (P,)
    loss: np.ndarray  # float64 (P,)


class Course(NamedTuple):
    """The texts that a call trains on, and the state that threads share."""

    order: np.ndarray  # int64 (n,); texts
    losses: np.ndarray  # float64 (supersteps, 2); receives sums of losses and of their weights
    claims: np.ndarray  # int64 (supersteps,); zeros at first
    counters: np.ndarray  # int64 (3 * CLAIM_STRIDE,); zeros at first: barrier, next superstep when racing


class Schedule(NamedTuple):
    """The constants that steps depend on."""

    size: int  # floats of a vector
    rate_first: float  # learning rate at the first text of the call
    rate_last: float  # and after its last
    drop_below: np.uint64  # a row is left out when 32 bits drawn for it are less
    key: np.uint64  # of these draws


@njit(**PART_OPTIONS)
def _add_rows(table, rows, first, last, out_D):
    one, n_bytes = table.dtype.type(1.0), table.itemsize * table.shape[1]
    out_D[:] = 0
    for k in range(first, min(first + _AHEAD, last)):
        prefetch(row_address(table, rows[k]), n_bytes)
    for k in range(first, last):
        if k + _AHEAD < last:
            prefetch(row_address(table, rows[k + _AHEAD]), n_bytes)
        add_row(one, table.shape[1], row_address(out_D, 0), row_address(table, rows[k]))


@njit(**PART_OPTIONS)
def _dot(left, i, right, j):
    """Return the dot product of two rows."""
    return dot(left[0, 0], left.shape[1], row_address(left, i), row_address(right, j))


@njit(**PART_OPTIONS)
def _add_scaled(scale, target, i, source, j):
    """Add a row times `scale` to another."""
    add_row(scale, target.shape[1], row_address(target, i), row_address(source, j))


@njit(**PART_OPTIONS)
def _softmax(score_C):
    """Turn scores into probabilities; return the log of the sum of their exponentials, float64."""
    top = score_C[0]
    for c in range(1, score_C.shape[0]):
        top = max(top, score_C[c])
    total = 0.0
    for c in range(score_C.shape[0]):
        total += exp(np.float64(score_C[c] - top))
    log_total = np.float64(top) + log(total)
    for c in range(score_C.shape[0]):
        score_C[c] = exp(np.float64(score_C[c]) - log_total)
    return log_total


@njit(**PART_OPTIONS)
def _sigmoid(x):
    return 1.0 / (1.0 + exp(-x))


@njit(**PART_OPTIONS)
def _read_path(targets, model, step, p):
    """Set the errors of the inner nodes on a path, zeros elsewhere; return the loss."""
    error_C = step.error[p]
    error_C[:] = 0
    loss = 0.0
    for target in targets:
        node, is_second = target >> 1, target & 1
        score = np.float64(_dot(model.weights, node, step.hidden, p))
        loss += softplus(-score if is_second else score)
        error_C[node] = _sigmoid(score) - is_second
    return loss


@njit(**PART_OPTIONS)
def _read_classes(targets, model, step, p):
    """Set the errors of all classes, each of which the text has or has not; return the loss."""
    error_C = step.error[p]
    loss = 0.0
    for c in range(error_C.shape[0]):
        score = np.float64(_dot(model.weights, c, step.hidden, p))
        loss += softplus(score)
        error_C[c] = _sigmoid(score)
    for c in targets:
        # softplus(-x) = softplus(x) - x
        loss -= np.float64(_dot(model.weights, c, step.hidden, p))
        error_C[c] -= error_C.dtype.type(1.0)
    return loss


@njit(**KERNEL_OPTIONS)
def read_text(texts, text, model, schedule, step, p, at):
    """Compute loss and gradients of one text, number `p` of its superstep.

    With n rows, h their mean and q = softmax(W h + margin): the loss is -log q[label], its gradient by the scores
    q - [label], by h W^T (q - [label]), and by each of the rows a share of 1 / n of that. All are multiplied
    by the weight of the text. Other losses are sums of those of sigmoids, each with the gradient sigmoid - target.

    Parameters
    ----------
    at : int64; where the text's kept rows go in `step.kept`
    """
    n = 0
    for k in range(texts.starts[text], texts.starts[text + 1]):
        if draw(schedule.key, k) >> np.uint64(32) >= schedule.drop_below:
            step.kept[at + n] = texts.rows[k]
            n += 1
    step.n_kept[p] = n
    step.loss[p] = 0.0
    if n == 0:
        return
    hidden_D, gradient_D, error_C = step.hidden[p], step.gradient[p], step.error[p]
    one = texts.weight.dtype.type(1.0)
    share = one / texts.weight.dtype.type(n)
    _add_rows(model.table, step.kept, at, at + n, hidden_D)
    hidden_D[schedule.size :] = 0
    for d in range(schedule.size):
        hidden_D[d] *= share
    label = texts.label[text]
    weight = texts.weight[text]
    if texts.loss == SOFTMAX:
        for c in range(error_C.shape[0]):
            error_C[c] = _dot(model.weights, c, step.hidden, p) + texts.margin[c]
        score = np.float64(error_C[label])
        loss = _softmax(error_C) - score
        error_C[label] -= one
    else:
        targets = texts.targets[texts.target_starts[label] : texts.target_starts[label + 1]]
        if texts.loss == HIERARCHICAL:
            loss = _read_path(targets, model, step, p)
        else:
            loss = _read_classes(targets, model, step, p)
    step.loss[p] = np.float64(weight) * loss
    gradient_D[:] = 0
    for c in range(error_C.shape[0]):
        if error_C[c] == 0:
            continue
        error_C[c] *= weight
        _add_scaled(error_C[c] * share, step.gradient, p, model.weights, c)
    gradient_D[schedule.size :] = 0


@njit(**PART_OPTIONS)
def step_rows(model, size, step, n_texts, starts, rate, thread, n_threads):
    """Take the steps of the rows that a thread owns: s += mean(g * g), row -= rate * g / sqrt(s).

    Parameters
    ----------
    starts : int64 (P,); where each text's rows are in `step.kept`
    rate : of the tables' type
    """
    table = model.table
    n_bytes = table.itemsize * table.shape[1]
    for p in range(n_texts):
        mean_square = (
            _dot(step.gradient, p, step.gradient, p) / table.dtype.type(size) if step.n_kept[p] else rate
        )
        for k in range(starts[p], starts[p] + step.n_kept[p]):
            row = step.kept[k]
            if k + _AHEAD < step.kept.shape[0]:
                coming = step.kept[k + _AHEAD]
                if n_threads == 1 or owner(coming, n_threads) == thread:
                    prefetch(row_address(table, coming), n_bytes)
            if n_threads > 1 and owner(row, n_threads) != thread:
                continue
            total = table[row, size] + mean_square
            _add_scaled(-rate / np.sqrt(total), table, row, step.gradient, p)
            table[row, size] = total


@njit(**PART_OPTIONS)
def step_weights(model, size, step, n_texts, rate, thread, n_threads, sum_1D):
    """Take the step of the classes c = thread, thread + n_threads, ..., each with the sum of all gradients.

    sum_1D : (1, D); scratch, overwritten
    """
    for c in range(thread, model.weights.shape[0], n_threads):
        sum_1D[:] = 0
        n = 0
        for p in range(n_texts):
            if step.n_kept[p] and step.error[p, c] != 0:
                n += 1
                _add_scaled(step.error[p, c], sum_1D, 0, step.hidden, p)
        if n == 0:
            continue
        total = model.weights[c, size] + _dot(sum_1D, 0, sum_1D, 0) / model.weights.dtype.type(size)
        _add_scaled(-rate / np.sqrt(total), model.weights, c, sum_1D, 0)
        model.weights[c, size] = total


@njit(**PART_OPTIONS)
def _rate(schedule, course, s, n_step):
    share = s * n_step / course.order.shape[0]
    return schedule.rate_first + (schedule.rate_last - schedule.rate_first) * share


@njit(**PART_OPTIONS)
def _lay_out(texts, course, s, n_step, starts):
    """Set where the texts of superstep `s` put their kept rows; return how many texts it has."""
    first = s * n_step
    n_texts = min(n_step, course.order.shape[0] - first)
    at = 0
    for p in range(n_texts):
        starts[p] = at
        text = course.order[first + p]
        at += texts.starts[text + 1] - texts.starts[text]
    return n_texts


@njit(**PART_OPTIONS)
def _sum_losses(texts, course, s, n_step, n_texts, step):
    for p in range(n_texts):
        if step.n_kept[p]:
            course.losses[s, 0] += step.loss[p]
            course.losses[s, 1] += texts.weight[course.order[s * n_step + p]]


@njit(**KERNEL_OPTIONS)
def run_deterministic(texts, model, schedule, course, step, thread, n_threads):
    """Do one thread's part of the supersteps of `course`; returns when all threads are done.

    `step` is shared by all threads.
    """
    texts, model, course, step = lend(texts), lend(model), lend(course), lend(step)
    n_step = step.hidden.shape[0]
    starts = np.empty(n_step, np.int64)
    sum_1D = np.empty_like(step.hidden[:1])
    for s in range(course.claims.shape[0]):
        n_texts = _lay_out(texts, course, s, n_step, starts)
        # Which thread reads a text does not matter, so a thread that is held up leaves its share to others.
        p = atomic_add(course.claims, s, 1)
        while p < n_texts:
            read_text(texts, course.order[s * n_step + p], model, schedule, step, p, starts[p])
            p = atomic_add(course.claims, s, 1)
        wait_for_all(course.counters, n_threads)
        rate = model.table.dtype.type(_rate(schedule, course, s, n_step))
        step_rows(model, schedule.size, step, n_texts, starts, rate, thread, n_threads)
        step_weights(model, schedule.size, step, n_texts, rate, thread, n_threads, sum_1D)
        if thread == 0:
            _sum_losses(texts, course, s, n_step, n_texts, step)
        wait_for_all(course.counters, n_threads)


@njit(**KERNEL_OPTIONS)
def run_racing(texts, model, schedule, course, step, thread, n_threads):
    """Train on supersteps until none is left, while other threads do the same; `step` is private.

    Takes the arguments of `run_deterministic`, and ignores the last two.
    """
    texts, model, course, step = lend(texts), lend(model), lend(course), lend(step)
    n_step = step.hidden.shape[0]
    starts = np.empty(n_step, np.int64)
    sum_1D = np.empty_like(step.hidden[:1])
    s = atomic_add(course.counters, 2 * CLAIM_STRIDE, 1)
    while s < course.claims.shape[0]:
        n_texts = _lay_out(texts, course, s, n_step, starts)
        for p in range(n_texts):
            read_text(texts, course.order[s * n_step + p], model, schedule, step, p, starts[p])
        rate = model.table.dtype.type(_rate(schedule, course, s, n_step))
        step_rows(model, schedule.size, step, n_texts, starts, rate, 0, 1)
        step_weights(model, schedule.size, step, n_texts, rate, 0, 1, sum_1D)
        _sum_losses(texts, course, s, n_step, n_texts, step)
        s = atomic_add(course.counters, 2 * CLAIM_STRIDE, 1)


@njit(**KERNEL_OPTIONS)
def predict(rows, starts, model, size, first, last, probability_NC):
    """Write the probabilities of classes for texts first..last - 1 that have rows; others are not changed.

    probability_NC : float64 (n_texts, C)
    """
    hidden_1D = np.empty_like(model.weights[:1])
    hidden_D = hidden_1D[0]
    for text in range(first, last):
        n = starts[text + 1] - starts[text]
        if n == 0:
            continue
        _add_rows(model.table, rows, starts[text], starts[text + 1], hidden_D)
        hidden_D[size:] = 0
        for c in range(model.weights.shape[0]):
            probability_NC[text, c] = np.float64(_dot(model.weights, c, hidden_1D, 0)) / n
        _softmax(probability_NC[text])
