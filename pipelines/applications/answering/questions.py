"""Question analysis: what a question asks for, and its content words."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .words import KINDS, Words, words_of

__all__ = ["ASKED", "Question", "understood"]

# What is asked for.
ASKED = ("person", "time", "place", "number", "reason", "manner", "kind", "thing", "name")

_CHINESE = (
    ("reason", r"为什么|为何|为啥|因何|什么原因|何故|原因是什么|因为什么|何因"),
    (
        "time",
        r"什么时[候间]|何时|哪一?年|哪个?[年月]|哪[一几]?[天日月]|几[年月日号点时]|什么年|年份|哪个?朝代|哪个?世纪|何年"
        r"|什么日|时候|哪个时[期代]|多久|时间是",
    ),
    ("number", r"多少|几|多[大长高远重深宽快]|数[量目]是"),
    (
        "place",
        r"哪里|哪儿|何处|何地|什么地[方点]|哪[一个]*(?:国|城|省|市|州|县|地|洲|区|岛)|位于什么|什么国家|什么城市|出生地"
        r"|在哪",
    ),
    ("person", r"谁|何人|哪[一几两]?位|什么人|哪[一个]?人"),
    ("manner", r"怎么|怎样|如何|何种方式|什么方[式法]"),
    ("name", r"叫什么|什么名|名[字称]是|称[作为]什么|叫做|全名|被称为|哪[一]?[部本首篇张支]|什么称"),
    ("kind", r"什么样|哪[一几]?种|何种|哪一?类|哪些|什么"),
)  # fmt: skip
_CHINESE_PATTERNS = [(kind, re.compile(pattern)) for kind, pattern in _CHINESE]
_CHINESE_WH = re.compile(
    r"什么时[候间]|什么|为何|谁|何[时处地人种]|哪[里儿些个位年一种]?|多少|几|多[大长高远重久]|怎[么样]|如何"
)
_ENGLISH_HEADS = {
    "time": "year century date day month decade time era season period",
    "place": "city country state place location continent region area town river county nation province",
    "number": "percentage percent number amount population distance temperature rank score age size",
    "person": "person man woman president king author player actor actress scientist leader director artist people "
    "singer writer composer inventor emperor philosopher coach quarterback mathematician",
    "name": "name term word title nickname company organization organisation team university school language party "
    "group",
    "kind": "type kind sort types kinds form",
    "reason": "reason cause purpose",
}
_HEADS = {head: kind for kind, heads in _ENGLISH_HEADS.items() for head in heads.split()}
_HOW_MANY = {"many", "much", "old", "long", "far", "tall", "large", "big", "high", "often", "fast", "deep"}
_WH = {"who", "whom", "whose", "when", "where", "what", "which", "how", "why"}
_LIGHT = frozenset(
    KINDS["en"].index(kind)
    for kind in (
        "the", "a", "of", "in", "on", "at", "by", "to", "from", "for", "with", "as", "and", "or", "than", "that", "be",
        "have", "modal", "pronoun", "comma", "stop", "quote", "mark", "opening", "closing",
    )
)  # fmt: skip
_CHINESE_LIGHT = frozenset(
    KINDS["zh"].index(kind)
    for kind in (
        "pronoun", "de", "particle", "is", "at", "and", "comma", "stop", "pause", "title open", "title close",
        "quote open", "quote close", "opening", "closing",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A question as the reader understands it.

    Attributes
    ----------
    text : str
    words : Words
    asked : str
        One of `ASKED`.
    content : list of int
        Indices of the words to search for in a passage.
    wh : int
        Index of the question word.
    head : str
        Key of the noun that says what is asked for ("city" in "which city"), or "".
    """

    text: str
    words: Words
    asked: str
    content: list[int]
    wh: int
    head: str

    @property
    def keys(self) -> list[str]:
        """The keys of the words to search for in a passage."""
        return [self.words.keys[number] for number in self.content]


def understood(text: str, language: str) -> Question:
    """Return the analysis of a question."""
    words = words_of(text, language)
    return _chinese(text, words) if language == "zh" else _english(text, words)


def _english(text: str, words: Words) -> Question:
    small = [word.lower() for word in words.texts]
    wh = next((number for number, word in enumerate(small) if word in _WH), 0)
    word = small[wh] if small else ""
    after = small[wh + 1 : wh + 6]
    head, asked = "", "thing"
    if word in ("who", "whom", "whose"):
        asked = "person"
    elif word == "when":
        asked = "time"
    elif word == "where":
        asked = "place"
    elif word == "why":
        asked = "reason"
    elif word == "how":
        asked = "number" if after and after[0] in _HOW_MANY else "manner"
        if asked == "number" and after[0] in ("many", "much") and len(after) > 1:
            head = words.keys[wh + 2]
    elif word in ("what", "which"):
        # "What year", "Which of the two cities", "What was the name of".
        light = {"of", "the", "is", "was", "are", "were", "'s", "two", "other", "type", "kind", "did", "does"}
        for place, other in enumerate(after, wh + 1):
            if other in _HEADS:
                asked, head = _HEADS[other], words.keys[place]
                break
            if other not in light:
                head = head or words.keys[place]
    content = [
        number
        for number, kind in enumerate(words.kinds.tolist())
        if kind not in _LIGHT and number != wh and small[number] not in _WH
    ]
    return Question(text, words, asked, content, wh, head)


def _chinese(text: str, words: Words) -> Question:
    asked = next((kind for kind, pattern in _CHINESE_PATTERNS if pattern.search(text)), "thing")
    match = _CHINESE_WH.search(text)
    place = match.start() if match else len(text)
    wh = int(np.searchsorted(words.ends, place, "right")) if match else len(words)
    content = [
        number
        for number, kind in enumerate(words.kinds.tolist())
        if kind not in _CHINESE_LIGHT and not _CHINESE_WH.search(words.texts[number])
    ]
    end = match.end() if match else len(text)
    following = int(np.searchsorted(words.begins, end, "left"))
    head = words.keys[following] if match and following < len(words) else ""
    return Question(text, words, asked, content, wh, head)
