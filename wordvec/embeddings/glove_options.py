"""The options of a GloVe run, and the checks of the parameters that they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wordvec._utils.validation import check_bool, check_choice, check_float, check_int, check_seed
from wordvec.counts.counting import MAX_WINDOW, MIN_MAX_MEMORY
from wordvec.embeddings.word2vec_options import check_common

_OWNER = "GloVe"
_MAX_VECTOR_SIZE = 10_000
_MAX_LEARNING_RATE = 10.0
_MAX_PENALTY = 1e6


@dataclass(frozen=True)
class GloVeOptions:
    """Everything but the counts that decides the result of training; all values are checked."""

    vector_size: int
    x_max: float
    weight_exponent: float
    learning_rate: float
    epochs: int
    retrofit_penalty: float
    seed: int


def check_glove_options(estimator: Any) -> GloVeOptions:
    """Return the checked options of a `GloVe`; its other parameters are checked, too.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not what it should be.
    """
    check_common(estimator, _OWNER)
    check_int("window", estimator.window, _OWNER, 1, MAX_WINDOW)
    check_bool("symmetric", estimator.symmetric, _OWNER)
    check_bool("distance_weighting", estimator.distance_weighting, _OWNER)
    check_choice("output", estimator.output, _OWNER, ("sum", "word", "both"))
    check_float("tol", estimator.tol, _OWNER, 0.0, 1.0)
    check_int("max_memory", estimator.max_memory, _OWNER, MIN_MAX_MEMORY)
    penalty = check_float("retrofit_penalty", estimator.retrofit_penalty, _OWNER, 0.0, _MAX_PENALTY)
    if penalty and estimator.init_vectors is None:
        raise ValueError(
            "The retrofit_penalty parameter of GloVe pulls towards given vectors. Pass them as init_vectors."
        )
    return GloVeOptions(
        vector_size=check_int("vector_size", estimator.vector_size, _OWNER, 1, _MAX_VECTOR_SIZE),
        x_max=check_float("x_max", estimator.x_max, _OWNER, 0.0, low_open=True),
        weight_exponent=check_float("weight_exponent", estimator.weight_exponent, _OWNER, 0.0, 10.0),
        learning_rate=check_float(
            "learning_rate", estimator.learning_rate, _OWNER, 0.0, _MAX_LEARNING_RATE, low_open=True
        ),
        epochs=check_int("epochs", estimator.epochs, _OWNER, 1),
        retrofit_penalty=penalty,
        seed=check_seed(estimator.random_state, _OWNER),
    )
