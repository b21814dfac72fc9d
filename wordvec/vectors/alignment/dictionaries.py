"""Bilingual dictionaries: pairs of a word and its translation, read, written, split, and filtered by vocabulary."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._io.errors import not_a_file
from wordvec._io.text_files import read_lines
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.parameters import TextEncoding
from wordvec._utils.validation import check_choice, check_float, check_seed
from wordvec.vectors.table import WordTable

__all__ = ["known_pairs", "pair_rows", "read_dictionary", "split_by_words", "write_dictionary"]

IDENTICAL = "identical"
_Pair = TypeVar("_Pair", bound=Sequence[Any])
_SHOWN_CHARACTERS = 80


def read_dictionary(
    path: str | os.PathLike[str], *, encoding: str = "utf-8", errors: str = "strict"
) -> list[tuple[str, str]]:
    """Read a dictionary: one pair per line, a word and its translation, separated by a tab or, as in MUSE, white space.

    A word may occur on several lines, with a translation on each. If tabs separate the fields, words may contain
    spaces. A third field must be a number, the score that `write_dictionary` writes, and is ignored.

    Parameters
    ----------
    path : str or path
        May be compressed.
    encoding, errors : str
        As for `open`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a line is not a pair, the file holds no pairs, or the text is not in `encoding`.
    """
    path = Path(path)
    if not path.is_file():
        raise not_a_file(path, "dictionary")
    TextEncoding().check("encoding", encoding, "read_dictionary")
    check_choice("errors", errors, "read_dictionary", ("strict", "replace", "ignore"))
    pairs = []
    for number, (line, _, _) in enumerate(read_lines(path, encoding, errors), 1):
        if line.strip():
            fields = [field.strip() for field in line.strip("\r").split("\t" if "\t" in line else None)]
            if not (len(fields) == 2 or (len(fields) == 3 and _is_number(fields[2]))) or not all(fields):
                raise ValueError(
                    f"Line {number} of {str(path)!r} must hold a word and its translation, with a tab or a space "
                    f"between. Got {line.strip()[:_SHOWN_CHARACTERS]!r} instead."
                )
            pairs.append((fields[0], fields[1]))
    if not pairs:
        raise ValueError(
            f"{str(path)!r} holds no pairs. A dictionary has a word and its translation on a line."
        )
    return pairs


def write_dictionary(pairs: Iterable[Sequence[Any]], path: str | os.PathLike[str]) -> None:
    """Write a dictionary as UTF-8 text: word, translation and, where pairs have one, score, separated by tabs.

    Parameters
    ----------
    pairs : iterable of (str, str) or (str, str, float)
    path : str or path

    Raises
    ------
    ValueError
        If there are no pairs, or a word is empty or contains a tab or a line end.
    """
    pairs = checked_pairs(pairs, "write_dictionary")
    for place, (word, translation, *_) in enumerate(pairs):
        if any(not text.strip() or set("\t\r\n") & set(text) for text in (word, translation)):
            rule = f"hold words that are not empty, without tabs and line ends, as pairs[{place}] is not"
            raise ParameterError("pairs", "write_dictionary", rule, pairs[place])
    with replace_when_whole(path) as file:
        for word, translation, *score in pairs:
            line = "\t".join([word, translation, *(format(number, ".4f") for number in score)])
            file.write(f"{line}\n".encode())


def split_by_words(
    pairs: Iterable[_Pair], test_share: float = 0.2, random_state: Any = None
) -> tuple[list[_Pair], list[_Pair]]:
    """Split a dictionary into training and test pairs so that no source word is in both.

    A split by pairs would test words on which the map was fitted, with another of their translations.

    Parameters
    ----------
    pairs : iterable of (str, str) or (str, str, float)
    test_share : float
        Share of the source words, between 0 and 1, that go into the test set; at least one word, but not all.
    random_state : int, RandomState or None
        Seed of the random split.

    Returns
    -------
    train, test : list of pairs, in the order given

    Raises
    ------
    ValueError
        If there are fewer than two source words.
    """
    pairs = checked_pairs(pairs, "split_by_words")
    test_share = check_float("test_share", test_share, "split_by_words", 0, 1)
    seed = check_seed(random_state, "split_by_words")
    words = list(dict.fromkeys(pair[0] for pair in pairs))
    if len(words) < 2:
        raise ParameterError("pairs", "split_by_words", "hold two different words of the source", pairs)
    n_test = min(max(1, round(test_share * len(words))), len(words) - 1)
    drawn = np.random.default_rng(seed).permutation(len(words))[:n_test].tolist()
    tested = {words[place] for place in drawn}
    return [pair for pair in pairs if pair[0] not in tested], [pair for pair in pairs if pair[0] in tested]


def known_pairs(
    source: WordTable, target: WordTable, pairs: Iterable[Sequence[Any]] | str
) -> list[tuple[str, str]]:
    """Return the pairs whose words both have a vector, each once, in the order given.

    Parameters
    ----------
    source, target : KeyedVectors
    pairs : iterable of (str, str) or (str, str, float), or "identical"
        "identical" takes all words that both vocabularies have: names, numbers, loanwords.

    Raises
    ------
    ValueError
        If there are no pairs, or an item is not a pair.
    """
    if isinstance(pairs, str):
        check_choice("pairs", pairs, "an alignment", (IDENTICAL,))
        return [(word, word) for word in source.index_to_key if word in target]
    found = dict.fromkeys((pair[0], pair[1]) for pair in checked_pairs(pairs, "an alignment"))
    return [(word, translation) for word, translation in found if word in source and translation in target]


def pair_rows(source: WordTable, target: WordTable, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """Return the rows of known pairs, int64 (N, 2)."""
    rows = [(source.key_to_index[word], target.key_to_index[translation]) for word, translation in pairs]
    return np.array(rows, np.int64).reshape(-1, 2)


def checked_pairs(pairs: Iterable[_Pair], owner: str) -> list[_Pair]:
    """Return pairs as a list, or raise ParameterError if it is empty or an item is not a pair of words."""
    if isinstance(pairs, str):
        raise ParameterError("pairs", owner, "be a list of (word, translation)", pairs)
    found = list(pairs)
    if not found:
        raise ParameterError("pairs", owner, "hold a pair (word, translation)", found)
    for place, pair in enumerate(found):
        is_pair = isinstance(pair, (tuple, list)) and len(pair) in (2, 3)
        if not is_pair or not isinstance(pair[0], str) or not isinstance(pair[1], str):
            rule = f"hold (word, translation) or (word, translation, score), as pairs[{place}] is not"
            raise ParameterError("pairs", owner, rule, pair)
    return found


def pairs_used(n_used: int, pairs: Iterable[Sequence[Any]] | str) -> str:
    """Return a phrase that says how many of the pairs are used."""
    if isinstance(pairs, str):
        return f"{counted(n_used, 'word')} in both vocabularies"
    n_given = len({(pair[0], pair[1]) for pair in pairs})
    return f"{n_used:,} of {counted(n_given, 'pair')} with both words in the vocabularies"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
