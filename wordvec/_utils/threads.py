"""Threads: their number for an `n_jobs`, and pools that run kernels on fixed blocks of work.

Blocks depend only on the data, so results depend neither on which thread takes a block nor on the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

__all__ = ["N_BLOCKS", "Workers", "even_blocks", "n_cores", "n_threads_for", "workers"]

N_BLOCKS = 32


def n_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def n_threads_for(n_jobs: int | None) -> int:
    """Return the number of threads for a scikit-learn `n_jobs`, at most one per core."""
    cores = n_cores()
    n_jobs = 1 if n_jobs is None else n_jobs
    return max(1, min(cores, cores + 1 + n_jobs if n_jobs < 0 else n_jobs))


def even_blocks(costs: np.ndarray, n_blocks: int = N_BLOCKS) -> list[tuple[int, int]]:
    """Split rows into at most `n_blocks` ranges of about equal cost.

    Parameters
    ----------
    costs : int (n + 1,)
        Running sum: row k costs ``costs[k + 1] - costs[k]``.
    n_blocks : int

    Returns
    -------
    list of (int, int)
        Half-open ranges; none is empty.
    """
    goals = np.linspace(costs[0], costs[-1], n_blocks + 1)[1:-1]
    bounds = np.unique([0, *np.searchsorted(costs, goals), len(costs) - 1]).tolist()
    return list(zip(bounds, bounds[1:]))


class Workers:
    """A pool that runs functions on blocks of rows, in the calling thread if `pool` is None."""

    def __init__(self, pool: ThreadPoolExecutor | None) -> None:
        self._pool = pool

    def run(self, function: Callable[..., Any], blocks: list[tuple[int, int]], *args: Any) -> None:
        """Call ``function(begin, end, *args)`` for each block."""
        if self._pool is None or len(blocks) == 1:
            for begin, end in blocks:
                function(begin, end, *args)
        else:
            list(self._pool.map(lambda block: function(*block, *args), blocks))

    def run_numbered(self, function: Callable[[int, int, int], None], blocks: list[tuple[int, int]]) -> None:
        """Call ``function(number, begin, end)`` for each block."""
        numbers = list(zip(range(len(blocks)), blocks))
        if self._pool is None or len(blocks) == 1:
            for number, (begin, end) in numbers:
                function(number, begin, end)
        else:
            list(self._pool.map(lambda item: function(item[0], *item[1]), numbers))

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Return the results of a function for some items, in their order.

        Items are made in the calling thread while other threads work on earlier ones.
        """
        return list(map(function, items) if self._pool is None else self._pool.map(function, items))


@contextmanager
def workers(n_threads: int) -> Iterator[Workers]:
    """Yield workers on `n_threads` threads, which end when the ``with`` block does."""
    if n_threads == 1:
        yield Workers(None)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        yield Workers(pool)
