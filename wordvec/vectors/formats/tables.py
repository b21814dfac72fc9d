"""Helpers of the readers of vector files: tables that grow, and words from bytes."""

from __future__ import annotations

import codecs
from typing import IO

import numpy as np

from wordvec._io.errors import DamagedFileError

BLOCK_BYTES = 1 << 24
# A header that declares more numbers in a row than this is damage, not a table.
MAX_VECTOR_SIZE = 1_000_000
# Encodings whose words can be decoded together: each byte shows whether it starts a character.
JOINABLE = ("utf-8", "ascii", "iso8859-1")


class GrowingTable:
    """A float32 table that is filled from its start and grows with the rows that are found in the file.

    The header may be wrong: 10**12 rows must not be allocated before they have been read.

    Parameters
    ----------
    vector_size, declared_rows : int
    """

    def __init__(self, vector_size: int, declared_rows: int) -> None:
        self._table = np.empty((0, vector_size), np.float32)
        self._declared = declared_rows

    @property
    def capacity(self) -> int:
        """The rows for which there is room."""
        return len(self._table)

    def expect(self, n_rows: int) -> None:
        """Make room for `n_rows`, or the rows that the header declares if they are fewer, in a table that has none."""
        # What is never written costs no memory.
        self._table = np.empty((min(n_rows, self._declared), self._table.shape[1]), np.float32)

    def rows(self, first: int, n_rows: int) -> np.ndarray:
        """Return some rows, float32 (n_rows, D); if there is no room for them, no view may be in use."""
        needed = first + n_rows
        if needed > self.capacity:
            # realloc moves pages, not bytes.
            n_wanted = max(needed, min(2 * self.capacity, self._declared))
            self._table.resize((n_wanted, self._table.shape[1]), refcheck=False)
        return self._table[first:needed]

    def finished(self, n_rows: int) -> np.ndarray:
        """Return the first rows, float32 (n_rows, D)."""
        self._table.resize((n_rows, self._table.shape[1]), refcheck=False)
        return self._table


def read_into(file: IO[bytes], space: memoryview) -> int:
    """Read until there is no space left or the file ends, and return how many bytes were read."""
    filled = 0
    while filled < len(space) and (n_read := file.readinto(space[filled:])):  # type: ignore[attr-defined]
        filled += n_read
    return filled


def decoded_word(raw: bytes, encoding: str, errors: str, place: str) -> str:
    """Return a word's bytes as text, or raise DamagedFileError that names `place`."""
    try:
        word = raw.decode(encoding, errors)
    except UnicodeDecodeError as error:
        raise DamagedFileError(
            f"the word in {place} is not valid {encoding} ({raw[:40]!r}: {error.reason})",
            "the right {encoding}",
            '{errors="replace"} to go on',
        ) from error
    if not word:
        raise DamagedFileError(f"{place} has no word before its numbers")
    return word


def decoded_words(
    joined: bytes, separator: str, encoding: str, errors: str, kind: str, first: int
) -> list[str]:
    """Return words between separators as text; errors call them `kind` `first` and so on."""
    if codecs.lookup(encoding).name in JOINABLE:
        try:
            words = joined.decode(encoding).split(separator)
        except UnicodeDecodeError:
            pass  # look at each, to say which
        else:
            if "" not in words:
                return words
    return [
        decoded_word(raw, encoding, errors, f"{kind} {first + k}")
        for k, raw in enumerate(joined.split(separator.encode()))
    ]
