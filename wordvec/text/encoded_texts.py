"""Encoding of texts, raw or split into tokens, as arrays of word numbers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from wordvec.kernels.text.tokenise import LINE_END
from wordvec.text.encoding import WordIndex
from wordvec.text.lists import check_tokens, row_error
from wordvec.text.numbering.cutting import WORD_KINDS, WordKinds, joined_texts
from wordvec.text.numbering.table import WordTable
from wordvec.text.tokenized_texts import EncodedTexts, TokenizedTexts
from wordvec.text.tokenizers import Tokenizer, plain_name

_TEXTS_BATCH = 1 << 12  # raw texts that are joined
_LEAST_TEXTS = 16  # fewer are encoded faster without a table

Numbered = Callable[[Iterable[str]], Iterable[int]]


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
    encoded = _encode(texts, tokenize, lambda tokens: map(index.__getitem__, tokens), owner)
    return encoded, list(index)


def look_up(texts: Sequence[Any], tokenize: Tokenizer, rows: Mapping[str, int], owner: str) -> EncodedTexts:
    """Return the texts as rows of known words; -1 for all others.

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
    encoded = _encode(texts, tokenize, lambda tokens: map(find, tokens, repeat(-1)), owner)
    # Only a str can be a known word, so that only texts with unknown words have to be checked.
    unknown = np.flatnonzero(encoded.ids < 0)
    for number in np.unique(np.searchsorted(encoded.starts, unknown, side="right") - 1).tolist():
        if not isinstance(texts[number], str):
            check_tokens(texts[number], number, owner)
    return encoded


def _encode(texts: Sequence[Any], tokenize: Tokenizer, numbered: Numbered, owner: str) -> EncodedTexts:
    name, is_lowered = plain_name(tokenize)
    if name not in ("whitespace", "word") or len(texts) < _LEAST_TEXTS:
        return _encode_tokens(texts, tokenize, numbered, owner, 0)
    seen = _SeenWords(WORD_KINDS if name == "word" else None, is_lowered, numbered)
    parts = []
    for begin in range(0, len(texts), _TEXTS_BATCH):
        batch = texts[begin : begin + _TEXTS_BATCH]
        encoded = seen.encode(batch) if set(map(type, batch)) == {str} else None
        if encoded is None:
            encoded = _encode_tokens(batch, tokenize, numbered, owner, begin)
        parts.append(encoded)
    return _joined(parts)


class _SeenWords:
    """Encoder of raw texts, which looks up a word when it is first seen."""

    def __init__(self, kinds: WordKinds | None, is_lowered: bool, numbered: Numbered) -> None:
        self._kinds = kinds
        self._is_lowered = is_lowered
        self._numbered = numbered
        self._table = WordTable()
        self._numbers = array("i")  # of the words of the table

    def encode(self, texts: Sequence[str]) -> EncodedTexts | None:
        """Return texts as numbers of words; None if one holds a lone surrogate, which UTF-8 does not have."""
        try:
            piece = joined_texts(texts)
        except UnicodeEncodeError:
            return None
        items = self._table.encode(piece, self._kinds)
        new = self._table.words(first=len(self._numbers))
        self._numbers.extend(self._numbered((word.lower() for word in new) if self._is_lowered else new))
        ends = np.flatnonzero(items == LINE_END)
        starts = np.zeros(len(texts) + 1, np.int64)
        starts[1:] = ends - np.arange(len(texts))
        return EncodedTexts(np.array(self._numbers, np.int32)[items[items != LINE_END]], starts)


def _joined(parts: list[EncodedTexts]) -> EncodedTexts:
    if len(parts) == 1:
        return parts[0]
    lengths = [np.diff(part.starts) for part in parts]
    starts = np.concatenate([[0], *lengths])
    return EncodedTexts(np.concatenate([part.ids for part in parts]), np.cumsum(starts))


def _encode_tokens(
    texts: Sequence[Any], tokenize: Tokenizer, numbered: Numbered, owner: str, first: int
) -> EncodedTexts:
    """Return texts, the first of which has the number `first` in messages."""
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
