"""Assumptions about input: readers state each once, where it is made; commands and reports collect and show them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOGGER = logging.getLogger("wordvec")
_Listener = Callable[[str], None]
_LISTENERS: ContextVar[tuple[_Listener, ...]] = ContextVar("wordvec_assumptions", default=())


def assume(text: str) -> None:
    """State what is assumed about a file or array because it was not specified.

    Parameters
    ----------
    text : str
        A clause without a full stop that begins with the file: ``"'a.csv': CSV with a header, texts in 'title'"``.
        It is logged (logger ``wordvec``, level INFO) and passed to every active `assumptions_told` and
        `collected_assumptions`.
    """
    _LOGGER.info(text)
    for listener in _LISTENERS.get():
        listener(text)


@contextmanager
def assumptions_told(listener: _Listener) -> Iterator[None]:
    """Call `listener` with every assumption stated in the block; may be nested."""
    token = _LISTENERS.set((*_LISTENERS.get(), listener))
    try:
        yield
    finally:
        _LISTENERS.reset(token)


@contextmanager
def collected_assumptions() -> Iterator[list[str]]:
    """Collect the distinct assumptions stated in the block, in order; may be nested.

    A generator that is consumed after the block states its assumptions then, outside the block.

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
