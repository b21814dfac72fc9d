"""Helpers of the readers of vector files: tables that grow, and words from bytes."""

from __future__ import annotations

import numpy as np

from wordvec._io.errors import DamagedFileError

BLOCK_BYTES = 1 << 24
# A header that promises more numbers in a row than this is damage, not a table.
MAX_VECTOR_SIZE = 1_000_000


class GrowingTable:
    """A float32 table that is filled row by row and grows with the rows that a file really holds.

    A header is only a promise: 10**12 rows must not be allocated before they have been read.

    Parameters
    ----------
    vector_size, promised_rows : int
    possible_rows : int
        Rows that the size of the file has room for.
    """

    def __init__(self, vector_size: int, promised_rows: int, possible_rows: int = 0) -> None:
        # What is never written costs no memory.
        self._table = np.empty((min(possible_rows, promised_rows), vector_size), np.float32)
        self._promised = promised_rows
        self.n_rows = 0

    def reserve(self, n_rows: int) -> np.ndarray:
        """Return the next `n_rows` free rows, float32 (n_rows, D), without taking them."""
        needed = self.n_rows + n_rows
        if needed > len(self._table):
            # realloc moves pages, not bytes. No view of the table outlives the caller's block.
            n_wanted = max(needed, min(2 * len(self._table), self._promised))
            self._table.resize((n_wanted, self._table.shape[1]), refcheck=False)
        return self._table[self.n_rows : needed]

    def finished(self) -> np.ndarray:
        """Return the filled rows, float32 (n_rows, D)."""
        self._table.resize((self.n_rows, self._table.shape[1]), refcheck=False)
        return self._table


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
