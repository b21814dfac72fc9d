"""Reading and writing of lines and blocks of lines of text files."""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from wordvec._io.atomic import replace_when_whole
from wordvec._io.compression import compressed, split_compression
from wordvec._io.errors import not_a_file
from wordvec._io.text_files import read_lines
from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice, check_path

_BLANKS = " \t\r"
_MAX_FIELD_CHARS = 1 << 30  # the csv module's own limit is 128 KB, less than some texts


def existing_file(path: str | os.PathLike[str], owner: str, encoding: str, errors: str) -> Path:
    """Return the path of an existing file after the checks that all readers share.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError, ValueError
        If a parameter is invalid.
    """
    check_choice("errors", errors, owner, ("strict", "replace", "ignore"))
    try:
        # Some codecs of Python are not for text, such as "hex".
        "".encode(encoding)
        codecs.lookup(encoding)
    except (LookupError, TypeError, ValueError):
        rule = "be the name of a text encoding of Python"
        raise ParameterError("encoding", owner, rule, encoding) from None
    file = check_path("path", path, owner)
    if not file.is_file():
        raise not_a_file(file)
    return file


def numbered_lines(path: Path, encoding: str, errors: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file from number 1, without line end or carriage return."""
    for number, (line, _, _) in enumerate(read_lines(path, encoding, errors), 1):
        yield number, line.removesuffix("\r")


def whole_text(path: str | os.PathLike[str], owner: str, encoding: str, errors: str) -> str:
    """Return the text of a file, without a byte order mark and the last line end; offsets are those of the file.

    Raises
    ------
    OSError, TypeError, ValueError
        As `existing_file` and `read_lines`.
    """
    file = existing_file(path, owner, encoding, errors)
    return "\n".join(line for line, _, _ in read_lines(file, encoding, errors))


def blocks(
    path: Path, encoding: str, errors: str, separator: str | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Yield the blocks of lines between blank lines, each with the number of its first line.

    Lines that begin with `separator` count as blank.
    """
    lines: list[str] = []
    first = 1
    for number, line in numbered_lines(path, encoding, errors):
        if line.strip(_BLANKS) and not (separator and line.startswith(separator)):
            lines.append(line)
            continue
        if lines:
            yield first, lines
            lines = []
        first = number + 1
    if lines:
        yield first, lines


def csv_reader(lines: Iterable[str], **options: Any) -> Any:
    """Return a reader of the csv module for fields of any length; this raises the limit of the whole process."""
    if csv.field_size_limit() < _MAX_FIELD_CHARS:
        csv.field_size_limit(_MAX_FIELD_CHARS)
    return csv.reader(lines, **options)


def no_sentence(path: Path) -> ValueError:
    """Return the error for a file without a sentence."""
    return ValueError(f"{str(path)!r}, line 1: there is no sentence in this file. Check the path.")


def write_blocks(path: str | os.PathLike[str], sentences: Iterable[Iterable[str]]) -> None:
    """Write the lines of each sentence and an empty line after it; the extension says how to compress the file.

    Raises
    ------
    ImportError
        If the name ends in .zst and the library for it is not installed.
    OSError
        If the file cannot be written; what was there before is still there.
    """
    _, suffix = split_compression(Path(path).name)
    with replace_when_whole(path) as file, compressed(file, suffix) as packed:
        for lines in sentences:
            packed.write(("\n".join(lines) + "\n\n").encode())
