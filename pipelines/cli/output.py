"""Messages on stderr and JSON on stdout."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def note(text: str) -> None:
    """Print a message to stderr."""
    print(text, file=sys.stderr, flush=True)


def open_closed_streams() -> None:
    """Give a program that was started without standard streams some that lead nowhere.

    Streams that cannot show a character, because of the locale or ``PYTHONIOENCODING``, show its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the end
        elif mode == "w" and stream.errors == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class Notes:
    """What a command says of its input beside the result: assumptions and warnings.

    On a terminal each is shown at once. Elsewhere they wait for the end: a command that fails prints one line, and
    what was assumed is part of it.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []

    def add(self, text: str) -> None:
        """Show a note, or keep it for the end."""
        text = " ".join(text.split())
        if sys.stderr.isatty():
            note(f"wordvec: {text}")
        elif text not in self._waiting:
            self._waiting.append(text)

    def show(self) -> None:
        """Print the notes that wait, one a line."""
        for text in self._waiting:
            note(f"wordvec: {text}")
        self._waiting.clear()

    def pop(self) -> str:
        """Return the notes that wait as an addition to the line of an error, or "", and forget them."""
        texts = [text.rstrip(".") for text in self._waiting]
        self._waiting.clear()
        return f" ({'; '.join(texts)}.)" if texts else ""


def print_json(value: Any) -> None:
    """Print a value as JSON to stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
