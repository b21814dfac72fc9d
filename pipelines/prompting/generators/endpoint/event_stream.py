"""Server-sent events: the data of each event in a stream of bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["event_data"]

# Of the HTML standard, section 9.2.6. Python's splitlines would also part lines at characters that JSON may hold.
_LINE_END = re.compile(rb"\r\n|\n|\r")


def event_data(chunks: Iterable[bytes]) -> Iterator[str]:
    r"""Yield the data of each event, however it is split into chunks; events without data are skipped.

    Comments and other fields are ignored. An unterminated last event counts, too: some servers omit the final blank
    line.

    Raises
    ------
    UnicodeDecodeError
        If the data are not UTF-8.

    Examples
    --------
    >>> list(event_data([b"data: on", b"e\n\n: a comment\ndata: t\ndata: wo\n\n"]))
    ['one', 't\nwo']
    """
    data: list[str] = []
    for line in _lines(chunks):
        if line:
            field, _, value = line.partition(b":")
            if field == b"data":
                data.append(value.removeprefix(b" ").decode("utf-8"))
        elif data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream; a carriage return that ends a chunk may be half of a line end."""
    rest = b""
    is_first = True
    for chunk in chunks:
        rest += chunk
        if is_first and len(rest) >= 3:
            rest, is_first = rest.removeprefix(b"\xef\xbb\xbf"), False
        held = b"\r" if rest.endswith(b"\r") else b""
        *lines, rest = _LINE_END.split(rest[: len(rest) - len(held)])
        rest += held
        yield from lines
    yield from _LINE_END.split(rest)
