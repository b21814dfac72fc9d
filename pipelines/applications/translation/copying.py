"""Copying of words into translations: marks replace them while the model translates.

The translation of a word that is not in the training data cannot be learned, and a word that is copied needs no
learning: Luong et al. (2015), arXiv:1410.8206. Which kinds of words are copied depends on the languages, so it is
counted in the training pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["MARKS", "WordCopier"]

# Private-use characters, which no text means: the tokenizer has a token for each.
MARKS = tuple(map(chr, range(0xF8E0, 0xF8E8)))
_MARK = re.compile("[" + "".join(MARKS) + "]")
# What may be copied: addresses, numbers, names and whatever else stands between spaces and punctuation.
_WORD = re.compile(
    r"https?://\S*\w/?|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[@#]\w+|\d+(?:[.,:/-]\d+)*(?!\w)"
    r"|[A-Za-zÀ-ɏͰ-ӿ\d]+(?:[-'’.&_/][A-Za-zÀ-ɏͰ-ӿ\d]+)*|[^\w\s]+|\w"
)
_ADDRESS = re.compile(r"https?://|.*@.*\..*|[@#]\w")
_KINDS = ("address", "number", "name", "mixed", "other")
_PUNCTUATION = "punctuation"  # is translated, never copied
# A word this rare is as new as a word of tomorrow's text.
_RARE = 2
_LEAST_SEEN, _LEAST_SHARE = 5, 0.5


@dataclass
class WordCopier:
    """Replaces words by marks, which the model copies, and puts the words back.

    Attributes
    ----------
    kinds : list of str
        Kinds of words that are copied more often than not: "address", "number", "name" (a capital after the
        beginning), "mixed" (letters and digits), "other".
    characters : frozenset of str
        Characters of the training sources; a word with any other character is copied, whatever its kind.
    words : frozenset of str
        Words of the training sources, which the model knows.
    """

    kinds: list[str] = field(default_factory=list)
    characters: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    @classmethod
    def learn(cls, sources: Sequence[str], targets: Sequence[str]) -> WordCopier:
        """Return a copier for the kinds of words that are copied in training pairs."""
        counts: Counter[str] = Counter()
        for source in sources:
            counts.update(set(_words(source)))
        seen: Counter[str] = Counter()
        copied: Counter[str] = Counter()
        for source, target in zip(sources, targets):
            others = set(_words(target))
            for word, kind in _kinds_of(source).items():
                if counts[word] <= _RARE:
                    seen[kind] += 1
                    copied[kind] += word in others
        kinds = [
            kind for kind in _KINDS if seen[kind] >= _LEAST_SEEN and copied[kind] >= _LEAST_SHARE * seen[kind]
        ]
        frequent = frozenset(word for word, count in counts.items() if count > _RARE)
        return cls(kinds, frozenset(c for source in sources for c in source), frequent)

    def mark_pairs(
        self, sources: Sequence[str], targets: Sequence[str], seed: int
    ) -> tuple[list[tuple[str, str]], int]:
        """Return training pairs with marks for the rare words that they copy, and how many pairs have one.

        Marks are assigned at random, so that all are learned.
        """
        rng = np.random.default_rng(seed)
        pairs, n_marked = [], 0
        for source, target in zip(map(strip_marks, sources), map(strip_marks, targets)):
            others = Counter(_words(target))
            rare = [
                word
                for word, kind in _kinds_of(source).items()
                if word not in self.words and others[word] == 1 and kind != _PUNCTUATION
            ]
            marks = dict(zip(rare, rng.permutation(MARKS).tolist())) if rare else {}
            pairs.append((_replaced(source, marks), _replaced(target, marks)))
            n_marked += bool(marks)
        return pairs, n_marked

    def mark(self, text: str) -> tuple[str, dict[str, str]]:
        """Return a source with marks, and the word that each mark replaces."""
        text = strip_marks(text)
        marks: dict[str, str] = {}
        for word, kind in _kinds_of(text).items():
            is_unknown = word not in self.words and kind in self.kinds
            is_foreign = kind != _PUNCTUATION and not self.characters.issuperset(word)
            if (is_unknown or is_foreign) and len(marks) < len(MARKS):
                marks[word] = MARKS[len(marks)]
        return _replaced(text, marks), {mark: word for word, mark in marks.items()}

    @staticmethod
    def restore(text: str, words: Mapping[str, str]) -> str | None:
        """Return a translation with words in place of their marks, or None if a word's mark is missing.

        A mark that is not in the source is replaced by the next word whose mark is missing.
        """
        found = _MARK.findall(text)
        left = iter([word for mark, word in words.items() if mark not in found])
        placed = dict(words)
        for mark in found:
            if mark not in placed:
                placed[mark] = next(left, "")
        if next(left, None) is not None:
            return None
        return " ".join(_MARK.sub(lambda mark: placed[mark[0]], text).split())

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes as JSON types."""
        return {
            "kinds": self.kinds,
            "characters": "".join(sorted(self.characters)),
            "words": sorted(self.words),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> WordCopier:
        """Return the copier that `to_dict` described."""
        return cls(list(values["kinds"]), frozenset(values["characters"]), frozenset(values["words"]))


def strip_marks(text: str) -> str:
    """Return a text without the characters that serve as marks."""
    return _MARK.sub("", text)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _kinds_of(text: str) -> dict[str, str]:
    """Return the kind of each word of a text, in order; a capital on the first word is ignored."""
    found: dict[str, str] = {}
    for match in _WORD.finditer(text):
        word = match[0]
        found.setdefault(word, _kind(word, is_first=not text[: match.start()].strip()))
    return found


def _kind(word: str, *, is_first: bool) -> str:
    if _ADDRESS.match(word):
        return "address"
    has_digit = any(map(str.isdigit, word))
    if has_digit and any(map(str.isalpha, word)):
        return "mixed"
    if has_digit:
        return "number"
    if word[0].isupper() and not is_first:
        return "name"
    return _PUNCTUATION if all(unicodedata.category(char)[0] == "P" for char in word) else "other"


def _replaced(text: str, marks: Mapping[str, str]) -> str:
    return _WORD.sub(lambda match: marks.get(match[0], match[0]), text) if marks else text
