"""Sentences of words as rows of token ids, with word labels on the first pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from wordvec.tokenizers.tokenizer import Tokenizer
from wordvec.transformer.data.batching import IGNORED

__all__ = ["WordRows"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class WordRows:
    """Sentences as rows of token ids; a sentence that is too long is split into several rows.

    Attributes
    ----------
    rows : list of lists of int
        Token ids, with special tokens at both ends.
    is_first : list of lists of bool
        Whether a piece is the first of its word and so carries the word's label.
    sentence_of : list of int
        Index of each row's sentence; the rows of a sentence are consecutive.
    n_split : int
        Number of sentences with more than one row.
    """

    rows: list[list[int]]
    is_first: list[list[bool]]
    sentence_of: list[int]
    n_split: int

    @classmethod
    def of(cls, sentences: Sequence[Sequence[str]], tokenizer: Tokenizer, max_length: int) -> WordRows:
        """Encode non-empty sentences of words as rows of at most `max_length` pieces.

        A word without pieces becomes the unknown token. A word that is alone in a row may lose its last pieces.
        """
        start, end = _around(tokenizer)
        room = max_length - len(start) - len(end)
        nothing = [tokenizer.padding_id if tokenizer.unk_token_id is None else tokenizer.unk_token_id]
        encoded = iter(tokenizer.encode_words([word for sentence in sentences for word in sentence]))
        rows: list[list[int]] = []
        is_first: list[list[bool]] = []
        sentence_of: list[int] = []
        n_split = 0
        for number, sentence in enumerate(sentences):
            n_before = len(rows)
            row: list[int] = []
            first: list[bool] = []
            for _ in sentence:
                word = (next(encoded) or nothing)[:room]
                if len(row) + len(word) > room:
                    rows.append(row)
                    is_first.append(first)
                    row, first = [], []
                row = row + word
                first = first + [True] + [False] * (len(word) - 1)
            rows.append(row)
            is_first.append(first)
            sentence_of += [number] * (len(rows) - n_before)
            n_split += len(rows) - n_before > 1
        return cls(
            [start + row + end for row in rows],
            [[False] * len(start) + first + [False] * len(end) for first in is_first],
            sentence_of,
            n_split,
        )

    def labels(self, sentences: Sequence[Sequence[int]]) -> list[list[int]]:
        """Return a label for each piece of each row: the word's label for its first piece, IGNORED for the others."""
        words = iter([label for sentence in sentences for label in sentence])
        return [[next(words) if is_first else IGNORED for is_first in row] for row in self.is_first]

    def joined_rows(self, rows: Sequence[_T]) -> list[list[_T]]:
        """Return the items of rows joined by sentence."""
        found: list[list[_T]] = [[] for _ in range(max(self.sentence_of, default=-1) + 1)]
        for number, row in zip(self.sentence_of, rows):
            found[number].append(row)
        return found


def _around(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Return the special tokens before and after a text: BERT's, if the tokenizer has them."""
    if tokenizer.cls_token_id is None or tokenizer.sep_token_id is None:
        return [], []
    return [tokenizer.cls_token_id], [tokenizer.sep_token_id]
