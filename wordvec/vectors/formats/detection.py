"""Detection of the format of a file of word vectors from its content; files of other tools are named."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from wordvec._io.compression import decompressed
from wordvec._io.errors import DamagedFileError, UnreadableFileError
from wordvec._io.tensors import is_safetensors
from wordvec._utils.assumptions import assume
from wordvec.vectors.formats.fasttext import is_fasttext
from wordvec.vectors.formats.floret import is_floret
from wordvec.vectors.formats.foreign import (
    name_of_bytes,
    name_of_container,
    name_of_folder,
    name_of_rows,
    name_of_text,
)
from wordvec.vectors.formats.text import can_be_text, parse_header
from wordvec.vectors.formats.text_lines import count_numbers
from wordvec.vectors.formats.word2vec_binary import can_be_binary

FORMATS = ("word2vec-text", "word2vec-binary", "glove", "safetensors", "fasttext", "floret")
SAMPLE_BYTES = 1 << 20
SAMPLE_LINES = 20
CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\r"))
# Of normal floats one byte in twelve is a control byte; texts have next to none.
MAX_CONTROL_SHARE = 0.01
# What stands for a missing number; anything else with a digit in it may be a mistyped number.
MISSING = (
    b"nan",
    b"inf",
    b"+inf",
    b"-inf",
    b"infinity",
    b"null",
    b"none",
    b"n/a",
    b"na",
    b"#n/a",
    b"-",
    b"?",
)
DECIMAL = re.compile(rb"[-+]?\d*\.\d+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """How a file of vectors is laid out."""

    format: str  # one of FORMATS
    n_skipped: int = 0  # bytes before the text: a byte order mark
    vector_size: int = 0  # numbers in most rows of a text without a header
    has_tabs: bool = False  # whether tabs separate the fields of a text
    has_returns: bool = False  # whether lines of a text end in a carriage return alone


def detect_layout(path: Path, chosen: str | None = None) -> Layout:
    """Return the layout of a file, of the format `chosen` if it is given.

    Raises
    ------
    UnreadableFileError
        If it is none of FORMATS; says what it is, if that is known.
    IsADirectoryError
        If it is a folder; says what it holds.
    """
    if path.is_dir():
        raise IsADirectoryError(
            f"The folder {str(path)!r} cannot be read as word vectors, which are a file: {name_of_folder(path)}."
        )
    if path.is_fifo():
        raise UnreadableFileError(
            "it is a pipe, and the file is read twice: write it to a file (which may be compressed)"
        )
    try:
        with decompressed(path) as (file, _):
            sample = file.read(SAMPLE_BYTES)
    except UnreadableFileError as error:
        if found := name_of_container(path):
            raise UnreadableFileError(found) from error
        raise
    if not sample:
        raise DamagedFileError("it is empty")
    if chosen == "safetensors" or (chosen is None and is_safetensors(sample)):
        return Layout("safetensors")
    if chosen in ("word2vec-binary", "fasttext", "floret"):
        return Layout(chosen)
    if chosen is None and is_fasttext(sample):
        return Layout("fasttext")
    if chosen is None and is_floret(sample):
        return Layout("floret")
    if found := name_of_bytes(sample[: 1 << 12], path):
        raise UnreadableFileError(found)
    return _text_layout(sample, path, chosen)


def _text_layout(sample: bytes, path: Path, chosen: str | None) -> Layout:
    """Return the layout of a text, or of word2vec's binary format, which has a line of text first."""
    is_whole = len(sample) < SAMPLE_BYTES
    text = sample.removeprefix(codecs.BOM_UTF8)
    if text[:1] in (b" ", b"\t") and not parse_header(text):
        text = sample  # the mark is the word of the first row
    n_skipped = len(sample) - len(text)
    has_returns = b"\r" in text and b"\n" not in text and chosen != "word2vec-binary"
    if has_returns:
        text = text.replace(b"\r", b"\n")
    header = None if chosen == "glove" else parse_header(text)
    if header is None and chosen != "word2vec-text":
        return _layout_without_header(text, path, n_skipped, has_returns, is_whole)
    n_rows, vector_size = header or (0, 0)
    rows = text.partition(b"\n")[2]
    has_tabs = _best_separation(rows, is_whole, vector_size)[1]
    spaced = text.replace(b"\t", b" ") if has_tabs else text
    if chosen is None and _is_binary(spaced, rows, n_rows, vector_size, path, is_whole):
        return Layout("word2vec-binary", n_skipped)
    if not count_numbers(rows.partition(b"\n")[0].replace(b"\t", b" ")) and (found := name_of_rows(rows)):
        raise UnreadableFileError(found)
    return Layout("word2vec-text", n_skipped, 0, has_tabs, has_returns)


