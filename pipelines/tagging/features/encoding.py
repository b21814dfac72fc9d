"""Encoding of tokens' features as a sparse matrix: attribute ids, values, and where each token begins.

An attribute is a string such as ``"w[-1]=the"``; a feature is an attribute with its value. Features that the
caller passes are interpreted as by python-crfsuite: see `encode_features`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, NamedTuple

import numpy as np

from wordvec._utils.messages import shown
from wordvec._utils.threads import Workers, even_blocks

from ..kernels.extraction import merge_features
from .attributes import AttributeIndex
from .string_table import JoinedStrings

# Tokens whose features are looked up at once. A thread that is done waits 5 ms for the interpreter lock, which the next
# batch holds: batches of 512 tokens take 1.7 ms and did not run in parallel.
_BATCH_TOKENS = 4096


@dataclass(frozen=True)
class EncodedSentences:
    """Sentences as a sparse matrix with one row for each token.

    Sentence s is the tokens ``starts[s]:starts[s + 1]``; it may be empty. Token t has the attributes
    ``indices[indptr[t]:indptr[t + 1]]``, each once, in no particular order.

    Attributes
    ----------
    starts : int64 (n_sentences + 1,)
    indptr : int64 (n_tokens + 1,)
    indices : int32 (nnz,)
        Attribute ids.
    values : float32 (nnz,), or None
        None if all are 1.
    dense_ids : int32 (n_tokens,), or None
        Each token's row of a table of dense vectors, -1 for none.
    """

    starts: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    values: np.ndarray | None = None
    dense_ids: np.ndarray | None = None


@dataclass(frozen=True)
class NumberedWords:
    """The words of sentences, numbered in order of first occurrence.

    Attributes
    ----------
    starts : int64 (n_sentences + 1,)
    types : list of str (n_types,)
        The distinct words.
    type_ids : int32 (n_tokens,)
    """

    starts: np.ndarray
    types: list[str]
    type_ids: np.ndarray


def number_words(sentences: Sequence[Iterable[str]]) -> NumberedWords:
    """Give each distinct word of sentences a number.

    Raises
    ------
    TypeError
        If a sentence is not a list of words, or a word not a str.
    """
    starts = sentence_starts(sentences)
    try:
        types, type_ids = number_values(chain.from_iterable(sentences), int(starts[-1]))
    except TypeError:  # a list or a dict, which has no hash
        raise _word_error(sentences) from None
    if not all(isinstance(word, str) for word in types) or (len(type_ids) and type_ids.min() < 0):
        raise _word_error(sentences)
    return NumberedWords(starts, [str(word) for word in types], type_ids)


def number_values(values: Iterable[Any], n_values: int) -> tuple[list[Any], np.ndarray]:
    """Give each distinct value a number, in order of first occurrence; None means no value and gets -1.

    Returns
    -------
    distinct : list
    codes : int32 (n_values,)
    """
    # Both the look-up and the numbering of new values run in C.
    numbers: defaultdict[Any, int] = defaultdict(count().__next__, {None: -1})
    codes = np.fromiter(map(numbers.__getitem__, values), np.int32, n_values)
    del numbers[None]
    return list(numbers), codes


def _word_error(sentences: Sequence[Iterable[Any]]) -> TypeError:
    """Return the error for the first token that is not a str; there must be one."""
    places = ((s, t, word) for s, sentence in enumerate(sentences) for t, word in enumerate(sentence))
    s, t, word = next(place for place in places if not isinstance(place[2], str))
    return TypeError(
        f"Token {t} of sentence {s} must be a str, as the tokens before it are. Got {shown(word)} instead. "
        "Sentences of words cannot be mixed with sentences of features."
    )


def sentence_starts(sentences: Sequence[Any]) -> np.ndarray:
    """Return where each sentence starts and the last one ends, int64 (n_sentences + 1,).

    Raises
    ------
    TypeError
        If a sentence has no length.
    """
    starts = np.zeros(len(sentences) + 1, np.int64)
    try:
        np.cumsum(np.fromiter(map(len, sentences), np.int64, len(sentences)), out=starts[1:])
    except TypeError:
        s = next(s for s, sentence in enumerate(sentences) if not hasattr(sentence, "__len__"))
        raise TypeError(
            f"Sentence {s} must be a list of tokens. "
            f"Got {shown(sentences[s])} ({type(sentences[s]).__name__}) instead."
        ) from None
    return starts


def encode_features(
    X: Sequence[Sequence[Any]], index: AttributeIndex, *, grow: bool, workers: Workers | None = None
) -> EncodedSentences:
    """Encode features that the caller passes, with the meaning that they have in python-crfsuite.

    A token is a list, tuple or set of attributes, each of value 1, or a dict. An item of the dict is

    - ``name: number`` or ``name: bool``: the attribute ``name`` with that value,
    - ``name: str``: the attribute ``"name:str"`` with the value 1,
    - ``name: dict, list or set``: the features of that, with ``"name:"`` before each attribute.

    The values of an attribute that a token has more than once are summed. Sets are read in sorted order, so
    that ids do not depend on Python's hashes.

    Parameters
    ----------
    X : list of list of tokens
    index : AttributeIndex
    grow : bool
        Whether attributes that are not in `index` are added to it; otherwise they are dropped.
    workers : Workers, optional
        Threads that look up attributes; only without `grow`.

    Returns
    -------
    EncodedSentences

    Raises
    ------
    TypeError
        If a token or a value is of another type.
    ValueError
        If a value is NaN, infinite or too large for float32.
    """
    starts = sentence_starts(X)
    table = index.whole
    bounds = even_blocks(starts, max(1, -(-int(starts[-1]) // _BATCH_TOKENS)))
    batches = (_features_of(X, starts, first, last) for first, last in bounds)

    def encode(batch: _Features) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        ids = table.add(batch.attributes) if grow else table.find(batch.attributes)
        return _merged(batch.indptr, ids, batch.values, len(table))

    # New ids are given in order of first occurrence, one batch after the other; known ones are looked up in parallel.
    parts = list(map(encode, batches)) if grow or workers is None else workers.map(encode, batches)
    indptr = np.zeros(int(starts[-1]) + 1, np.int64)
    lengths = [np.diff(part[0]) for part in parts]
    np.cumsum(np.concatenate([np.empty(0, np.int64), *lengths]), out=indptr[1:])
    indices = np.concatenate([np.empty(0, np.int32), *(part[1] for part in parts)])
    return EncodedSentences(starts, indptr, indices, _joined_values([part[1:] for part in parts]))


class _Features(NamedTuple):
    """The attributes of some sentences, where those of each token begin, and their values, None if all are 1."""

    attributes: JoinedStrings
    indptr: np.ndarray
    values: np.ndarray | None


def _features_of(X: Sequence[Sequence[Any]], starts: np.ndarray, first: int, last: int) -> _Features:
    """Return the features of some sentences."""
    tokens = list(chain.from_iterable(map(X.__getitem__, range(first, last))))
    if set(map(type, tokens)) <= {list, tuple}:
        try:
            return _Features(JoinedStrings.of_lists(tokens), _starts(list(map(len, tokens))), None)
        except TypeError:  # something is not a str; the message below names it
            pass
    attributes: list[str] = []
    values: list[float] = []
    lengths: list[int] = []
    for s in range(first, last):
        for t, token in enumerate(X[s]):
            n_before = len(attributes)
            try:
                for attribute, value in _token_features(token):
                    attributes.append(attribute)
                    values.append(value)
            except TypeError as error:
                raise TypeError(f"Token {t} of sentence {s} {error}.") from None
            except RecursionError:
                raise ValueError(f"Token {t} of sentence {s} has dicts that are nested too deeply.") from None
            lengths.append(len(attributes) - n_before)
    joined, indptr = JoinedStrings.of(attributes), _starts(lengths)
    if values.count(1.0) == len(values):
        return _Features(joined, indptr, None)
    with np.errstate(over="ignore"):  # infinity raises an error later
        numbers = np.array(values, np.float32)
    if not np.isfinite(numbers).all():
        raise _value_error(X, starts, int(starts[first]), indptr, int(np.argmin(np.isfinite(numbers))))
    return _Features(joined, indptr, numbers)


def _starts(lengths: list[int]) -> np.ndarray:
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def _joined_values(parts: Sequence[tuple[np.ndarray, np.ndarray | None]]) -> np.ndarray | None:
    """Return the values of all parts, ids with their values, float32 (n_features,), None if all are 1."""
    if all(values is None for _, values in parts):
        return None
    return np.concatenate(
        [np.ones(len(ids), np.float32) if values is None else values for ids, values in parts]
    )


def _merged(
    indptr: np.ndarray, ids: np.ndarray, values: np.ndarray | None, n_attributes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return indptr, indices and values without ids of -1, each id of a token once."""
    new_indptr, indices = np.empty_like(indptr), np.empty_like(ids)
    given = np.empty(0, np.float32) if values is None else values
    sums = np.empty_like(given)
    n = merge_features(indptr, ids, given, np.empty(n_attributes, np.int64), new_indptr, indices, sums)
    if n < 0:
        return _merged(indptr, ids, np.ones(len(ids), np.float32), n_attributes)
    return new_indptr, indices[:n].copy(), None if values is None else sums[:n].copy()


