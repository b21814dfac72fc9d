"""Encoding of texts, raw or split into tokens, as arrays of word numbers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from wordvec.text.encoding import WordIndex
from wordvec.text.lists import check_tokens, row_error
from wordvec.text.tokenized_texts import EncodedTexts, TokenizedTexts
from wordvec.text.tokenizers import Tokenizer


def encode_all(texts: Sequence[Any], tokenize: Tokenizer, owner: str) -> tuple[EncodedTexts, list[str]]:
    """Return the texts as numbers of their distinct words, and those words, in order of first occurrence.

    Raises
    ------
    TypeError
        If a text is neither str nor a list of str; the message names it.
    """
    if isinstance(texts, TokenizedTexts):
        return texts.distinct()
    index = WordIndex()
    encoded = _encode(texts, tokenize, lambda tokens: map(index.__getitem__, tokens), owner, 0)
    return encoded, list(index)


def look_up(
    texts: Sequence[Any], tokenize: Tokenizer, rows: Mapping[str, int], owner: str, first: int = 0
) -> EncodedTexts:
    """Return the texts as rows of known words; -1 for all others.

    Parameters
    ----------
    first : int
        Number of the first text, for messages.

    Raises
    ------
    TypeError
        If a text is neither str nor a list of str; the message names it.
    """
    if isinstance(texts, TokenizedTexts):
        numbered, words = texts.distinct()
        found = np.array([rows.get(word, -1) for word in words], np.int32)
        return EncodedTexts(found[numbered.ids], numbered.starts)
    # dict.get and map stay in C: no Python object is made for a token, and no copy of the dict is needed.
    find = rows.get
    encoded = _encode(texts, tokenize, lambda tokens: map(find, tokens, repeat(-1)), owner, first)
    # What is no str cannot be a known word, so that only texts with unknown words need a second look.
    unknown = np.flatnonzero(encoded.ids < 0)
    for number in np.unique(np.searchsorted(encoded.starts, unknown, side="right") - 1).tolist():
        if not isinstance(texts[number], str):
            check_tokens(texts[number], first + number, owner)
    return encoded


def _encode(
    texts: Sequence[Any],
    tokenize: Tokenizer,
    numbered: Callable[[Iterable[str]], Iterable[int]],
    owner: str,
    first: int,
) -> EncodedTexts:
    ids = array("i")
    starts = array("q", [0])
    for number, text in enumerate(texts, first):
        if isinstance(text, str):
            tokens: Iterable[str] = tokenize(text)
        elif isinstance(text, (list, tuple, np.ndarray)):
            tokens = text
        else:
            raise row_error(text, number, owner, or_tokens=True)
        try:
            ids.extend(numbered(tokens))
        except TypeError:
            check_tokens(tokens, number, owner)
            raise
        starts.append(len(ids))
    return EncodedTexts(np.frombuffer(ids, np.int32) if ids else np.empty(0, np.int32), np.array(starts))
