"""Cue phrases: words with which texts announce what they are about, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from wordvec._utils.parameters import Rule
from wordvec.text.language import HAN

__all__ = ["CuePhrases", "cue_pattern"]

_ENGLISH = (
    r"\bthis (?:paper|work|article|study|report|letter|note|thesis)\b"
    r"|\bwe (?:therefore |thus |here )?(?:propose|present|introduce|describe|develop|study|investigate|explore"
    r"|examine|address|consider|analy[sz]e|show|demonstrate|find|report|argue|prove|provide|design|devise)\b"
    r"|\battached (?:is|are|please)\b"
    r"|\bin (?:summary|conclusion|short)\b|\bto (?:summari[sz]e|conclude|sum up)\b"
    r"|\b(?:purpose|aim|goal|objective) of (?:this|the)\b"
)
_CHINESE = r"本文|本研究|本报告|我们(?:提出|发现|认为|建议)|综上|总之|总的来说|结论"
_BUILT_IN = re.compile(f"{_ENGLISH}|{_CHINESE}")
_HAN_EDGE = re.compile(f"[{HAN}]")


class CuePhrases(Rule):
    """Phrases, "auto" for the built-in ones, or None for none."""

    description = "'auto', a collection of phrases, or None"

    def _checked(self, value: Any) -> Any:
        if value is None or (isinstance(value, str) and value == "auto"):
            return value
        if isinstance(value, (str, bytes)) or not isinstance(value, Collection):
            raise ValueError
        if not all(isinstance(phrase, str) and phrase.strip() for phrase in value):
            raise ValueError
        return frozenset(value)

    def bad_values(self) -> list[Any]:
        """Return one phrase, and collections of something else."""
        return ["in short", b"auto", 1, [1], {"in short", None}, [" "]]


def cue_pattern(phrases: Any) -> re.Pattern[str] | None:
    """Return the pattern that finds a checked parameter's phrases in lower-cased text; None if there are none.

    >>> pattern = cue_pattern({"In short", "总之"})
    >>> [bool(pattern.search(text)) for text in ("in short, no.", "in shorts", "总之很好")]
    [True, False, True]
    """
    if phrases == "auto":
        return _BUILT_IN
    # Longer ones first, and in one order whatever the set's.
    chosen = sorted(phrases or (), key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(map(_bounded, chosen))) if chosen else None


def _bounded(phrase: str) -> str:
    """Return the pattern of a phrase that neither begins nor ends within a word, unless it is Chinese there."""
    words = phrase.lower().split()
    before = "" if _HAN_EDGE.match(words[0][0]) else r"(?<!\w)"
    after = "" if _HAN_EDGE.match(words[-1][-1]) else r"(?!\w)"
    return before + r"\s+".join(map(re.escape, words)) + after
