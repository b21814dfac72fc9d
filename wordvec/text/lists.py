"""Checks of lists of texts, lists of tokens and corpora; every message names the row."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np

from wordvec._io.tables import is_dataset
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import plural, shown
from wordvec.text.tokenized_texts import TokenizedTexts

__all__ = [
    "check_corpus",
    "check_string",
    "check_strings",
    "check_texts",
    "check_tokens",
    "is_missing",
    "iterate_rows",
    "row_error",
    "sentence_error",
    "strings_to_reread",
]


def is_missing(value: Any) -> bool:
    """Return whether `value` is a missing value: None, NaN, or pandas' NA and NaT.

    >>> is_missing(None), is_missing(float("nan")), is_missing("")
    (True, True, False)
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, numbers.Real) and math.isnan(value)


def iterate_rows(rows: Any, owner: str, name: str = "X", noun: str = "text") -> Iterator[Any]:
    """Return an iterator over a list, tuple, one-dimensional array, Series or other ordered iterable.

    Parameters
    ----------
    rows : object
        The argument to check.
    owner, name : str
        The class or function and its parameter, for messages.
    noun : str
        The name of a row in messages.

    Raises
    ------
    ParameterError
        If it is a single str or bytes, a mapping, a set or not iterable, or has more than one dimension, like a
        DataFrame. It is both a TypeError and a ValueError.
    """
    rule = f"be a list of {plural(noun)}"
    if isinstance(rows, (str, bytes)):
        fix = f"Each character would count as a {noun}. Pass a list of {plural(noun)}: [{noun}]."
        raise ParameterError(name, owner, f"{rule}, not one {type(rows).__name__}", rows, fix)
    if len(getattr(rows, "shape", (0,))) != 1:
        fix = f"Pass one column, table['{noun}'] or array[:, 0] for example."
        raise ParameterError(name, owner, f"hold its {plural(noun)} in one column", rows, fix)
    if isinstance(rows, (Mapping, Set)) or not hasattr(rows, "__iter__"):
        raise ParameterError(name, owner, rule, rows, "An array, a Series or another iterable will do, too.")
    return iter(rows.tolist() if isinstance(rows, np.ndarray) else rows)


def check_texts(texts: Any, owner: str, name: str = "X") -> Sequence[Any]:
    """Return texts, or lists of tokens, as a list; its rows are checked when they are encoded.

    `TokenizedTexts` are returned as they are.

    Raises
    ------
    ParameterError
        As `iterate_rows` does.
    """
    return texts if isinstance(texts, TokenizedTexts) else list(iterate_rows(texts, owner, name))


def check_strings(rows: Any, owner: str, name: str = "X", noun: str = "text") -> list[str]:
    """Return the rows as a list of plain str.

    Raises
    ------
    ParameterError
        As `iterate_rows` does.
    TypeError
        If a row is not a str.
    """
    return [
        check_string(value, row, owner, noun)
        for row, value in enumerate(iterate_rows(rows, owner, name, noun))
    ]


def strings_to_reread(texts: Any, owner: str, name: str = "texts") -> Iterator[str]:
    """Return an iterator over the checked rows of texts that `owner` reads more than once.

    Raises
    ------
    ParameterError
        If `texts` is an iterator, which is exhausted after one pass, or as `iterate_rows` does.
    TypeError
        If a row is not a str, when it is reached.
    """
    rows = iterate_rows(texts, owner, name)
    if rows is texts:
        fix = "An iterator can be read only once. Pass a list, or an object whose __iter__ opens the source anew."
        raise ParameterError(name, owner, "be a list of texts, which is read twice", texts, fix)
    return (check_string(value, row, owner) for row, value in enumerate(rows))


def check_string(value: Any, row: int, owner: str, noun: str = "text") -> str:
    """Return a row as a plain str, or raise TypeError."""
    if isinstance(value, str):
        return str(value)  # the str of a numpy.str_ is a str
    raise row_error(value, row, owner, noun)


def row_error(value: Any, row: int, owner: str, noun: str = "text", *, or_tokens: bool = False) -> TypeError:
    """Return the error for a row that is neither a str nor, where allowed, a list of tokens."""
    if is_missing(value):
        some = f"missing {plural(noun)}"
        fix = f"Fill or drop {some} first, with wordvec.pipelines.preprocessing.drop_missing for example."
    elif isinstance(value, bytes):
        fix = f"Decode it: {noun}.decode('utf-8')."
    elif isinstance(value, (list, tuple)) and not or_tokens:
        fix = "Join its tokens: ' '.join(tokens)."
    else:
        fix = f"Turn it into a str first: str({noun})."
    rule = "a str, or a list of tokens" if or_tokens else "a str"
    return TypeError(
        f"{noun.capitalize()} {row} of {owner} must be {rule}. Got {shown(value)} ({type(value).__name__}) "
        f"instead. {fix}"
    )


def check_tokens(tokens: Iterable[Any], row: int, owner: str) -> None:
    """Raise TypeError if a token of text number `row` is not a str."""
    for place, token in enumerate(tokens):
        if not isinstance(token, str):
            raise TypeError(
                f"Token {place} of text {row} of {owner} must be a str. Got {shown(token)} "
                f"({type(token).__name__}) instead."
            )


def check_corpus(corpus: Any) -> None:
    """Raise TypeError if `corpus` is not an iterable of sentences that can be read repeatedly."""
    if isinstance(corpus, (str, bytes)):
        raise TypeError(
            f"The corpus is a {type(corpus).__name__} ({corpus[:20]!r}), so every character would become "
            "a sentence. Pass lists of tokens, or LineCorpus(path) for a text file."
        )
    if is_dataset(corpus):
        raise TypeError(
            f"The corpus is a data set ({type(corpus).__name__}), of which one column is the text. Pass "
            "LineCorpus(dataset, text_column=...)."
        )
    if not hasattr(corpus, "__iter__"):
        raise TypeError(
            f"The corpus must be a LineCorpus or an iterable of sentences (lists of str). "
            f"Got {shown(corpus)} instead."
        )
    if iter(corpus) is corpus:
        raise TypeError(
            f"The corpus is a {type(corpus).__name__}, which can be read only once, but training reads "
            "it several times. Pass a list, a LineCorpus, or an object of a class whose __iter__ starts anew."
        )


def sentence_error(sentence: Any, name: str, error: TypeError) -> TypeError:
    """Return the error for a sentence, called `name`, whose encoding failed with `error`."""
    if isinstance(sentence, (str, bytes)):
        return TypeError(
            f"{name} is a {type(sentence).__name__} ({sentence[:20]!r}), so every character would become "
            "a word. Pass lists of tokens, or LineCorpus(path) for a text file."
        )
    if not hasattr(sentence, "__iter__"):
        return TypeError(f"{name} must be a list of str. Got {shown(sentence)} instead.")
    for place, token in enumerate(sentence):
        if not isinstance(token, str):
            return TypeError(f"{name}[{place}] must be a str. Got {shown(token)} instead.")
    return error
