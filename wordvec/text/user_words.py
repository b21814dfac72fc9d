"""User dictionaries of the Chinese segmenter: words with frequency and part of speech, in files of jieba's form."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from wordvec._io.errors import not_a_file
from wordvec._io.text_files import read_lines
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import shown
from wordvec._utils.validation import check_path

__all__ = ["UserDict", "UserWord", "read_user_words", "user_words"]

MAX_FREQUENCY = 1_000_000_000
_FORM = "word [frequency] [part of speech], for example '云计算 1000 n'"


class UserWord(NamedTuple):
    """A word that a user adds to the segmenter's dictionary.

    Attributes
    ----------
    word : str
    frequency : int, optional
        How common the word is; by default it gets a frequency at which it is not split. 0 removes a word from the
        dictionary.
    pos : str, optional
        Its part of speech.
    """

    word: str
    frequency: int | None = None
    pos: str | None = None


UserDict: TypeAlias = "str | os.PathLike[str] | Iterable[str | tuple[Any, ...]]"


def user_words(given: UserDict | None, owner: str) -> tuple[UserWord, ...]:
    """Return the words of a user dictionary.

    Parameters
    ----------
    given : path, or iterable of words or of (word, frequency, part of speech), or None
        The last two items of a tuple may be omitted or None.
    owner : str
        The class that has the parameter `user_dict`, for messages.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ParameterError, ValueError
        If an entry is not of this form; the message names the file and line, or the index in the list.
    """
    if given is None:
        return ()
    if isinstance(given, (str, os.PathLike)):
        return read_user_words(given)
    if not isinstance(given, Iterable) or isinstance(given, bytes):
        raise ParameterError("user_dict", owner, "be a path or a list of words", given)
    return tuple(_checked(entry, k, owner) for k, entry in enumerate(given))


def read_user_words(path: str | os.PathLike[str], encoding: str = "utf-8") -> tuple[UserWord, ...]:
    """Return the words of a file, one a line: ``word [frequency] [part of speech]``, as jieba has it.

    Parameters
    ----------
    path : path
    encoding : str

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line is not of this form, or the file holds no word; the message names the line.
    """
    file = check_path("user_dict", path, "read_user_words")
    if not file.is_file():
        raise not_a_file(file, "user dictionary")
    words = tuple(_read(file, encoding))
    if not words:
        raise ValueError(f"The user dictionary {str(file)!r} holds no word. Each line is {_FORM}.")
    return words


def _read(file: Path, encoding: str) -> Iterator[UserWord]:
    for number, (line, _, _) in enumerate(read_lines(file, encoding, "strict"), 1):
        fields = line.split()
        if fields:
            try:
                yield _parsed(fields)
            except ValueError as error:
                raise ValueError(f"{str(file)!r}, line {number}: {error}. A line is {_FORM}.") from None


def _parsed(fields: list[str]) -> UserWord:
    word, *rest = fields
    frequency = int(rest.pop(0)) if rest and rest[0].isdecimal() else None
    pos = rest.pop(0) if rest and rest[0].isascii() and rest[0].isalpha() else None
    if rest:
        problem = "is neither a frequency nor a part of speech in Latin letters"
        if frequency is not None or pos is not None:
            problem = "is one field too many, or not in its place"
        raise ValueError(f"{shown(rest[0])} {problem}")
    if frequency is not None and frequency > MAX_FREQUENCY:
        raise ValueError(f"the frequency {frequency} is above {MAX_FREQUENCY:,}")
    return UserWord(word, frequency, pos)


def _checked(entry: Any, place: int, owner: str) -> UserWord:
    fields = (entry,) if isinstance(entry, str) else tuple(entry) if isinstance(entry, (tuple, list)) else ()
    word, frequency, pos = (*fields, None, None, None)[:3]
    is_word = isinstance(word, str) and bool(word.strip()) and len(fields) <= 3
    is_frequency = frequency is None or (type(frequency) is int and 0 <= frequency <= MAX_FREQUENCY)
    if not is_word or not is_frequency or not (pos is None or isinstance(pos, str)):
        rule = "be a word, or (word, frequency or None, part of speech or None)"
        raise ParameterError(f"user_dict[{place}]", owner, rule, entry)
    return UserWord(word.strip(), frequency, pos)
