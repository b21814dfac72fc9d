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
    """Give a program that was started without standard streams null streams.

    Streams that cannot encode a character, because of the locale or ``PYTHONIOENCODING``, print an escape instead.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the end
        elif mode == "w" and stream.errors == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class Notes:
    """Notes of a command about its input: assumptions and warnings.

    On a terminal each note is shown at once. Otherwise notes are held until the end: a command that fails prints one
    line, which includes its assumptions.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []

    def add(self, text: str) -> None:
        """Show a note, or hold it until the end."""
        text = " ".join(text.split())
        if sys.stderr.isatty():
            note(f"wordvec: {text}")
        elif text not in self._waiting:
            self._waiting.append(text)

    def show(self) -> None:
        """Print the held notes, one per line."""
        for text in self._waiting:
            note(f"wordvec: {text}")
        self._waiting.clear()

    def pop(self) -> str:
        """Return the held notes as a suffix of an error line, or "", and clear them."""
        texts = [text.rstrip(".") for text in self._waiting]
        self._waiting.clear()
        return f" ({'; '.join(texts)}.)" if texts else ""


def print_json(value: Any) -> None:
    """Print a value as JSON to stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
