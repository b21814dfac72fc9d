"""NGramScheme: how character n-grams of words map to rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wordvec._utils.errors import ParameterError

if TYPE_CHECKING:
    from wordvec.kernels.subwords import Scheme

END_OF_SENTENCE = "</s>"
FLORET_SEED = 2166136261
# The longest n-grams and the largest tables of them that can be trained.
MAX_NGRAM = 100
MAX_BUCKET = 2**30


@dataclass(frozen=True, eq=False)
class NGramScheme:
    """Which character n-grams a word has, and to which row of a table each maps.

    Attributes
    ----------
    min_n, max_n : int
        Length of the shortest and of the longest n-gram in characters, boundary marks included; max_n is 0 for none.
    bucket : int
        Rows of n-grams.
    hash_count : int
        Rows per n-gram with floret's hash, 1 to 4, which hashes whole words, too; 0 for fastText's hash, with one row
        per n-gram.
    seed : int
        The seed of floret's hash.
    before, after : str
        The marks at the beginning and the end of a word.
    kept : uint64 (n,), or None
        The buckets whose rows a pruned table has kept, in their order; None if it has all.
    whole_word : str
        The word that has no n-grams, fastText's end-of-sentence token; "" for none.
    """

    min_n: int
    max_n: int
    bucket: int
    hash_count: int = 0
    seed: int = 0
    before: str = "<"
    after: str = ">"
    kept: np.ndarray | None = None
    whole_word: str = END_OF_SENTENCE

    @property
    def n_rows(self) -> int:
        """Rows of n-grams that the table has."""
        return self.bucket if self.kept is None else len(self.kept)

    @property
    def has_ngrams(self) -> bool:
        """Whether a word has rows other than its own."""
        return (self.max_n > 0 or self.hash_count > 0) and self.n_rows > 0

    @cached_property
    def kernel_form(self) -> Scheme:
        """The same for the kernels."""
        # Here, as whole words need no kernel.
        from wordvec.kernels.ngrams import fill_slots
        from wordvec.kernels.subwords import Scheme

        slots = np.zeros((0, 2), np.uint64)
        if self.kept is not None:
            slots = np.zeros((1 << (2 * len(self.kept) + 1).bit_length(), 2), np.uint64)
            fill_slots(self.kept, slots)
        return Scheme(
            min_n=max(1, self.min_n),
            max_n=self.max_n if self.has_ngrams else 0,
            bucket=np.uint64(max(1, self.bucket)),
            hash_count=self.hash_count if self.has_ngrams else 0,
            seed=np.uint64(self.seed),
            before=np.frombuffer(self.before.encode(), np.uint8),
            after=np.frombuffer(self.after.encode(), np.uint8),
            kept_S2=slots,
        )

    def rows_of(
        self,
        words: np.ndarray,
        starts: np.ndarray,
        own_rows: np.ndarray,
        with_ngrams: np.ndarray,
        first_row: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of words, int32 (n_rows,), and where each word's rows begin, int64 (n_words + 1,).

        Parameters
        ----------
        words, starts : uint8 (n_bytes,), int64 (n_words + 1,)
            As `pack_strings` packs words.
        own_rows : int64 (n_words,)
            The row of the word itself, -1 for none; it comes first.
        with_ngrams : bool (n_words,)
        first_row : int
            The row of the first bucket.
        """
        from wordvec.kernels.subwords import most_rows, rows_of_words

        row_starts = np.empty(len(starts), np.int64)
        found = np.empty(most_rows(self.kernel_form, starts), np.int32)
        rows_of_words(self.kernel_form, words, starts, own_rows, with_ngrams, first_row, found, row_starts)
        return found[: row_starts[-1]], row_starts


def trained_scheme(min_n: int, max_n: int, bucket: int, hash_count: int) -> NGramScheme:
    """Return the scheme that `FastText` trains with; `hash_count` is 0 for fastText's hash."""
    return NGramScheme(min_n, max_n, bucket if max_n else 0, hash_count, FLORET_SEED if hash_count else 0)


def check_ngrams(owner: str, min_n: int, max_n: int, bucket: int) -> None:
    """Raise ParameterError if an estimator's n-gram parameters, each valid on its own, contradict each other."""
    if max_n and min_n > max_n:
        rule = f"be at most max_n ({max_n}), the length of the longest n-gram"
        raise ParameterError("min_n", owner, rule, min_n, "max_n=0 means no n-grams.")
    if max_n and not bucket:
        raise ParameterError(
            "bucket", owner, "be 1 or more with n-grams", bucket, "Without n-grams, set {max_n=0}."
        )
