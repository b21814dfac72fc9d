"""Vote-k: representative and diverse examples, the same for each query."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from wordvec.vectors.neighbors import nearest

__all__ = ["vote_order"]

_N_NEIGHBORS = 150
# A vote by how many of the voter's neighbours were chosen already: the paper's rho is 10; in whole units, so that
# sums are exact.
_VOTES = np.array([10 ** (9 - n_chosen) for n_chosen in range(10)] + [0], np.int64)
_MAX_MEMORY = 1 << 26
_BLOCK = 8192  # examples whose neighbours are looked for at a time
# What follows is in the order of the votes that are then left: nobody reads so many demonstrations.
_N_STEPS = 1000


def vote_order(unit_ND: np.ndarray, n_neighbors: int = _N_NEIGHBORS, n_steps: int = _N_STEPS) -> np.ndarray:
    """Return all examples in the order in which vote-k chooses them, int64 (N,).

    Each example that is not chosen yet votes for its nearest neighbours; its vote is divided by ten for each of its
    neighbours that is already chosen. The example with the most votes is chosen next, the first in case of a tie. Su et
    al. (2022), "Selective annotation makes language models better few-shot learners", arXiv:2209.01975, section 2.1,
    without the second step, which needs a language model's confidence.

    Parameters
    ----------
    unit_ND : float32 (N, D)
        Vectors of unit length, or zeros.
    n_neighbors : int
    n_steps : int
        Number of choices, after which the others follow in order of their votes.
    """
    n = len(unit_ND)
    if n == 1:
        return np.zeros(1, np.int64)
    elected_NK = _neighbors(unit_ND, min(n_neighbors, n - 1))
    # The voters of each example: columns of the table whose rows are those that each elects.
    rows = np.arange(0, elected_NK.size + 1, elected_NK.shape[1])
    votes = csr_array((np.ones(elected_NK.size, np.int8), elected_NK.ravel(), rows), shape=(n, n)).tocsc()
    voters, starts = votes.indices, votes.indptr
    n_chosen_N = np.zeros(n, np.int64)  # neighbours of each voter that were chosen
    votes_N = _VOTES[0] * np.diff(starts)
    is_chosen_N = np.zeros(n, bool)
    order = []
    for _ in range(min(n_steps, n)):
        best = int(np.where(is_chosen_N, -1, votes_N).argmax())
        order.append(best)
        np.subtract.at(votes_N, elected_NK[best], _weight(n_chosen_N[best]))
        is_chosen_N[best] = True
        who = voters[starts[best] : starts[best + 1]]
        who = who[~is_chosen_N[who]]
        lost = _weight(n_chosen_N[who]) - _weight(n_chosen_N[who] + 1)
        n_chosen_N[who] += 1
        np.subtract.at(votes_N, elected_NK[who].ravel(), np.repeat(lost, elected_NK.shape[1]))
    rest = np.flatnonzero(~is_chosen_N)
    return np.concatenate([np.array(order, np.int64), rest[np.argsort(-votes_N[rest], kind="stable")]])


def _neighbors(unit_ND: np.ndarray, k: int) -> np.ndarray:
    """Return the k nearest other examples of each, int32 (N, k)."""
    n = len(unit_ND)
    ones, found = np.ones(n, np.float32), np.empty((n, k), np.int32)
    for first in range(0, n, _BLOCK):
        some = unit_ND[first : first + _BLOCK]
        barred = np.arange(first, first + len(some))
        found[first : first + _BLOCK] = [
            rows for rows, _ in nearest(unit_ND, ones, some, barred, k, _MAX_MEMORY)
        ]
    return found


def _weight(n_chosen: np.ndarray) -> np.ndarray:
    found: np.ndarray = _VOTES[np.minimum(n_chosen, len(_VOTES) - 1)]
    return found
