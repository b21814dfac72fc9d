"""Lines of a word and its numbers, one by one: those that the kernel leaves, and what is wrong with them."""

from __future__ import annotations

import numpy as np

from wordvec._io.errors import DamagedFileError


def count_numbers(line: bytes) -> int:
    """Return how many numbers end a line that starts with a word."""
    fields = [field for field in line.rstrip(b" \t\r").split(b" ") if field][1:]
    for count, field in enumerate(reversed(fields)):
        if parse_number(field) is None:
            return count
    return len(fields)


class LineParser:
    """Parses the lines that the kernel leaves: odd spacing, many digits, a space in the word, or an error."""

    def __init__(self, vector_size: int, has_tabs: bool, is_declared: bool) -> None:
        self.vector_size, self.has_tabs = vector_size, has_tabs
        # A byte for the word, two for each number and one for the newline.
        self.min_row_bytes = 2 * vector_size + 2
        self._declaration = (
            f"line 1 declares {vector_size}; correct the one that is wrong" if is_declared else ""
        )

    def parse(self, line: bytes, place: str) -> tuple[bytes, np.ndarray]:
        """Return the word and its numbers, float32 (D,); raise DamagedFileError that names `place`."""
        word, fields = self._split(line)
        if line.startswith(b" "):
            raise DamagedFileError(f"{place} starts with a space: it has no word before its numbers")
        if not word:
            n_found = max(0, len(fields) - 1)
            declaration = self._declaration and f" ({self._declaration})"
            raise DamagedFileError(
                f"{place} has {n_found} numbers, not {self.vector_size}{declaration}: {line[:60]!r}"
            )
        numbers = [parse_number(field) for field in fields]
        for field, number in zip(fields, numbers):
            if number is None:
                raise DamagedFileError(f"{place} holds {field[:40]!r}, which is not a number")
        _, space, last = word.rpartition(b" ")
        if space and not self.has_tabs and parse_number(last) is not None:
            found = ", ".join(filter(None, (f"it has {count_numbers(line)}", self._declaration)))
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
            # What precedes the first tab is the word, whatever it contains, if the numbers follow it.
            word, _, rest = line.partition(b"\t")
            if len(fields := rest.split()) == self.vector_size:
                return word, fields
            line = line.replace(b"\t", b" ")
        # Only spaces separate the fields: a word may contain any other white space.
        pieces = line.rstrip(b" \t\r").split(b" ")
        fields = []
        while pieces and len(fields) < self.vector_size:
            piece = pieces.pop()
            if piece:
                fields.append(piece)
        fields.reverse()
        return b" ".join(pieces).rstrip(b" "), fields


def parse_number(field: bytes) -> float | None:
    """Return a number of a vector file, or None if the field is not one."""
    # float() accepts "1_000" and white space around the number, which vector files do not have.
    try:
        return None if b"_" in field or field.strip() != field else float(field)
    except ValueError:
        return None
