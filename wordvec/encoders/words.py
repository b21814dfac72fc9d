"""Encoding of texts with a tokenizer.json: texts are split into words as bytes, and the tokens of words are cached."""

from __future__ import annotations

import json
import threading
import unicodedata
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wordvec.encoders.models import LibraryModel, Model, model_of
from wordvec.encoders.rules import Rules
from wordvec.kernels.text.pieces import cut_by_gpt2, cut_words
from wordvec.kernels.text.scanning import PADDING
from wordvec.text.numbering.table import WordTable

if TYPE_CHECKING:
    import tokenizers

# Words that a thread keeps, and their bytes; then it forgets all.
_MOST_WORDS = 1 << 18
_MOST_BYTES = 1 << 23


class Words(NamedTuple):
    """Texts as word ids, and the tokens of each word."""

    items: np.ndarray  # int32; LINE_END after each text
    starts: np.ndarray  # int64 (n_words + 1,)
    ids: np.ndarray  # int32; tokens of word w: ids[starts[w] : starts[w + 1]]


class SeenWords:
    """The words seen so far, and their tokens; used by one thread at a time.

    A word takes about 70 bytes, plus its own bytes and 4 per token. Before a batch of texts there are at most 2**18
    words, or 2**23 bytes of words, which is about 50 MB.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._forget()

    def _forget(self) -> None:
        self._table = WordTable()
        self._starts = np.zeros(1 << 12, np.int64)
        self._ids = np.zeros(1 << 13, np.int32)
        self._n_words = 0

    def number(self, cut: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Words:
        """Return texts as words, given the bounds of words and ends of texts, each time with the bytes of the words."""
        if self._n_words > _MOST_WORDS or self._table.n_bytes > _MOST_BYTES:
            self._forget()
        items = [self._table.number(*part) for part in cut]
        self._add_words()
        starts = self._starts[: self._n_words + 1]
        return Words(np.concatenate(items) if items else np.zeros(0, np.int32), starts, self._ids)

    def _add_words(self) -> None:
        """Look up the tokens of new words."""
        first, n_words = self._n_words, self._table.n_words
        if first == n_words:
            return
        ends, ids = self._model.tokens(*self._table.spelling(first))
        begin = self._starts[first]
        ends += begin
        self._starts = _with_room(self._starts, n_words + 1)
        self._ids = _with_room(self._ids, int(ends[-1]))
        self._ids[begin : ends[-1]] = ids[: ends[-1] - begin]
        self._starts[first + 1 : n_words + 1] = ends
        self._n_words = n_words


class WordTokens:
    """Encodes texts as tokens; threads may share an object, as each has its own cache of words.

    Parameters
    ----------
    backend : tokenizers.Tokenizer
    """

    def __init__(self, backend: tokenizers.Tokenizer) -> None:
        state = json.loads(backend.to_str())
        self.backend = backend
        self._rules = Rules.of(backend, state)
        self._model: Model = LibraryModel(backend.model, by_bytes=False)
        if self._rules is not None:
            self._model = model_of(backend, state, self._rules.is_gpt2)
        # Tokens that are looked for in texts before anything else.
        added = backend.get_added_tokens_decoder().values()
        self._added = [token.content for token in added if not token.normalized]
        self._added_lower = [token.content.lower() for token in added if token.normalized]
        self._lock = threading.Lock()
        # The library's tokens are found in Python, one thread at a time: words of its own would be more work to each.
        self._turn = threading.Lock() if isinstance(self._model, LibraryModel) else nullcontext()
        self._free: list[SeenWords] = []  # by threads that are done; as many as threads at a time

    def encode(self, texts: Sequence[str]) -> list[tuple[np.ndarray, Words]]:
        """Return groups of texts, each with their indices and words.

        Raises
        ------
        UnicodeEncodeError
            If a text contains a lone surrogate.
        """
        data = [text.encode() for text in texts]
        if self._rules is None:
            return [self._by_library(texts, np.arange(len(texts)))]
        is_other = np.zeros(len(texts), np.bool_)
        self._mark_others(texts, data, is_other)
        for place in np.flatnonzero(is_other).tolist():
            data[place] = b""
        words = self._of_bytes(data, is_other)
        if not is_other.any():
            return [(np.arange(len(texts)), words)]
        # Those of other texts are empty among the words.
        others = np.flatnonzero(is_other)
        return [(np.arange(len(texts)), words), self._by_library([texts[k] for k in others.tolist()], others)]

    def _mark_others(self, texts: Sequence[str], data: list[bytes], is_other: np.ndarray) -> None:
        """Mark the texts that contain added tokens, or are not in the Unicode form that the rules require."""
        assert self._rules is not None
        whole = b"\n".join(data)
        if any(token.encode() in whole for token in self._added):
            for place, text in enumerate(texts):
                is_other[place] |= any(token in text for token in self._added)
        if self._added_lower:
            for place, text in enumerate(texts):
                lower = text.lower()
                is_other[place] |= any(token in lower for token in self._added_lower)
        if self._rules.form is not None and not whole.isascii():
            for place, text in enumerate(texts):
                is_other[place] |= not unicodedata.is_normalized(self._rules.form, text)

    def _of_bytes(self, data: list[bytes], is_other: np.ndarray) -> Words:
        cut = self._cut(data, is_other)
        with self._turn:
            try:
                seen = self._free.pop()
            except IndexError:
                seen = SeenWords(self._model)
            words = seen.number(cut)
            self._free.append(seen)
        return words

    def _cut(
        self, data: list[bytes], is_other: np.ndarray
    ) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return bytes, the bounds of words in them, and the number of words up to the end of each text."""
        rules = self._rules
        assert rules is not None
        text = np.frombuffer(b"".join(data), np.uint8)
        starts = np.zeros(len(data) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, data), np.int64, len(data)), out=starts[1:])
        size = room = len(text) + 2 * len(data) + 64
        cut = []
        done = 0
        while done < len(data):
            whole, bounds = np.empty(room + PADDING, np.uint8), np.empty((size, 2), np.int64)
            out, ends, first = whole[:room], np.empty(len(data) - done, np.int64), done
            page_of, pages, changed = rules.tables
            if rules.is_gpt2:
                done, n_found, missing = cut_by_gpt2(
                    text, starts, done, page_of, pages, rules.with_blank, out, bounds, ends, is_other
                )
            else:
                done, n_found, missing = cut_words(
                    text, starts, done, page_of, pages, changed, rules.prefix, out, bounds, ends, is_other
                )
            if done > first:
                cut.append((whole, bounds[:n_found].reshape(-1), ends[: done - first]))
            if missing >= 0:
                with self._lock:
                    rules.add_page(int(missing))
            elif done == first:  # a text that becomes longer than it was
                room *= 2
        return cut

    def _by_library(self, texts: Sequence[str], places: np.ndarray) -> tuple[np.ndarray, Words]:
        """Return each text as a single word, encoded by the library."""
        found = [each.ids for each in self.backend.encode_batch_fast(list(texts), add_special_tokens=False)]
        items = np.empty(2 * len(found), np.int32)
        items[::2], items[1::2] = np.arange(len(found)), -1
        starts = np.zeros(len(found) + 1, np.int64)
        np.cumsum([len(ids) for ids in found], out=starts[1:])
        ids = np.fromiter((token for ids in found for token in ids), np.int32, int(starts[-1]))
        return places, Words(items, starts, ids)


def _with_room(values: np.ndarray, size: int) -> np.ndarray:
    if size <= len(values):
        return values
    larger = np.zeros(max(size, 2 * len(values)), values.dtype)
    larger[: len(values)] = values
    return larger
