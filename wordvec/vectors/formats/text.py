"""Text formats of vectors, a word and its numbers on a line: word2vec's with a header line, GloVe's without."""

from __future__ import annotations

import codecs
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import numpy as np

from wordvec._io.errors import DamagedFileError
from wordvec.vectors.formats.tables import BLOCK_BYTES, MAX_VECTOR_SIZE, GrowingTable, decoded_word

HEADER = re.compile(rb"[ \t]*(\d{1,18})[ \t]+(\d{1,18})[ \t\r]*(?:\n|\Z)")
MAX_HEADER_BYTES = 200
MAX_LINE_BYTES = 1 << 26
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
        raise DamagedFileError(f"line 1 promises {n_rows} rows of {vector_size} numbers, which no table has")
    return n_rows, vector_size


def count_numbers(line: bytes) -> int:
    """Return how many numbers end a line that starts with a word."""
    fields = [field for field in line.rstrip(b" \t\r").split(b" ") if field][1:]
    for count, field in enumerate(reversed(fields)):
        if _number(field) is None:
            return count
    return len(fields)


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

    Row r comes from line r + 1, or r + 2 with a header. Spaces inside a word are understood (GloVe's
    840B file has such words) where what stands before the last D numbers does not end in a number.

    Parameters
    ----------
    vector_size : int
        Numbers in a row of a file without a header; 0 for those of the first row.
    has_tabs : bool
        Whether tabs, too, part fields; otherwise they belong to words.
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
    promised = None
    if header:
        promised, vector_size = read_header(file)
    limited = limit is not None and (promised is None or limit <= promised)
    row_limit = limit if limited else promised
    reader: _RowReader | None = None
    blocks = _line_blocks(file)
    for block in blocks:
        if reader is None:
            vector_size = vector_size or count_numbers(block[: block.index(b"\n")])
            if not vector_size:
                raise DamagedFileError("line 1 is not a word and its numbers")
            parser = _LineParser(vector_size, has_tabs, is_promised=header)
            reader = _RowReader(parser, row_limit, 2 if header else 1, encoding, errors, n_bytes)
        position = reader.read(block)
        if len(reader.words) == row_limit:
            if limited:
                break
            if promised is not None and block[position:].strip():
                raise _too_many_rows(promised, itertools.chain([block[position:]], blocks))
    n_rows = len(reader.words) if reader else 0
    if reader is None or not n_rows or (promised is not None and not limited and n_rows < promised):
        promise = f"line 1 promises {promised} rows" if header else "a row was expected"
        finding = f"{promise}, the file ends after {n_rows}"
        if not n_rows or not header:
            raise DamagedFileError(finding)
        raise DamagedFileError(
            f"{finding}; fetch it again if it was cut off, or correct line 1",
            f"{{limit={n_rows}}} to read what is there",
        )
    return reader.table.finished(), reader.words


def _too_many_rows(promised: int, rest: Iterable[bytes]) -> DamagedFileError:
    n_rows = promised + sum(sum(bool(line.strip()) for line in block.split(b"\n")) for block in rest)
    return DamagedFileError(
        f"line {promised + 2} comes after the {promised} rows that line 1 promises, the file has {n_rows}; "
        "correct line 1 if its number is wrong",
        f"{{limit={promised}}} to read as many as it promises",
    )


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
        file.write(codecs.BOM_UTF8)  # which a reader takes away, so that the word's own stays
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


