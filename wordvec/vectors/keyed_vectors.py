"""KeyedVectors: words with their vectors; similarity, nearest neighbours and analogies.

Names and meanings are gensim 4's, and results agree to 1e-5. Differences, all deliberate: an unknown word is an error
that names the nearest spellings, unless a method says that it leaves such words out; a vector of zeros has similarity 0
with everything (never NaN); ties are returned in the order of the vocabulary; and methods that change gensim's vectors
in place return new vectors here.
"""

from __future__ import annotations

import numbers
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.spelling import UnknownWordError
from wordvec._utils.validation import check_choice, check_int, import_optional
from wordvec.vectors.checks import as_items, checked_vector, weighted_items
from wordvec.vectors.comparisons import WordComparisons
from wordvec.vectors.derived import DerivedTables
from wordvec.vectors.evaluation import (
    COSMUL_EPSILON,
    AnalogyScores,
    PairScores,
    evaluate_word_analogies,
    evaluate_word_pairs,
)
from wordvec.vectors.formats.dispatch import read_stored, save_vectors
from wordvec.vectors.int8_table import Int8Table
from wordvec.vectors.neighbors import nearest, nearest_to, similarities, top_rows, unit_rows

__all__ = ["KeyedVectors", "UnknownWordError"]

if TYPE_CHECKING:
    from wordvec.vectors.approximate import ApproximateIndex

Neighbors = list[tuple[str, float]]

MIN_MEMORY = 1 << 24


