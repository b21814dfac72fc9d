"""Numba kernels of training one sentence at a time: stochastic gradient, and the perceptron.

Weights are kept as scale * v, so that a decay of all weights is one multiplication. Their average over the steps
comes from a second table q: with the running sum A of the scales,

    sum over steps of scale_t v_t = A_T v_T - sum over steps of A_(t-1) (v_t - v_(t-1)),

and q takes the second sum (for a scale of one this is the averaging of Collins' perceptron in Daume's form).
Names of axes: see `chain`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.elementary import fma

from .chain import Transitions, exp_in_place, expectations
from .decoding import best_sequence, score_attributes
from .sparse import Lists


class Examples(NamedTuple):
    """Tagged sentences, with the attributes of each token; not factored as by `learning.sharing`.

    Attributes
    ----------
    starts : int64 (n_sentences + 1,)
    tags : int32 (T,)
    indptr, indices, values : the attributes of each token; no values if all are one
    features : Lists; the labels of each attribute's features
    is_step_LL : bool (L, L); whether a transition has a weight
    dense_ids : int32 (T,); empty without vectors
    table_UE : float32 (U, E)
    """

    starts: np.ndarray
    tags: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    values: np.ndarray
    features: Lists
    is_step_LL: np.ndarray
    dense_ids: np.ndarray
    table_UE: np.ndarray


class Table(NamedTuple):
    """One number for each weight.

    Attributes
    ----------
    states : float64 (F,)
    steps_LL : float64 (L, L)
    dense_OEP : float64 (O, E, P); O is 0 without vectors
    """

    states: np.ndarray
    steps_LL: np.ndarray
    dense_OEP: np.ndarray


@njit(**KERNEL_OPTIONS)
def _score(begin, end, examples, v, scale, score_NP):
    """Write the scores of a sentence."""
    n_labels, width = len(v.steps_LL), score_NP.shape[1]
    score_attributes(
        begin, end, examples.indptr, examples.indices, examples.values, examples.features, v.states,
        n_labels, score_NP,
    )  # fmt: skip
    n_offsets, size, _ = v.dense_OEP.shape
    for t in range(begin, end):
        row_P = score_NP[t - begin]
        for o in range(n_offsets):
            place = t + o - n_offsets // 2
            if begin <= place < end and examples.dense_ids[place] >= 0:
                vector_E = examples.table_UE[examples.dense_ids[place]]
                for e in range(size):
                    x = np.float64(vector_E[e])
                    for j in range(width):
                        row_P[j] = fma(x, v.dense_OEP[o, e, j], row_P[j])
        for j in range(width):
            row_P[j] *= scale


@njit(**KERNEL_OPTIONS)
def _update(begin, end, examples, residual_NP, step_residual_LL, rate, v, weight, q):
    """Subtract `rate` times the gradient from v, and `weight` times that from q."""
    n_labels, width = len(v.steps_LL), residual_NP.shape[1]
    n_offsets, size, _ = v.dense_OEP.shape
    indptr, features = examples.indptr, examples.features
    for t in range(begin, end):
        row_P = residual_NP[t - begin]
        largest = 0.0
        for j in range(n_labels):
            largest = max(largest, abs(row_P[j]))
        if largest == 0.0:
            continue
        for k in range(indptr[t], indptr[t + 1]):
            a = examples.indices[k]
            amount = rate * examples.values[k] if len(examples.values) else rate
            for f in range(features.indptr[a], features.indptr[a + 1]):
                change = amount * row_P[features.items[f]]
                v.states[f] -= change
                q.states[f] -= weight * change
        for o in range(n_offsets):
            place = t + o - n_offsets // 2
            if begin <= place < end and examples.dense_ids[place] >= 0:
                vector_E = examples.table_UE[examples.dense_ids[place]]
                for e in range(size):
                    x = rate * vector_E[e]
                    for j in range(width):
                        change = x * row_P[j]
                        v.dense_OEP[o, e, j] -= change
                        q.dense_OEP[o, e, j] = fma(-weight, change, q.dense_OEP[o, e, j])
    for i in range(n_labels):
        for j in range(n_labels):
            if examples.is_step_LL[i, j]:
                change = rate * step_residual_LL[i, j]
                v.steps_LL[i, j] -= change
                q.steps_LL[i, j] -= weight * change


@njit(**KERNEL_OPTIONS)
def _prepare(steps_LL, scale, width):
    """Return the Transitions of scaled weights, as `chain.prepare_transitions` does."""
    n_labels = len(steps_LL)
    score_LL = steps_LL * scale
    shift = score_LL.max()
    exp_PP = np.zeros((width, width))
    packed = (score_LL - shift).reshape(-1)
    exp_in_place(packed)
    exp_PP[:n_labels, :n_labels] = packed.reshape(n_labels, n_labels)
    return Transitions(exp_PP, exp_PP.T.copy(), score_LL, shift)


@njit(**KERNEL_OPTIONS)
def sgd_epoch(examples, order, first_step, rate, decay, averages_from, v, q, state_3):
    """Take one gradient step for each sentence.

    Parameters
    ----------
    examples : Examples
    order : int64 (n_sentences,); sentence numbers
    first_step : int; steps taken before
    rate : float; first learning rate; it falls as (1 + rate * decay * step) ** -0.75 (Xu 2011)
    decay : float; strength of the L2 penalty a sentence, twice c2 / n_sentences
    averages_from : int; the first step that counts in the average
    v, q : Table; changed
    state_3 : float64 (3,); the scale, the sum of scales, and how many were summed; changed

    Returns
    -------
    loss : float; the sum of the sentences' negative log-likelihoods, each before its step
    """
    n_labels, width = len(v.steps_LL), -(-len(v.steps_LL) // 8) * 8
    loss = 0.0
    for k in range(len(order)):
        begin, end = examples.starts[order[k]], examples.starts[order[k] + 1]
        n_tokens, step = end - begin, first_step + k
        scale, total = state_3[0], state_3[1]
        if n_tokens:
            shape = (n_tokens, width)
            score_NP, exp_NP, weight_NP, residual_NP = (
                np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape),
            )  # fmt: skip
            _score(begin, end, examples, v, scale, score_NP)
            transitions = _prepare(v.steps_LL, scale, width)
            pair_PP, steps_LL = np.zeros((width, width)), np.zeros((n_labels, n_labels))
            loss += expectations(score_NP, transitions, exp_NP, weight_NP, residual_NP, pair_PP, steps_LL)
            steps_LL += (pair_PP * transitions.exp_PP)[:n_labels, :n_labels]
            for t in range(n_tokens):
                tag = examples.tags[begin + t]
                loss -= score_NP[t, tag]
                residual_NP[t, tag] -= 1.0
                if t:
                    before = examples.tags[begin + t - 1]
                    loss -= transitions.score_LL[before, tag]
                    steps_LL[before, tag] -= 1.0
            root = math.sqrt(1.0 + rate * decay * step)
            step_size = rate / (root * math.sqrt(root))
            scale *= 1.0 - step_size * decay
            _update(begin, end, examples, residual_NP, steps_LL, step_size / scale, v, total, q)
        if step >= averages_from:
            total += scale
            state_3[2] += 1.0
        state_3[0], state_3[1] = scale, total
    return loss


@njit(**KERNEL_OPTIONS)
def perceptron_epoch(examples, order, v, q, state_3):
    """Tag each sentence and update the weights towards the true tags (Collins 2002).

    Parameters
    ----------
    examples, order, v, q, state_3 : as for `sgd_epoch`; the scale stays one

    Returns
    -------
    n_wrong : int; tokens that got a wrong tag, each sentence before its step
    """
    n_labels, width = len(v.steps_LL), -(-len(v.steps_LL) // 8) * 8
    n_wrong = 0
    transition_PP = np.full((width, width), -np.inf)
    for k in range(len(order)):
        begin, end = examples.starts[order[k]], examples.starts[order[k] + 1]
        n_tokens = end - begin
        if n_tokens:
            tags = examples.tags[begin:end]
            score_NP, found = np.empty((n_tokens, width)), np.empty(n_tokens, np.int32)
            _score(begin, end, examples, v, 1.0, score_NP)
            transition_PP[:n_labels, :n_labels] = v.steps_LL
            best_sequence(score_NP, transition_PP, found)
            n_new = (found != tags).sum()
            if n_new:
                n_wrong += n_new
                residual_NP, steps_LL = np.zeros((n_tokens, width)), np.zeros((n_labels, n_labels))
                for t in range(n_tokens):
                    residual_NP[t, found[t]] += 1.0
                    residual_NP[t, tags[t]] -= 1.0
                    if t:
                        steps_LL[found[t - 1], found[t]] += 1.0
                        steps_LL[tags[t - 1], tags[t]] -= 1.0
                _update(begin, end, examples, residual_NP, steps_LL, 1.0, v, state_3[1], q)
        state_3[1] += 1.0
        state_3[2] += 1.0
    return n_wrong
