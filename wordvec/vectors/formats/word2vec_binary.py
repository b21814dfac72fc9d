"""word2vec's binary format: a text header, then each word, a space and its float32 numbers.

The C tool ends each row with a newline, gensim does not. Both are read; gensim's form is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec.vectors.formats.tables import BLOCK_BYTES, GrowingTable, decoded_word
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
    promised, vector_size = read_header(file)
    wanted = promised if limit is None else min(limit, promised)
    row_bytes = 4 * vector_size
    table = GrowingTable(vector_size, wanted)
    table.expect(n_bytes // row_bytes)
    words: list[str] = []
    block = b""
    while len(words) < wanted:
        more = file.read(BLOCK_BYTES)
        block += more
        raw_words, raw_rows, position = _split_rows(block, row_bytes, len(words), wanted)
        if raw_rows:
            table.rows(len(words), len(raw_rows))[:] = np.frombuffer(b"".join(raw_rows), "<f4").reshape(
                -1, vector_size
            )
        for raw in raw_words:
            words.append(decoded_word(raw, encoding, errors, f"row {len(words) + 1}"))
        block = block[position:]
        if len(words) < wanted and not more:
            row = len(words) + 1
            raise DamagedFileError(
                f"line 1 promises {promised} rows of {vector_size} numbers, the file ends in row {row}; fetch it "
                "again if it was cut off",
                *([f"{{limit={row - 1}}} to read what is there"] if row > 1 else []),
            )
    if (limit is None or limit > promised) and (block.strip(b"\n") or file.read(1)):
        raise DamagedFileError(f"data follows the {promised} rows that line 1 promises")
    return table.finished(len(words)), words


def can_be_binary(rows: bytes, n_rows: int, vector_size: int, *, is_whole: bool) -> bool:
    """Tell whether what follows a header can be binary rows: all of them if `is_whole`, otherwise the first ones."""
    try:
        words, _, position = _split_rows(rows, 4 * vector_size, 0, n_rows)
    except DamagedFileError:
        return False
    if not words or any(not word or b"\n" in word for word in words):
        return False
    return not rows[position:].strip(b"\n") if len(words) == n_rows else not is_whole


def _split_rows(
    block: bytes, row_bytes: int, n_read: int, wanted: int
) -> tuple[list[bytes], list[bytes], int]:
    """Cut a block into the words and the numbers of its whole rows; the rest starts at the third result."""
    words: list[bytes] = []
    rows: list[bytes] = []
    position = 0
    while n_read + len(rows) < wanted:
        space = block.find(b" ", position, position + MAX_WORD_BYTES)
        if space < 0 and len(block) - position >= MAX_WORD_BYTES:
            row = n_read + len(rows) + 1
            raise DamagedFileError(f"row {row} starts with a word of more than {MAX_WORD_BYTES} bytes")
        stop = space + 1 + row_bytes
        if space < 0 or stop > len(block):
            break
        words.append(block[position:space].lstrip(b"\n"))
        rows.append(block[space + 1 : stop])
        position = stop
    return words, rows, position


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
