"""Orthographic features of words: shapes, flags that follow from the shape, and types of characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_LONG_RUN = re.compile(r"(.)\1{4,}", re.DOTALL)


class _Classes(dict[int, str]):
    """The class of each code point, computed on first use; for `str.translate`."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = _class(chr(code_point))
        return self[code_point]


def _class(character: str) -> str:
    if character.isdigit():
        return "d"
    if not character.isalpha():
        return character
    if character.isupper():
        return "X"
    return "x" if character.islower() else "o"


_CLASSES = _Classes()


def letter_classes(word: str) -> str:
    """Return the word with X for upper case, x for lower case, o for other letters and d for digits."""
    return word.translate(_CLASSES)


def cut_runs(classes: str) -> str:
    """Return the shape of a word from its letter classes: runs of more than four are cut to four."""
    return _LONG_RUN.sub(r"\1\1\1\1", classes)


# Flags of a word that follow from its shape.
FLAGS: dict[str, Callable[[str], bool]] = {
    "capital": lambda shape: shape[:1] == "X",
    "capitals": lambda shape: "X" in shape and "x" not in shape,
    "inner_capital": lambda shape: "X" in shape[1:] and "x" in shape,
    "digits": lambda shape: set(shape) == {"d"},
    "has_digit": lambda shape: "d" in shape,
    "hyphen": lambda shape: "-" in shape,
    "punctuation": lambda shape: bool(shape) and not set(shape) & set("Xxod"),
}


def character_type(token: str) -> str:
    """Return the type of a token's first character: digit, Latin, Han, punctuation, space or other."""
    if not token:
        return "other"
    character = token[0]
    if character.isdigit():
        return "digit"
    if character.isspace():
        return "space"
    if not character.isalpha():
        return "punctuation" if unicodedata.category(character)[0] in "PS" else "other"
    # Full-width letters are named FULLWIDTH LATIN ...
    name = unicodedata.name(character, "")
    if name.startswith("CJK "):
        return "Han"
    return "Latin" if "LATIN " in name else "other"
