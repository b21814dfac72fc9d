"""Slow, obvious references for distances of documents: one pair of words at a time."""

from __future__ import annotations

from collections import Counter

import numpy as np


def shares(document):
    """Return the different words of a document and the share of each."""
    counts = Counter(document)
    return list(counts), np.array([counts[word] / len(document) for word in counts])


def costs(vector_of, words1, words2):
    """Return the Euclidean distance of each pair of words."""
    return np.array([[np.linalg.norm(vector_of(a) - vector_of(b)) for b in words2] for a in words1])


def transport_program(vector_of, document1, document2):
    """Return the linear program of Kusner et al. (2015), section 4: costs, and equations and their right sides.

    The unknown numbers are how much of each word of one document goes to each of the other.
    """
    (words1, shares1), (words2, shares2) = shares(document1), shares(document2)
    n1, n2 = len(words1), len(words2)
    leaves = [np.outer(row, np.ones(n2)).ravel() for row in np.eye(n1)]
    arrives = [np.outer(np.ones(n1), row).ravel() for row in np.eye(n2)]
    moved = costs(vector_of, words1, words2).ravel()
    return moved, np.array(leaves + arrives), np.concatenate([shares1, shares2])


def relaxed_word_movers(vector_of, document1, document2):
    """Return the larger of the two sums of nearest distances, weighted by shares."""
    (words1, shares1), (words2, shares2) = shares(document1), shares(document2)
    found = costs(vector_of, words1, words2)
    forth = sum(share * min(row) for share, row in zip(shares1, found))
    back = sum(share * min(column) for share, column in zip(shares2, found.T))
    return max(forth, back)
