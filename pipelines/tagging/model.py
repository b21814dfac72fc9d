"""The model of the tagger: its features and their weights.

As in CRFsuite, a state feature is an attribute paired with a label that it occurs with, and a transition feature is a
label paired with the label after it. The beginning and the end of a sentence have attributes, but no transition
features. The score of a pair without a feature is 0. A dense vector has one weight for each component, offset and
label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from wordvec._utils.threads import even_blocks
from wordvec.kernels import KERNEL_OPTIONS

from .features.encoding import EncodedSentences
from .kernels.chain import padded
from .kernels.lists import count_items
from .kernels.sparse import Lists
from .learning.sharing import list_starts

_NO_VALUES = np.empty(0, np.float32)
_N_RANGES = 8


@dataclass(frozen=True)
class FeatureSet:
    """The state and transition features that have a weight.

    Attributes
    ----------
    n_labels : int
    states : Lists
        The labels of each attribute's features, in ascending order.
    transitions : int32 (n_transitions, 2)
        Pairs of labels, the second after the first.
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
        """The number of labels, L."""
        return self.features.n_labels

    def pruned(self) -> tuple[ChainModel, np.ndarray]:
        """Return the model without state features of weight 0, and the ids of the remaining attributes."""
        states = self.features.states
        is_kept = self.state_weights != 0
        counts = _count_kept(states.indptr, is_kept)
        kept = np.flatnonzero(counts)
        indptr = np.zeros(len(kept) + 1, np.int64)
        np.cumsum(counts[kept], out=indptr[1:])
        lists = Lists(indptr, states.items[is_kept])
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
        Features that occur less often, or never, are left out. The values of an attribute are counted, not its tokens.
    all_possible_states, all_possible_transitions : bool
        Whether pairs that never occur are features, too.
    """
    starts = list_starts(count_items(encoded.indices, n_attributes))
    values = _NO_VALUES if encoded.values is None else encoded.values
    counts, parts = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
    # One range of attributes after the other, so that only a part of the matrix is sorted by attribute at a time.
    for first, last in even_blocks(starts, _N_RANGES):
        ends = starts[first : last + 1] - starts[first]
        labels, numbers = np.empty(ends[-1], np.int32), np.empty(ends[-1] if len(values) else 0, np.float32)
        _sort_labels(encoded.indptr, encoded.indices, values, tags, first, last, ends, labels, numbers)
        part_counts, part = _collect_states(ends, labels, numbers, n_labels, min_freq, all_possible_states)
        counts.append(part_counts)
        parts.append(part)
    indptr, labels = list_starts(np.concatenate(counts)), np.concatenate(parts)
    steps_LL = count_transitions(encoded.starts, tags, n_labels)
    is_feature = (steps_LL > 0) | all_possible_transitions
    pairs = np.argwhere(is_feature & (steps_LL >= min_freq)).astype(np.int32)
    return FeatureSet(n_labels, Lists(indptr, labels), pairs)


def count_transitions(starts: np.ndarray, tags: np.ndarray, n_labels: int) -> np.ndarray:
    """Return how often each label (column) follows each (row), int64 (L, L)."""
    if len(tags) < 2:
        return np.zeros((n_labels, n_labels), np.int64)
    is_inside = np.ones(len(tags), bool)
    is_inside[starts[:-1][starts[:-1] < len(tags)]] = False
    steps = tags[:-1].astype(np.int64) * n_labels + tags[1:]
    return np.bincount(steps[is_inside[1:]], minlength=n_labels**2).reshape(n_labels, n_labels)


@njit(**KERNEL_OPTIONS)
def _count_kept(indptr, is_kept):
    """Return how many items of each list are kept, int64 (n,)."""
    counts = np.zeros(len(indptr) - 1, np.int64)
    for a in range(len(counts)):
        for k in range(indptr[a], indptr[a + 1]):
            counts[a] += is_kept[k]
    return counts


@njit(**KERNEL_OPTIONS)
def _sort_labels(indptr, indices, values, tags, first, last, ends, labels, numbers):
    """Write the labels of the tokens that have the attributes `first` to `last`, attribute by attribute.

    Parameters
    ----------
    indptr, indices, values : the matrix by tokens; no values if all are one
    tags : int32 (T,)
    ends : int (last - first + 1,); where each attribute's labels begin; advanced to where they end
    labels : int32 (n,), numbers : float32 (n,) or (0,); overwritten; the numbers are the values
    """
    for token in range(len(indptr) - 1):
        for k in range(indptr[token], indptr[token + 1]):
            attribute = indices[k]
            if first <= attribute < last:
                place = ends[attribute - first]
                labels[place] = tags[token]
                if len(values):
                    numbers[place] = values[k]
                ends[attribute - first] += 1


@njit(**KERNEL_OPTIONS)
def _collect_states(ends, labels, values, n_labels, min_freq, has_all):
    """Return the number of each attribute's features, and their labels: int64 (n,), int32 (F,).

    Parameters
    ----------
    ends : int (n + 1,), labels : int32, values : float32; see `_sort_labels`
    """
    counts = np.zeros(len(ends) - 1, np.int64)
    found = np.empty(max(1024, len(labels) // 8), np.int32)
    frequencies, is_seen = np.zeros(n_labels), np.zeros(n_labels, np.bool_)
    n, begin = 0, 0
    for a in range(len(ends) - 1):
        frequencies[:], is_seen[:] = 0.0, False
        for k in range(begin, ends[a]):
            is_seen[labels[k]] = True
            frequencies[labels[k]] += values[k] if len(values) else 1.0
        begin = ends[a]
        if n + n_labels > len(found):
            longer = np.empty(2 * len(found) + n_labels, np.int32)
            longer[:n] = found[:n]
            found = longer
        for label in range(n_labels):
            if (is_seen[label] or has_all) and frequencies[label] >= min_freq:
                found[n] = label
                n += 1
                counts[a] += 1
    return counts, found[:n].copy()
