"""NgramIndex: word or character n-grams as columns of a sparse count matrix.

An n-gram is identified by the column of its first n - 1 symbols and its last symbol, level by level: n-grams become
Python strings only when names are requested, and no two n-grams share a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from wordvec.text.tokenized_texts import EncodedTexts


@dataclass(frozen=True)
class NgramIndex:
    """The n-grams that have a column.

    Attributes
    ----------
    symbols : list of str (A,)
        Words or characters.
    shortest : int
        Length of the shortest n-gram that has a column, in symbols.
    levels : list of int64 arrays, ascending
        ``levels[n - 2]`` holds the n-grams of n symbols: the index of the first n - 1 on the preceding level (for a
        single symbol, in `symbols`), times A, plus the index of the last symbol.
    """

    symbols: list[str]
    shortest: int
    levels: list[np.ndarray]

    @property
    def longest(self) -> int:
        """Length of the longest n-gram, in symbols."""
        return len(self.levels) + 1

    def __len__(self) -> int:
        return sum(self._sizes()[self.shortest - 1 :])

    def _sizes(self) -> list[int]:
        return [len(self.symbols), *map(len, self.levels)]

    def counts(self, encoded: EncodedTexts) -> sparse.csr_array:
        """Return how often each n-gram occurs in each text, float64 (n_texts, n_ngrams).

        Parameters
        ----------
        encoded : EncodedTexts
            Indices into `symbols`; -1 is an unknown symbol.
        """
        blocks = []
        places = encoded.ids.astype(np.int64)
        for n, size in enumerate(self._sizes(), 1):
            if n > 1:
                keys, valid = _next_keys(places, encoded, n, len(self.symbols))
                places = np.full(len(places), -1, np.int64)
                places[valid] = _find(self.levels[n - 2], keys)
            if n >= self.shortest:
                blocks.append(_tally(places, encoded.starts, size))
        return sparse.hstack(blocks, format="csr")

    def names(self, separator: str) -> list[str]:
        """Return the n-grams in column order, with symbols joined by `separator`."""
        names = self.symbols
        listed = list(names) if self.shortest == 1 else []
        for n, level in enumerate(self.levels, 2):
            prefixes, last = np.divmod(level, len(self.symbols))
            names = [
                names[prefix] + separator + self.symbols[symbol]
                for prefix, symbol in zip(prefixes.tolist(), last.tolist())
            ]
            if n >= self.shortest:
                listed += names
        return listed

    def keep(self, is_kept: np.ndarray) -> NgramIndex:
        """Return an index of some of the columns, in the same order.

        Parameters
        ----------
        is_kept : bool (n_ngrams,)
            If an n-gram is kept, so must be its first n - 1 symbols, if they have a column.
        """
        n_symbols, first = len(self.symbols), 0
        kept_of_level = []
        for n, size in enumerate(self._sizes(), 1):
            if n < self.shortest:
                kept_of_level.append(np.ones(size, bool))
            else:
                kept_of_level.append(is_kept[first : first + size])
                first += size
        new_symbols = np.cumsum(kept_of_level[0]) - 1
        symbols = [self.symbols[place] for place in np.flatnonzero(kept_of_level[0]).tolist()]
        levels, new_prefixes = [], new_symbols
        for level, kept in zip(self.levels, kept_of_level[1:]):
            prefixes, last = np.divmod(level[kept], n_symbols)
            levels.append(new_prefixes[prefixes] * len(symbols) + new_symbols[last])
            new_prefixes = np.cumsum(kept) - 1
        return NgramIndex(symbols, self.shortest, levels)


def index_ngrams(
    encoded: EncodedTexts, symbols: Sequence[str], shortest: int, longest: int
) -> tuple[NgramIndex, sparse.csr_array]:
    """Return an index of all n-grams of the texts, and their counts, float64 (n_texts, n_ngrams).

    Parameters
    ----------
    encoded : EncodedTexts
        Indices into `symbols`; -1 is a symbol that is in no n-gram.
    """
    levels, blocks = [], []
    places, size = encoded.ids.astype(np.int64), len(symbols)
    for n in range(1, longest + 1):
        if n > 1:
            keys, valid = _next_keys(places, encoded, n, len(symbols))
            level, inverse = np.unique(keys, return_inverse=True)
            places = np.full(len(places), -1, np.int64)
            places[valid] = inverse
            levels.append(level)
            size = len(level)
        if n >= shortest:
            blocks.append(_tally(places, encoded.starts, size))
    return NgramIndex(list(symbols), shortest, levels), sparse.hstack(blocks, format="csr")


def _next_keys(
    places: np.ndarray, encoded: EncodedTexts, n: int, n_symbols: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys of the n-grams, and where they start; `places` belong to the n-grams one symbol shorter."""
    n_left = np.repeat(encoded.starts[1:], np.diff(encoded.starts)) - np.arange(len(places))
    valid = np.flatnonzero((places >= 0) & (n_left >= n))
    last = encoded.ids[valid + n - 1].astype(np.int64)
    valid, last = valid[last >= 0], last[last >= 0]
    return places[valid] * n_symbols + last, valid


def _find(level: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the indices of keys in an ascending array; -1 for missing keys."""
    if not len(level):
        return np.full(len(keys), -1, np.int64)
    places = np.minimum(np.searchsorted(level, keys), len(level) - 1)
    return np.where(level[places] == keys, places, -1)


def _tally(places: np.ndarray, starts: np.ndarray, size: int) -> sparse.csr_array:
    """Return how often each of `size` columns occurs in each text; -1 is ignored."""
    known = places >= 0
    bounds = np.concatenate([[0], np.cumsum(known)])[starts]
    # scikit-learn's solvers take no 64-bit indices.
    kind = np.int32 if bounds[-1] < 1 << 31 else np.int64
    matrix = sparse.csr_array(
        (np.ones(bounds[-1]), places[known].astype(kind), bounds.astype(kind)), shape=(len(starts) - 1, size)
    )
    matrix.sum_duplicates()
    return matrix
