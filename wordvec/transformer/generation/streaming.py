"""`TextStream`: streaming of text during generation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Protocol

__all__ = ["Decodes", "TextStream"]

_INCOMPLETE = "\ufffd"  # the decoded form of a part of a character


class Decodes(Protocol):
    """The interface of a tokenizer that decodes ids."""

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """Return the text of token ids."""
        ...


class TextStream:
    """Writes the text of one continuation while it is being generated: pass it to `generate` as `on_token`.

    Text that may still change is held back: incomplete characters, and what may become a stop string. Call `end` when
    generation is finished.

    Parameters
    ----------
    tokenizer : Tokenizer
    write : callable
        Called with each new piece of text; writes to standard output by default.
    stop_strings : sequence of str
        As passed to `generate`; nothing is written from the first of them on.
    row : int
        Row of the batch whose text is written.
    """

    def __init__(
        self,
        tokenizer: Decodes,
        write: Callable[[str], object] | None = None,
        stop_strings: Sequence[str] = (),
        row: int = 0,
    ) -> None:
        self._tokenizer = tokenizer
        self._write = _write_at_once if write is None else write
        self._stops = tuple(stop_strings)
        self._row = row
        self._ids: list[int] = []
        self._n_written = 0

    def __call__(self, row: int, token_id: int) -> None:
        """Add a token of a row."""
        if row != self._row:
            return
        self._ids.append(token_id)
        text = self._text()
        while text.endswith(_INCOMPLETE):
            text = text[:-1]
        self._write_up_to(text, len(text) - self._n_held_back(text))

    def end(self) -> None:
        """Write the text that was held back."""
        text = self._text()
        self._write_up_to(text, len(text))

    def _text(self) -> str:
        return cut_at_stop(self._tokenizer.decode(self._ids), self._stops)

    def _n_held_back(self, text: str) -> int:
        """Return the length of the longest suffix that is a prefix of a stop string."""
        beginnings = (stop[:n] for stop in self._stops for n in range(1, len(stop)))
        return max((len(start) for start in beginnings if text.endswith(start)), default=0)

    def _write_up_to(self, text: str, end: int) -> None:
        if end > self._n_written:
            self._write(text[self._n_written : end])
            self._n_written = end


def cut_at_stop(text: str, stop_strings: Sequence[str]) -> str:
    """Return `text` before the first stop string in it."""
    places = [place for place in map(text.find, stop_strings) if place >= 0]
    return text[: min(places)] if places else text


def _write_at_once(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
