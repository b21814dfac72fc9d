"""Training loops: reports of progress, an end on request, early stopping."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

__all__ = ["Report", "delayed_interrupt", "has_stalled"]


class Report(NamedTuple):
    """Progress of a training loop, as the progress bar shows it after each chunk."""

    n_done: int  # tokens or pairs, of all epochs
    n_planned: int
    loss: float  # of this epoch so far; NaN if there is none yet


def has_stalled(losses: list[float], patience: int | None, tol: float = 0.0) -> bool:
    """Return whether none of the last `patience` losses is below the best before them, by a share of `tol`."""
    if patience is None or len(losses) <= patience:
        return False
    return not min(losses[-patience:]) < (1 - tol) * min(losses[:-patience])


@contextlib.contextmanager
def delayed_interrupt() -> Iterator[Callable[[], bool]]:
    """Note the first Ctrl-C instead of raising KeyboardInterrupt; the second one raises.

    Yields a function that tells whether there was one. Does nothing outside the main thread, where Python
    does not let signals be handled.
    """
    count = 0
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(signum: int, frame: Any) -> None:
        nonlocal count
        count += 1
        if count > 1:
            raise KeyboardInterrupt

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: count > 0
    finally:
        signal.signal(signal.SIGINT, previous)
