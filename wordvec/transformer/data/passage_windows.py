"""Passages as tokens with their offsets, and as overlapping windows together with a question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wordvec.text.language import HAN
from wordvec.tokenizers.tokenizer import Tokenizer

__all__ = ["PairTemplate", "PassageTokens", "Window", "passage_pieces", "passage_windows"]

# Longer passages are split into pieces before they are tokenized, so that only windows are held in memory.
PIECE_CHARS = 1 << 17
_SPACES = np.array([point for point in range(0x3001) if chr(point).isspace()], np.uint32)
_HAN = re.compile(f"[{HAN}]")


@dataclass(frozen=True)
class PassageTokens:
    """Tokens of a passage, or of a part of it.

    Attributes
    ----------
    ids : int64 (N,)
    begins, ends : int64 (N,)
        Offsets of each token in the passage as given, in characters.
    word_begins, word_ends : int64 (N,)
        Offsets of the word that the token is part of.
    """

    ids: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    word_begins: np.ndarray
    word_ends: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, part: slice) -> PassageTokens:
        arrays = (self.ids, self.begins, self.ends, self.word_begins, self.word_ends)
        return PassageTokens(*(array[part] for array in arrays))

    @classmethod
    def of(cls, text: str, tokenizer: Tokenizer, place: int = 0) -> PassageTokens:
        """Return the tokens of a text that starts at character `place` of its passage."""
        encoding = tokenizer.backend.encode(text, add_special_tokens=False)
        ids = np.array(encoding.ids, np.int64)
        begins, ends = np.array(encoding.offsets, np.int64).reshape(-1, 2).T
        begins, ends = _without_space(text, begins, ends)
        if not len(ids):
            return cls(ids, begins, ends, begins, ends)
        is_first = tokenizer.word_starts(ids)
        word = np.cumsum(is_first) - 1
        firsts = np.flatnonzero(is_first)
        lasts = np.append(firsts[1:], len(ids)) - 1
        return cls(ids, begins + place, ends + place, begins[firsts][word] + place, ends[lasts][word] + place)

    def followed_by(self, other: PassageTokens) -> PassageTokens:
        """Return these tokens followed by others."""
        pairs = zip(
            (self.ids, self.begins, self.ends, self.word_begins, self.word_ends),
            (other.ids, other.begins, other.ends, other.word_begins, other.word_ends),
        )
        return PassageTokens(*map(np.concatenate, pairs))


@dataclass(frozen=True)
class PairTemplate:
    """Where a tokenizer puts special tokens around a question and a passage.

    Attributes
    ----------
    before, between, after : tuple of int
        Ids of the special tokens.
    """

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> PairTemplate:
        """Return the template that a tokenizer uses for pairs of texts."""
        probe = next(
            text
            for text in ("a", "x", "0", "\u7684", ".")
            if tokenizer.encode(text, add_special_tokens=False)
        )
        encoding = tokenizer.backend.encode(probe, probe)
        parts: tuple[list[int], list[int], list[int]] = [], [], []
        n_seen = 0
        for token_id, sequence in zip(encoding.ids, encoding.sequence_ids):
            if sequence is None:
                parts[n_seen].append(token_id)
            else:
                n_seen = sequence + 1
        before, between, after = map(tuple, parts)
        return cls(before, between, after)

    @property
    def n_special(self) -> int:
        """The number of special tokens."""
        return len(self.before) + len(self.between) + len(self.after)


@dataclass(frozen=True)
class Window:
    """A question and a part of a passage, as a row of tokens.

    Attributes
    ----------
    ids, segments : list of int
        The row, and its segments: 0 for the question and 1 for the passage.
    first : int
        The position in the row where the tokens of the passage begin.
    tokens : PassageTokens
        The tokens of the passage.
    """

    ids: list[int]
    segments: list[int]
    first: int
    tokens: PassageTokens

    def target(self, begin: int, end: int) -> tuple[int, int] | None:
        """Return the first and the last token of an answer in the row, or None if it is not completely there."""
        tokens = self.tokens
        if not len(tokens) or begin < tokens.begins[0] or end > tokens.ends[-1]:
            return None
        first = int(np.searchsorted(tokens.ends, begin, "right"))
        last = int(np.searchsorted(tokens.begins, end, "left")) - 1
        if last < first:
            return None
        return self.first + first, self.first + last


def passage_windows(
    question_ids: list[int],
    passage: str,
    tokenizer: Tokenizer,
    template: PairTemplate,
    max_length: int,
    stride: int,
) -> Iterator[Window]:
    """Yield a question with each part of a passage that fits into a row with it.

    Parameters
    ----------
    question_ids : list of int
        Without special tokens.
    passage : str
    tokenizer : Tokenizer
    template : PairTemplate
    max_length : int
        Maximum number of tokens in a row.
    stride : int
        Number of tokens by which consecutive parts overlap; fewer than fit.
    """
    size = max_length - template.n_special - len(question_ids)
    head = [*template.before, *question_ids, *template.between]
    for part in _parts(passage, tokenizer, size, size - stride):
        ids = [*head, *part.ids.tolist(), *template.after]
        yield Window(ids, [0] * len(head) + [1] * (len(ids) - len(head)), len(head), part)


def _parts(passage: str, tokenizer: Tokenizer, size: int, step: int) -> Iterator[PassageTokens]:
    """Yield overlapping parts of at most `size` tokens; a single empty part for a passage without tokens."""
    waiting = None
    is_first = True
    for place, piece in passage_pieces(passage):
        tokens = PassageTokens.of(piece, tokenizer, place)
        waiting = tokens if waiting is None else waiting.followed_by(tokens)
        while len(waiting) > size:
            yield waiting[:size]
            waiting, is_first = waiting[step:], False
    assert waiting is not None
    # What is left over may be what the last part had in common with it.
    if is_first or len(waiting) > size - step:
        yield waiting


def passage_pieces(passage: str, most: int = PIECE_CHARS) -> Iterator[tuple[int, str]]:
    """Yield pieces of a passage with their offsets, cut before white space or between Chinese characters."""
    place = 0
    while len(passage) - place > most:
        cut = next(
            (k for k in range(place + most, place + most // 2, -1) if _may_cut(passage[k - 1], passage[k])),
            place + most,
        )
        yield place, passage[place:cut]
        place = cut
    yield place, passage[place:]


def _may_cut(before: str, after: str) -> bool:
    """Return whether no word spans two adjacent characters: the second is white space, or both are Chinese."""
    if after.isspace():
        return not before.isspace()
    return bool(_HAN.match(before) and _HAN.match(after))


def _without_space(text: str, begins: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets without the white space that some tokenizers attach to the following token."""
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    places = np.arange(len(points) + 1)
    is_space = np.isin(points, _SPACES)
    next_text = np.where(np.append(is_space, False), len(points), places)
    next_text = np.minimum.accumulate(next_text[::-1])[::-1]
    text_end = np.maximum.accumulate(np.where(np.insert(is_space, 0, False), 0, places))
    begins = np.minimum(next_text[begins], ends)
    return begins, np.maximum(text_end[ends], begins)
