"""Parsing of blocks of lines by several threads: regular lines by the kernel, the others one by one."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec._utils.threads import n_cores
from wordvec.vectors.formats.line_blocks import LineBlock
from wordvec.vectors.formats.tables import GrowingTable, decoded_words
from wordvec.vectors.formats.text_lines import LineParser

# One thread reads and counts lines, which takes a tenth of the time of parsing them.
MAX_THREADS = 8
# Room for more rows than the first block suggests, since later rows may be shorter.
SPARE = 1.05


@dataclass(frozen=True)
class _Parsed:
    """What a block held: its words, the position after the last row, and whether blank lines end it."""

    words: list[str]
    position: int
    ended: bool


class RowReader:
    """Fills a table from blocks of lines.

    Parameters
    ----------
    parser : LineParser
    row_limit : int or None
        Rows to read at most.
    first_line : int
        The number of the line of the first row.
    encoding, errors : str
    n_bytes : int
        The size of the file, if known.

    Attributes
    ----------
    words : list of str
    table : GrowingTable
    """

    def __init__(
        self,
        parser: LineParser,
        row_limit: int | None,
        first_line: int,
        encoding: str,
        errors: str,
        n_bytes: int,
    ) -> None:
        self.words: list[str] = []
        self.table = GrowingTable(parser.vector_size, row_limit if row_limit is not None else 1 << 62)
        self._parser, self._row_limit, self._first_line = parser, row_limit, first_line
        self._encoding, self._errors, self._n_bytes = encoding, errors, n_bytes
        self._ended = False

    def read(self, blocks: Iterator[LineBlock]) -> bytes:
        """Read blocks until they end or the rows are as many as the limit; return what follows in the last block.

        The `n_threads` + 2 latest blocks must be valid.
        """
        pending: deque[tuple[LineBlock, Callable[[], _Parsed]]] = deque()
        n_claimed = 0  # rows that have been read, and one for each line that is being parsed
        rest = b""

        def collect(n_left: int) -> None:
            nonlocal n_claimed, rest
            while len(pending) > n_left:
                block, parsed = pending.popleft()
                rest = block.rest(self._take(parsed()))
            if not pending:
                n_claimed = len(self.words)

        with ThreadPoolExecutor(n_threads()) as pool:
            for block in blocks:
                n_bytes, n_lines = block.stop - block.start, block.n_lines()
                if self._row_limit is not None:
                    n_lines = min(n_lines, self._row_limit - n_claimed)
                # A block of empty lines must not ask for a row for each.
                n_rows = min(n_lines, n_bytes // self._parser.min_row_bytes)
                if not self.table.capacity:
                    self.table.expect(int(SPARE * self._n_bytes * n_rows / n_bytes))
                if n_claimed + n_rows > self.table.capacity:
                    collect(0)  # no thread may use the table while it moves
                rows = self.table.rows(n_claimed, n_rows)
                parse = functools.partial(self._parse, block, n_lines, rows, n_claimed)
                # This thread has nothing else to do while the last block is parsed.
                pending.append((block, parse if block.is_last else pool.submit(parse).result))
                n_claimed += n_lines
                is_at_end = n_claimed == self._row_limit or n_rows < n_lines
                collect(0 if is_at_end else n_threads() + 1)
                if len(self.words) == self._row_limit:
                    break
            collect(0)
        return rest

    def _take(self, parsed: _Parsed) -> int:
        if self._ended and parsed.words:
            raise DamagedFileError(f"line {self._first_line + len(self.words)} is blank")
        self.words += parsed.words
        self._ended |= parsed.ended
        return parsed.position

    def _parse(self, block: LineBlock, n_lines: int, rows: np.ndarray, first_row: int) -> _Parsed:
        """Parse at most `n_lines` lines of a block into `rows`, the first of which is row `first_row` of the table."""
        separator = ord("\t" if self._parser.has_tabs else " ")
        text = block.text()
        gathered = np.empty(block.stop - block.start - 2 * rows.size, np.uint8)
        words: list[str] = []
        position = block.start
        while len(words) < n_lines and position < block.stop:
            row = len(words)
            n_rows = 0
            if not block.is_small:
                # Imported here, as small files and other formats need no kernel.
                from wordvec.kernels.files.decimals import parse_rows

                n_rows, position, n_bytes = parse_rows(
                    text, position, block.stop, separator, rows[row:], gathered
                )
            if n_rows:
                words += self._decoded(gathered[: n_bytes - 1].tobytes(), first_row + row)
            if len(words) < n_lines and position < block.stop:
                line, place = block.line(position), f"line {self._first_line + first_row + len(words)}"
                if not line.strip():
                    if block.rest(position).strip():
                        raise DamagedFileError(f"{place} is blank")  # blank lines may end a file only
                    return _Parsed(words, block.stop, ended=True)
                word, numbers = self._parser.parse(line, place)
                rows[len(words)] = numbers
                words += self._decoded(word, first_row + len(words))
                position += len(line) + 1
        return _Parsed(words, position, ended=False)

    def _decoded(self, joined: bytes, first_row: int) -> list[str]:
        """Return words that newlines separate; the first is that of row `first_row`."""
        first_line = self._first_line + first_row
        return decoded_words(joined, "\n", self._encoding, self._errors, "line", first_line)


def n_threads() -> int:
    """Return how many threads parse."""
    return min(n_cores(), MAX_THREADS)
