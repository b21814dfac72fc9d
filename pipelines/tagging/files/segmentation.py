"""Chinese word segmentation: the People's Daily corpus (word/tag), and conversion of words to BMES tags and back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from wordvec._utils.messages import counted, shown

from .corpora import TaggedCorpus
from .lines import existing_file
from .word_tags import read_word_tags

__all__ = ["bmes_to_words", "read_people_daily", "words_to_bmes"]


def read_people_daily(
    path: str | os.PathLike[str], *, encoding: str = "utf-8", errors: str = "strict"
) -> TaggedCorpus:
    """Read one sentence per line, ``word/tag word/tag``, with bracketed compounds, ``[a/n b/n]nt`` or ``]/nt``.

    Parameters
    ----------
    path : path
    encoding, errors : str
        As for `LineCorpus`.

    Returns
    -------
    TaggedCorpus
        Columns "token" (words) and "tag" (parts of speech); if there are brackets also "bracket", their tags in IOB2.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a word has no tag, a bracket is unmatched, or there is no sentence; the message names the file and the line.
    """
    file = existing_file(path, "read_people_daily", encoding, errors)
    return read_word_tags(file, encoding, errors, "/")


def words_to_bmes(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the characters of words, and their tags: B, M, E in longer words, S for a word of one character.

    Parameters
    ----------
    words : sequence of str

    Returns
    -------
    characters, tags : list of str
        Of equal length.

    Raises
    ------
    TypeError
        If `words` is a str, or a word is not one.
    ValueError
        If a word is empty.

    Examples
    --------
    >>> words_to_bmes(["我", "爱", "北京"])
    (['我', '爱', '北', '京'], ['S', 'S', 'B', 'E'])

    References
    ----------
    Xue (2003), "Chinese word segmentation as character tagging", IJCLCLP 8(1).
    """
    if isinstance(words, str):
        raise TypeError(f"words is a str ({words[:20]!r}), so every character would be a word. Pass a list.")
    if not isinstance(words, Iterable):
        raise TypeError(f"words must be a list of str. Got {shown(words)} instead.")
    characters: list[str] = []
    tags: list[str] = []
    for k, word in enumerate(words):
        if not isinstance(word, str):
            raise TypeError(f"words[{k}] must be a str. Got {shown(word)} instead.")
        if not word:
            raise ValueError(f"words[{k}] is empty. Leave it out.")
        characters += word
        tags += "S" if len(word) == 1 else ["B", *"M" * (len(word) - 2), "E"]
    return characters, tags


def bmes_to_words(characters: Sequence[str], tags: Sequence[str]) -> list[str]:
    """Return the words into which the tags split the characters.

    A word ends after E and S and before B and S, so any sequence of these tags is accepted and no character is lost.

    Parameters
    ----------
    characters, tags : sequence of str
        Of equal length.

    Raises
    ------
    TypeError
        If one of them is not a list.
    ValueError
        If there is not one tag for each character, or a tag is not one of B, M, E, S.

    Examples
    --------
    >>> bmes_to_words("我爱北京", "SSBE")
    ['我', '爱', '北京']
    """
    for name, given in (("characters", characters), ("tags", tags)):
        if not hasattr(given, "__len__"):
            raise TypeError(f"{name} must be a list. Got {shown(given)} instead.")
    if len(characters) != len(tags):
        raise ValueError(
            f"There must be one tag for each character. Got {counted(len(tags), 'tag')} for "
            f"{counted(len(characters), 'character')}."
        )
    words: list[str] = []
    is_open = False
    for k, (character, tag) in enumerate(zip(characters, tags)):
        if tag not in ("B", "M", "E", "S"):
            raise ValueError(f"tags[{k}] must be one of B, M, E, S. Got {tag!r} instead.")
        if is_open and tag in "ME":
            words[-1] += character
        else:
            words.append(character)
        is_open = tag in "BM"
    return words
