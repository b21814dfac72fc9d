"""WordComparisons: comparisons of given words, lists of words and documents; a base of `KeyedVectors`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.validation import check_choice
from wordvec.vectors.checks import as_words, check_words, checked_vector
from wordvec.vectors.neighbors import row_norms, similarities, unit_rows
from wordvec.vectors.table import WordTable
from wordvec.vectors.word_movers import exact_distance, relaxed_distance


class WordComparisons(WordTable):
    """A table of word vectors that compares given words, lists of words and documents.

    Parameters, attributes and errors are those of `KeyedVectors`.
    """

    def similarity(self, word1: str, word2: str) -> float:
        """Return the cosine of the angle between two words' vectors."""
        return float(self.get_vector(word1, norm=True) @ self.get_vector(word2, norm=True))

    def distance(self, word1: str, word2: str) -> float:
        """Return 1 - similarity."""
        return 1 - self.similarity(word1, word2)

    def distances(self, word_or_vector: str | np.ndarray, other_words: Sequence[str] = ()) -> np.ndarray:
        """Return 1 - cosine to each of `other_words`, or to all words if none are given, float32."""
        if isinstance(word_or_vector, str):
            vector = self[word_or_vector]
        else:
            vector = checked_vector(word_or_vector, self.vector_size)
        query = unit_rows(vector[None])[0]
        if not len(other_words):
            return 1 - similarities(self._table, self.norms, query)
        others = self._vectors_of(other_words)
        return 1 - similarities(others, row_norms(others), query)

    def n_similarity(self, words1: Sequence[str], words2: Sequence[str]) -> float:
        """Return the cosine between the mean vectors of two lists of words."""
        means = [
            self.get_mean_vector(words, pre_normalize=False, post_normalize=True, ignore_missing=False)
            for words in (words1, words2)
        ]
        return float(means[0] @ means[1])

    def most_similar_to_given(self, key1: str, keys_list: Sequence[str]) -> str:
        """Return the word of `keys_list` that is most similar to `key1`, the first in case of a tie."""
        words = _filled("keys_list", keys_list, "most_similar_to_given")
        check_words([key1])
        vectors, query = self._vectors_of(words), self.get_vector(key1, norm=True)
        return words[int(np.argmax(similarities(vectors, row_norms(vectors), query)))]

    def rank_by_centrality(self, words: Sequence[str], use_norm: bool = True) -> list[tuple[float, str]]:
        """Return words with their similarity to the mean of all, descending; ties from z to a.

        Parameters
        ----------
        words : list of str
            An unknown word is an error, as everywhere here; gensim leaves it out.
        use_norm : bool
            Normalise the words' vectors to unit length. If False, the scores are dot products with the unit-length
            mean.

        Returns
        -------
        list of (float, word)
        """
        words = _filled("words", words, "rank_by_centrality")
        vectors = self._vectors_of(words)
        mean = self.get_mean_vector(words, pre_normalize=use_norm, post_normalize=True, ignore_missing=False)
        norms = row_norms(vectors) if use_norm else np.ones(len(vectors), np.float32)
        return sorted(zip(similarities(vectors, norms, mean).tolist(), words), reverse=True)

    def doesnt_match(self, words: Sequence[str]) -> str:
        """Return the word that is least similar to the mean of all."""
        return self.rank_by_centrality(words)[-1][1]

    def wmdistance(
        self,
        document1: Sequence[str],
        document2: Sequence[str],
        norm: bool = True,
        *,
        method: str = "exact",
    ) -> float:
        """Return the Word Mover's Distance: how far the words of one document must move to become the other.

        Each word is weighted by its relative frequency in the document, and moving it costs the Euclidean distance
        between the vectors.

        Parameters
        ----------
        document1, document2 : list of str
            Words without a vector are left out, as in gensim; ``[w for w in document if not kv.knows(w)]`` lists them.
        norm : bool
            Normalise the words' vectors to unit length.
        method : {"exact", "relaxed"}
            The exact distance, which POT solves (``pip install "wordvec[index]"``), or its lower bound RWMD, where
            each word moves to the nearest one: it needs no POT and takes less time.

        Returns
        -------
        float
            Infinity if a document has no word with a vector, as in gensim: it is far from everything. 0 for
            documents whose words have the same vectors (gensim: infinity unless the words are the same).

        Raises
        ------
        ImportError
            If `method` is "exact" and POT is not installed.

        References
        ----------
        Kusner, Sun, Kolkin and Weinberger (2015), "From Word Embeddings To Document Distances", ICML.
        """
        check_choice("method", method, "wmdistance", ("exact", "relaxed"))
        if not isinstance(norm, (bool, np.bool_)):
            raise ParameterError("norm", "wmdistance", "be True or False", norm)
        vectors1, weights1 = self._bag_of_words("document1", document1, norm)
        vectors2, weights2 = self._bag_of_words("document2", document2, norm)
        if not len(weights1) or not len(weights2):
            return math.inf
        solve = exact_distance if method == "exact" else relaxed_distance
        return solve(vectors1, weights1, vectors2, weights2)

    def _bag_of_words(self, name: str, document: Sequence[str], norm: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors (n, D) of a document's distinct known words, and their weights, float64 (n,)."""
        counts = Counter(as_words(name, document, "wmdistance"))
        words = self._known_of(list(counts))
        vectors = self._vectors_of(words)
        numbers = np.array([counts[word] for word in words], np.float64)
        return unit_rows(vectors) if norm else vectors, numbers / max(1.0, numbers.sum())


def _filled(name: str, words: Sequence[str], owner: str) -> list[str]:
    found = as_words(name, words, owner)
    if not found:
        raise ParameterError(name, owner, "be a list of words that is not empty", words)
    return found
