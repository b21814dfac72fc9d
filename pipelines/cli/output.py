"""What commands print: aligned tables, small curves, JSON."""

from __future__ import annotations

import json
import math
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

_BARS = "▁▂▃▄▅▆▇█"


def note(text: str) -> None:
    """Print a message to stderr."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print a value as JSON to stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def format_table(rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> str:
    """Return rows as aligned columns: the first to the left, the others to the right.

    Chinese characters count as two columns, as terminals show them.
    """
    lines = [list(header), *map(list, rows)] if header else [list(row) for row in rows]
    if not lines:
        return ""
    widths = [max(display_width(line[column]) for line in lines) for column in range(len(lines[0]))]
    if header:
        lines.insert(1, ["-" * width for width in widths])
    return "\n".join(_aligned(line, widths) for line in lines)


def format_fields(fields: dict[str, str]) -> str:
    """Return names and values, one a line, values aligned."""
    width = max(map(display_width, fields))
    return "\n".join(
        f"{name}{' ' * (width - display_width(name))}  {value}" for name, value in fields.items()
    )


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Return a curve in one line of at most `width` block characters; NaN becomes a space."""
    step = max(1, math.ceil(len(values) / width))
    picked = list(values[::step])
    finite = [value for value in picked if math.isfinite(value)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] if math.isfinite(value) else " " for value in picked)


def format_loss(curve: Sequence[float]) -> str:
    """Return a loss curve as its first and last value and a sparkline between them."""
    if not curve:
        return "no whole epoch"
    if any(math.isnan(loss) for loss in curve):
        return "unknown: there was no pair of words to learn from"
    if len(curve) == 1:
        return f"{curve[0]:.4f}"
    return f"{curve[0]:.4f} {sparkline(curve)} {curve[-1]:.4f}"


def format_score(value: float | None) -> str:
    """Return a score with four decimals, a dash for none."""
    return "-" if value is None or math.isnan(value) else f"{value:.4f}"


def display_width(text: str) -> int:
    """Return the columns that `text` takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padding = [" " * (width - display_width(cell)) for cell, width in zip(cells, widths)]
    parts = [cells[0] + padding[0], *(pad + cell for cell, pad in zip(cells[1:], padding[1:]))]
    return "  ".join(parts).rstrip()