def _line_blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the rest of a file in blocks of whole lines, each ending with a newline."""
    rest = b""
    while block := file.read(BLOCK_BYTES):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield rest + block[:cut]
            rest = block[cut:]
        else:
            rest += block
        if len(rest) > MAX_LINE_BYTES:
            raise DamagedFileError(
                f"a line is longer than {MAX_LINE_BYTES} bytes: this is no table of vectors"
            )
    if rest:
        yield rest + b"\n"


class _RowReader:
    """Turns blocks of lines into rows: the regular lines by the kernel, the others one by one."""

    def __init__(
        self,
        parser: _LineParser,
        row_limit: int | None,
        first_line: int,
        encoding: str,
        errors: str,
        n_bytes: int,
    ) -> None:
        self.words: list[str] = []
        self.row_limit = row_limit
        n_promised = row_limit if row_limit is not None else 1 << 62
        self.table = GrowingTable(parser.vector_size, n_promised, n_bytes // parser.min_row_bytes)
        self.parser = parser
        self.first_line = first_line
        self.encoding = encoding
        self.errors = errors
        self.ended = False

    def read(self, block: bytes) -> int:
        """Read the rows of a block and return where it stopped: the block's end, or the row limit."""
        from wordvec.kernels.decimals import parse_rows  # here, as the other formats need no kernel

        n_left = block.count(b"\n")
        if self.row_limit is not None:
            n_left = min(n_left, self.row_limit - len(self.words))
        text = np.frombuffer(block.replace(b"\t", b" ") if self.parser.has_tabs else block, np.uint8)
        position = 0
        row_bytes = self.parser.min_row_bytes
        spans = np.empty((min(n_left, len(block) // row_bytes), 2), np.int64)
        while n_left and position < len(block):
            n_room = min(n_left, (len(block) - position) // row_bytes)
            n_rows, position = parse_rows(text, position, self.table.reserve(n_room), spans[:n_room])
            self._take(n_rows, [block[start:stop] for start, stop in spans[:n_rows].tolist()])
            n_left -= n_rows
            if n_left and position < len(block):
                stop = block.index(b"\n", position)
                if not block[position:stop].strip():
                    self._check_end(block[position:])
                    return len(block)
                word, numbers = self.parser.parse(block[position:stop], self._place())
                self.table.reserve(1)[0] = numbers
                self._take(1, [word])
                n_left -= 1
                position = stop + 1
        return position

    def _place(self, row: int = 0) -> str:
        return f"line {self.first_line + len(self.words) + row}"

    def _take(self, n_rows: int, raw_words: list[bytes]) -> None:
        if self.ended and n_rows:
            raise DamagedFileError(f"{self._place()} is blank")
        try:
            words = [raw.decode(self.encoding, self.errors) for raw in raw_words]
        except UnicodeDecodeError:
            words = [""]
        if "" in words:
            # Something is wrong with one of them: look at each, to say which.
            words = [
                decoded_word(raw, self.encoding, self.errors, self._place(row))
                for row, raw in enumerate(raw_words)
            ]
        self.words += words
        self.table.n_rows += n_rows

    def _check_end(self, rest: bytes) -> None:
        """Blank lines may end a file, not interrupt it."""
        if rest.strip():
            raise DamagedFileError(f"{self._place()} is blank")
        self.ended = True


class _LineParser:
    """Parses the lines that the kernel left: odd spacing, many digits, a space in the word, or an error."""

    def __init__(self, vector_size: int, has_tabs: bool, is_promised: bool) -> None:
        self.vector_size, self.has_tabs = vector_size, has_tabs
        # A byte for the word, two for each number and one for the newline.
        self.min_row_bytes = 2 * vector_size + 2
        self._promise = f"line 1 promises {vector_size}; correct the one that is wrong" if is_promised else ""

    def parse(self, line: bytes, place: str) -> tuple[bytes, np.ndarray]:
        """Return the word and its numbers, float32 (D,); raise DamagedFileError that names `place`."""
        word, fields = self._split(line)
        if line.startswith(b" "):
            raise DamagedFileError(f"{place} starts with a space: it has no word before its numbers")
        if not word:
            n_found = max(0, len(fields) - 1)
            promise = self._promise and f" ({self._promise})"
            raise DamagedFileError(
                f"{place} has {n_found} numbers, not {self.vector_size}{promise}: {line[:60]!r}"
            )
        numbers = [_number(field) for field in fields]
        for field, number in zip(fields, numbers):
            if number is None:
                raise DamagedFileError(f"{place} holds {field[:40]!r}, which is not a number")
        _, space, last = word.rpartition(b" ")
        if space and not self.has_tabs and _number(last) is not None:
            found = ", ".join(filter(None, (f"it has {count_numbers(line)}", self._promise)))
            raise DamagedFileError(
                f"{place} has more than {self.vector_size} numbers ({found}): {line[:60]!r}"
            )
        if space and b"\r" in word:
            raise DamagedFileError(
                f"{place} holds a carriage return where a row seems to end: write newlines in place of it"
            )
        with np.errstate(over="ignore"):
            row = np.array(numbers, np.float32)
        if not np.isfinite(row).all():
            bad = fields[int(np.argmin(np.isfinite(row)))]
            raise DamagedFileError(f"{place} holds {bad[:40]!r}, not a finite float32")
        return word, row

    def _split(self, line: bytes) -> tuple[bytes, list[bytes]]:
        """Return the word and the last fields, as many as a row has numbers or fewer."""
        if self.has_tabs:
            # What stands before the first tab is the word, whatever it holds, if the numbers come after it.
            word, _, rest = line.partition(b"\t")
            if len(fields := rest.split()) == self.vector_size:
                return word, fields
            line = line.replace(b"\t", b" ")
        # Only spaces part the fields: a word may hold any other white space.
        pieces = line.rstrip(b" \t\r").split(b" ")
        fields = []
        while pieces and len(fields) < self.vector_size:
            piece = pieces.pop()
            if piece:
                fields.append(piece)
        fields.reverse()
        return b" ".join(pieces).rstrip(b" "), fields


def _number(field: bytes) -> float | None:
    # float() takes "1_000" and white space around the number, which no vector file means.
    try:
        return None if b"_" in field or field.strip() != field else float(field)
    except ValueError:
        return None