class KeyedVectors(WordComparisons, DerivedTables):
    """A table of word vectors with one word to a row. Read-only once made.

    Parameters
    ----------
    vectors : ndarray (V, D), Int8Table, or None
        float32 and float16 are kept as they are, memory maps included, without a copy if C-contiguous; other real
        numbers become float32. The values of a memory map are checked at the first query, because that check reads the
        whole file. None if `subwords` provides them. `astype("int8")` and files with int8 make an Int8Table in a
        quarter of the memory, which queries convert block by block.
    index_to_key : sequence of str
        The word of each row, by decreasing frequency where that is known. No word twice.
    counts : ndarray (V,), optional
        How often each word was seen.
    subwords : SubwordTable, optional
        The rows of n-grams whose means are the vectors: queries then accept words that are not in the table, too.

    Attributes
    ----------
    vectors : float32 or float16 (V, D), read-only
    index_to_key : list of str
    key_to_index : dict of str to int
    counts : int64 (V,), or None
    subwords : SubwordTable, or None
    quantized : Int8Table, or None

    Raises
    ------
    ValueError
        If shapes do not match, the table is empty, a word occurs twice or a value is NaN or infinite.
    TypeError
        If `vectors` are not real numbers or a word is not a str.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([[9, 1, 0], [9, 0, 1], [1, 8, 0], [0, 7, 7]], np.float32)
    >>> kv = KeyedVectors(table, ["king", "queen", "man", "woman"])
    >>> [(word, round(score, 2)) for word, score in kv.most_similar("king", topn=2)]
    [('queen', 0.99), ('man', 0.23)]
    >>> kv.analogy("man", "king", "woman", topn=1)[0][0]
    'queen'
    >>> kv.doesnt_match(["king", "queen", "woman"])
    'woman'

    References
    ----------
    Mikolov, Yih and Zweig (2013), "Linguistic Regularities in Continuous Space Word Representations", NAACL;
    Levy and Goldberg (2014), "Linguistic Regularities in Sparse and Explicit Word Representations", CoNLL.
    """

    def most_similar(
        self,
        positive: Any = None,
        negative: Any = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
        *,
        weights: Sequence[float] | None = None,
    ) -> Neighbors | np.ndarray:
        """Return the words whose vectors are most similar (cosine) to the sum of positive minus negative ones.

        Parameters
        ----------
        positive, negative : a word, a vector (D,), a table (n, D), or a list of words, vectors and
            (word or vector, weight) pairs
            Words contribute their unit vectors, vectors are used as they are; a weight in a pair replaces 1 in
            `positive` and -1 in `negative`. The given words are never among the answers.
        topn : int or None
            None returns the similarities of all words instead, float32 (V,).
        restrict_vocab : int, optional
            Search only the first, most frequent words.
        weights : one number for each item of `positive`, then of `negative`, optional
            A factor for the item's weight.

        Returns
        -------
        list of (word, cosine similarity), descending

        Raises
        ------
        UnknownWordError
            A KeyError that names the nearest spellings.
        """
        items, factors = weighted_items(positive, negative, weights)
        query = self.get_mean_vector(items, factors, post_normalize=True, ignore_missing=False)
        n_rows = self._n_searched(restrict_vocab)
        table, norms = self._table[:n_rows], self.norms[:n_rows]
        if topn is None:
            return similarities(table, norms, query)
        topn = check_int("topn", topn, "most_similar", 1)
        given = self._rows_among([item for item in items if isinstance(item, str)], n_rows)
        return self._neighbors(*nearest_to(table, norms, query, given, topn))

    def similar_by_word(
        self, word: str, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Neighbors | np.ndarray:
        """Return `most_similar` of one word."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_vector(
        self, vector: np.ndarray, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Neighbors | np.ndarray:
        """Return the words nearest to a vector (D,); no word is excluded."""
        return self.most_similar([vector], topn=topn, restrict_vocab=restrict_vocab)

    def most_similar_batch(
        self,
        words: Sequence[str],
        topn: int = 10,
        restrict_vocab: int | None = None,
        max_memory: int = 1 << 28,
    ) -> list[Neighbors]:
        """Return `most_similar(word)` for each of `words`, to the last bit, in one scan of the table in bounded memory.

        Parameters
        ----------
        max_memory : int
            Bytes that may be used in addition to the table and the answers, 16 MiB or more.
        """
        topn = check_int("topn", topn, "most_similar_batch", 1)
        max_memory = check_int("max_memory", max_memory, "most_similar_batch", MIN_MEMORY)
        n_rows = self._n_searched(restrict_vocab)
        if not len(words):
            return []
        queries = unit_rows(unit_rows(self._vectors_of(words)))  # as the mean of one word's vector
        rows = np.array([self.key_to_index.get(word, -1) for word in words], np.int64)
        answers = nearest(self._table[:n_rows], self.norms[:n_rows], queries, rows, topn, max_memory)
        return [self._neighbors(*answer) for answer in answers]

    def index(self, kind: str = "usearch", path: Any = None, **options: Any) -> ApproximateIndex:
        """Return an index for approximate neighbours among millions: `wordvec.vectors.approximate.ApproximateIndex`."""
        from wordvec.vectors.approximate import ApproximateIndex  # here, as other questions need less

        check_choice("kind", kind, "index", ("usearch",))
        return ApproximateIndex(self, path, **options)

    def most_similar_cosmul(
        self,
        positive: Any = None,
        negative: Any = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> Neighbors | np.ndarray:
        """Return the words with the greatest product of similarities to `positive` over `negative`.

        3CosMul, Levy and Goldberg (2014), "Linguistic Regularities in Sparse and Explicit Word
        Representations", eq. 4, with similarities shifted to [0, 1]. Arguments as in `most_similar`, without weights; a
        vector should have unit length.
        """
        positives, negatives = as_items(positive), as_items(negative)
        if not positives:
            raise ParameterError("positive", "most_similar_cosmul", "hold a word or a vector", positive)
        n_rows = self._n_searched(restrict_vocab)
        scores = np.ones(n_rows)
        for item in positives:
            scores *= self._shifted_similarities(item, n_rows)
        denominator = np.ones(n_rows)
        for item in negatives:
            denominator *= self._shifted_similarities(item, n_rows)
        scores /= denominator + COSMUL_EPSILON
        if topn is None:
            return scores.astype(np.float32)
        topn = check_int("topn", topn, "most_similar_cosmul", 1)
        return self._best(scores, [item for item in positives + negatives if isinstance(item, str)], topn)

    def analogy(
        self,
        a: str,
        b: str,
        c: str,
        method: str = "3cosadd",
        topn: int = 10,
        restrict_vocab: int | None = None,
    ) -> Neighbors | np.ndarray:
        """Return what is to `c` as `b` is to `a`: analogy("man", "king", "woman") should start with "queen".

        Parameters
        ----------
        method : "3cosadd" (Mikolov et al. 2013) or "3cosmul" (Levy and Goldberg 2014)
        """
        check_choice("method", method, "analogy", ("3cosadd", "3cosmul"))
        search = self.most_similar if method == "3cosadd" else self.most_similar_cosmul
        return search([b, c], [a], topn=topn, restrict_vocab=restrict_vocab)

    def relative_cosine_similarity(self, word1: str, word2: str, topn: int = 10) -> float:
        """Return the similarity of two words divided by the sum of the similarities of `word1` to its nearest words.

        Leeuwenberg et al. (2016), "A Minimally Supervised Approach for Synonym Extraction with Word Embeddings",
        Prague Bulletin of Mathematical Linguistics 105, eq. 1: if it is above 1 / `topn`, `word2` is nearer than an
        average neighbour.

        Parameters
        ----------
        topn : int
            How many of the nearest words.

        Raises
        ------
        ValueError
            If these similarities sum to 0.
        """
        topn = check_int("topn", topn, "relative_cosine_similarity", 1)
        total = sum(score for _, score in self.most_similar([word1], topn=topn))
        if total == 0:
            raise ValueError(
                f"The similarities of the words nearest to {word1!r} sum to 0, so none is a share of them: "
                "its vector is all zeros, or there is no other word."
            )
        return self.similarity(word1, word2) / total

    def closer_than(self, word1: str, word2: str) -> list[str]:
        """Return the words that are closer to `word1` than `word2` is, in vocabulary order."""
        row1, row2 = self._row(word1), self._row(word2)
        distances = self.distances(word1)
        return [self.index_to_key[row] for row in np.flatnonzero(distances < distances[row2]) if row != row1]

    def rank(self, word1: str, word2: str) -> int:
        """Return the rank of `word2` among the neighbours of `word1`, from 1."""
        return len(self.closer_than(word1, word2)) + 1

    def evaluate_word_pairs(self, path: str | os.PathLike[str], **options: Any) -> PairScores:
        """Score against human judgements: `wordvec.vectors.evaluation.evaluate_word_pairs(self, path, ...)`."""
        return evaluate_word_pairs(self, path, **options)

    def evaluate_word_analogies(self, path: str | os.PathLike[str], **options: Any) -> AnalogyScores:
        """Score on analogies: `wordvec.vectors.evaluation.evaluate_word_analogies(self, path, ...)`."""
        return evaluate_word_analogies(self, path, **options)

    def subset(self, words: Iterable[str]) -> KeyedVectors:
        """Return new KeyedVectors of these words, in this order, without n-grams."""
        chosen = list(words)
        rows = self._rows(chosen)
        return KeyedVectors(self._table[rows], chosen, None if self.counts is None else self.counts[rows])

    def unit_normed(self) -> KeyedVectors:
        """Return new KeyedVectors whose vectors have unit length, float32, without n-grams."""
        return KeyedVectors(self.unit_vectors, self.index_to_key, self.counts)

    def astype(self, dtype: Any) -> KeyedVectors:
        """Return new KeyedVectors, without n-grams, as float32, float16 (half the memory) or int8 (a quarter).

        With int8, no number is off by more than 1/254 of the largest in its row. Sums are float32.
        """
        wanted = check_choice("dtype", np.dtype(dtype).name, "astype", ("float16", "float32", "int8"))
        if wanted == "int8":
            quantized = self.quantized or Int8Table.rounded(self._table)
            return KeyedVectors(quantized, self.index_to_key, self.counts)
        with np.errstate(over="ignore"):
            table = self._table.astype(wanted)
        return KeyedVectors(table, self.index_to_key, self.counts)

    def to_gensim(self) -> Any:
        """Return a copy as gensim's KeyedVectors; counts become its vecattr "count"."""
        gensim = import_optional("gensim.models.keyedvectors", pip="wordvec[gensim]", purpose="to_gensim()")
        other = gensim.KeyedVectors(self.vector_size, count=len(self))
        # add_vectors and set_vecattr would take a Python call for each word.
        other.vectors = self._table.astype(np.float32)
        other.index_to_key = list(self.index_to_key)
        other.key_to_index = dict(self.key_to_index)
        other.next_index = len(self)
        if self.counts is not None:
            other.expandos["count"] = self.counts.copy()
        return other

    @classmethod
    def from_gensim(cls, other: Any) -> KeyedVectors:
        """Return a copy of gensim's KeyedVectors (of a trained model: `model.wv`); keys that are numbers become str."""
        if not (hasattr(other, "index_to_key") and hasattr(other, "vectors") and hasattr(other, "expandos")):
            kind = type(other).__name__
            raise TypeError(f"from_gensim needs gensim's KeyedVectors (model.wv for a model). Got {kind}.")
        # Tags of documents may be numbers.
        words = [str(key) if isinstance(key, numbers.Integral) else key for key in other.index_to_key]
        return cls(np.array(other.vectors), words, other.expandos.get("count"))

    def save(
        self, path: str | os.PathLike[str], *, format: str | None = None, dtype: str | None = None
    ) -> None:
        """Write to a file: `wordvec.vectors.formats.dispatch.save_vectors(self, path, ...)`."""
        save_vectors(self, path, format=format, dtype=dtype)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        limit: int | None = None,
        mmap: bool = False,
        verify: bool = False,
        encoding: str = "utf-8",
        errors: str = "strict",
        duplicates: str = "first",
        format: str | None = None,
    ) -> Self:
        """Read from a file; its format and its compression are detected from the content.

        The files of whole models that our trainers and fastText save are read as well; with those of FastText, fastText
        and floret, queries accept words that the file does not list, too, and compose their vectors from n-grams.

        Parameters
        ----------
        limit : int, optional
            Read only the first rows, the most frequent words.
        mmap : bool
            Memory-map the table instead of reading it; .safetensors files only. Models of fastText are always mapped.
        verify : bool
            Check the data of a mapped table, too, which reads all of it once. A table that is read is always checked.
        encoding, errors : str
            How words of word2vec and GloVe files are decoded; errors="replace" accepts damaged words, too, and
            "backslashreplace" keeps words distinct that "replace" would make equal.
        duplicates : {"first", "last", "error"}
            Which row is used for a word that occurs more than once, with a warning: the first, as in gensim, or the
            last, as in spaCy, in the place of the first; "error" rejects the file.
        format : {"word2vec-text", "word2vec-binary", "glove", "safetensors", "fasttext", "floret"}, optional
            The format, where the content fits more than one.

        Raises
        ------
        ValueError
            If the file is not a vector file or is damaged; the message names the file and the line or row.
        IsADirectoryError
            If the path is a folder.
        """
        stored = read_stored(
            path,
            limit=limit,
            mmap=mmap,
            verify=verify,
            encoding=encoding,
            errors=errors,
            duplicates=duplicates,
            format=format,
        )
        return cls(stored.vectors, stored.words, stored.counts, subwords=stored.subwords)

    def _n_searched(self, restrict_vocab: int | None) -> int:
        if not len(self):
            raise ValueError(
                "These vectors are of n-grams alone, as a table of floret is: any word has a vector, and there are no "
                "words to search. Use the .bin of the same model, or compare given words with similarity()."
            )
        if restrict_vocab is None:
            return len(self)
        return min(len(self), check_int("restrict_vocab", restrict_vocab, "a search", 1))

    def _neighbors(self, rows: np.ndarray, scores: np.ndarray) -> Neighbors:
        words = self.index_to_key
        return [(words[row], score) for row, score in zip(rows.tolist(), scores.tolist())]

    def _rows_among(self, words: list[str], n_rows: int) -> np.ndarray:
        """Return the rows of those words that are among the first `n_rows`."""
        # A word that only its n-grams know has no row.
        rows = np.array([self.key_to_index[word] for word in words if word in self.key_to_index], np.int64)
        return rows[rows < n_rows]

    def _best(self, scores: np.ndarray, given: list[str], topn: int) -> Neighbors:
        """Return the words with the best scores, except the given ones; changes `scores` in place."""
        scores[self._rows_among(given, len(scores))] = -np.inf
        rows = top_rows(scores, topn)
        rows = rows[scores[rows] > -np.inf]
        return self._neighbors(rows, scores[rows])

    def _shifted_similarities(self, item: str | np.ndarray, n_rows: int) -> np.ndarray:
        if isinstance(item, str):
            query = self.get_vector(item, norm=True)
        else:
            query = checked_vector(item, self.vector_size)
        return (1 + similarities(self._table[:n_rows], self.norms[:n_rows], query)) / 2
