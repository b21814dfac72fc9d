"""Checks of the arrays and words of KeyedVectors and of queries."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError


def checked_words(words: Sequence[str]) -> list[str]:
    """Return the words as a new list, or raise TypeError if one is not a str."""
    if isinstance(words, str):
        raise ParameterError("index_to_key", "KeyedVectors", "be a list of words", words)
    checked = list(words)
    if set(map(type, checked)) <= {str}:
        return checked
    for row, word in enumerate(checked):
        if not isinstance(word, str):
            raise TypeError(f"index_to_key[{row}] of KeyedVectors must be a str. Got {word!r} instead.")
    return checked


def check_words(words: Sequence[str]) -> None:
    """Raise TypeError if a query's list of words is a str, or holds an item that is not a str."""
    if isinstance(words, str):
        raise TypeError(f"A list of words is needed here. Got the str {words!r}: put it into a list.")
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"A word must be a str. Got {word!r} instead.")


def checked_table(vectors: Any, n_words: int, *, allow_empty: bool = False) -> np.ndarray:
    """Return a read-only, C-contiguous float32 or float16 view of `vectors`, or a copy where it must be."""
    table = vectors if isinstance(vectors, np.ndarray) else np.asarray(vectors)
    if table.dtype.kind not in "fiu":
        raise ParameterError("vectors", "KeyedVectors", "be real numbers", table)
    checked_rows(table, n_words, allow_empty=allow_empty)
    if table.dtype not in (np.float32, np.float16):
        with np.errstate(over="ignore"):
            table = table.astype(np.float32)
    if not table.flags.c_contiguous:
        table = np.ascontiguousarray(table)
    # A separate view: the norms are computed once, so the table must not change under them.
    table = table.view()
    table.flags.writeable = False
    return table


def checked_rows(table: Any, n_words: int, *, allow_empty: bool = False) -> None:
    """Raise ParameterError unless the table has one row for each word."""
    shape = table.shape
    if len(shape) != 2 or shape[0] != n_words or not (all(shape) or allow_empty):
        rule = f"be a table that is not empty, with a row for each of the {n_words} words"
        raise ParameterError("vectors", "KeyedVectors", rule, table)


def checked_counts(counts: Any, n_words: int, owner: str = "KeyedVectors") -> np.ndarray:
    """Return the counts as int64 (V,), or raise."""
    given = np.asarray(counts)
    if given.shape != (n_words,) or given.dtype.kind not in "iu" or (given < 0).any():
        rule = f"be {n_words} integers of at least 0, one for each word"
        raise ParameterError("counts", owner, rule, counts)
    return given.astype(np.int64)


def as_words(name: str, words: Any, owner: str) -> list[str]:
    """Return an iterable of words as a list, or raise ParameterError; a word that is not a str is a TypeError."""
    if isinstance(words, (bytes, Mapping)) or not isinstance(words, Iterable):
        raise ParameterError(name, owner, "be a list of words", words)
    found = words if isinstance(words, str) else list(words)
    check_words(found)
    return list(found)


def first_duplicate(words: Sequence[str]) -> tuple[int, int]:
    """Return the two rows of the first repeated word; there must be one."""
    seen: dict[str, int] = {}
    for row, word in enumerate(words):
        if seen.setdefault(word, row) != row:
            return seen[word], row
    raise AssertionError("no word is repeated")


def as_items(value: Any) -> list[Any]:
    """Return a query's words, vectors and (word, weight) pairs as a list, one alone as a list of one."""
    if value is None:
        return []
    if isinstance(value, str) or (isinstance(value, np.ndarray) and value.ndim == 1):
        return [value]
    return list(value)


def weighted_items(
    positive: Any, negative: Any, weights: Sequence[float] | None
) -> tuple[list[str | np.ndarray], np.ndarray]:
    """Return the words and vectors of a query and their weights, float64 (n,)."""
    items: list[str | np.ndarray] = []
    factors: list[float] = []
    for group, sign in ((as_items(positive), 1.0), (as_items(negative), -1.0)):
        for item in group:
            pair = isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], numbers.Real)
            items.append(item[0] if pair else item)
            factors.append(float(item[1]) if pair else sign)
    if not items:
        rule = "hold a word or a vector where negative holds none"
        raise ParameterError("positive", "most_similar", rule, positive)
    if weights is None:
        return items, np.array(factors)
    scales = np.asarray(weights, np.float64)
    if scales.shape != (len(items),):
        rule = f"hold one number for each of the {len(items)} items of positive and negative"
        raise ParameterError("weights", "most_similar", rule, weights)
    return items, np.array(factors) * scales


def checked_vector(vector: Any, vector_size: int) -> np.ndarray:
    """Return a query's vector as finite float32 (D,), or raise."""
    if not isinstance(vector, np.ndarray) or vector.dtype.kind not in "fiu":
        raise TypeError(
            f"A query must be a word or a vector (an array of {vector_size} numbers). Got {vector!r}."
        )
    if vector.shape != (vector_size,) or not np.isfinite(vector).all():
        raise ValueError(
            f"A query vector must be {vector_size} finite numbers. Got the shape {vector.shape}: {vector!r}."
        )
    return vector.astype(np.float32)
