"""Numbering of the words of text files: one thread reads and decompresses while others number."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from wordvec._io.parts import Source, size_of
from wordvec._io.text_files import read_ahead, read_utf8_blocks, undecodable
from wordvec.text.numbering.cutting import Piece, TextCutter, WordKinds
from wordvec.text.numbering.table import WordTable
from wordvec.text.numbering.threads import number_pieces

_Place = tuple[int, int]  # the number of a file, and the bytes of it that were read


def number_files(
    files: Sequence[Source],
    encoding: str,
    errors: str,
    table: WordTable,
    kinds: WordKinds | None,
    block_bytes: int,
    n_threads: int,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the bytes of all files that were read so far, and the next ids and LINE_END, int32, of words of `table`.

    `kinds` are those of `WordTable.encode`; with them, text must be valid whatever `errors` is.

    Raises
    ------
    ValueError
        If a file cannot be read as text; the message names the file and the line.
    """
    sizes = [size_of(file) for file in files]
    pieces = _cut_files(files, encoding, errors, block_bytes)
    ahead = read_ahead(pieces if kinds is None else _checked(pieces, files, encoding))
    for (number, n_read), items in number_pieces(ahead, table, n_threads, kinds):
        if errors == "strict" and kinds is None:
            try:
                table.check_utf8()
            except UnicodeDecodeError as error:
                raise undecodable(files[number], encoding, error) from error
        yield sum(sizes[:number]) + n_read, items


def _cut_files(
    files: Sequence[Source], encoding: str, errors: str, block_bytes: int
) -> Iterator[tuple[_Place, Piece]]:
    """Yield pieces of text, each with its place."""
    cutter = TextCutter()
    for number, file in enumerate(files):
        n_read = 0
        for block, n_read in read_utf8_blocks(file, encoding, errors, block_bytes):
            for piece in cutter.feed(block):
                yield (number, n_read), piece
        for piece in cutter.feed(b"", at_end=True):
            yield (number, n_read), piece


def _checked(
    pieces: Iterable[tuple[_Place, Piece]], files: Sequence[Source], encoding: str
) -> Iterator[tuple[_Place, Piece]]:
    """Yield pieces; raise ValueError at one that is not valid UTF-8."""
    for place, piece in pieces:
        try:
            codecs.utf_8_decode(piece.text[: piece.stop].data, "strict", True)
        except UnicodeDecodeError as error:
            raise undecodable(files[place[0]], encoding, error) from error
        yield place, piece
