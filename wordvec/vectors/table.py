"""WordTable: a table of word vectors with one word to a row, and the vectors of words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.foreign_names import ForeignNames
from wordvec._utils.spelling import unknown_word
from wordvec._utils.validation import check_choice
from wordvec.vectors.checks import (
    check_words,
    checked_counts,
    checked_rows,
    checked_table,
    checked_vector,
    checked_words,
    first_duplicate,
)
from wordvec.vectors.foreign_names import VECTORS_ATTRIBUTES
from wordvec.vectors.int8_table import Int8Table
from wordvec.vectors.neighbors import first_nonfinite_row, row_norms, unit_rows
from wordvec.vectors.subwords.table import SubwordTable


class WordTable(ForeignNames):
    """A table of word vectors with one word per row, the base of `KeyedVectors`. Read-only once made.

    Parameters, attributes and errors are those of `KeyedVectors`.
    """

    _foreign_attributes = VECTORS_ATTRIBUTES

    def __init__(
        self,
        vectors: np.ndarray | Int8Table | None,
        index_to_key: Sequence[str],
        counts: np.ndarray | None = None,
        *,
        subwords: SubwordTable | None = None,
    ) -> None:
        self.index_to_key = checked_words(index_to_key)
        self.subwords = subwords
        self.quantized = vectors if isinstance(vectors, Int8Table) else None
        self._vectors: np.ndarray | None = None  # computed when they are needed, unless they are given
        if self.quantized is not None:
            checked_rows(self.quantized, len(self.index_to_key))
        elif vectors is None and subwords is not None:
            if len(subwords.own_rows) != len(self.index_to_key):
                rule = f"have a row for each of the {len(self.index_to_key)} words"
                raise ParameterError("subwords", "KeyedVectors", rule, subwords)
        else:
            self._vectors = checked_table(vectors, len(self.index_to_key))
        # Those of a file that is mapped were looked at when it was read.
        if vectors is not None and len(set(self.index_to_key)) != len(self.index_to_key):
            first, again = first_duplicate(self.index_to_key)
            fix = f"Rows {first} and {again} hold it: drop one of them."
            word = self.index_to_key[again]
            raise ParameterError("index_to_key", "KeyedVectors", "not repeat a word", word, fix)
        self.counts = None if counts is None else checked_counts(counts, len(self.index_to_key))
        self._norms: np.ndarray | None = None
        if self._vectors is not None and not isinstance(self._vectors, np.memmap):
            self._check_finite()

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        return word in self.key_to_index

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        # Nothing changes a table once it is made, so `sklearn.base.clone` of what holds one need not copy it.
        return self

    def __repr__(self) -> str:
        ngrams = "" if self.subwords is None else f", n-grams in {self.subwords.scheme.n_rows} rows"
        is_held = self.quantized is not None or self._vectors is not None
        dtype = self._table.dtype if is_held else np.dtype(np.float32)
        return f"{type(self).__name__}({len(self)} words, vector_size={self.vector_size}, {dtype}{ngrams})"

    def __getitem__(self, words: str | Sequence[str]) -> np.ndarray:
        """Return the vector of a word (D,), or of a list of words (n, D), in the table's dtype; float32 of int8."""
        if isinstance(words, str) and self.subwords is None:
            return self._table[self._row(words)]  # a view
        return self._vectors_of([words])[0] if isinstance(words, str) else self._vectors_of(words)

    @cached_property
    def key_to_index(self) -> dict[str, int]:
        """The row of each word."""
        # Made when it is needed: of a million words it takes longer than all else about opening a file.
        return dict(zip(self.index_to_key, range(len(self.index_to_key))))

    @property
    def vectors(self) -> np.ndarray:
        """The table, float32 or float16 (V, D), read-only.

        For a fastText file it is computed at first use, and so is that of an int8 table, which no query needs.
        """
        if self._vectors is None and self.quantized is not None:
            self._vectors = checked_table(np.asarray(self.quantized), len(self))
        if self._vectors is None:
            assert self.subwords is not None
            self._vectors = checked_table(self.subwords.known_vectors(), len(self), allow_empty=True)
            self._check_finite()
        return self._vectors

    @property
    def _table(self) -> Any:
        """The table as stored: an array, or an Int8Table, whose rows are returned as arrays."""
        if self.quantized is not None:
            return self.quantized
        # np.matmul on the memory map's own type would wrap every result; this is a plain view of it.
        return np.asarray(self.vectors)

    @property
    def vector_size(self) -> int:
        """Floats in a vector, D."""
        if self._vectors is None and self.subwords is not None:
            return self.subwords.vector_size
        return int(self._table.shape[1])

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
        """The vectors scaled to unit length, float32 (V, D): a new array at each access, nothing is cached."""
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
        weights : one number for each key; the weighted sum is divided by the sum of their absolute values
        pre_normalize, post_normalize : bool
            Normalise the words' vectors, or the mean, to unit length.
        ignore_missing : bool
            Leave unknown words out (zeros if all are unknown) instead of raising UnknownWordError.
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
                if ignore_missing and not self.knows(key):
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

    def knows(self, word: str) -> bool:
        """Return whether a word has a vector: as a word of the table, or by its n-grams."""
        return word in self.key_to_index or (self.subwords is not None and bool(self._known_of([word])))

    def get_vecattr(self, key: str, attr: str) -> int:
        """Return how often a word was seen; "count" is the only attribute of words here.

        Raises
        ------
        ValueError
            If `attr` is not "count", or if the vectors have no counts.
        """
        check_choice("attr", attr, "get_vecattr", ("count",))
        if self.counts is None:
            raise ValueError(
                "These vectors have no counts: the file or table that they come from has none. "
                "KeyedVectors(vectors, words, counts) gives them some."
            )
        return int(self.counts[self._row(key)])

    def _known_of(self, words: Sequence[str]) -> list[str]:
        """Return the words that have a vector, either as words of the table or by their n-grams."""
        known = np.array([word in self.key_to_index for word in words], bool)
        if self.subwords is not None:
            unknown = np.flatnonzero(~known).tolist()
            known[unknown] = self.subwords.unknown_vectors([words[place] for place in unknown])[1] > 0
        return [words[place] for place in np.flatnonzero(known).tolist()]

    def _vectors_of(self, words: Sequence[str]) -> np.ndarray:
        """Return the vectors of words, (n, D); those of unknown words come from their n-grams, where there are any."""
        if self.subwords is None:
            return self._table[self._rows(words)]
        check_words(words)
        found = np.empty((len(words), self.vector_size), np.float32)
        unknown = []
        for place, word in enumerate(words):
            row = self.key_to_index.get(word)
            if row is None:
                unknown.append(place)
            elif self._vectors is None:
                found[place] = self.subwords.known_vectors(row, row + 1)[0]
            else:
                found[place] = self._vectors[row]
        if unknown:
            vectors, n_ngrams = self.subwords.unknown_vectors([words[place] for place in unknown])
            if not n_ngrams.all():
                word = words[unknown[int(np.argmin(n_ngrams))]]
                reason = "none of its n-grams has a vector" if self.subwords.scheme.has_ngrams else ""
                raise unknown_word(word, self.index_to_key, reason)
            found[unknown] = vectors
        if not np.isfinite(found).all():
            place = int(np.argmin(np.isfinite(found).all(axis=1)))
            raise ValueError(f"The vector of {words[place]!r} holds NaN or infinity: the file is damaged.")
        return found

    def _row(self, word: str) -> int:
        row = self.key_to_index.get(word) if isinstance(word, str) else None
        if row is not None:
            return row
        check_words([word])
        raise unknown_word(word, self.index_to_key)

    def _rows(self, words: Sequence[str]) -> np.ndarray:
        if isinstance(words, str):
            check_words(words)
        return np.array([self._row(word) for word in words], np.int64)

    def _check_finite(self) -> None:
        row = first_nonfinite_row(self._table)
        if row is not None:
            fix = f"Row {row}, the vector of {self.index_to_key[row]!r}, holds NaN or infinity."
            raise ParameterError("vectors", "KeyedVectors", "be finite numbers", self._table, fix)
