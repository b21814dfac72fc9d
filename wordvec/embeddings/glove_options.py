"""The parameters of `GloVe`: their rules, and the training options derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Choice, Integer, Real, Rule, check_parameters
from wordvec.counts.counting import COUNTING_RULES
from wordvec.embeddings.parameters import TRAINER_RULES, check_init_vectors, options_of

GLOVE_RULES: dict[str, Rule] = {
    **TRAINER_RULES,
    **COUNTING_RULES,
    "x_max": Real(0.0, low_open=True),
    "weight_exponent": Real(0.0, 10.0),
    "output": Choice("sum", "word", "both"),
    "tol": Real(0.0, 1.0),
    "retrofit_penalty": Real(0.0, 1e6),
    "checkpoint_every": Integer(1) | None,
}


@dataclass(frozen=True)
class GloVeOptions:
    """Everything that determines the result of training, except the counts; all values are checked."""

    vector_size: int
    x_max: float
    weight_exponent: float
    learning_rate: float
    epochs: int
    retrofit_penalty: float
    seed: int

    @classmethod
    def of(cls, estimator: Any) -> GloVeOptions:
        """Check the parameters of a `GloVe` and return its options.

        Raises
        ------
        ParameterError
            If a parameter breaks its rule, or there is a penalty but there are no `init_vectors`.
        """
        found = check_parameters(estimator)
        check_init_vectors(found.init_vectors, found.vector_size, "GloVe")
        if found.retrofit_penalty and found.init_vectors is None:
            raise ParameterError(
                "retrofit_penalty",
                "GloVe",
                "be 0 without {init_vectors}",
                found.retrofit_penalty,
                "It pulls vectors towards given ones. Pass those as {init_vectors=...}.",
            )
        return options_of(cls, found, seed=found.random_state)
