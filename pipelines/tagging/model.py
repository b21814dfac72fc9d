"""The model of the tagger: which features have a weight, and the weights.

As in CRFsuite, a state feature is an attribute with a label that it was seen with, a transition feature is a
label with one that was seen behind it; there is nothing for the edges of a sentence but attributes. What has no
feature has the score 0. A dense vector has one weight for each of its floats, offset and label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from pipelines.tagging.encoding import EncodedSentences
from pipelines.tagging.kernels import padded
from pipelines.tagging.sharing import transpose
from pipelines.tagging.sparse_kernels import Lists
from wordvec.kernels import KERNEL_OPTIONS


@dataclass(frozen=True)
class FeatureSet:
    """The features that have a weight.

    Attributes
    ----------
    n_labels : int
    states : Lists
        The labels of each attribute's features, rising.
    transitions : int32 (n_transitions, 2)
        Pairs of labels, one after the other.
    """

    n_labels: int
    states: Lists
    transitions: np.ndarray


@dataclass(frozen=True)
class ChainModel:
    """Weights of a linear chain.

    Attributes
    ----------
    features : FeatureSet
    state_weights : float64 (F,)
    transition_LL : float64 (L, L); 0 without a feature
    dense_OEL : float64 (O, E, L)
        Weights of the vectors at the offsets -(O // 2) to O // 2; E is 0 without vectors.
    """

    features: FeatureSet
    state_weights: np.ndarray
    transition_LL: np.ndarray
    dense_OEL: np.ndarray

    @property
    def n_labels(self) -> int:
        """Labels, L."""
        return self.features.n_labels

    def pruned(self) -> tuple[ChainModel, np.ndarray]:
        """Return the model without state features of weight 0, and the ids of the attributes that are left."""
        states = self.features.states
        n_before = np.concatenate([[0], np.cumsum(self.state_weights != 0)])
        counts = np.diff(n_before[states.indptr])
        kept = np.flatnonzero(counts)
        is_kept = self.state_weights != 0
        lists = Lists(np.concatenate([[0], np.cumsum(counts[kept])]), states.items[is_kept])
        features = FeatureSet(self.n_labels, lists, self.features.transitions)
        model = ChainModel(features, self.state_weights[is_kept], self.transition_LL, self.dense_OEL)
        return model, kept

    @property
    def padded_dense(self) -> np.ndarray:
        """The weights of vectors as kernels read them, float64 (O, E, P)."""
        n_offsets, size, n_labels = self.dense_OEL.shape
        weights = np.zeros((n_offsets, size, padded(n_labels)))
        weights[:, :, :n_labels] = self.dense_OEL
        return weights


def collect_features(
    encoded: EncodedSentences,
    tags: np.ndarray,
    n_attributes: int,
    n_labels: int,
    *,
    min_freq: float = 0.0,
    all_possible_states: bool = False,
    all_possible_transitions: bool = False,
) -> FeatureSet:
    """Return the features of tagged sentences, as CRFsuite chooses them.

    Parameters
    ----------
    encoded : EncodedSentences
    tags : int32 (T,)
    n_attributes, n_labels : int
    min_freq : float
        Features that were seen less are left out, those that were never seen among them. The values of an
        attribute count, not its tokens.
    all_possible_states, all_possible_transitions : bool
        Whether pairs that were never seen are features, too.
    """
    (starts, tokens), values = transpose(encoded.indptr, encoded.indices, n_attributes, encoded.values)
    indptr, labels = _collect_states(starts, tokens, values, tags, n_labels, min_freq, all_possible_states)
    counts = count_transitions(encoded.starts, tags, n_labels)
    is_feature = (counts > 0) | all_possible_transitions
    pairs = np.argwhere(is_feature & (counts >= min_freq)).astype(np.int32)
    return FeatureSet(n_labels, Lists(indptr, labels), pairs)


def count_transitions(starts: np.ndarray, tags: np.ndarray, n_labels: int) -> np.ndarray:
    """Return how often each label came behind each, int64 (L, L)."""
    if len(tags) < 2:
        return np.zeros((n_labels, n_labels), np.int64)
    is_inside = np.ones(len(tags), bool)
    is_inside[starts[:-1][starts[:-1] < len(tags)]] = False
    steps = tags[:-1].astype(np.int64) * n_labels + tags[1:]
    return np.bincount(steps[is_inside[1:]], minlength=n_labels**2).reshape(n_labels, n_labels)


@njit(**KERNEL_OPTIONS)
def _collect_states(starts, tokens, values, tags, n_labels, min_freq, has_all):
    """Return the labels of each attribute's features: int64 (A + 1,), int32 (F,)."""
    indptr = np.zeros(len(starts), np.int64)
    labels = np.empty(max(1024, len(tokens) // 8), np.int32)
    frequencies, is_seen = np.zeros(n_labels), np.zeros(n_labels, np.bool_)
    n = 0
    for a in range(len(starts) - 1):
        frequencies[:], is_seen[:] = 0.0, False
        for k in range(starts[a], starts[a + 1]):
            label = tags[tokens[k]]
            is_seen[label] = True
            frequencies[label] += values[k] if len(values) else 1.0
        if n + n_labels > len(labels):
            longer = np.empty(2 * len(labels) + n_labels, np.int32)
            longer[:n] = labels[:n]
            labels = longer
        for label in range(n_labels):
            if (is_seen[label] or has_all) and frequencies[label] >= min_freq:
                labels[n] = label
                n += 1
        indptr[a + 1] = n
    return indptr, labels[:n].copy()
