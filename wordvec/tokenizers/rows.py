"""Rows of token ids: checks of the texts, padding to equal length, and batches of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wordvec.text.lists import check_string, iterate_rows

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class EncodedBatch:
    """Encoded texts as tensors, int64 (B, T) each; ``model(**batch)`` works, and so does ``dict(batch)``.

    Attributes
    ----------
    input_ids : Tensor
    attention_mask : Tensor
        1 for tokens, 0 for padding.
    token_type_ids : Tensor
        1 for the second text of a pair, else 0.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    token_type_ids: torch.Tensor

    def keys(self) -> tuple[str, ...]:
        """Return the names of the tensors."""
        return ("input_ids", "attention_mask", "token_type_ids")

    def __getitem__(self, name: str) -> torch.Tensor:
        if name not in self.keys():
            raise KeyError(name)
        tensor: torch.Tensor = getattr(self, name)
        return tensor


def check_texts(texts: Any, name: str, owner: str) -> list[str]:
    """Return the texts as a list, or raise if they are not str that UTF-8 can hold."""
    noun = "word" if name == "words" else "text"
    place = f"the pairs of {owner}" if name == "pairs" else owner
    listed = [
        check_string(text, row, place, noun)
        for row, text in enumerate(iterate_rows(texts, owner, name, noun))
    ]
    for k, text in enumerate(listed):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"Place {k} of the {name} of {owner} holds a lone surrogate (character {error.start}), which is not "
                "valid text. Clean it: text.encode('utf-8', 'replace').decode()."
            ) from error
    return listed


def check_texts_or_pairs(rows: Any, name: str, owner: str) -> tuple[list[str], list[str] | None]:
    """Return texts as `check_texts` does, and None; or the first and the second texts of pairs.

    A pair is a tuple of two str, or a row of a two-column table; a list would be the tokens of one text.

    Raises
    ------
    TypeError, ValueError
        As `check_texts`; or if only some rows are pairs, or a pair is not of two texts. The message names the row.
    """
    if getattr(rows, "shape", (0,))[1:] == (2,):
        rows = map(tuple, np.asarray(rows, object).tolist())
    listed = list(iterate_rows(rows, owner, name))
    if not listed or not isinstance(listed[0], tuple):
        return check_texts(listed, name, owner), None
    for number, row in enumerate(listed):
        if not isinstance(row, tuple) or len(row) != 2:
            raise TypeError(
                f"Row {number} of {owner} is not a pair of texts: {row!r:.60}. Pass a tuple of two str for each, or "
                "a str for each."
            )
    first, second = zip(*listed)
    return check_texts(first, name, owner), check_texts(second, name, owner)


def padded_rows(rows: Sequence[Any], fill: int, side: str = "right") -> np.ndarray:
    """Return rows of ids of different lengths as one array, int64 (B, T), padded with `fill`."""
    n_columns = max(map(len, rows), default=0)
    table = np.full((len(rows), n_columns), fill, np.int64)
    for filled, row in zip(table, rows):
        first = n_columns - len(row) if side == "left" else 0
        filled[first : first + len(row)] = row
    return table
