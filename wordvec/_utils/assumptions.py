"""Assumptions about input: each is stated once, where a reader makes it; commands and reports collect and show them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOGGER = logging.getLogger("wordvec")
_Listener = Callable[[str], None]
_LISTENERS: ContextVar[tuple[_Listener, ...]] = ContextVar("wordvec_assumptions", default=())


def assume(text: str) -> None:
    """State what is assumed about a file or array because nothing was said of it.

    Parameters
    ----------
    text : str
        A clause without a full stop that begins with the file: ``"'a.csv': CSV with a header, texts in 'title'"``.
        It is logged (logger ``wordvec``, level INFO) and handed to every open `assumptions_told` and
        `collected_assumptions`.
    """
    _LOGGER.info(text)
    for listener in _LISTENERS.get():
        listener(text)


@contextmanager
def assumptions_told(listener: _Listener) -> Iterator[None]:
    """Call `listener` with what is assumed in the block; it may be nested."""
    token = _LISTENERS.set((*_LISTENERS.get(), listener))
    try:
        yield
    finally:
        _LISTENERS.reset(token)


@contextmanager
def collected_assumptions() -> Iterator[list[str]]:
    """Collect what is assumed in the block, in order and each once; it may be nested.

    A generator that is used up after the block states its assumptions there, not here.

    Examples
    --------
    >>> with collected_assumptions() as assumed:
    ...     assume("'a.txt': a text a line")
    ...     assume("'a.txt': a text a line")
    >>> assumed
    ["'a.txt': a text a line"]
    """
    found: list[str] = []

    def collect(text: str) -> None:
        if text not in found:
            found.append(text)

    with assumptions_told(collect):
        yield found
