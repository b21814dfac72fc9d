"""Known pairs of a history and a response as numbers: dialogues as groups, different responses, wrong responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["KnownPairs"]


@dataclass(frozen=True)
class KnownPairs:
    """Histories and the responses to them; pair k is row k of all.

    Attributes
    ----------
    histories : list of lists of str
    responses : list of str
    groups : int (N,)
        Pairs with the same first turn are of one dialogue.
    answers : int (N,)
        Numbers of the different responses.
    texts : list of str
        The different responses.
    """

    histories: list[list[str]]
    responses: list[str]
    groups: np.ndarray
    answers: np.ndarray
    texts: list[str]

    @classmethod
    def of(cls, histories: Sequence[list[str]], responses: Sequence[str]) -> KnownPairs:
        """Return the pairs with their numbers, in the order in which each first occurs."""
        _, groups = _numbered([history[0] for history in histories])
        texts, answers = _numbered(responses)
        return cls(list(histories), list(responses), groups, answers, texts)

    def __len__(self) -> int:
        return len(self.responses)

    @property
    def n_groups(self) -> int:
        """Number of dialogues."""
        return int(self.groups.max()) + 1

    @property
    def share_repeated(self) -> float:
        """Share of the pairs whose response another dialogue has, too."""
        both = np.unique(np.stack([self.answers, self.groups]), axis=1)
        n_dialogues = np.bincount(both[0], minlength=len(self.texts))
        return float((n_dialogues[self.answers] > 1).mean())

    def some(self, kept: np.ndarray) -> KnownPairs:
        """Return the pairs of a mask, bool (N,), or of places."""
        places = np.flatnonzero(kept) if kept.dtype == bool else kept
        return KnownPairs.of(
            [self.histories[place] for place in places], [self.responses[place] for place in places]
        )

    def folds(self, n_folds: int, seed: int) -> np.ndarray:
        """Return the fold of each pair, int (N,); a dialogue is in one fold."""
        of_group = np.random.default_rng([seed, 1]).permutation(self.n_groups) % n_folds
        found: np.ndarray = of_group[self.groups]
        return found

    def wrong_answers(self, n: int, seed: int) -> np.ndarray:
        """Return the places of `n` other pairs for each pair, int (N, n), of other dialogues and other responses.

        A pair that has no such others gets itself.
        """
        rng = np.random.default_rng([seed, 2])
        found = np.repeat(np.arange(len(self))[:, None], n, axis=1)
        is_open = np.ones(found.shape, bool)
        for _ in range(20):  # each draw is wrong with a small probability, unless there are few responses
            drawn = rng.integers(len(self), size=found.shape)
            fits = (self.answers[drawn] != self.answers[:, None]) & (
                self.groups[drawn] != self.groups[:, None]
            )
            found = np.where(is_open & fits, drawn, found)
            is_open &= ~fits
        return found


def _numbered(texts: Sequence[str]) -> tuple[list[str], np.ndarray]:
    number_of: dict[str, int] = {}
    numbers = np.array([number_of.setdefault(text, len(number_of)) for text in texts], int)
    return list(number_of), numbers
