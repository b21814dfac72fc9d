"""A text file in blocks of whole lines, in buffers that kernels read and that are used again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec.vectors.formats.tables import read_into

# Small enough that what was read is still in the last-level cache when it is parsed.
TEXT_BLOCK_BYTES = 1 << 22
MAX_LINE_BYTES = 1 << 26
# Kernels may read this many bytes before and after the lines that they parse.
MARGIN = 128
# Numba takes half a second to load its first kernel; to parse such a text line by line takes 10 ms.
SMALL_TEXT_BYTES = 1 << 18


@dataclass(frozen=True)
class LineBlock:
    """The lines buffer[start:stop], the last one with its newline; `MARGIN` bytes on both sides are unused."""

    buffer: bytearray
    start: int
    stop: int
    is_last: bool

    @property
    def is_small(self) -> bool:
        """Whether it is the end of a file and so short that plain Python takes less time than loading kernels."""
        return self.is_last and self.stop - self.start <= SMALL_TEXT_BYTES

    def n_lines(self) -> int:
        """Return the number of newlines."""
        if self.is_small:
            return self.buffer.count(b"\n", self.start, self.stop)
        from wordvec.kernels.files.decimals import count_lines

        return count_lines(self.text(), self.start, self.stop)

    def text(self) -> np.ndarray:
        """Return the whole buffer, uint8."""
        return np.frombuffer(self.buffer, np.uint8)

    def line(self, position: int) -> bytes:
        """Return the line that starts at a position of the buffer, without its newline."""
        return bytes(self.buffer[position : self.buffer.index(b"\n", position)])

    def rest(self, position: int) -> bytes:
        """Return the lines from a position of the buffer on."""
        return bytes(self.buffer[position : self.stop])


def line_blocks(file: IO[bytes], n_buffers: int) -> Iterator[LineBlock]:
    """Yield the rest of a file in blocks; each is valid until `n_buffers` - 1 more have been yielded.

    Raises
    ------
    DamagedFileError
        If a line is longer than `MAX_LINE_BYTES`.
    """
    buffers = [bytearray()] * n_buffers
    rest = b""
    turn = 0
    is_last = False
    while not is_last:
        n_wanted = len(rest) + TEXT_BLOCK_BYTES
        if len(buffers[turn]) < n_wanted + 2 * MARGIN + 1:
            buffers[turn] = bytearray(n_wanted + 2 * MARGIN + 1)  # one byte for a newline at the end
        buffer = buffers[turn]
        filled = MARGIN + len(rest)
        buffer[MARGIN:filled] = rest
        goal = MARGIN + n_wanted
        filled += read_into(file, memoryview(buffer)[filled:goal])
        is_last = filled < goal
        stop = buffer.rfind(b"\n", MARGIN, filled) + 1 or MARGIN
        if is_last and stop < filled:
            buffer[filled] = ord("\n")
            stop = filled = filled + 1
        rest = bytes(buffer[stop:filled])
        if len(rest) > MAX_LINE_BYTES:
            raise DamagedFileError(
                f"a line is longer than {MAX_LINE_BYTES} bytes: this is not a table of vectors"
            )
        if stop > MARGIN:
            yield LineBlock(buffer, MARGIN, stop, is_last)
            turn = (turn + 1) % n_buffers
