"""Formatting of numbers, values and lists in messages."""

from __future__ import annotations

from collections.abc import Sequence
from reprlib import Repr
from typing import Any

__all__ = ["counted", "listed", "plural", "shown"]

_REPR = Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60
# Long values in a long list would still fill the screen.
_REPR.maxlist = _REPR.maxtuple = _REPR.maxdict = _REPR.maxset = 3
_REPR.maxlevel = 3


def plural(noun: str) -> str:
    """Return the plural of a regular noun.

    >>> plural("text"), plural("history"), plural("key")
    ('texts', 'histories', 'keys')
    """
    return f"{noun[:-1]}ies" if noun[-1] == "y" and noun[-2:-1] not in "aeiou" else f"{noun}s"


def counted(n: int, noun: str, plural_form: str | None = None) -> str:
    """Return a number with its noun.

    >>> counted(1, "tag"), counted(2000, "tag"), counted(2, "class", "classes")
    ('1 tag', '2,000 tags', '2 classes')
    """
    return f"{n:,} {noun if n == 1 else plural_form or plural(noun)}"


def listed(items: Sequence[str], most: int = 5, separator: str = ", ") -> str:
    """Return the first `most` items, and the number of further ones.

    >>> listed(["PER", "LOC", "ORG"], most=2)
    'PER, LOC and 1 more'
    """
    rest = len(items) - most
    return separator.join(items[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def shown(value: Any) -> str:
    """Return the repr of a value, shortened in the middle to keep messages readable; for arrays, shape and dtype.

    >>> shown([1, 2, 3, 4]), shown("a" * 1000)[:5]
    ('[1, 2, 3, ...]', "'aaaa")
    """
    if isinstance(shape := getattr(value, "shape", None), tuple) and shape:
        dtype = f" and dtype {value.dtype}" if hasattr(value, "dtype") else ""
        return f"{type(value).__name__} with the shape {shape}{dtype}"
    text = _REPR.repr(value)
    return text if "\n" not in text else f"{text.splitlines()[0]}... ({type(value).__name__})"
