"""Rows of word2vec's binary format: each word, a space and the bytes of its numbers."""

from __future__ import annotations

from numba import njit

from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.files.addresses import address_of, copy_bytes

SPACE, NEWLINE = 32, 10


@njit(**KERNEL_OPTIONS)
def split_rows(data, max_word_bytes, rows_RB, words):
    """Copy rows from the start of `data` until they are enough, or the next one is not whole.

    Parameters
    ----------
    data : uint8 (n,)
    max_word_bytes : int
        A word ends before as many bytes, newlines before it included, or the rows end there.
    rows_RB : uint8 (R, 4 D), C-contiguous; overwritten with the numbers
    words : uint8 (n,), overwritten with the words without newlines before them, a space after each

    Returns
    -------
    n_rows : int64, rows that were copied
    position : int64, the place after the last of them
    n_word_bytes : int64, bytes of `words` that were written
    """
    n_bytes = rows_RB.shape[1]
    n_rows = position = n_word_bytes = 0
    while n_rows < rows_RB.shape[0]:
        last = min(data.size - n_bytes, position + max_word_bytes) - 1
        place = position
        while place <= last and data[place] == NEWLINE:
            place += 1
        n_written = n_word_bytes
        while place <= last and data[place] != SPACE:
            words[n_written] = data[place]
            n_written += 1
            place += 1
        if place > last:
            break
        words[n_written] = SPACE
        n_word_bytes = n_written + 1
        copy_bytes(address_of(rows_RB) + n_rows * n_bytes, address_of(data) + place + 1, n_bytes)
        n_rows += 1
        position = place + 1 + n_bytes
    return n_rows, position, n_word_bytes
