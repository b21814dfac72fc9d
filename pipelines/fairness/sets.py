"""Checks of word sets and pairs for bias measures, and lookup of their vectors; unknown words are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import listed
from wordvec._utils.tables import one_line
from wordvec.vectors.keyed_vectors import KeyedVectors


@dataclass(frozen=True)
class WordSet:
    """The words of a set that have a vector.

    Attributes
    ----------
    words : list of str
    vectors : float64 (n, D)
    left_out : list of str
        Words without a vector.
    """

    words: list[str]
    vectors: np.ndarray
    left_out: list[str]


def checked_words(name: str, words: Any, owner: str) -> list[str]:
    """Return the words as a list of distinct, non-empty str, or raise ParameterError."""
    is_list = isinstance(words, Iterable) and not isinstance(words, (str, bytes))
    found = list(words) if is_list else []
    if not found or not all(isinstance(word, str) and word for word in found):
        raise ParameterError(name, owner, "be a list of words that is not empty", words)
    if len(set(found)) != len(found):
        again = next(word for place, word in enumerate(found) if word in found[:place])
        raise ParameterError(name, owner, "not repeat a word", again)
    return found


def look_up(
    vectors: KeyedVectors,
    name: str,
    words: Any,
    owner: str,
    *,
    ignore_missing: bool = False,
    at_least: int = 1,
) -> WordSet:
    """Return the words of the parameter `name` of `owner` with their vectors.

    Raises
    ------
    ParameterError
        If they are not a list of distinct words, one is unknown and `ignore_missing` is False, or fewer than `at_least`
        are left.
    """
    asked = checked_words(name, words, owner)
    known = [word for word in asked if vectors.knows(word)]
    left_out = [word for word in asked if not vectors.knows(word)]
    table = vectors[known].astype(np.float64) if known else np.empty((0, vectors.vector_size))
    return settled(WordSet(known, table, left_out), name, owner, ignore_missing, at_least)


def settled(found: WordSet, name: str, owner: str, ignore_missing: bool, at_least: int = 1) -> WordSet:
    """Return the set, or raise ParameterError if too many of its words have no vector."""
    if found.left_out and not ignore_missing:
        fix = "Pass {ignore_missing=True} to leave out what has none."
        raise ParameterError(name, owner, "have a vector for each of its items", found.left_out, fix)
    if len(found.words) < at_least:
        rule = f"hold at least {at_least} items that have a vector"
        fix = f"Without a vector: {listed(found.left_out)}." if found.left_out else ""
        raise ParameterError(name, owner, rule, found.words, fix)
    return found


def check_disjoint(names: tuple[str, str], sets: tuple[WordSet, WordSet], owner: str) -> None:
    """Raise ParameterError if two sets share a word."""
    if shared := [word for word in sets[1].words if word in sets[0].words]:
        raise ParameterError(names[1], owner, f"hold no word of {names[0]}", shared)


def checked_pairs(name: str, pairs: Any, owner: str) -> list[tuple[str, str]]:
    """Return pairs of different words, or raise ParameterError."""
    is_list = isinstance(pairs, Iterable) and not isinstance(pairs, (str, bytes))
    found = list(pairs) if is_list else []
    if not found:
        raise ParameterError(name, owner, "be a list of pairs of words that is not empty", pairs)
    for pair in found:
        is_pair = isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2
        if not is_pair or not all(isinstance(word, str) and word for word in pair) or pair[0] == pair[1]:
            raise ParameterError(name, owner, "hold pairs of two different words", pair)
    return [(first, second) for first, second in found]


def known_pairs(
    vectors: KeyedVectors, name: str, pairs: Any, owner: str, *, ignore_missing: bool = False
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the pairs whose words both have a vector, and the unknown words.

    Raises
    ------
    ParameterError
        If they are not pairs, a word is unknown and `ignore_missing` is False, or no pair is left.
    """
    asked = checked_pairs(name, pairs, owner)
    unknown = [word for word in dict.fromkeys(sum(asked, ())) if not vectors.knows(word)]
    if unknown and not ignore_missing:
        raise ParameterError(name, owner, "hold words that have a vector", unknown, "Leave out their pairs.")
    known = [pair for pair in asked if not set(pair) & set(unknown)]
    if not known:
        fix = f"Unknown: {listed(unknown)}."
        raise ParameterError(name, owner, "hold a pair of which both words have a vector", asked, fix)
    return known, unknown


def differences(vectors: KeyedVectors, name: str, pairs: list[tuple[str, str]], owner: str) -> np.ndarray:
    """Return unit-length differences of pairs of vectors, float64 (P, D); a zero difference is a ParameterError."""
    first, second = (vectors[list(words)].astype(np.float64) for words in zip(*pairs))
    apart_PD = first - second
    if not (is_apart := apart_PD.any(axis=1)).all():
        rule = "hold pairs of words with different vectors"
        raise ParameterError(name, owner, rule, pairs[int(np.argmin(is_apart))])
    return unit(apart_PD)


def unit(rows_ND: np.ndarray) -> np.ndarray:
    """Return the rows at unit length, float64 (N, D); rows of zeros stay zero."""
    norms_N = np.linalg.norm(rows_ND, axis=1, keepdims=True)
    return rows_ND / np.where(norms_N == 0, 1, norms_N)


def left_out_lines(left_out: dict[str, list[str]]) -> list[str]:
    """Return a line for each set from which words were left out."""
    return [
        f"left out of {name} (no vector): {listed(list(map(one_line, words)))}"
        for name, words in left_out.items()
        if words
    ]
