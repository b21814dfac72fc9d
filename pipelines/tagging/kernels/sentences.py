"""Numba kernels over sentences: scores, expectations and residuals in one pass, for training.

A block of sentences is processed at a time, so that scores and exponentials live in the cache and only the
residuals go to memory. Names of axes: see `chain`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from wordvec.kernels import KERNEL_OPTIONS

from .chain import expectations
from .sparse import Lists, add_type_scores, score_tokens


class Sentences(NamedTuple):
    """Sentences, their tags, and the bundles and columns of their tokens.

    Attributes
    ----------
    starts : int64 (n_sentences + 1,)
    tags : int32 (T,)
    tokens : Lists; the bundles of each token
    values : float32, one to a bundle of a token; empty if all are one
    own : Lists; the columns of each token that are in no bundle
    features : Lists; the labels of each column's features
    dense_ids : int32 (T,); empty without a dense table
    """

    starts: np.ndarray
    tags: np.ndarray
    tokens: Lists
    values: np.ndarray
    own: Lists
    features: Lists
    dense_ids: np.ndarray


class Scores(NamedTuple):
    """Scores that are computed from the weights first, since many tokens share them.

    Attributes
    ----------
    weights : float32 (F,); of the features of columns
    bundle_BP : float32 (B, P)
    type_OUP : float32 (O, U, P)
    """

    weights: np.ndarray
    bundle_BP: np.ndarray
    type_OUP: np.ndarray


@njit(**KERNEL_OPTIONS)
def differentiate(
    first, last, sentences, scores, transitions, offset, residual_NP, pair_PP, slow_pair_LL, gains
):
    """Write the log-likelihoods of the sentences `first` to `last` and the residuals of their tokens.

    Parameters
    ----------
    sentences : Sentences
    scores : Scores
    transitions : chain.Transitions
    offset : int; the token that the first row of `residual_NP` is for
    residual_NP : float32 (N, P); the rows of these tokens are overwritten
    pair_PP, slow_pair_LL : float64; expected transitions, see `expectations`; added to
    gains : float64 (n_sentences,); log-likelihoods
    """
    starts, tags = sentences.starts, sentences.tags
    n_labels, width = len(transitions.score_LL), residual_NP.shape[1]
    longest = 0
    for s in range(first, last):
        longest = max(longest, starts[s + 1] - starts[s])
    shape = (longest, width)
    score_NP, exp_NP, weight_NP, marginal_NP = (
        np.empty(shape),
        np.empty(shape),
        np.empty(shape),
        np.empty(shape),
    )
    for s in range(first, last):
        begin, end = starts[s], starts[s + 1]
        n_tokens = end - begin
        gains[s] = 0.0
        if n_tokens == 0:
            continue
        score_tokens(
            begin, end, sentences.tokens, sentences.values, sentences.own, sentences.features,
            scores.weights, scores.bundle_BP, n_labels, score_NP,
        )  # fmt: skip
        if len(sentences.dense_ids):
            add_type_scores(begin, end, begin, end, sentences.dense_ids, scores.type_OUP, score_NP)
        gain = -expectations(
            score_NP[:n_tokens], transitions, exp_NP[:n_tokens], weight_NP[:n_tokens], marginal_NP[:n_tokens],
            pair_PP, slow_pair_LL,
        )  # fmt: skip
        for t in range(n_tokens):
            tag = tags[begin + t]
            gain += score_NP[t, tag]
            if t > 0:
                gain += transitions.score_LL[tags[begin + t - 1], tag]
            for j in range(width):
                residual_NP[begin - offset + t, j] = marginal_NP[t, j]
            # In float64: 1 - p keeps its digits where the model is sure.
            residual_NP[begin - offset + t, tag] = marginal_NP[t, tag] - 1.0
        gains[s] = gain
