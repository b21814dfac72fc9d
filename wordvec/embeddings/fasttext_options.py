"""The parameters of `FastText`: their rules, and the training options derived from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Integer, Rule
from wordvec.embeddings.word2vec_options import WORD2VEC_RULES, Word2VecOptions
from wordvec.vectors.subwords.scheme import MAX_BUCKET, MAX_NGRAM, NGramScheme, check_ngrams, trained_scheme

FASTTEXT_RULES: dict[str, Rule] = {
    **{name: rule for name, rule in WORD2VEC_RULES.items() if name != "common_components"},
    "min_n": Integer(1, MAX_NGRAM),
    "max_n": Integer(0, MAX_NGRAM),
    "bucket": Integer(0, MAX_BUCKET),
    "hash_count": Integer(1, 4) | None,
    "position_weights": Boolean(),
}


@dataclass(frozen=True)
class FastTextOptions(Word2VecOptions):
    """Everything that determines the result of training, except text and tables; all values are checked."""

    # An update of a word is added to all of its rows, so that a rate counts for more.
    skipgram_defaults: ClassVar[tuple[float, int]] = (0.035, 24)

    min_n: int
    max_n: int
    bucket: int
    hash_count: int  # 0 for fastText's hash
    position_weights: bool

    @classmethod
    def of(cls, estimator: Any) -> Self:
        """Check the parameters of a `FastText` and return its options.

        Raises
        ------
        ParameterError
            If a parameter breaks its rule, or parameters contradict each other.
        """
        options = super().of(estimator)
        options = replace(options, hash_count=options.hash_count or 0)
        check_ngrams("FastText", options.min_n, options.max_n, options.bucket)
        if options.position_weights and not options.is_cbow:
            rule, fix = "be False for skip-gram", "Set {architecture='cbow'}."
            raise ParameterError("position_weights", "FastText", rule, True, fix)
        return options

    @property
    def scheme(self) -> NGramScheme:
        """How n-grams map to rows."""
        return trained_scheme(self.min_n, self.max_n, self.bucket, self.hash_count)

    def n_rows(self, n_words: int) -> int:
        """Return the number of rows of a vocabulary's table: of n-grams and, unless they are hashed, of words."""
        return (0 if self.has_hashed_words else n_words) + self.scheme.n_rows

    @property
    def has_hashed_words(self) -> bool:
        """Whether whole words are hashed like n-grams and have no rows of their own."""
        return bool(self.hash_count) and self.max_n > 0
