"""The stop words that a `stop_words` parameter stands for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from wordvec.text.language import majority_language

from .linguistics import stop_words

__all__ = ["choose_stop_words", "is_content_word"]


def choose_stop_words(given: Any, texts: Sequence[Any], owner: str) -> Collection[str]:
    """Return stop words in lower case: spaCy's for "auto", by the language of the texts; none for None.

    Raises
    ------
    ImportError
        If spaCy is needed and not installed.
    TypeError
        If they are no collection of str.
    ValueError
        If they are another str than "auto".
    """
    if given is None:
        return frozenset()
    if given == "auto":
        return stop_words(majority_language(texts))
    if isinstance(given, (str, bytes)) or not isinstance(given, Collection):
        raise TypeError(
            f'The stop_words parameter of {owner} must be "auto", None, or a list of words. Got {given!r} instead.'
        )
    for word in given:
        if not isinstance(word, str):
            raise TypeError(f"The stop_words parameter of {owner} must hold words. Got {word!r} instead.")
    return frozenset(given)


def is_content_word(word: str, stop_words: Collection[str]) -> bool:
    """Return whether a word has a letter and is no stop word; what has none is a number or a mark."""
    return word.lower() not in stop_words and any(map(str.isalpha, word))
