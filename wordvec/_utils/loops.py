"""Helpers for training loops: progress reports, interruption, early stopping."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

__all__ = ["Report", "delayed_interrupt", "has_stalled", "interrupt_on_termination"]


# SIGHUP is not known everywhere.
_INTERRUPTING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Report(NamedTuple):
    """The progress of a training loop, as the progress bar shows it after each chunk."""

    n_done: int  # tokens or pairs, of all epochs
    n_planned: int
    loss: float  # of this epoch so far; NaN if there is none yet


def has_stalled(losses: list[float], patience: int | None, tol: float = 0.0) -> bool:
    """Return whether none of the last `patience` losses improves on the best before them by the fraction `tol`."""
    if patience is None or len(losses) <= patience:
        return False
    return not min(losses[-patience:]) < (1 - tol) * min(losses[:-patience])


@contextlib.contextmanager
def delayed_interrupt() -> Iterator[Callable[[], bool]]:
    """Record the first Ctrl-C instead of raising KeyboardInterrupt; the second one raises it.

    Yields a function that returns whether there was one. SIGTERM and SIGHUP are treated in the same way if their
    handler is Python's for Ctrl-C (`interrupt_on_termination`). Has no effect outside the main thread, where Python
    does not allow signal handlers.
    """
    count = 0
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    handlers = {number: signal.getsignal(number) for number in _INTERRUPTING}
    previous = {
        number: handler
        for number, handler in handlers.items()
        if number == signal.SIGINT or handler is signal.default_int_handler
    }

    def note(signum: int, frame: Any) -> None:
        nonlocal count
        count += 1
        if count > 1:
            raise KeyboardInterrupt

    for number in previous:
        signal.signal(number, note)
    try:
        yield lambda: count > 0
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def interrupt_on_termination() -> None:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, so that unfinished work is cleaned up as after Ctrl-C.

    A signal that is ignored (``nohup``) or already has a handler is left unchanged.
    """
    if threading.current_thread() is threading.main_thread():
        for number in _INTERRUPTING:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, signal.default_int_handler)
