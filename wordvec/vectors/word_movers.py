"""Word Mover's Distance between two documents: the exact distance, and a cheap lower bound.

Axes: M and N distinct words of the two documents, D floats in a vector. Weights are relative frequencies, float64 that
sum to 1; the cost of moving a word is the Euclidean distance to its destination.
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
    """Return the minimum cost of moving all weight of one document to the other, solved by POT.

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
    """Return the relaxed distance, a lower bound: each word moves to the nearest one, in either direction.

    RWMD of Kusner et al. (2015), section 4: the larger of the two sums. Takes blocks of M x N float64.
    """
    rows1, rows2 = vectors1_MD.astype(np.float64), vectors2_ND.astype(np.float64)
    halves1_M, halves2_N = (np.einsum("ij,ij->i", rows, rows) / 2 for rows in (rows1, rows2))
    # The nearest are found by one matrix product. Distances of the same word are 0 only if computed as such: below.
    nearest_M, nearest_N = np.empty(len(rows1), np.int64), np.zeros(len(rows2), np.int64)
    least_N = np.full(len(rows2), np.inf)
    for start, stop in row_blocks(len(rows1), len(rows2)):
        half_squares = halves1_M[start:stop, None] + halves2_N - rows1[start:stop] @ rows2.T
        nearest_M[start:stop] = half_squares.argmin(axis=1)
        least = half_squares.min(axis=0)
        closer = least < least_N
        nearest_N[closer] = start + half_squares.argmin(axis=0)[closer]
        least_N[closer] = least[closer]
    forth = weights1_M @ np.linalg.norm(rows1 - rows2[nearest_M], axis=1)
    back = weights2_N @ np.linalg.norm(rows2 - rows1[nearest_N], axis=1)
    return float(max(forth, back))
