"""How messages put numbers and values into words."""

from __future__ import annotations

from reprlib import Repr
from typing import Any

_REPR = Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60
# Long values in a long list would still fill the screen.
_REPR.maxlist = _REPR.maxtuple = _REPR.maxdict = _REPR.maxset = 3
_REPR.maxlevel = 3


def counted(n: int, noun: str) -> str:
    """Return a number and what is counted: 1 tag, 2 tags."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def shown(value: Any) -> str:
    """Return the repr of a value, shortened in the middle, so that a message stays readable."""
    return _REPR.repr(value)
