"""The parameters of `EmbeddingClassifier`: their rules, and the options derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wordvec._utils.parameters import Boolean, Integer, Real, Rule, check_parameters
from wordvec.embeddings.parameters import MODE, TRAINER_RULES, check_init_vectors, options_of
from wordvec.text.tokenizers import TOKENIZER_RULE

_MAX_ROWS = 2**31 - 1


class ClassWeight(Rule):
    """Weights of classes: "balanced", a dict, or None."""

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
    "lowercase": Boolean(),
    "class_weight": ClassWeight(),
    "mode": MODE,
}


@dataclass(frozen=True)
class SupervisedOptions:
    """Everything but texts and labels that decides the result of training; all values are checked."""

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


def checked_options(estimator: Any) -> tuple[SupervisedOptions, FeatureLimits]:
    """Check the parameters of an `EmbeddingClassifier`; return its options.

    Raises
    ------
    ParameterError
        If a parameter breaks its rule.
    """
    found = check_parameters(estimator)
    check_init_vectors(found.init_vectors, found.vector_size, "EmbeddingClassifier")
    is_deterministic = found.mode == "deterministic"
    options = options_of(SupervisedOptions, found, deterministic=is_deterministic, seed=found.random_state)
    return options, options_of(FeatureLimits, found)
