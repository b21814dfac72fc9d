"""Conversion of Chinese text: traditional and simplified characters, by OpenCC, and full-width letters and digits."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from wordvec._utils.parameters import Rule
from wordvec._utils.validation import import_optional

__all__ = ["CONVERSIONS", "Conversion", "convert_chinese", "converter"]

# OpenCC's configurations: s simplified, t traditional, tw and hk of Taiwan and Hong Kong, p with their words, jp
# the new forms of Japanese characters.
CONVERSIONS = (
    "t2s", "s2t", "tw2s", "tw2sp", "hk2s", "hk2sp", "s2tw", "s2twp", "s2hk", "s2hkp", "t2tw", "tw2t", "t2hk",
    "hk2t", "t2jp", "jp2t",
)  # fmt: skip
WIDTH = "width"

# Letters and digits alone: full-width commas and brackets are the usual ones of Chinese text.
_LETTERS_AND_DIGITS = [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
NARROWED = {point: point - 0xFEE0 for point in _LETTERS_AND_DIGITS}

_SURROGATE = re.compile("([\ud800-\udfff])")


class Conversion(Rule):
    """Names of conversions separated by commas: `WIDTH` and those of `CONVERSIONS`."""

    description = (
        f"'t2s', 's2t' or another configuration of OpenCC ({', '.join(CONVERSIONS[2:])}), or {WIDTH!r}"
    )

    def _checked(self, value: Any) -> str:
        if not isinstance(value, str) or not all(name in (WIDTH, *CONVERSIONS) for name in value.split(",")):
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return an invalid name, and an invalid name among valid ones."""
        return ["", "t2x", "t2s;width", "t2s,", None, 2]


def converter(convert: str, owner: str) -> Callable[[str], str]:
    """Return the conversion that `convert` names; it can be pickled.

    Parameters
    ----------
    convert : str
        A configuration of OpenCC: ``"t2s"`` (traditional to simplified characters), ``"s2t"``, ``"tw2sp"`` (with the
        words of Taiwan) and others; or ``"width"``: full-width letters and digits become ASCII (``ＡＢＣ１２３``),
        punctuation stays. Several, separated by commas, are applied in order: ``"width,t2s"``.
    owner : str
        The class or function that has the parameter, for messages.

    Raises
    ------
    ImportError
        If OpenCC is needed and not installed.
    ParameterError
        If it is not the name of a conversion.
    """
    Conversion().check("convert", convert, owner)
    names = tuple(convert.split(","))
    for name in names:
        if name != WIDTH:
            _opencc(name)  # a missing library is an error here, not at the first line
    return functools.partial(_converted, names)


def convert_chinese(text: str, convert: str = "t2s") -> str:
    """Return `text` with its characters converted.

    Parameters
    ----------
    text : str
    convert : str, default="t2s"
        As in `converter`.

    Raises
    ------
    ImportError
        If OpenCC is needed and not installed.
    TypeError, ParameterError
        If `text` is not a str, or `convert` is not the name of a conversion.

    Examples
    --------
    >>> convert_chinese("ＩＢＭ，２０２４", "width")
    'IBM，2024'
    """
    if not isinstance(text, str):
        raise TypeError(f"The text of convert_chinese must be a str. Got {type(text).__name__} instead.")
    return converter(convert, "convert_chinese")(text)


def _converted(names: tuple[str, ...], text: str) -> str:
    for name in names:
        text = text.translate(NARROWED) if name == WIDTH else _by_opencc(name, text)
    return text


def _by_opencc(name: str, text: str) -> str:
    convert = _opencc(name)
    try:
        return convert(text)
    except UnicodeEncodeError:  # a surrogate without its partner, which no UTF-8 holds
        return "".join(part if _SURROGATE.match(part) else convert(part) for part in _SURROGATE.split(text))


@functools.cache
def _opencc(name: str) -> Callable[[str], str]:
    opencc = import_optional("opencc", pip="wordvec[nlp]", purpose=f"convert={name!r}")
    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert
