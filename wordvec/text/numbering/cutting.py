"""Pieces of UTF-8 text that can be numbered one by one, and the kinds of code points that words are made of."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from wordvec.kernels.text.scanning import PADDING, last_cut
from wordvec.kernels.text.unicode_words import DIGIT, JOINER, LETTER, LINE, MARK, OTHER, POINT

# Characters that `split_unicode_words` keeps inside words; a line end ends a text.
_KINDS = {
    **dict.fromkeys("'\u2019\u02bc-\u2010\u2011_\u200c\u200d", JOINER),
    ".": POINT,
    ",": POINT,
    "\n": LINE,
}


class Piece(NamedTuple):
    """Text that ends after white space."""

    text: np.ndarray  # uint8, with PADDING zeros after `stop` or later
    stop: int


class TextCutter:
    """A cutter of blocks of UTF-8 text into pieces that end after white space as of `str.split`."""

    def __init__(self) -> None:
        self._cut_word = b""  # what the end of the last block cut off
        self._is_line_open = False
        self._blocks: list[bytes] = []

    def feed(self, block: bytes, at_end: bool = False) -> Iterator[Piece]:
        """Add the next bytes of the text; yield a piece, or none.

        A word that the end of the block may have cut is held back for the next block; `at_end` ends word and line.
        """
        self._blocks.append(block)
        self._is_line_open = not block.endswith(b"\n") if block else self._is_line_open
        if at_end:
            self._blocks.append(b"\n" if self._is_line_open else b"")
            self._is_line_open = False
        elif sum(map(len, self._blocks)) < len(self._cut_word):
            return  # gather until the text has doubled: a word of 100 MB takes linear time
        data = b"".join([self._cut_word, *self._blocks, bytes(PADDING)])
        self._blocks.clear()
        text = np.frombuffer(data, np.uint8)
        stop = last_cut(text, len(data) - PADDING)
        self._cut_word = data[stop:-PADDING]
        if stop:
            yield Piece(text, stop)


def joined_texts(texts: Sequence[str]) -> Piece:
    """Return texts as lines of one piece.

    Raises
    ------
    UnicodeEncodeError
        If a text holds a lone surrogate.
    """
    joined = "\n".join(texts)
    if joined.count("\n") >= len(texts):
        joined = "\n".join([text.replace("\n", " ") for text in texts])
    data = b"".join([joined.encode(), b"\n", bytes(PADDING)])
    return Piece(np.frombuffer(data, np.uint8), len(data) - PADDING)


class WordKinds:
    """The kinds of code points for `split_unicode_words`; pages are made when a text needs them.

    Attributes
    ----------
    tables : int32 (0x1100,), uint8 (P, 256)
        The page of each 256 code points, and pages, see `wordvec.kernels.text.unicode_words`; never changed, but
        replaced together, so that other threads may use them meanwhile.
    """

    def __init__(self) -> None:
        self.tables = np.full(0x1100, -1, np.int32), np.zeros((0, 256), np.uint8)
        self._lock = threading.Lock()

    def add_page(self, number: int) -> None:
        """Make a page, if no other thread has made it."""
        with self._lock:
            page_of, pages = self.tables
            if page_of[number] < 0:
                page = [_kind_of(chr(point)) for point in range(number << 8, (number + 1) << 8)]
                page_of = page_of.copy()
                page_of[number] = len(pages)
                self.tables = page_of, np.concatenate([pages, np.array([page], np.uint8)])


def _kind_of(character: str) -> int:
    if character.isalnum():
        return DIGIT if character.isdecimal() else LETTER
    return MARK if unicodedata.category(character)[0] == "M" else _KINDS.get(character, OTHER)


WORD_KINDS = WordKinds()
