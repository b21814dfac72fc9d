"""Texts that were split into tokens once: word numbers, and the words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


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

    def part(self, rows: np.ndarray) -> EncodedTexts:
        """Return some of the texts, in the order of `rows`, int (n_rows,)."""
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[:-1][rows] - starts[:-1], lengths)
        return EncodedTexts(self.ids[places], starts)


class TokenizedTexts(Sequence[Any]):
    """Texts split once, as a sequence of lists of tokens.

    Estimators of texts take it in place of such lists, and then look up each word once instead of each token.

    Parameters
    ----------
    encoded : EncodedTexts
        Without unknown words.
    words : list of str
        The words that the ids stand for; some may not occur in the texts.

    Examples
    --------
    >>> texts = TokenizedTexts(EncodedTexts(np.array([2, 0, 2]), np.array([0, 2, 3])), ["film", "a", "good"])
    >>> texts[0], texts[1], len(texts)
    (['good', 'film'], ['good'], 2)
    >>> list(texts.part(np.array([1])))
    [['good']]
    """

    def __init__(self, encoded: EncodedTexts, words: Sequence[str]) -> None:
        self.encoded = encoded
        self.words = words

    def __len__(self) -> int:
        return len(self.encoded)

    def __getitem__(self, place: Any) -> Any:
        """Return the tokens of a text, or the texts of a slice."""
        if isinstance(place, slice):
            return self.part(np.arange(len(self))[place])
        row = range(len(self))[place]
        begin, end = self.encoded.starts[row : row + 2]
        return self._tokens(self.encoded.ids[begin:end].tolist())

    def __iter__(self) -> Iterator[list[str]]:
        bounds = self.encoded.starts.tolist()
        for begin, end in zip(bounds, bounds[1:]):
            yield self._tokens(self.encoded.ids[begin:end].tolist())

    def part(self, rows: np.ndarray) -> TokenizedTexts:
        """Return some of the texts, in the order of `rows`, int (n_rows,)."""
        return TokenizedTexts(self.encoded.part(rows), self.words)

    def distinct(self) -> tuple[EncodedTexts, list[str]]:
        """Return the texts as numbers of the words that occur, and those words, in order of first occurrence."""
        used, first, places = np.unique(self.encoded.ids, return_index=True, return_inverse=True)
        order = np.argsort(first)
        ranks = np.empty(len(used), np.int32)
        ranks[order] = np.arange(len(used))
        ids = ranks[places.ravel()]
        return EncodedTexts(ids, self.encoded.starts), self._tokens(used[order].tolist())

    def _tokens(self, ids: list[int]) -> list[str]:
        return list(map(self.words.__getitem__, ids))
