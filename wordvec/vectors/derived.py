"""DerivedTables: methods that return a new table and leave this one unchanged; a base of `KeyedVectors`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_instance
from wordvec.vectors.checks import as_words, checked_counts, first_duplicate
from wordvec.vectors.neighbors import first_nonfinite_row
from wordvec.vectors.table import WordTable


class DerivedTables(WordTable):
    """A table of word vectors from which tables with other words or other vectors are made.

    Parameters, attributes and errors are those of `KeyedVectors`.
    """

    def vectors_for_all(
        self, keys: Iterable[str], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> Self:
        """Return new KeyedVectors of the `keys` that have a vector, each once, in the order given, without n-grams.

        `subset` does the same for words that must all be in the table, and its error names the first that is not.

        Parameters
        ----------
        keys : iterable of str
            Keys without a vector are left out, as in gensim.
        allow_inference : bool
            Compose vectors of words that are not in the table from their n-grams, where there are any.
        copy_vecattrs : bool
            Copy the counts, too; words that are not in the table get 0. If False, there are no counts (gensim makes
            some up).

        Raises
        ------
        ValueError
            If no key has a vector.
        """
        words = list(dict.fromkeys(as_words("keys", keys, "vectors_for_all")))
        if allow_inference:
            found = self._known_of(words)
        else:
            found = [word for word in words if word in self.key_to_index]
        if not found:
            raise ParameterError("keys", "vectors_for_all", "hold a word that has a vector", words)
        counts = None
        if copy_vecattrs and self.counts is not None:
            rows = np.array([self.key_to_index.get(word, -1) for word in found])
            counts = np.where(rows < 0, 0, self.counts[rows])
        return type(self)(self._vectors_of(found), found, counts)

    def add_vectors(
        self,
        keys: str | Sequence[str],
        weights: Any,
        *,
        counts: Sequence[int] | np.ndarray | None = None,
        replace: bool = False,
    ) -> Self:
        """Return new KeyedVectors with words added at the end, without n-grams; gensim's are changed in place.

        Parameters
        ----------
        keys : list of str, or one word
        weights : array or list of vectors (n, D), or the vector (D,) of one word
            In the order of `keys`; they are converted to the table's dtype.
        counts : int (n,), optional
            How often each word was seen, where the table has counts; 0 by default.
        replace : bool
            Replace the vector, and the count if counts are given, of words that are already in the table, instead of
            keeping them.

        Raises
        ------
        ValueError
            If shapes do not match, a value is NaN or infinite, a word occurs twice in `keys`, or `keys` is empty.
        """
        words = as_words("keys", [keys] if isinstance(keys, str) else keys, "add_vectors")
        vectors = self._checked_additions(words, weights, isinstance(keys, str))
        rows = np.array([self.key_to_index.get(word, -1) for word in words])
        new = np.flatnonzero(rows < 0)
        changed = np.flatnonzero(rows >= 0)
        with np.errstate(over="ignore"):  # what float16 cannot hold is an error of the new table
            vectors = vectors.astype(self.vectors.dtype)
        table = np.concatenate([self._table, vectors[new]])
        if replace:
            table[rows[changed]] = vectors[changed]
        index_to_key = [*self.index_to_key, *(words[place] for place in new)]
        if self.counts is None:
            if counts is not None:
                fix = "Their own words have none either: KeyedVectors(vectors, words, counts) gives some to all."
                raise ParameterError(
                    "counts", "add_vectors", "be None for vectors without counts", counts, fix
                )
            return type(self)(table, index_to_key)
        if counts is None:
            return type(self)(table, index_to_key, np.append(self.counts, np.zeros(len(new), np.int64)))
        numbers = checked_counts(counts, len(words), "add_vectors")
        all_counts = np.append(self.counts, numbers[new])
        if replace:
            all_counts[rows[changed]] = numbers[changed]
        return type(self)(table, index_to_key, all_counts)

    def intersect(self, other: Self) -> Self:
        """Return new KeyedVectors of the same words, where words that `other` has, too, take its vectors.

        No word is added or dropped; counts are kept, n-grams are not. The vectors of two training runs do not share one
        space: like gensim's `intersect_word2vec_format`, this makes vectors to start training from (`init_vectors`),
        not vectors to query.

        Parameters
        ----------
        other : KeyedVectors
            With vectors of the same size, and at least one word in common.

        Examples
        --------
        >>> from wordvec import KeyedVectors
        >>> ours = KeyedVectors([[1, 1], [2, 2]], ["sea", "sky"])
        >>> ours.intersect(KeyedVectors([[9, 9], [7, 7]], ["sky", "sun"])).vectors.tolist()
        [[1.0, 1.0], [9.0, 9.0]]
        """
        check_instance("other", other, "intersect", type(self))
        if other.vector_size != self.vector_size:
            rule = f"have vectors of {self.vector_size} numbers, as these have"
            raise ParameterError("other", "intersect", rule, other)
        rows = [row for row, word in enumerate(self.index_to_key) if word in other.key_to_index]
        if not rows:
            raise ParameterError("other", "intersect", "hold a word of these vectors", other)
        table = self._table.copy()
        with np.errstate(over="ignore"):
            table[rows] = other[[self.index_to_key[row] for row in rows]]
        return type(self)(table, self.index_to_key, self.counts)

    def _checked_additions(self, words: list[str], weights: Any, is_one: bool) -> np.ndarray:
        if not words:
            raise ParameterError("keys", "add_vectors", "hold a word", words)
        if len(set(words)) != len(words):
            first, again = first_duplicate(words)
            fix = f"Places {first} and {again} hold it: drop one of them."
            raise ParameterError("keys", "add_vectors", "not repeat a word", words[again], fix)
        try:
            vectors = np.asarray(weights)
        except ValueError:  # lists of different lengths
            vectors = np.empty(0)
        if is_one and vectors.ndim == 1:
            vectors = vectors[None]
        if vectors.shape != (len(words), self.vector_size) or vectors.dtype.kind not in "fiu":
            rule = f"be numbers with the shape {(len(words), self.vector_size)}, a vector for each word"
            raise ParameterError("weights", "add_vectors", rule, weights)
        if (row := first_nonfinite_row(vectors)) is not None:
            fix = f"The vector of {words[row]!r} holds NaN or infinity."
            raise ParameterError("weights", "add_vectors", "be finite numbers", weights, fix)
        return vectors
