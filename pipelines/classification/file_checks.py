"""Checks that the arrays of a `TextClassifier`'s file match; inconsistencies would surface late, or never."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .ngrams import NgramIndex
from .texts import TextPreparer


def check_index(name: str, index: NgramIndex) -> None:
    """Raise ValueError if n-grams are not distinct, or refer to symbols or prefixes that do not exist.

    Parameters
    ----------
    name : {"words", "characters"}
    """
    if not 1 <= index.shortest <= index.longest or len(set(index.symbols)) != len(index.symbols):
        raise ValueError(f"its n-grams of {name} are not all different")
    if name == "characters" and any(len(symbol) != 1 for symbol in index.symbols):
        raise ValueError("a character of its n-grams is none")
    n_prefixes = len(index.symbols)
    for level in index.levels:
        is_rising = level.ndim == 1 and level.dtype == np.int64 and bool((np.diff(level) > 0).all())
        if not is_rising or (len(level) and not 0 <= level[0] <= level[-1] < n_prefixes * len(index.symbols)):
            raise ValueError(f"its n-grams of {name} are not all different")
        n_prefixes = len(level)


def check_member(name: str, arrays: Mapping[str, Any], preparer: TextPreparer) -> None:
    """Raise KeyError or ValueError if a member's arrays do not match each other and the n-grams.

    Parameters
    ----------
    name : {"linear", "nb", "embedding", "document"}
    arrays : the member's, by name; some of them packed
    """
    n_words = len(preparer.words)
    if name == "linear":
        sizes = [n_words] + ([] if preparer.characters is None else [len(preparer.characters)])
        for number, size in enumerate(sizes):
            _check_shape(name, f"idf{number}", arrays, (size,))
        if len(sizes) == 1 and "idf1" in arrays:
            raise ValueError("its member 'linear' knows characters, but no n-grams of them")
        _check_rows(name, arrays, sum(sizes))
    elif name == "nb":
        _check_rows(name, arrays, n_words)
        _check_shape(name, "ratios", arrays, (arrays["coef"].shape[0], n_words))
    elif name == "document":
        n_vectors, size = arrays["vectors"].shape
        _check_shape(name, "vectors", arrays, (n_vectors, size))
        _check_rows(name, arrays, size)
        for key in ("mean", "scale"):
            _check_shape(name, key, arrays, (size,))
        _check_shape(name, "word_weights", arrays, (n_vectors,))
        _check_shape(name, "shares", arrays, (len(arrays["directions"]),))
        _check_shape(name, "directions", arrays, (len(arrays["directions"]), size))


def _check_rows(name: str, arrays: Mapping[str, Any], n_columns: int) -> None:
    n_rows = arrays["coef"].shape[0]
    _check_shape(name, "coef", arrays, (n_rows, n_columns))
    _check_shape(name, "intercept", arrays, (n_rows,))


def _check_shape(name: str, key: str, arrays: Mapping[str, Any], shape: tuple[int, ...]) -> None:
    array = arrays[key]
    kind = getattr(array, "dtype", np.dtype(np.float64))  # what is packed was checked
    if array.shape != shape or kind.kind != "f":
        raise ValueError(f"the tensor {key!r} of its member {name!r} is {kind} {array.shape}, not {shape}")
