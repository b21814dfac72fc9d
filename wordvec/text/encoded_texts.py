"""Texts, raw or split into tokens, as arrays of word numbers."""

from __future__ import annotations

import functools
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np

from wordvec._utils.validation import check_choice
from wordvec.text.encoding import WordIndex
from wordvec.text.tokenizers import Tokenizer, resolve_tokenizer

TOKENIZERS = ("auto", "word", "whitespace", "zh")
# "auto" looks at so many texts, evenly spread, and at the beginning of each.
_SAMPLED_TEXTS = 1000
_SAMPLED_CHARS = 1000
# Half of Chinese text may be Latin letters, of names for example; other languages quote single Han words.
_HAN_SHARE = 0.2
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class EncodedTexts:
    """Text n is ``ids[starts[n]:starts[n + 1]]``; it may be empty.

    Attributes
    ----------
    ids : int32 (n_tokens,)
        Word numbers; -1 is an unknown word.
    starts : int64 (n_texts + 1,)
    """

    ids: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def n_unknown(self) -> int:
        """Tokens that are unknown words."""
        return int(np.count_nonzero(self.ids < 0))


class Sentences:
    """The tokens of encoded texts, as often as they are asked for."""

    def __init__(self, encoded: EncodedTexts, words: Sequence[str]) -> None:
        self._encoded = encoded
        self._words = words

    def __len__(self) -> int:
        return len(self._encoded)

    def __iter__(self) -> Iterator[list[str]]:
        bounds = self._encoded.starts.tolist()
        for begin, end in zip(bounds, bounds[1:]):
            yield list(map(self._words.__getitem__, self._encoded.ids[begin:end].tolist()))


def check_texts(texts: Any, owner: str) -> list[Any]:
    """Return the texts as a list, or raise TypeError if they are not one text after the other."""
    if isinstance(texts, (str, bytes)):
        raise TypeError(
            f"The texts of {owner} are one {type(texts).__name__} ({texts[:20]!r}), so every letter would become "
            "a text. Pass a list of texts: [text]."
        )
    shape = getattr(texts, "shape", (0,))
    if len(shape) != 1:
        raise TypeError(
            f"The texts of {owner} must stand in one column. Got {type(texts).__name__} with the shape {shape}. "
            "Pass the column that holds them, table['text'] for example."
        )
    if isinstance(texts, (Mapping, Set)) or not hasattr(texts, "__iter__"):
        raise TypeError(
            f"The texts of {owner} must be a list of texts, or of lists of tokens. "
            f"Got {type(texts).__name__} instead."
        )
    return texts.tolist() if isinstance(texts, np.ndarray) else list(texts)


def choose_tokenizer(
    tokenizer: str | Tokenizer, lowercase: bool, texts: Sequence[Any], owner: str
) -> Tokenizer:
    """Return the callable that `tokenizer` stands for; "auto" looks at `texts` for Han characters.

    Raises
    ------
    ImportError
        If rjieba is needed and not installed.
    ValueError
        If `tokenizer` is neither callable nor one of the names.
    """
    if callable(tokenizer):
        return resolve_tokenizer(functools.partial(_checked_tokens, tokenizer, owner), lowercase)
    return resolve_tokenizer(tokenizer_name(tokenizer, texts, owner), lowercase)


def tokenizer_name(tokenizer: str, texts: Sequence[Any], owner: str) -> str:
    """Return the checked name of a tokenizer; "auto" looks at `texts` for Han characters.

    Raises
    ------
    ValueError
        If `tokenizer` is none of the names.
    """
    name = check_choice("tokenizer", tokenizer, owner, TOKENIZERS)
    if name == "auto":
        name = "zh" if _is_chinese(texts) else "word"
    return name


def _checked_tokens(tokenizer: Callable[[str], Iterable[Any]], owner: str, text: str) -> list[str]:
    tokens = tokenizer(text)
    listed = list(tokens) if hasattr(tokens, "__iter__") and not isinstance(tokens, (str, bytes)) else None
    if listed is None or not all(isinstance(token, str) for token in listed):
        raise TypeError(
            f"The tokenizer parameter of {owner} must return a list of str. Got {tokens!r} for {text[:20]!r}."
        )
    return listed


def _is_chinese(texts: Sequence[Any]) -> bool:
    n_han = n_letters = 0
    for text in texts[:: -(-len(texts) // _SAMPLED_TEXTS) or 1]:
        tokens = [text] if isinstance(text, str) else text if isinstance(text, (list, tuple)) else []
        start = "".join(token for token in tokens[:_SAMPLED_CHARS] if isinstance(token, str))[:_SAMPLED_CHARS]
        n_han += len(_HAN.findall(start))
        n_letters += sum(map(str.isalpha, start))
    return n_han > _HAN_SHARE * n_letters


def encode_all(texts: Sequence[Any], tokenize: Tokenizer, owner: str) -> tuple[EncodedTexts, list[str]]:
    """Return the texts as numbers of their distinct words, and those words, in order of first sight.

    Raises
    ------
    TypeError
        If a text is neither str nor a list of str; the message names it.
    """
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
        What the first text is called in messages.

    Raises
    ------
    TypeError
        If a text is neither str nor a list of str; the message names it.
    """
    # dict.get and map stay in C: no Python object is made for a token, and no copy of the dict is needed.
    find = rows.get
    encoded = _encode(texts, tokenize, lambda tokens: map(find, tokens, repeat(-1)), owner, first)
    # What is no str cannot be a known word, so that only texts with unknown words need a second look.
    unknown = np.flatnonzero(encoded.ids < 0)
    for number in np.unique(np.searchsorted(encoded.starts, unknown, side="right") - 1).tolist():
        if not isinstance(texts[number], str):
            _check_tokens(texts[number], first + number, owner)
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
            raise _text_error(text, number, owner)
        try:
            ids.extend(numbered(tokens))
        except TypeError:
            _check_tokens(tokens, number, owner)
            raise
        starts.append(len(ids))
    return EncodedTexts(np.frombuffer(ids, np.int32) if ids else np.empty(0, np.int32), np.array(starts))


def _text_error(text: Any, number: int, owner: str) -> TypeError:
    fix = "Fill or drop missing texts first."
    if isinstance(text, bytes):
        fix = "Decode it: text.decode('utf-8')."
    return TypeError(
        f"Text {number} of {owner} must be a str, or a list of tokens. Got {text!r} ({type(text).__name__}) "
        f"instead. {fix}"
    )


def _check_tokens(tokens: Iterable[Any], number: int, owner: str) -> None:
    for place, token in enumerate(tokens):
        if not isinstance(token, str):
            raise TypeError(
                f"Token {place} of text {number} of {owner} must be a str. Got {token!r} "
                f"({type(token).__name__}) instead."
            )