def _token_features(token: Any) -> Iterator[tuple[str, float]]:
    """Yield the attributes of a token with their values, or raise TypeError."""
    if isinstance(token, dict):
        for name, value in token.items():
            yield from _item_features(name, value)
    elif isinstance(token, (list, tuple)):
        for attribute in token:
            if not isinstance(attribute, str):
                raise TypeError(
                    f"has the feature {shown(attribute)}, but the features in a {type(token).__name__} must be "
                    "strings. Pass a dict from feature to number where features have values"
                )
            yield str(attribute), 1.0
    elif isinstance(token, (set, frozenset)):
        yield from _token_features(sorted(token, key=_sort_key))
    else:
        raise TypeError(
            f"is {shown(token)}, but must be a list, tuple or set of features, or a dict. Sentences of words cannot be "
            "mixed with sentences of features"
        )


def _item_features(name: Any, value: Any) -> Iterator[tuple[str, float]]:
    if not isinstance(name, str):
        raise TypeError(f"has the feature {name!r}, but the keys of a dict of features must be strings")
    if isinstance(value, str):
        yield f"{name}:{value}", 1.0
    elif isinstance(value, (dict, list, set)):
        for attribute, number in _token_features(value):
            yield f"{name}:{attribute}", number
    else:
        try:
            yield name, _number(value)
        except (TypeError, ValueError, OverflowError):
            raise TypeError(
                f"has the feature {name!r} with the value {shown(value)}, but a value must be a number, a bool, a str, "
                "or a dict, list or set of features"
            ) from None


def _number(value: Any) -> float:
    if isinstance(value, (bytes, bytearray)):
        raise TypeError
    return float(value)


def _sort_key(attribute: Any) -> str:
    # Other types raise an error later.
    return attribute if isinstance(attribute, str) else ""


def _value_error(
    X: Sequence[Sequence[Any]], starts: np.ndarray, first_token: int, indptr: np.ndarray, place: int
) -> ValueError:
    """Return the error for the value that stands at `place` among those of the tokens from `first_token` on."""
    own = int(np.searchsorted(indptr, place, "right")) - 1
    s = int(np.searchsorted(starts, first_token + own, "right")) - 1
    t = first_token + own - int(starts[s])
    attribute, value = list(_token_features(X[s][t]))[place - int(indptr[own])]
    return ValueError(
        f"Token {t} of sentence {s} has the feature {attribute!r} with the value {value!r}, but a value must be a "
        "finite number that float32 can hold. Drop the feature where its value is not known."
    )
