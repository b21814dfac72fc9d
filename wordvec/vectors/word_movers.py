"""Word Mover's Distance between two documents: exactly, and a lower bound of it that is cheap.

Axes: M and N different words of the two documents, D floats in a vector. Weights are shares of a document, float64
that sum to 1; the cost of moving a word is the Euclidean distance to where it goes.
"""

from __future__ import annotations

import numpy as np

from wordvec._utils.validation import import_optional
from wordvec.vectors.neighbors import row_blocks

# Pivots of the network simplex. Two documents of 2,000 words each need fewer than 1e5.
MAX_PIVOTS = 10_000_000


def exact_distance(
    vectors1_MD: np.ndarray, weights1_M: np.ndarray, vectors2_ND: np.ndarray, weights2_N: np.ndarray
) -> float:
    """Return the least cost of moving all weights of one document to those of the other; POT solves it.

    Kusner et al. (2015), section 4. Takes M x N float64.

    Raises
    ------
    ImportError
        If POT is not installed.
    RuntimeError
        If POT found no solution.
    """
    ot = import_optional("ot", pip="wordvec[index]", purpose='wmdistance(method="exact")')
    from scipy.spatial.distance import cdist  # here, as few questions need it

    costs_MN = cdist(vectors1_MD, vectors2_ND)
    distance, log = ot.emd2(weights1_M, weights2_N, costs_MN, numItermax=MAX_PIVOTS, log=True)
    if log["warning"] is not None:
        size = f"{len(weights1_M)} and {len(weights2_N)} different words"
        raise RuntimeError(
            f"POT could not solve the distance of documents of {size}: {log['warning']} "
            'Take method="relaxed", or shorter documents.'
        )
    return float(distance)


def relaxed_distance(
    vectors1_MD: np.ndarray, weights1_M: np.ndarray, vectors2_ND: np.ndarray, weights2_N: np.ndarray
) -> float:
    """Return the relaxed distance, never above the exact one: each word moves to the nearest one, from either side.

    RWMD of Kusner et al. (2015), section 4: the larger of the two sums. Computed in blocks of M.
    """
    from scipy.spatial.distance import cdist

    nearest_N = np.full(len(weights2_N), np.inf)
    forth = 0.0
    for start, stop in row_blocks(len(weights1_M), len(weights2_N)):
        costs = cdist(vectors1_MD[start:stop], vectors2_ND)
        forth += float(weights1_M[start:stop] @ costs.min(axis=1))
        np.minimum(nearest_N, costs.min(axis=0), out=nearest_N)
    return max(forth, float(weights2_N @ nearest_N))
