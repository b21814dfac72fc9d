"""The parameter `stop_words` of estimators, and a test for content words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.parameters import Rule
from wordvec.text.language import majority_language

from .linguistics import stop_words

__all__ = ["StopWords", "choose_stop_words", "is_content_word"]

_LANGUAGES = {"en": "English", "zh": "Chinese"}


class StopWords(Rule):
    """Rule of stop words: lower-case words, "auto" for spaCy's, or None."""

    description = "'auto', a collection of words, or None"

    def _checked(self, value: Any) -> Any:
        if value is None or (isinstance(value, str) and value == "auto"):
            return value
        if isinstance(value, (str, bytes)) or not isinstance(value, Collection):
            raise ValueError
        if not all(isinstance(word, str) for word in value):
            raise ValueError
        return frozenset(value)

    def bad_values(self) -> list[Any]:
        """Return a single word, and collections of other types."""
        return ["the", b"auto", 1, [1], {"the", None}]


def choose_stop_words(given: Any, texts: Sequence[Any]) -> Collection[str]:
    """Return the stop words of a checked parameter; "auto" means those of the language of the texts.

    Raises
    ------
    ImportError
        If spaCy is needed and not installed.
    """
    if given is None:
        return frozenset()
    if given != "auto":
        return frozenset(given)
    language = majority_language(texts)
    assume(f"the texts: stop words of {_LANGUAGES[language]}")
    return stop_words(language)


def is_content_word(word: str, stop_words: Collection[str]) -> bool:
    """Return whether a word has a letter and is not a stop word; without letters it is a number or punctuation."""
    return word.lower() not in stop_words and any(map(str.isalpha, word))