def _layout_without_header(
    text: bytes, path: Path, n_skipped: int, has_returns: bool, is_whole: bool
) -> Layout:
    size, has_tabs = _best_separation(text, is_whole)
    lines = _sample_lines(text, is_whole)
    if not size or b"\0" in text[: 1 << 12]:
        if found := name_of_text(text):
            raise UnreadableFileError(found)
        raise DamagedFileError(
            f"it starts with {text[:40]!r}, which is neither a word2vec header, nor a word and its numbers, "
            "nor safetensors"
        )
    if len(lines) > 1 and all(all(map(DECIMAL.fullmatch, line.split())) for line in lines):
        raise UnreadableFileError(
            "its rows are numbers without words: with their words at hand, save KeyedVectors(numpy.loadtxt(path), "
            "words) in Python"
        )
    first = lines[0].replace(b"\t", b" ") if has_tabs else lines[0]
    word = b" ".join(first.split()[:-size])
    if word.rpartition(b" ")[2].lower() in MISSING and b" " in word:
        size += 1  # a missing number, which the reader names
    elif b" " in word and not has_tabs and len(lines) == 1:
        assume(
            f"{str(path)!r}: GloVe text, {size} numbers after the word {word.decode(errors='replace')[:40]!r}"
        )
    elif size == 1:
        assume(f"{str(path)!r}: GloVe text, vectors of one number")
    elif has_tabs and _modal_size(lines):
        assume(f"{str(path)!r}: GloVe text, fields parted by tabs and blanks, vectors of {size} numbers")
    return Layout("glove", n_skipped, size, has_tabs, has_returns)


def _best_separation(rows: bytes, is_whole: bool, declared: int = 0) -> tuple[int, bool]:
    """Return how many numbers most rows have, and whether tabs part them.

    Blanks part the fields, and a tab is a letter of a word, unless that leaves numbers in the words.
    """
    lines = _sample_lines(rows, is_whole)
    size = _modal_size(lines)
    if any(b"\t" in line for line in lines) and not (declared and size == declared):
        by_tabs = _modal_size(lines, by_tabs=True)
        if by_tabs > size and declared in (0, by_tabs):
            return by_tabs, True
    return size, False


def _modal_size(lines: list[bytes], *, by_tabs: bool = False) -> int:
    """Return how many numbers most lines have; lines whose words hold no blanks count, if there are any."""
    plain: list[int] = []
    others: list[int] = []
    for line in lines:
        size = count_numbers(line.replace(b"\t", b" ") if by_tabs else line)
        is_plain = b" " not in line.partition(b"\t")[0] if by_tabs else size == len(line.split(b" ")) - 1
        (plain if is_plain else others).append(size)
    found = Counter(plain or others)
    return found.most_common(1)[0][0] if found else 0


def _sample_lines(text: bytes, is_whole: bool) -> list[bytes]:
    """Return the first lines that are not blank; of a single line that is cut off, its whole fields."""
    pieces = text.split(b"\n", SAMPLE_LINES)
    last = pieces.pop() if len(pieces) > SAMPLE_LINES or not is_whole else b""
    if not pieces:
        pieces = [last.rpartition(b" ")[0]]
    return [line for line in pieces if line.strip()]


def _is_binary(text: bytes, rows: bytes, n_rows: int, vector_size: int, path: Path, is_whole: bool) -> bool:
    """Tell whether binary rows follow a header. What may be text, also with a slip in it, is text."""
    if not rows.strip(b"\r\n "):
        return False
    if not _has_text_row(rows, vector_size):
        return True
    if can_be_text(text, is_whole=is_whole):
        return False
    n_control = len(rows) - len(rows.translate(None, CONTROL_BYTES))
    if b"\0" in rows or n_control > MAX_CONTROL_SHARE * len(rows):
        return True
    # Floats can be printable by accident: in a file of one number a row it takes four bytes.
    if not is_whole or not can_be_binary(rows, n_rows, vector_size, is_whole=True):
        return False
    return path.name.lower().endswith(".bin") or not _is_nearly_text(rows, n_rows)


def _has_text_row(rows: bytes, vector_size: int) -> bool:
    """Tell whether the first line ends in fields that a text can hold, numbers or not."""
    fields = rows.partition(b"\n")[0].rstrip().rsplit(None, min(vector_size, 1000))[1:]
    numbers = b"".join(fields)
    try:
        numbers.decode()
    except UnicodeDecodeError:
        return False
    return len(numbers.translate(None, CONTROL_BYTES)) == len(numbers)


def _is_nearly_text(rows: bytes, n_rows: int) -> bool:
    """Tell whether there is a line for each row, and most of the fields after the words stand for numbers."""
    lines = rows.rstrip().split(b"\n")
    fields = [field.lower() for line in lines for field in line.split()[1:]]
    n_numbers = sum(field in MISSING or any(map(b"0123456789".__contains__, field)) for field in fields)
    return len(lines) == n_rows and 2 * n_numbers > len(fields)
