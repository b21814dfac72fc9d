"""Numbers of threads: the check of an `n_jobs`, and the threads that it stands for."""

from __future__ import annotations

import os
from typing import Any

from wordvec._utils.parameters import Threads


def check_n_jobs(value: Any, owner: str) -> None:
    """Raise ParameterError unless `value` is a number of threads as scikit-learn means it, or None."""
    Threads().check("n_jobs", value, owner)


def n_threads_for(n_jobs: int | None) -> int:
    """Return the number of threads for an `n_jobs` as scikit-learn means it, at most one a core."""
    if hasattr(os, "sched_getaffinity"):
        n_cores = len(os.sched_getaffinity(0))
    else:
        n_cores = os.cpu_count() or 1
    n_jobs = 1 if n_jobs is None else n_jobs
    return max(1, min(n_cores, n_cores + 1 + n_jobs if n_jobs < 0 else n_jobs))
