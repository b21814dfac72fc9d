"""Permutation tests for two sets of equal size: by counting every partition, or a seeded sample."""

from __future__ import annotations

import math

import numpy as np

_BLOCK_FLOATS = 1 << 19
# Sums of the same numbers in another order differ in their last bits; partitions that tie must count.
_TIE = 1e-12


def count_all(scores_N: np.ndarray, observed: float, alternative: str) -> tuple[int, int]:
    """Count the partitions into two halves whose difference of sums is at least as extreme as the observed one.

    A half consists of k of the first N / 2 scores and N / 2 - k of the others. The sums of all subsets of each half of
    the scores are grouped by k and sorted; binary search then counts the combinations that reach the threshold. This
    takes 2 ** (N / 2) numbers of memory and N / 2 times as many steps, although there are about 2 ** N partitions
    (Horowitz and Sahni 1974, "Computing Partitions with Applications to the Knapsack Problem", J. ACM 21).

    Parameters
    ----------
    scores_N : float64 (N,), N even
    observed : float
        Sum of the first half of the scores minus that of the second, in the given partition.
    alternative : {"greater", "less", "two-sided"}

    Returns
    -------
    n_extreme, n_partitions : int
        The given partition is one of them, so n_extreme is at least 1.
    """
    half = len(scores_N) // 2
    n_partitions = math.comb(2 * half, half)
    scores_N, threshold = _oriented(scores_N, observed, alternative)
    if alternative == "two-sided" and threshold <= 0:
        return n_partitions, n_partitions
    first, sizes = _subset_sums(scores_N[:half])
    second, _ = _subset_sums(scores_N[half:])
    n_extreme = 0
    for k in range(half + 1):
        ours, theirs = np.sort(first[sizes == k]), np.sort(second[sizes == half - k])
        n_extreme += ours.size * theirs.size - int(np.searchsorted(theirs, threshold - ours).sum())
    # Exchanging the halves turns the sign, so the other side has as many.
    return n_extreme * (2 if alternative == "two-sided" else 1), n_partitions


def count_sampled(scores_N: np.ndarray, observed: float, alternative: str, n_samples: int, seed: int) -> int:
    """Count, among random partitions, those at least as extreme as the observed one; see `count_all`."""
    scores_N, threshold = _oriented(scores_N, observed, alternative)
    half = len(scores_N) // 2
    random = np.random.default_rng(seed)
    step = max(1, _BLOCK_FLOATS // len(scores_N))
    n_extreme = 0
    for start in range(0, n_samples, step):
        keys = random.random((min(step, n_samples - start), len(scores_N)))
        chosen = np.argpartition(keys, half - 1, axis=1)[:, :half]
        sums = scores_N[chosen].sum(axis=1)
        n_extreme += int(
            np.count_nonzero((np.abs(sums) if alternative == "two-sided" else sums) >= threshold)
        )
    return n_extreme


def _oriented(scores_N: np.ndarray, observed: float, alternative: str) -> tuple[np.ndarray, float]:
    """Return scores with mean 0, where a half's sum is half the difference, and the threshold of the sum."""
    sign = -1.0 if alternative == "less" else 1.0
    centred_N = sign * (scores_N - scores_N.mean())
    wanted = abs(observed) if alternative == "two-sided" else sign * observed
    return centred_N, wanted / 2 - _TIE * float(np.abs(scores_N).sum())


def _subset_sums(scores_N: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums of all subsets, float64 (2 ** N,), and how many scores each has, uint8 (2 ** N,)."""
    sums, sizes = np.zeros(1), np.zeros(1, np.uint8)
    for score in scores_N:
        sums, sizes = np.concatenate([sums, sums + score]), np.concatenate([sizes, sizes + np.uint8(1)])
    return sums, sizes
