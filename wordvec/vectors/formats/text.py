"""Text formats of vectors, a word and its numbers on a line: word2vec's with a header line, GloVe's without."""

from __future__ import annotations

import codecs
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec.vectors.formats.line_blocks import LineBlock, line_blocks
from wordvec.vectors.formats.tables import MAX_VECTOR_SIZE
from wordvec.vectors.formats.text_lines import LineParser, count_numbers
from wordvec.vectors.formats.text_rows import RowReader, n_threads

HEADER = re.compile(rb"[ \t]*(\d{1,18})[ \t]+(\d{1,18})[ \t\r]*(?:\n|\Z)")
MAX_HEADER_BYTES = 200
WRITE_ROWS = 2048
# Nine digits bring back the same float32. "#" keeps the decimal point, so that no row can look like a header.
NUMBER_FORMAT = "%#.9g"


def parse_header(text: bytes) -> tuple[int, int] | None:
    """Return (number of rows, vector size) if `text` starts with a word2vec header line, or None."""
    header = HEADER.match(text)
    return (int(header[1]), int(header[2])) if header else None


def read_header(file: IO[bytes]) -> tuple[int, int]:
    """Read line 1 and return (number of rows, vector size), or raise DamagedFileError."""
    line = file.readline(MAX_HEADER_BYTES)
    header = parse_header(line)
    if header is None:
        raise DamagedFileError(f"line 1 must be two whole numbers, rows and vector size. Got {line[:60]!r}")
    n_rows, vector_size = header
    if not n_rows or not 0 < vector_size <= MAX_VECTOR_SIZE:
        raise DamagedFileError(f"line 1 declares {n_rows} rows of {vector_size} numbers, which no table has")
    return n_rows, vector_size


def read_text(
    file: IO[bytes],
    *,
    header: bool,
    limit: int | None,
    encoding: str,
    errors: str,
    vector_size: int = 0,
    has_tabs: bool = False,
    n_bytes: int = 0,
) -> tuple[np.ndarray, list[str]]:
    """Read lines of a word and its numbers, after a line `V D` if `header`.

    Row r comes from line r + 1, or r + 2 with a header. Spaces inside a word are allowed (GloVe's
    840B file has such words) where what precedes the last D numbers does not end in a number.

    Parameters
    ----------
    vector_size : int
        Numbers in a row of a file without a header; 0 for those of the first row.
    has_tabs : bool
        Whether tabs, too, separate fields; otherwise they belong to words.
    n_bytes : int
        The size of the file, if known, which says how many rows it has room for.

    Returns
    -------
    vectors : float32 (V, D)
    words : list of str

    Raises
    ------
    DamagedFileError
        With the line, if a row is missing, too many, of the wrong length or not finite numbers.
    """
    declared = None
    if header:
        declared, vector_size = read_header(file)
    limited = limit is not None and (declared is None or limit <= declared)
    row_limit = limit if limited else declared
    blocks = line_blocks(file, n_threads() + 2)
    first = next(blocks, None)
    words: list[str] = []
    if first is not None:
        vector_size = vector_size or count_numbers(first.line(first.start))
        if not vector_size:
            raise DamagedFileError("line 1 is not a word and its numbers")
        parser = LineParser(vector_size, has_tabs, is_declared=header)
        reader = RowReader(parser, row_limit, 2 if header else 1, encoding, errors, n_bytes)
        rest = reader.read(itertools.chain([first], blocks))
        words = reader.words
        if declared is not None and not limited and (n_more := _filled_lines(rest, blocks)):
            raise DamagedFileError(
                f"line {declared + 2} comes after the {declared} rows that line 1 declares, the file has "
                f"{declared + n_more}; correct line 1 if its number is wrong",
                f"{{limit={declared}}} to read as many as it declares",
            )
    if not words or (declared is not None and not limited and len(words) < declared):
        expectation = f"line 1 declares {declared} rows" if header else "a row was expected"
        finding = f"{expectation}, the file ends after {len(words)}"
        if not words or not header:
            raise DamagedFileError(finding)
        raise DamagedFileError(
            f"{finding}; fetch it again if it was cut off, or correct line 1",
            f"{{limit={len(words)}}} to read what is there",
        )
    return reader.table.finished(len(words)), words


def _filled_lines(rest: bytes, blocks: Iterator[LineBlock]) -> int:
    """Return the number of lines that are not blank in `rest` and `blocks`."""
    texts = itertools.chain([rest], (block.rest(block.start) for block in blocks))
    return sum(bool(line.strip()) for text in texts for line in text.split(b"\n"))


def with_newlines(file: IO[bytes]) -> IO[bytes]:
    """Return a file whose lines end in newlines, of one with carriage returns alone, as old Macs wrote them."""
    return io.BufferedReader(_ReturnsAsNewlines(file))


def can_be_text(sample: bytes, *, is_whole: bool) -> bool:
    """Tell whether the first bytes of a file, or all of them, are a header and its rows."""
    limit = None
    if not is_whole:
        sample = sample[: sample.rfind(b"\n") + 1]
        limit = max(1, sample.count(b"\n") - 1)
    try:
        # Any bytes are Latin-1; here only the numbers matter.
        read_text(io.BytesIO(sample), header=True, limit=limit, encoding="latin-1", errors="strict")
    except DamagedFileError:
        return False
    return True


def write_text(file: IO[bytes], vectors: np.ndarray, words: Sequence[str], *, header: bool) -> None:
    """Write lines of a word and its numbers, after a line `V D` if `header`."""
    if header:
        file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    elif words[0].startswith("\ufeff"):
        file.write(codecs.BOM_UTF8)  # which a reader removes, so that the word keeps its own
    line = " ".join(["%s"] + [NUMBER_FORMAT] * vectors.shape[1]) + "\n"
    for start in range(0, len(words), WRITE_ROWS):
        rows = vectors[start : start + WRITE_ROWS].tolist()
        lines = [line % (word, *row) for word, row in zip(words[start : start + WRITE_ROWS], rows)]
        file.write("".join(lines).encode())


class _ReturnsAsNewlines(io.RawIOBase):
    """The bytes of a file with newlines in place of carriage returns."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._file.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(found)] = found
        return len(found)
