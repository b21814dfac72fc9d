"""Significance of a word's drift among similar words: p-values from an empirical null, and q-values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtr

# Fewer words do not show what is usual; cells of this many have 20 beyond the 90th percentile.
MIN_WORDS = 100
CELL_WORDS = 200
# The 90th percentile of a standard normal distribution.
NORMAL_90 = 1.2815515655446004
# Log-odds of a table and its rotation differ by a tenth of this, as float32 is rounded.
MIN_SCALE = 1e-3


def log_odds(shares: np.ndarray, smoothing: float) -> np.ndarray:
    """Return log((x + s) / (1 - x + s)) of shares from 0 to 1, which makes small and large shares equally noisy."""
    return np.log((shares + smoothing) / (1 - shares + smoothing))


def p_values(odds_S: np.ndarray, rarity_S: np.ndarray, steadiness_S: np.ndarray) -> np.ndarray:
    """Return one-sided p-values, float64 (S,): the chance of such log-odds for a word that did not change.

    Words of similar rarity and, among these, of similar steadiness form a cell. The null distribution of a cell is
    normal, centred at the cell's median; its scale is the larger of the distances from the median to the 10th and to
    the 90th percentile, divided by that distance in a standard normal distribution (an empirical null, Efron 2004). A
    scale estimated from the middle of the cell alone would be too small, because log-odds of real texts have heavier
    tails.

    Parameters
    ----------
    odds_S : float64 (S,)
    rarity_S, steadiness_S : (S,), of which only the order matters
    """
    p_S = np.empty(len(odds_S))
    for cell in cells(rarity_S, steadiness_S):
        low, median, high = np.quantile(odds_S[cell], [0.1, 0.5, 0.9])
        scale = max(high - median, median - low) / NORMAL_90
        p_S[cell] = ndtr((median - odds_S[cell]) / max(scale, MIN_SCALE))
    return p_S


def cells(rarity_S: np.ndarray, steadiness_S: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows of words in cells of about 200: by rarity first, then by steadiness."""
    n_strata = max(1, round((len(rarity_S) / CELL_WORDS) ** 0.5))
    for stratum in np.array_split(np.argsort(rarity_S, kind="stable"), n_strata):
        by_steadiness = stratum[np.argsort(steadiness_S[stratum], kind="stable")]
        yield from np.array_split(by_steadiness, max(1, len(stratum) // CELL_WORDS))


def q_values(p_N: np.ndarray) -> np.ndarray:
    """Return the Benjamini-Hochberg (1995) q-values of ascending p-values, float64 (N,).

    If all words with a q-value of at most x are called changed, the expected share of false positives among them is at
    most x.
    """
    ratios = p_N * len(p_N) / np.arange(1, len(p_N) + 1)
    return np.minimum(1, np.minimum.accumulate(ratios[::-1])[::-1])
