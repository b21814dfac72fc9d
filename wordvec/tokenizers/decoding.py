"""Decoding of ids to text: added tokens in their original spelling, and no spaces between Chinese characters."""

from __future__ import annotations

import re

import numpy as np
import tokenizers
from tokenizers import decoders

from wordvec.text.language import HAN
from wordvec.tokenizers.word_edges import bytes_as_characters, is_byte_level

__all__ = ["Decoder", "joins_without_blank"]

# Han characters, and the punctuation and full-width forms that stand beside them; marks that other scripts use, too.
_CHINESE = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")
_SHARED = frozenset("\u2018\u2019\u201c\u201d\u2026\u2014\u00b7")
_OTHER, _IS_CHINESE, _IS_SHARED = range(3)


class Decoder:
    """Turns the ids of a tokenizer into text.

    Parameters
    ----------
    backend : tokenizers.Tokenizer
    is_special : bool (V,)
    """

    def __init__(self, backend: tokenizers.Tokenizer, is_special: np.ndarray) -> None:
        self._backend, self._is_special = backend, is_special
        # tokenizers gives the normalised form ("covid"), and byte-level decoders take "é" for a byte.
        is_bytes = is_byte_level(backend)
        self._added = {
            token_id: bytes_as_characters(token.content) if is_bytes else token.content
            for token_id, token in backend.get_added_tokens_decoder().items()
            if token.content != backend.id_to_token(token_id) or is_bytes and not token.content.isascii()
        }
        self._is_added = np.zeros(len(is_special), bool)
        self._is_added[list(self._added)] = True
        self._first, self._last = np.zeros((2, len(is_special)), np.uint8)
        if isinstance(backend.decoder, decoders.WordPiece):
            for piece, token_id in backend.get_vocab().items():
                self._first[token_id], self._last[token_id] = _kind(piece[:1]), _kind(piece[-1:])

    def text(self, ids: np.ndarray, skip_special_tokens: bool) -> str:
        """Return the text of ids of the vocabulary, int64 (T,)."""
        if skip_special_tokens:
            ids = ids[~self._is_special[ids]]
        last, first = self._last[ids[:-1]], self._first[ids[1:]]
        # Between two Chinese characters, one and a mark that other scripts use too, or a mark and the same again.
        is_chinese = (last == _IS_CHINESE) | (first == _IS_CHINESE) | (ids[:-1] == ids[1:])
        joins = (last > 0) & (first > 0) & is_chinese
        if not joins.any() and not self._is_added[ids].any():
            return self._backend.decode(ids.tolist(), skip_special_tokens=False)
        tokens = [self._added.get(i) or self._backend.id_to_token(i) or "" for i in ids.tolist()]
        bounds = [0, *(np.flatnonzero(joins) + 1).tolist(), len(tokens)]
        decoder = self._backend.decoder
        runs = [tokens[start:end] for start, end in zip(bounds, bounds[1:])]
        return "".join(" ".join(run) if decoder is None else decoder.decode(run) for run in runs)

    def token(self, token_id: int) -> str | None:
        """Return the piece with this id, as in the vocabulary or as it was added; None if there is none."""
        added = (
            self._backend.get_added_tokens_decoder() if self._is_added[token_id : token_id + 1].any() else {}
        )
        return added[token_id].content if token_id in added else self._backend.id_to_token(token_id)


def joins_without_blank(before: str, after: str) -> bool:
    """Return whether two characters of Chinese text, one of which may be punctuation, join without a space."""
    kinds = {_kind(before), _kind(after)}
    return _IS_CHINESE in kinds and _OTHER not in kinds


def _kind(char: str) -> int:
    return _IS_CHINESE if _CHINESE.match(char) else _IS_SHARED if char and char in _SHARED else _OTHER
