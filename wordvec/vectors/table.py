"""WordTable: a table of word vectors with one word to a row, and the vectors of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.foreign_names import ForeignNames
from wordvec._utils.spelling import unknown_word
from wordvec.vectors.checks import (
    checked_counts,
    checked_table,
    checked_vector,
    checked_words,
    first_duplicate,
)
from wordvec.vectors.foreign_names import VECTORS_ATTRIBUTES
from wordvec.vectors.neighbors import first_nonfinite_row, row_norms, unit_rows


class WordTable(ForeignNames):
    """A table of word vectors with one word per row, the base of `KeyedVectors`. Read-only once made.

    Parameters, attributes and errors are those of `KeyedVectors`.
    """

    _foreign_attributes = VECTORS_ATTRIBUTES

    def __init__(
        self, vectors: np.ndarray, index_to_key: Sequence[str], counts: np.ndarray | None = None
    ) -> None:
        self.index_to_key = checked_words(index_to_key)
        self.vectors = checked_table(vectors, len(self.index_to_key))
        self.key_to_index = {word: row for row, word in enumerate(self.index_to_key)}
        if len(self.key_to_index) != len(self.index_to_key):
            first, again = first_duplicate(self.index_to_key)
            fix = f"Rows {first} and {again} hold it: drop one of them."
            word = self.index_to_key[again]
            raise ParameterError("index_to_key", "KeyedVectors", "not repeat a word", word, fix)
        self.counts = None if counts is None else checked_counts(counts, len(self.index_to_key))
        # np.matmul on the memory map's own type would wrap every result; this is a plain view of it.
        self._table = np.asarray(self.vectors)
        self._norms: np.ndarray | None = None
        if not isinstance(self.vectors, np.memmap):
            self._check_finite()

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        return word in self.key_to_index

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        # Nothing changes a table once it is made, so `sklearn.base.clone` of what holds one need not copy it.
        return self

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({len(self)} words, vector_size={self.vector_size}, {self.vectors.dtype})"
        )

    def __getitem__(self, words: str | Sequence[str]) -> np.ndarray:
        """Return the vector of a word (D,), or of a list of words (n, D), in the table's dtype."""
        if isinstance(words, str):
            return self._table[self._row(words)]
        return self._table[self._rows(words)]

    @property
    def vector_size(self) -> int:
        """Floats in a vector, D."""
        return int(self.vectors.shape[1])

    @property
    def norms(self) -> np.ndarray:
        """Euclidean length of each vector, float32 (V,); computed once."""
        if self._norms is None:
            norms = row_norms(self._table)
            if not np.isfinite(norms).all():
                self._check_finite()
                word = self.index_to_key[int(np.argmin(np.isfinite(norms)))]
                raise ValueError(
                    f"The vector of {word!r} is too long: its length passes float32. Scale the vectors."
                )
            self._norms = norms
        return self._norms

    @property
    def unit_vectors(self) -> np.ndarray:
        """The table at unit length, float32 (V, D): a new array at each call, nothing is kept."""
        return unit_rows(self._table, self.norms)

    def get_vector(self, word: str, norm: bool = False) -> np.ndarray:
        """Return the vector of `word` (D,), at unit length if `norm`."""
        vector = self[word]
        return unit_rows(vector[None])[0] if norm else vector

    def get_mean_vector(
        self,
        keys: Sequence[str | np.ndarray],
        weights: Sequence[float] | np.ndarray | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> np.ndarray:
        """Return the weighted mean of the vectors of `keys`, float32 (D,).

        Parameters
        ----------
        keys : sequence of words or of vectors (D,); a vector is used as it is
        weights : one number for each key; the sum is divided by the sum of their absolute values
        pre_normalize, post_normalize : bool
            Give the words' vectors, the mean, unit length.
        ignore_missing : bool
            Leave unknown words out (all of them unknown: zeros) instead of raising UnknownWordError.
        """
        if isinstance(keys, str) or len(keys) == 0:
            rule = "be a list of words or vectors that is not empty"
            raise ParameterError("keys", "get_mean_vector", rule, keys)
        factors = np.ones(len(keys)) if weights is None else np.asarray(weights, np.float64)
        if factors.shape != (len(keys),) or not np.isfinite(factors).all():
            rule = f"be {len(keys)} finite numbers, one for each key"
            raise ParameterError("weights", "get_mean_vector", rule, weights)
        total, total_weight = np.zeros(self.vector_size), 0.0
        for key, factor in zip(keys, factors):
            if isinstance(key, str):
                if ignore_missing and key not in self.key_to_index:
                    continue
                vector = self.get_vector(key, norm=pre_normalize)
            else:
                vector = checked_vector(key, self.vector_size)
            total += factor * vector.astype(np.float64)
            total_weight += abs(factor)
        if total_weight > 0:
            total /= total_weight
        mean = total.astype(np.float32)
        return unit_rows(mean[None])[0] if post_normalize else mean

    def _row(self, word: str) -> int:
        row = self.key_to_index.get(word) if isinstance(word, str) else None
        if row is not None:
            return row
        if not isinstance(word, str):
            raise TypeError(f"A word must be a str. Got {word!r} instead.")
        raise unknown_word(word, self.index_to_key)

    def _rows(self, words: Sequence[str]) -> np.ndarray:
        if isinstance(words, str):
            raise TypeError(f"A list of words is needed here. Got the str {words!r}: put it into a list.")
        return np.array([self._row(word) for word in words], np.int64)

    def _check_finite(self) -> None:
        row = first_nonfinite_row(self._table)
        if row is not None:
            fix = f"Row {row}, the vector of {self.index_to_key[row]!r}, holds NaN or infinity."
            raise ParameterError("vectors", "KeyedVectors", "be finite numbers", self._table, fix)
