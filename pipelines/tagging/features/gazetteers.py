"""Gazetteers: lists of names, and the search for their phrases in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from wordvec._utils.errors import ParameterError

from .encoding import NumberedWords
from .extraction import Column

_FIRST, _LATER = 0, 1


class Gazetteer:
    """The phrases of one kind, indexed by their first token.

    Parameters
    ----------
    name : str
        The kind; for messages.
    phrases : collection of str, or of lists of tokens
    characters : bool
        Whether the tokens of a str are its characters, instead of its words between spaces.
    owner : str
        The class that has the parameter `gazetteers`; for messages.

    Raises
    ------
    TypeError
        If the phrases are one str, or a phrase is neither str nor list of str.
    """

    def __init__(
        self,
        name: str,
        phrases: Iterable[str | Sequence[str]],
        *,
        characters: bool,
        owner: str = "TokenFeatures",
    ) -> None:
        if isinstance(phrases, (str, bytes)) or not isinstance(phrases, Iterable):
            raise ParameterError(
                "gazetteers", owner, "map each name to a collection of phrases", phrases,
                f"That is the value of {name!r}.",
            )  # fmt: skip
        self.phrases = {_tokens(name, phrase, characters) for phrase in phrases} - {()}
        lengths: dict[str, set[int]] = {}
        for phrase in self.phrases:
            lengths.setdefault(phrase[0], set()).add(len(phrase))
        # By the first word, so that one look-up settles most positions of a text.
        self.lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def column(self, words: NumberedWords) -> Column:
        """Return a column with B at a phrase's first token and I at its later ones, longest phrases first."""
        codes = np.full(len(words.type_ids), -1, np.int32)
        begins = np.fromiter(map(self.lengths.__contains__, words.types), bool, len(words.types))
        candidates = np.flatnonzero(begins[words.type_ids])
        ends = words.starts[np.searchsorted(words.starts, candidates, "right")]
        free = 0  # everything before this token is settled
        for pos, end in zip(candidates.tolist(), ends.tolist()):
            length = self._longest(words, pos, end) if pos >= free else 0
            if length:
                codes[pos] = _FIRST
                codes[pos + 1 : pos + length] = _LATER
                free = pos + length
        return Column(["B", "I"], codes, by_type=False)

    def _longest(self, words: NumberedWords, pos: int, end: int) -> int:
        """Return the length of the longest phrase that begins at `pos`, 0 if there is none."""
        lengths = self.lengths[words.types[words.type_ids[pos]]]
        ahead = words.type_ids[pos : min(end, pos + lengths[0])].tolist()
        tokens = tuple(map(words.types.__getitem__, ahead))
        return next((n for n in lengths if n <= len(tokens) and tokens[:n] in self.phrases), 0)


def _tokens(name: str, phrase: str | Sequence[str], characters: bool) -> tuple[str, ...]:
    if isinstance(phrase, str):
        # Spaces do not count as characters of a name, whatever the kind.
        return tuple(chain.from_iterable(phrase.split())) if characters else tuple(phrase.split())
    if isinstance(phrase, (list, tuple)) and all(isinstance(token, str) for token in phrase):
        return tuple(phrase)
    raise TypeError(
        f"A phrase of the gazetteer {name!r} must be a str or a list of str. Got {phrase!r} instead."
    )
