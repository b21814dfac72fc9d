"""Text for terminals: widths of characters, truncation, aligned columns, and sparklines."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence

ELLIPSIS = "…"
GAP = "  "
# Joiners are not printable, but without them emoji and Persian words fall apart.
_JOINERS = "\u200c\u200d"
_BARS = "▁▂▃▄▅▆▇█"


def text_width(text: str) -> int:
    """Return the width of `text` on a terminal: two columns for a Chinese character, none for a combining mark."""
    return sum(map(_character_width, text))


def cut_text(text: str, width: int) -> str:
    """Return `text` in at most `width` columns, with an ellipsis if it was truncated.

    Only as much of the text is read as fits.
    """
    end = n_columns = 0
    for place, character in enumerate(text):
        n_columns += _character_width(character)
        if n_columns < width:
            end = place + 1
        if n_columns > width:
            return text[:end] + ELLIPSIS
    return text


def pad_text(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` with spaces up to `width` columns, aligned to the left or to the right; never cut."""
    blanks = " " * (width - text_width(text))
    return blanks + text if right else text + blanks


def escape_controls(text: str) -> str:
    """Return `text` with escapes for control characters and those that a terminal cannot display."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def one_line(text: str) -> str:
    """Return `text` on one line, with U+FFFD for each unprintable character."""
    line = " ".join(text.split())
    return "".join(
        character if character.isprintable() or character in _JOINERS else "\ufffd" for character in line
    )


def format_table(rows: Sequence[Sequence[str]], header: Sequence[str] = (), *, n_left: int = 1) -> str:
    """Return rows as aligned columns, the first `n_left` of them to the left, the others to the right.

    Parameters
    ----------
    rows : sequence of rows, each a sequence of the same number of str
    header : names of the columns, with a line of dashes below; optional
    n_left : int
    """
    lines = [list(header), *map(list, rows)] if header else [list(row) for row in rows]
    if not lines:
        return ""
    widths = [max(map(text_width, column)) for column in zip(*lines)]
    if header:
        lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        GAP.join(
            pad_text(cell, width, right=place >= n_left)
            for place, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    )


def format_fields(fields: Mapping[str, str]) -> str:
    """Return names and aligned values, one pair per line."""
    width = max(map(text_width, fields), default=0)
    return "\n".join(f"{pad_text(name, width)}{GAP}{value}" for name, value in fields.items())


def format_score(value: float | None) -> str:
    """Return a score with four decimals, a dash for None and NaN."""
    return "-" if value is None or math.isnan(value) else f"{value:.4f}"


def format_loss(curve: Sequence[float]) -> str:
    """Return a loss curve as its first and last value and a sparkline between them."""
    if not curve:
        return "no whole epoch"
    if any(math.isnan(loss) for loss in curve):
        return "unknown: there was no pair of words to learn from"
    if len(curve) == 1:
        return f"{curve[0]:.4f}"
    return f"{curve[0]:.4f} {sparkline(curve)} {curve[-1]:.4f}"


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Return a curve as at most `width` block characters; non-finite values become spaces."""
    step = max(1, math.ceil(len(values) / width))
    picked = list(values[::step])
    finite = [value for value in picked if math.isfinite(value)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] if math.isfinite(value) else " " for value in picked)


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
