"""The four text edits of Wei and Zou (2019), which keep the text between words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

__all__ = ["EditableText", "delete_words", "insert_words", "replace_words", "swap_words"]

Synonyms = Mapping[str, Sequence[str]]
_Item = TypeVar("_Item")


@dataclass
class EditableText:
    """A text as words, each with the text that precedes it.

    Attributes
    ----------
    words : list of (gap, word)
    tail : str
        The text after the last word.
    joiner : str
        The separator between an inserted word and the next one.
    """

    words: list[tuple[str, str]]
    tail: str = ""
    joiner: str = " "

    @classmethod
    def cut(cls, text: str, tokens: Sequence[str], joiner: str) -> EditableText:
        """Split `text` at its tokens; characters outside tokens are kept as gaps.

        Tokens that do not occur literally in the text, such as stems, are joined by `joiner`.
        """
        words = []
        end = 0
        for token in tokens:
            start = text.find(token, end)
            if start < 0:
                return cls([(joiner if k else "", token) for k, token in enumerate(tokens)], joiner=joiner)
            words.append((text[end:start], token))
            end = start + len(token)
        return cls(words, text[end:], joiner)

    @property
    def tokens(self) -> list[str]:
        """The words without the text between them."""
        return [word for _, word in self.words]

    def copy(self) -> EditableText:
        """Return a copy that can be edited without changing this one."""
        return EditableText(list(self.words), self.tail, self.joiner)

    def __str__(self) -> str:
        return "".join(gap + word for gap, word in self.words) + self.tail


Edit = Callable[[EditableText, float, Synonyms, Random], None]


def replace_words(text: EditableText, rate: float, synonyms: Synonyms, random: Random) -> None:
    """Replace a share `rate` of the words, but at least one, by synonyms, in place."""
    places = [place for place, (_, word) in enumerate(text.words) if word in synonyms]
    for k in range(min(_number(rate, text), len(places))):
        # The beginning of a shuffle: no place twice.
        other = k + _below(random, len(places) - k)
        places[k], places[other] = places[other], places[k]
        gap, word = text.words[places[k]]
        text.words[places[k]] = (gap, _choice(random, synonyms[word]))


def insert_words(text: EditableText, rate: float, synonyms: Synonyms, random: Random) -> None:
    """Insert synonyms of random words at random positions, as many as `rate` of the words, but at least one."""
    known = [word for _, word in text.words if word in synonyms]
    for _ in range(_number(rate, text) if known else 0):
        word = _choice(random, synonyms[_choice(random, known)])
        place = _below(random, len(text.words) + 1)
        if place == len(text.words):
            text.words.append((text.joiner, word))
        else:
            gap, following = text.words[place]
            text.words[place : place + 1] = [(gap, word), (text.joiner, following)]


def swap_words(text: EditableText, rate: float, synonyms: Synonyms, random: Random) -> None:
    """Swap two random words, as many times as `rate` of the words, but at least once; gaps are kept."""
    words = text.words
    for _ in range(_number(rate, text) if len(words) > 1 else 0):
        first = _below(random, len(words))
        second = (first + 1 + _below(random, len(words) - 1)) % len(words)
        (gap1, word1), (gap2, word2) = words[first], words[second]
        words[first], words[second] = (gap1, word2), (gap2, word1)


def delete_words(text: EditableText, rate: float, synonyms: Synonyms, random: Random) -> None:
    """Delete each word, and the text before it, with probability `rate`; at least one word is kept."""
    kept = [place for place in range(len(text.words)) if random.random() >= rate]
    if text.words and not kept:
        kept = [_below(random, len(text.words))]
    words = [text.words[place] for place in kept]
    if words:
        words[0] = (text.words[0][0], words[0][1])
    text.words = words


def _number(rate: float, text: EditableText) -> int:
    return max(1, int(rate * len(text.words)))


# Only `Random.random` is promised to stay the same in later versions of Python.
def _below(random: Random, n: int) -> int:
    return int(random.random() * n)


def _choice(random: Random, items: Sequence[_Item]) -> _Item:
    return items[_below(random, len(items))]
