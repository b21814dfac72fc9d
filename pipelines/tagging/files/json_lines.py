"""A reader of JSON lines and arrays: the values of a file, each with its line number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wordvec._io.json_files import json_value

from .lines import numbered_lines

__all__ = ["first_value", "json_values"]


def json_values(file: Path, encoding: str, errors: str) -> Iterator[tuple[int, Any]]:
    """Yield the values of a file of JSON lines, or the items of one array, each with the line on which it begins.

    Raises
    ------
    ValueError
        If a line or the array is not JSON; the message names the line.
    """
    lines = numbered_lines(file, encoding, errors)
    for number, line in lines:
        text = line.strip()
        if not text:
            continue
        if text[0] == "[" and not _is_value(text):
            rest = "\n".join([line, *(following for _, following in lines)])
            yield from _items(rest, file, number)
            return
        value = _parsed(text, file, number)
        if isinstance(value, list) and value and all(isinstance(item, (dict, list)) for item in value):
            yield from ((number, item) for item in value)
        else:
            yield number, value


def _is_value(text: str) -> bool:
    try:
        json_value(text)
    except ValueError:
        return False
    return True


def _parsed(text: str, file: Path, number: int) -> Any:
    try:
        return json_value(text)
    except ValueError as error:
        raise ValueError(
            f"{str(file)!r}, line {number}: not JSON ({error}). JSON lines hold one object a line."
        ) from error


def _items(text: str, file: Path, first_line: int) -> Iterator[tuple[int, Any]]:
    """Yield the items of an array that spans several lines."""
    decoder = json.JSONDecoder()
    line, place = first_line, text.index("[") + 1
    seen = 0
    separator = ""
    while True:
        while place < len(text) and (text[place].isspace() or (text[place] == "," and separator == ",")):
            separator = "" if text[place] == "," else separator
            place += 1
        line += text.count("\n", seen, place)
        seen = place
        if text[place : place + 1] == "]":
            return
        if separator == ",":
            raise ValueError(f"{str(file)!r}, line {line}: not JSON (a comma is missing). Correct the line.")
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            where = line + text.count("\n", seen, getattr(error, "pos", seen))
            reason = getattr(error, "msg", error)
            raise ValueError(
                f"{str(file)!r}, line {where}: not JSON ({reason}). Correct the line."
            ) from error
        yield line, value
        separator = ","


def first_value(text: str) -> Any:
    """Return the first object or array of a text, the first item of an array of those, or None if there is none."""
    start = text.lstrip()
    decoder = json.JSONDecoder()
    try:
        value, _ = decoder.raw_decode(start)
        return value[0] if isinstance(value, list) and value and isinstance(value[0], (dict, list)) else value
    except RecursionError:
        return None
    except ValueError:
        if start[:1] != "[":
            return None
    try:
        # The text may end within the array.
        return decoder.raw_decode(start[1:].lstrip())[0]
    except (ValueError, RecursionError):
        return None
