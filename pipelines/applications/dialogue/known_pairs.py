"""Known history-response pairs: grouping into dialogues, distinct responses, and sampling of wrong responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["KnownPairs"]


@dataclass(frozen=True)
class KnownPairs:
    """Histories and their responses; pair k is row k of every attribute.

    Attributes
    ----------
    histories : list of lists of str
    responses : list of str
    groups : int (N,)
        The dialogue of each pair; pairs with the same first turn belong to one dialogue.
    answers : int (N,)
        Indices into `texts`.
    texts : list of str
        The distinct responses.
    """

    histories: list[list[str]]
    responses: list[str]
    groups: np.ndarray
    answers: np.ndarray
    texts: list[str]

    @classmethod
    def of(cls, histories: Sequence[list[str]], responses: Sequence[str]) -> KnownPairs:
        """Return the pairs with their indices, numbered by first occurrence."""
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
        """Share of the pairs whose response also occurs in another dialogue."""
        both = np.unique(np.stack([self.answers, self.groups]), axis=1)
        n_dialogues = np.bincount(both[0], minlength=len(self.texts))
        return float((n_dialogues[self.answers] > 1).mean())

    def some(self, kept: np.ndarray) -> KnownPairs:
        """Return the pairs selected by a mask, bool (N,), or by indices."""
        places = np.flatnonzero(kept) if kept.dtype == bool else kept
        return KnownPairs.of(
            [self.histories[place] for place in places], [self.responses[place] for place in places]
        )

    def folds(self, n_folds: int, seed: int) -> np.ndarray:
        """Return the fold of each pair, int (N,); a dialogue is never split."""
        of_group = np.random.default_rng([seed, 1]).permutation(self.n_groups) % n_folds
        found: np.ndarray = of_group[self.groups]
        return found

    def wrong_answers(self, n: int, seed: int) -> np.ndarray:
        """Return the indices of `n` pairs for each pair, int (N, n), with other dialogues and other responses.

        A pair without such others gets its own index.
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
