"""The parameters of `EmbeddingClassifier`: their rules, and the options derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, check_parameters
from wordvec.embeddings.parameters import MODE, TRAINER_RULES, check_init_vectors, options_of
from wordvec.text.tokenizers import TOKENIZER_RULE
from wordvec.vectors.subwords.scheme import MAX_BUCKET, MAX_NGRAM, check_ngrams

_OWNER = "EmbeddingClassifier"
_MAX_ROWS = 2**31 - 1


class ClassWeight(Rule):
    """Rule of class weights: "balanced", a dict, or None."""

    description = "'balanced', a dict of class to float, or None"
    typed = "'balanced'"

    def _checked(self, value: Any) -> Any:
        if value != "balanced" and not isinstance(value, (dict, type(None))):
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return another word, a list and a number."""
        return ["even", [1.0, 2.0], 1.0]


SUPERVISED_RULES: dict[str, Rule] = {
    **TRAINER_RULES,
    "word_ngrams": Integer(1, 5),
    "dropout": Real(0.0, 0.95),
    "min_count": Integer(1),
    "min_ngram_count": Integer(1),
    "max_ngrams": Integer(0, _MAX_ROWS // 2),
    "tokenizer": TOKENIZER_RULE,
    "lowercase": Boolean() | None,
    "class_weight": ClassWeight(),
    "mode": MODE,
    "bucket": Integer(1, MAX_BUCKET) | None,
    "min_n": Integer(1, MAX_NGRAM),
    "max_n": Integer(0, MAX_NGRAM),
    "loss": Choice("softmax", "hs", "ova"),
}


@dataclass(frozen=True)
class SupervisedOptions:
    """Everything that determines the result of training, except texts and labels; all values are checked."""

    vector_size: int
    epochs: int
    learning_rate: float
    dropout: float
    deterministic: bool
    seed: int


@dataclass(frozen=True)
class FeatureLimits:
    """Which words and n-grams get a row; all values are checked."""

    word_ngrams: int
    min_count: int
    min_ngram_count: int
    max_ngrams: int


@dataclass(frozen=True)
class HashedLimits:
    """Which words get a row, which n-grams are hashed, and the loss; all values are checked."""

    word_ngrams: int
    min_count: int
    bucket: int
    min_n: int
    max_n: int
    loss: str


def checked_options(estimator: Any) -> tuple[SupervisedOptions, FeatureLimits | HashedLimits]:
    """Check the parameters of an `EmbeddingClassifier`; return its options.

    Raises
    ------
    ParameterError
        If a parameter breaks its rule, or parameters contradict each other.
    """
    found = check_parameters(estimator)
    check_init_vectors(found.init_vectors, found.vector_size, _OWNER)
    is_deterministic = found.mode == "deterministic"
    options = options_of(SupervisedOptions, found, deterministic=is_deterministic, seed=found.random_state)
    if found.bucket is None:
        for name, value in (("max_n", 0), ("loss", "softmax")):
            if getattr(found, name) != value:
                rule, fix = (
                    f"be {value!r} without bucket",
                    "Set {bucket=2_000_000} for a model in fastText's format.",
                )
                raise ParameterError(name, _OWNER, rule, getattr(found, name), fix)
        return options, options_of(FeatureLimits, found)
    _check_hashed(found)
    return options, options_of(HashedLimits, found)


def _check_hashed(found: Any) -> None:
    """Raise ParameterError if a parameter is incompatible with `bucket`."""
    check_ngrams(_OWNER, found.min_n, found.max_n, found.bucket)
    is_plain = found.tokenizer in ("auto", "whitespace") if isinstance(found.tokenizer, str) else False
    for name, is_right, rule, fix in (
        (
            "tokenizer",
            is_plain,
            "be 'whitespace' with bucket",
            "Split texts yourself, and pass lists of tokens.",
        ),
        ("lowercase", not found.lowercase, "not be True with bucket", "Lower the texts yourself."),
        ("min_ngram_count", found.min_ngram_count == 1, "be 1 with bucket", "There, all n-grams are hashed."),
        (
            "class_weight",
            found.class_weight is None or found.loss == "softmax",
            f"be None with loss={found.loss!r}",
            "Pass sample_weight to fit, or take loss='softmax'.",
        ),
        (
            "patience",
            found.patience is None or found.loss == "softmax",
            f"be None with loss={found.loss!r}",
            "Validation texts choose the epoch with loss='softmax' alone.",
        ),
    ):
        if not is_right:
            raise ParameterError(name, _OWNER, rule, getattr(found, name), fix)
