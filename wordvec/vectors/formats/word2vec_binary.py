"""word2vec's binary format: a text header, then each word, a space and its float32 numbers.

The C tool ends each row with a newline, gensim does not. Both are read; gensim's form is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec.vectors.formats.tables import BLOCK_BYTES, GrowingTable, decoded_words, read_into
from wordvec.vectors.formats.text import read_header

MAX_WORD_BYTES = 1 << 16
WRITE_ROWS = 8192


def read_binary(
    file: IO[bytes], *, limit: int | None, encoding: str, errors: str, n_bytes: int = 0
) -> tuple[np.ndarray, list[str]]:
    """Read vectors float32 (V, D) and words.

    Parameters
    ----------
    n_bytes : int
        The size of the file, if known, which says how many rows it has room for.

    Raises
    ------
    DamagedFileError
        With the row (from 1), if it is cut off, or data is left after the last.
    """
    declared, vector_size = read_header(file)
    wanted = declared if limit is None else min(limit, declared)
    row_bytes = 4 * vector_size
    table = GrowingTable(vector_size, wanted)
    table.expect(n_bytes // row_bytes)
    words: list[str] = []
    buffer = bytearray(max(BLOCK_BYTES, 1 + row_bytes + MAX_WORD_BYTES))
    filled = 0
    is_whole = False
    while len(words) < wanted and not is_whole:
        filled += read_into(file, memoryview(buffer)[filled:])
        is_whole = filled < len(buffer)
        rows = table.rows(len(words), min(wanted - len(words), filled // (1 + row_bytes)))
        joined, position = _split_rows(buffer, filled, rows)
        if joined is not None:
            words += decoded_words(joined, " ", encoding, errors, "row", len(words) + 1)
        rest = bytes(buffer[position:filled])
        if len(words) < wanted and len(rest) >= MAX_WORD_BYTES and b" " not in rest[:MAX_WORD_BYTES]:
            raise DamagedFileError(
                f"row {len(words) + 1} starts with a word of more than {MAX_WORD_BYTES} bytes"
            )
        filled = len(rest)
        buffer[:filled] = rest
    if len(words) < wanted:
        raise DamagedFileError(
            f"line 1 declares {declared} rows of {vector_size} numbers, the file ends in row {len(words) + 1}; "
            "fetch it again if it was cut off",
            *([f"{{limit={len(words)}}} to read what is there"] if words else []),
        )
    if (limit is None or limit > declared) and (rest.strip(b"\n") or file.read(1)):
        raise DamagedFileError(f"data follows the {declared} rows that line 1 declares")
    return table.finished(len(words)), words


def can_be_binary(data: bytes, n_rows: int, vector_size: int, *, is_whole: bool) -> bool:
    """Tell whether what follows a header can be binary rows: all of them if `is_whole`, otherwise the first ones."""
    rows = np.empty((min(n_rows, len(data) // (1 + 4 * vector_size)), vector_size), np.float32)
    joined, position = _split_rows(data, len(data), rows)
    words = [] if joined is None else joined.split(b" ")
    if not words or any(not word or b"\n" in word for word in words):
        return False
    return not data[position:].strip(b"\n") if len(words) == n_rows else not is_whole


def _split_rows(data: bytes | bytearray, n_bytes: int, rows_RD: np.ndarray) -> tuple[bytes | None, int]:
    """Copy the numbers of the whole rows of data[:n_bytes].

    Returns
    -------
    words : bytes, separated by spaces, or None if no row is whole
    position : int, after the last of the rows
    """
    row_bytes = rows_RD.itemsize * rows_RD.shape[1]
    source, target = memoryview(data), rows_RD.reshape(-1).view(np.uint8).data
    words: list[bytes | bytearray] = []
    position = filled = 0
    while filled < len(target):
        space = data.find(b" ", position, min(position + MAX_WORD_BYTES, n_bytes))
        stop = space + 1 + row_bytes
        if space < 0 or stop > n_bytes:
            break
        words.append(data[position:space].lstrip(b"\n"))
        target[filled : filled + row_bytes] = source[space + 1 : stop]
        filled += row_bytes
        position = stop
    return b" ".join(words) if words else None, position


def write_binary(file: IO[bytes], vectors: np.ndarray, words: Sequence[str]) -> None:
    """Write vectors and words as gensim does: float32, no newline after a row."""
    file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    row_bytes = 4 * vectors.shape[1]
    for start in range(0, len(words), WRITE_ROWS):
        data = vectors[start : start + WRITE_ROWS].astype("<f4").tobytes()
        pieces = [
            piece
            for row, word in enumerate(words[start : start + WRITE_ROWS])
            for piece in (f"{word} ".encode(), data[row * row_bytes : (row + 1) * row_bytes])
        ]
        file.write(b"".join(pieces))
