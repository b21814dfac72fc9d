"""`EncodedText`: a text as word ids, in which phrases are joined in place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import numpy as np

from wordvec.kernels.text.tokenise import LINE_END
from wordvec.text.corpus import Words
from wordvec.text.phrases.joiner import PhraseJoiner

_CHUNK = 1 << 18  # items that are rewritten at a time
_WORDS_BATCH = 1 << 16


class EncodedText:
    """A text as word ids, in which phrases are joined in place.

    Parameters
    ----------
    items : int32 (n,)
        Provisional word ids, and LINE_END after each line; changed in place.
    words : Words

    Attributes
    ----------
    items : int32 (n,)
        Word ids, and LINE_END.
    counts : int64 (n_words,)
        How often each word occurs.
    """

    def __init__(self, items: np.ndarray, words: Words) -> None:
        self._select = words.select
        self._n_read = len(words.counts)
        self._added: list[str] = []
        self.counts = words.counts
        self.items = items
        groups = words.groups
        if groups is not None:
            self._rewrite(lambda chunk: _regrouped(chunk, groups))

    def names(self, numbers: np.ndarray) -> list[str]:
        """Return the words with these ascending ids."""
        n_old = int(np.searchsorted(numbers, self._n_read))
        return self._select(numbers[:n_old]) + [self._added[k - self._n_read] for k in numbers[n_old:]]

    def are_any_of(self, words: Collection[str]) -> np.ndarray:
        """Return which words are in a collection, bool (n_words,)."""
        if not words:
            return np.zeros(len(self.counts), bool)
        return np.array([word in words for batch in self._batches() for word in self.names(batch)])

    def join(self, joiner: PhraseJoiner) -> None:
        """Join the phrases of the text in place."""
        index = {word: unit for unit, word in enumerate(joiner.words)}
        n_units = len(index)
        places = np.array(
            [index.get(word, -1) for batch in self._batches() for word in self.names(batch)], np.int32
        )
        unit_of = np.where(places >= 0, places, np.arange(len(places), dtype=np.int32) + n_units)
        # The number of each unit; phrases that are not words of the text already become new ones.
        known = np.flatnonzero(places >= 0)
        number_of = np.full(n_units, -1, np.int32)
        number_of[places[known]] = known
        new = np.flatnonzero(number_of < 0)
        number_of[new] = len(places) + np.arange(len(new))
        self._added += [joiner.words[unit] for unit in new.tolist()]
        number_of = np.concatenate([number_of, np.arange(len(places), dtype=np.int32)])
        tails = joiner.no_tails()
        counts = np.zeros(len(places) + len(new), np.int64)

        def join(chunk: np.ndarray) -> np.ndarray:
            units = unit_of[chunk]
            units[chunk == LINE_END] = LINE_END
            joined = joiner.join(units, tails)
            numbers = number_of[joined]
            numbers[joined == LINE_END] = LINE_END
            seen = np.bincount(numbers[numbers >= 0])
            counts[: len(seen)] += seen
            return numbers

        self._rewrite(join)
        self.counts = counts

    def _batches(self) -> Iterator[np.ndarray]:
        for first in range(0, len(self.counts), _WORDS_BATCH):
            yield np.arange(first, min(first + _WORDS_BATCH, len(self.counts)))

    def _rewrite(self, change: Callable[[np.ndarray], np.ndarray]) -> None:
        """Replace the items by the output of `change`, chunk by chunk; writing never overtakes reading."""
        n = 0
        for first in range(0, len(self.items), _CHUNK):
            changed = change(self.items[first : first + _CHUNK])
            self.items[n : n + len(changed)] = changed
            n += len(changed)
        self.items = self.items[:n]


def _regrouped(chunk: np.ndarray, groups: np.ndarray) -> np.ndarray:
    ends = chunk == LINE_END
    numbers = groups[chunk]
    numbers[ends] = LINE_END
    return numbers[ends | (numbers >= 0)]
