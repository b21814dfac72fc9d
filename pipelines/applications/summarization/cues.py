"""Cue phrases that announce what a text is about, in English and Chinese."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Collection, Sequence
from typing import Any

from wordvec._utils.parameters import Rule
from wordvec.text.language import HAN

__all__ = ["CueFinder", "CuePhrases"]

# By the text that each begins with: a search for that is many times faster than one for a pattern.
_ENGLISH = {
    "this ": "(?:paper|work|article|study|report|letter|note|thesis)",
    "we ": (
        "(?:therefore |thus |here )?(?:propose|present|introduce|describe|develop|study|investigate|explore|examine"
        "|address|consider|analy[sz]e|show|demonstrate|find|report|argue|prove|provide|design|devise)"
    ),
    "attached ": "(?:is|are|please)",
    "in summary": "",
    "in conclusion": "",
    "in short": "",
    "to summari": "[sz]e",
    "to conclude": "",
    "to sum up": "",
    "purpose of ": "(?:this|the)",
    "aim of ": "(?:this|the)",
    "goal of ": "(?:this|the)",
    "objective of ": "(?:this|the)",
}
_CHINESE = (
    "本文",
    "本研究",
    "本报告",
    "我们提出",
    "我们发现",
    "我们认为",
    "我们建议",
    "综上",
    "总之",
    "总的来说",
    "结论",
)
_HAN_EDGE = re.compile(f"[{HAN}]")


class CueFinder:
    """Finds sentences that contain one of some phrases, case-insensitively.

    Parameters
    ----------
    phrases : "auto", or a collection of str
        Spaces in a phrase match any white space. A match neither begins nor ends within a word, except between Chinese
        characters.

    Examples
    --------
    >>> CueFinder({"In short", "总之"}).find(["in short, no.", "in shorts", "总之很好"])
    [True, False, True]
    """

    def __init__(self, phrases: Any) -> None:
        if phrases == "auto":
            parts = [*_ENGLISH.items(), *((phrase, "") for phrase in _CHINESE)]
        else:
            parts = [(" ".join(phrase.lower().split()), "") for phrase in sorted(phrases)]
        # With the longest word of each: most texts have few of these, and finding none is fast.
        self._patterns = [(max(start.split(), key=len), _bounded(start, rest)) for start, rest in parts]

    def find(self, sentences: Sequence[str]) -> list[bool]:
        """Return whether each sentence contains a phrase."""
        lowered = list(map(str.lower, sentences))
        # No phrase goes on beyond a NUL, which is no white space.
        whole = "\0".join(lowered)
        found = [False] * len(sentences)
        ends: list[int] = []
        for word, pattern in self._patterns:
            if word in whole:
                ends = ends or list(itertools.accumulate(len(text) + 1 for text in lowered))
                for match in pattern.finditer(whole):
                    found[bisect.bisect_right(ends, match.start())] = True
        return found


class CuePhrases(Rule):
    """Rule of cue phrases: a collection, "auto" for the built-in ones, or None."""

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
        """Return a single phrase, and collections of other types."""
        return ["in short", b"auto", 1, [1], {"in short", None}, [" "]]


def _bounded(start: str, rest: str) -> re.Pattern[str]:
    """Return the pattern of a phrase: its first words verbatim, and a pattern for the others."""
    first, *others = start.split(" ")
    literal = re.escape(first)
    # Behind the first word, so that the search is for that.
    before = "" if _HAN_EDGE.match(first[0]) else rf"(?<=\b{literal})"
    after = "" if _HAN_EDGE.match(start[-1]) else r"(?!\w)"
    return re.compile(literal + before + "".join(rf"\s+{re.escape(word)}" for word in others) + rest + after)
