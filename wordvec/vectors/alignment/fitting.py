"""Linear maps between two spaces of word vectors: Procrustes' rotation and RCSLS; arrays in, arrays out.

Axes: N pairs of words, D floats in a vector, S and V rows of the source and the target among which neighbours are
searched, K neighbours. A row x of the source is mapped to x W. Sums are float64; the caller must restrict BLAS to one
thread, since its order of summation depends on the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wordvec.vectors.alignment.csls import nearest_rows

# Below this share of the first step nothing changes any more.
_SMALLEST_STEP = 1e-4


def procrustes(source_ND: np.ndarray, target_ND: np.ndarray) -> np.ndarray:
    """Return the orthogonal matrix that maps the rows of X nearest to those of Y, float64 (D, D).

    The W that minimises ||X W - Y|| is U V^T, where U S V^T is the singular value decomposition of X^T Y (Schoenemann
    1966, "A Generalized Solution of the Orthogonal Procrustes Problem", Psychometrika 31; Xing et al. 2015).
    """
    left_DD, _, right_DD = np.linalg.svd(source_ND.T @ target_ND)
    return left_DD @ right_DD


@dataclass(frozen=True)
class Neighborhood:
    """Where RCSLS searches for neighbours: the rows, the number of neighbours, and the memory limit.

    Attributes
    ----------
    source_SD, target_VD : float32; rows of unit length
    n_neighbors : int
    max_memory : int, bytes
    """

    source_SD: np.ndarray
    target_VD: np.ndarray
    n_neighbors: int
    max_memory: int


def rcsls(
    source_ND: np.ndarray,
    target_ND: np.ndarray,
    start_DD: np.ndarray,
    near: Neighborhood,
    n_iter: int,
    learning_rate: float,
) -> np.ndarray:
    """Return a matrix that minimises the relaxed CSLS loss, from an initial one, float64 (D, D).

    Joulin et al. (2018), "Loss in Translation: Learning Bilingual Word Mapping with a Retrieval Criterion", EMNLP, eq.
    4, by subgradient steps over all pairs; after each, W is projected onto the ball of matrices whose singular values
    are at most 1, the convex hull of the orthogonal matrices (section 3.3). A step that does not lower the loss is
    undone and the step size halved, so that the loss never rises.
    """
    matrix_DD = start_DD
    loss, gradient_DD = rcsls_loss(matrix_DD, source_ND, target_ND, near)
    step = learning_rate
    for _ in range(n_iter):
        trial_DD = _in_spectral_ball(matrix_DD - step * gradient_DD)
        trial_loss, trial_gradient_DD = rcsls_loss(trial_DD, source_ND, target_ND, near)
        if trial_loss < loss:
            matrix_DD, loss, gradient_DD = trial_DD, trial_loss, trial_gradient_DD
        else:
            step /= 2
            if step < _SMALLEST_STEP * learning_rate:
                break
    return matrix_DD


def rcsls_loss(
    matrix_DD: np.ndarray, source_ND: np.ndarray, target_ND: np.ndarray, near: Neighborhood
) -> tuple[float, np.ndarray]:
    """Return the RCSLS loss, a mean over pairs, and a subgradient, float64 (D, D).

    With x W as the mapped word, N_T(x W) its nearest rows of the target and N_S(y) the mapped rows that are nearest to
    y, the loss of a pair is -2 x W y + mean of x W y' over N_T + mean of x' W y over N_S. Given the neighbours it is
    linear in W, so the loss is the sum of the products of W and its gradient.
    """
    mapped_ND = (source_ND @ matrix_DD).astype(np.float32)
    mapped_SD = near.source_SD @ matrix_DD.astype(np.float32)
    of_mapped_NK, _ = nearest_rows(mapped_ND, near.target_VD, near.n_neighbors, near.max_memory)
    of_target_NK, _ = nearest_rows(target_ND.astype(np.float32), mapped_SD, near.n_neighbors, near.max_memory)
    gradient_DD = source_ND.T @ (_means(near.target_VD, of_mapped_NK) - 2 * target_ND)
    gradient_DD += _means(near.source_SD, of_target_NK).T @ target_ND
    gradient_DD /= len(source_ND)
    return float((matrix_DD * gradient_DD).sum()), gradient_DD


def _means(table: np.ndarray, rows_NK: np.ndarray) -> np.ndarray:
    """Return the means of rows of a table, float64 (N, D), without building an array (N, K, D)."""
    sums_ND = np.zeros((len(rows_NK), table.shape[1]))
    for rows_N in rows_NK.T:
        sums_ND += table[rows_N]
    return sums_ND / rows_NK.shape[1]


def _in_spectral_ball(matrix_DD: np.ndarray) -> np.ndarray:
    left_DD, singular_values_D, right_DD = np.linalg.svd(matrix_DD)
    return (left_DD * np.minimum(singular_values_D, 1)) @ right_DD
