"""Practice pairs for marks: training pairs in which a mark replaces two words that translate each other.

Few languages copy words often enough for a model to learn where a copied word belongs. Words that translate each other
show where: they occur in the same pairs, as measured by Dice's coefficient (Melamed 2000, "Models of translational
equivalence among words", section 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse

from wordvec.tokenizers.tokenizer import Tokenizer

from .codec import Codec
from .copying import MARKS

__all__ = ["practice_pairs"]

# Words of a pair that occur together less often are not translations of each other.
_LEAST_DICE = 0.3
# So many pairs tell which words belong together; more would only take memory.
_COUNTED = 50_000


def practice_pairs(
    pairs: Sequence[tuple[str, str]], codec: Codec, n: int, seed: int
) -> list[tuple[int, str, str]]:
    """Return at most `n` of the pairs, sampled without replacement: index, source and target with the same mark.

    Parameters
    ----------
    pairs : sequence of (str, str)
        Sources and targets; pairs that already have a mark are left out.
    codec : Codec
    n : int
    seed : int
    """
    if n <= 0:
        return []
    rng = np.random.default_rng([seed, len(pairs)])
    order = rng.permutation(len(pairs))
    sides = [
        _Side(tokenizer, [pairs[place][side] for place in order[: max(n, _COUNTED)].tolist()])
        for side, tokenizer in enumerate((codec.source, codec.target))
    ]
    together = (sides[0].occurrences.T @ sides[1].occurrences).tocsr()
    found: list[tuple[int, str, str]] = []
    for row, place in enumerate(order.tolist()):
        if len(found) == n or row == len(sides[0].rows):
            break
        if any(mark in pairs[place][0] for mark in MARKS):
            continue
        words = [side.words(row) for side in sides]
        links = _links(words[0], words[1], together, sides[0].counts, sides[1].counts)
        if len(links):
            chosen = links[rng.integers(len(links))]
            mark = str(rng.choice(MARKS))
            source, target = (side.replaced(row, int(at), mark) for side, at in zip(sides, chosen))
            found.append((place, source, target))
    return found


class _Side:
    """The texts of one language as piece ids, and the document frequency of each piece."""

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        self.tokenizer = tokenizer
        self.rows = [
            np.array(row, np.int64) for row in tokenizer.encode_lists(texts, add_special_tokens=False)[0]
        ]
        ends = np.cumsum([len(row) for row in self.rows])
        ids = np.concatenate([*self.rows, np.zeros(0, np.int64)])
        shape = len(self.rows), len(tokenizer)
        ones = np.ones(len(ids), np.float32)
        self.occurrences = scipy.sparse.csr_array((ones, ids, np.concatenate([[0], ends])), shape=shape)
        self.occurrences.sum_duplicates()
        self.occurrences.data[:] = 1.0
        self.counts = np.asarray(self.occurrences.sum(axis=0))

    def words(self, row: int) -> dict[int, int]:
        """Return, by position, the ids of pieces of a text that are whole words and occur in it once."""
        ids = self.rows[row]
        edges = np.append(self.tokenizer.word_starts(ids), True)
        edges[0] = True
        once = np.bincount(ids)[ids] == 1
        places = np.flatnonzero(edges[:-1] & edges[1:] & once).tolist()
        return {place: int(ids[place]) for place in places if self._piece(ids[place]).strip().isalnum()}

    def replaced(self, row: int, place: int, mark: str) -> str:
        """Return a text with a mark in place of one piece."""
        ids = self.rows[row]
        space = " " if self._piece(ids[place])[:1].isspace() else ""
        before, after = (self.tokenizer.decode(part.tolist()) for part in (ids[:place], ids[place + 1 :]))
        return f"{before}{space}{mark}{after}"

    def _piece(self, token_id: np.int64) -> str:
        return self.tokenizer.decode([int(token_id)])


def _links(
    sources: dict[int, int],
    targets: dict[int, int],
    together: scipy.sparse.csr_array,
    source_counts: np.ndarray,
    target_counts: np.ndarray,
) -> np.ndarray:
    """Return the positions of words in a pair that are each other's best match, int64 (n, 2)."""
    if not sources or not targets:
        return np.zeros((0, 2), np.int64)
    source_ids, target_ids = (np.array(list(side.values()), np.int64) for side in (sources, targets))
    both_ST = together[source_ids][:, target_ids].toarray()
    dice_ST = 2.0 * both_ST / (source_counts[source_ids][:, None] + target_counts[target_ids])
    best_S, best_T = dice_ST.argmax(axis=1), dice_ST.argmax(axis=0)
    own = np.arange(len(source_ids))
    chosen = own[(best_T[best_S] == own) & (dice_ST[own, best_S] >= _LEAST_DICE)]
    places_S, places_T = (np.array(list(side), np.int64) for side in (sources, targets))
    return np.column_stack([places_S[chosen], places_T[best_S[chosen]]])
