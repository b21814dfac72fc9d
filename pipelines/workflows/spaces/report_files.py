"""Reports that commands printed as JSON, read for pictures: each field is checked before it is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wordvec._io.json_files import json_value
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import shown

__all__ = [
    "Check",
    "has", "is_count", "is_label", "is_number", "is_text", "json_objects", "list_of", "mapping_of", "optional",
    "read_report",
]  # fmt: skip

Check = Callable[[Any], bool]


def json_objects(path: Path) -> list[dict[str, Any]]:
    """Return the object of a JSON file, or those of the lines of another.

    Raises
    ------
    ValueError
        If it holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
        try:
            found = [json_value(text)]
        except ValueError:
            found = [json_value(line) for line in text.splitlines() if line.strip()]
        if all(isinstance(each, dict) for each in found):
            return found
    except ValueError:
        pass
    raise ValueError(f"{str(path)!r} holds no JSON objects. Check the file.")


def read_report(path: Path, command: str, fields: Mapping[str, Check]) -> dict[str, Any]:
    """Return the report that a command printed.

    Parameters
    ----------
    path : Path
    command : str
        For messages.
    fields : mapping of names to checks
        What is drawn; the first one says most about the kind of report.

    Raises
    ------
    AdvisedError
        If a field is missing, empty, or not as the command writes it.
    """
    rows = json_objects(path)
    for name, fits in fields.items():
        value = rows[0].get(name) if len(rows) == 1 else None
        if value in (None, []):
            raise AdvisedError(f"{str(path)!r} holds no {name} of a report. Write one with: {command}")
        if not fits(value):
            raise AdvisedError(
                f"{str(path)!r} holds {name} of another form than a report has: {shown(value)}. "
                f"Write one with: {command}"
            )
    return rows[0]


def is_text(value: Any) -> bool:
    """Return whether a value is text."""
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_count(value: Any) -> bool:
    """Return whether a value is a number of things, as NumPy holds it."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


def is_label(value: Any) -> bool:
    """Return whether a value is a label: text or a number."""
    return isinstance(value, (str, int, float))


def optional(fits: Check) -> Check:
    """Return a check for None, or a value that fits."""
    return lambda value: value is None or fits(value)


def list_of(fits: Check) -> Check:
    """Return a check for a list whose items fit."""
    return lambda value: isinstance(value, list) and all(map(fits, value))


def mapping_of(fits: Check) -> Check:
    """Return a check for an object whose values fit."""
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def has(**fields: Check) -> Check:
    """Return a check for an object with these fields."""
    return lambda value: (
        isinstance(value, dict) and all(name in value and fits(value[name]) for name, fits in fields.items())
    )
