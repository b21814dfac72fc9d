"""The options of a training run, and the checks of the parameters that they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wordvec._utils.threads import check_n_jobs
from wordvec._utils.validation import check_bool, check_choice, check_float, check_int, check_seed
from wordvec.kernels import blocks, cbow
from wordvec.text.corpus import MIN_MAX_MEMORY

# Chosen on wiki8 by RG-65 and MTurk-771 (tests/benchmarks/LOG.md).
_LEARNING_RATES = {"skipgram": 0.035, "cbow": 0.1}
_WORD2VEC_GRADIENT_RATE = 0.05
_NOISE_WORDS = {"skipgram": 24, "cbow": 16}
_WINDOW_KINDS = {
    "full": blocks.WINDOW_FULL,
    "expected": blocks.WINDOW_EXPECTED,
    "random": blocks.WINDOW_RANDOM,
}
_MAX_VECTOR_SIZE = 10_000
_MAX_WINDOW = 100
_MAX_NEGATIVE = 1000
_MAX_NOISE_WORDS = 256
_MAX_LEARNING_RATE = 10.0


@dataclass(frozen=True)
class TrainingOptions:
    """Everything but text and tables that decides the result of training; all values are checked."""

    is_cbow: bool
    vector_size: int
    window: int
    window_kind: int  # blocks.WINDOW_FULL, WINDOW_EXPECTED or WINDOW_RANDOM
    negative: int
    noise_words: int
    sample: float
    ns_exponent: float
    epochs: int
    learning_rate: float
    min_learning_rate: float
    combine: int  # cbow.MEAN_EXACT, MEAN_WORD2VEC or SUM
    deterministic: bool
    seed: int


def check_common(estimator: Any, owner: str) -> None:
    """Check the parameters that the estimators share and that are used as they are; not all have all of them.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not what it should be.
    """
    check_int("min_count", estimator.min_count, owner, 1)
    for name in ("max_vocab_size", "patience", "checkpoint_every"):
        value = getattr(estimator, name, None)
        if value is not None:
            check_int(name, value, owner, 1)
    if hasattr(estimator, "max_memory"):
        check_int("max_memory", estimator.max_memory, owner, MIN_MAX_MEMORY)
    check_n_jobs(estimator.n_jobs, owner)
    if estimator.verbose is not None:
        check_bool("verbose", estimator.verbose, owner)


def check_options(estimator: Any) -> TrainingOptions:
    """Return the checked options of a `Word2Vec`.

    Raises
    ------
    TypeError, ValueError
        If a parameter is not what it should be.
    """
    owner = "Word2Vec"
    architecture = check_choice("architecture", estimator.architecture, owner, ("skipgram", "cbow"))
    gradient = check_choice("gradient", estimator.gradient, owner, ("exact", "word2vec"))
    mode = check_choice("mode", estimator.mode, owner, ("deterministic", "racing"))
    weights = estimator.window_weights
    if weights is None:
        weights = "expected" if architecture == "skipgram" else "random"
    weights = check_choice("window_weights", weights, owner, ("expected", "random"))
    shrink_windows = check_bool("shrink_windows", estimator.shrink_windows, owner)
    check_common(estimator, owner)
    noise_words = estimator.noise_words
    if noise_words is None:
        noise_words = _NOISE_WORDS[architecture]
    noise_words = check_int("noise_words", noise_words, owner, 4, _MAX_NOISE_WORDS)
    if noise_words % 4:
        raise ValueError(
            f"The noise_words parameter of {owner} must be a multiple of 4. Got {noise_words} instead."
        )
    combine = cbow.SUM
    if check_bool("cbow_mean", estimator.cbow_mean, owner):
        combine = cbow.MEAN_EXACT if gradient == "exact" else cbow.MEAN_WORD2VEC
    rate = estimator.learning_rate
    if rate is None:
        is_exact = architecture == "skipgram" or combine == cbow.MEAN_EXACT
        rate = _LEARNING_RATES[architecture] if is_exact else _WORD2VEC_GRADIENT_RATE
    rate = check_float("learning_rate", rate, owner, 0.0, _MAX_LEARNING_RATE, low_open=True)
    return TrainingOptions(
        is_cbow=architecture == "cbow",
        vector_size=check_int("vector_size", estimator.vector_size, owner, 1, _MAX_VECTOR_SIZE),
        window=check_int("window", estimator.window, owner, 1, _MAX_WINDOW),
        window_kind=_WINDOW_KINDS[weights if shrink_windows else "full"],
        negative=check_int("negative", estimator.negative, owner, 1, _MAX_NEGATIVE),
        noise_words=noise_words,
        sample=check_float("sample", estimator.sample, owner, 0.0),
        ns_exponent=check_float("ns_exponent", estimator.ns_exponent, owner, -10.0, 10.0),
        epochs=check_int("epochs", estimator.epochs, owner, 1),
        learning_rate=rate,
        min_learning_rate=min(
            check_float("min_learning_rate", estimator.min_learning_rate, owner, 0.0), rate
        ),
        combine=combine,
        deterministic=mode == "deterministic",
        seed=check_seed(estimator.random_state, owner),
    )
