"""The parameters of `Word2Vec`: their rules, and the training options derived from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Integer, Real, Rule, check_parameters
from wordvec.embeddings.parameters import LEARNING_RATE, MODE, TRAINER_RULES, check_init_vectors, options_of
from wordvec.kernels.word2vec import blocks, cbow
from wordvec.text.corpus import MIN_MAX_MEMORY
from wordvec.text.vocabulary import LIMIT_RULES

# Chosen on wiki8 by RG-65 and MTurk-771 (tests/benchmarks/LOG.md).
_CBOW_RATE, _WORD2VEC_GRADIENT_RATE = 0.1, 0.05
# Of shards, whose steps are averaged for frequent words.
_SHARDED_CBOW_RATES = 1.4
_SHARDED_SKIPGRAM = (0.049, 24)  # no better with 32 samples
_CBOW_SHARED_NEGATIVES = 16
_WINDOW_KINDS = {
    "full": blocks.WINDOW_FULL,
    "expected": blocks.WINDOW_EXPECTED,
    "random": blocks.WINDOW_RANDOM,
}

WORD2VEC_RULES: dict[str, Rule] = {
    **TRAINER_RULES,
    **LIMIT_RULES,
    "architecture": Choice("skipgram", "cbow"),
    "window": Integer(1, 100),
    "shrink_windows": Boolean(),
    "window_weights": Choice("expected", "random") | None,
    "negative": Integer(1, 1000),
    "shared_negatives": Integer(4, 256, multiple_of=4) | None,
    "ns_exponent": Real(-10.0, 10.0),
    "sample": Real(0.0),
    "learning_rate": LEARNING_RATE | None,
    "min_learning_rate": Real(0.0),
    "cbow_mean": Boolean(),
    "gradient": Choice("exact", "word2vec"),
    "mode": MODE,
    "max_memory": Integer(MIN_MAX_MEMORY),
    "checkpoint_every": Integer(1) | None,
    "n_shards": Integer(1, 4096),
    "exchange": Choice("float32", "float16"),
    "common_components": Integer(0, 100),
}


@dataclass(frozen=True)
class Word2VecOptions:
    """Everything but text and tables that decides the result of training; all values are checked."""

    # The default learning rate and number of shared negative samples of skip-gram.
    skipgram_defaults: ClassVar[tuple[float, int]] = (0.05, 32)

    is_cbow: bool
    vector_size: int
    window: int
    window_kind: int  # blocks.WINDOW_FULL, WINDOW_EXPECTED or WINDOW_RANDOM
    negative: int
    shared_negatives: int
    sample: float
    ns_exponent: float
    epochs: int
    learning_rate: float
    min_learning_rate: float
    combine: int  # cbow.MEAN_EXACT, MEAN_WORD2VEC or SUM
    deterministic: bool
    seed: int
    n_shards: int = field(default=1, kw_only=True)
    half_exchange: bool = field(default=False, kw_only=True)  # whether shards exchange steps in float16
    common_components: int = field(default=0, kw_only=True)  # halved when training has ended

    @classmethod
    def of(cls, estimator: Any) -> Self:
        """Check the parameters of a `Word2Vec` and return its options.

        Raises
        ------
        ParameterError
            If a parameter breaks its rule.
        """
        found = check_parameters(estimator)
        check_init_vectors(found.init_vectors, found.vector_size, type(estimator).__name__)
        architecture, window_weights, rate = found.architecture, found.window_weights, found.learning_rate
        if window_weights is None:
            window_weights = "expected" if architecture == "skipgram" else "random"
        combine = cbow.SUM
        if found.cbow_mean:
            combine = cbow.MEAN_EXACT if found.gradient == "exact" else cbow.MEAN_WORD2VEC
        if found.n_shards > 1 and found.mode == "racing":
            rule, fix = "be 1 in racing mode", "Set {mode='deterministic'}."
            raise ParameterError("n_shards", type(estimator).__name__, rule, found.n_shards, fix)
        is_sharded = found.n_shards > 1
        if architecture == "skipgram":
            default_rate, shared_negatives = _SHARDED_SKIPGRAM if is_sharded else cls.skipgram_defaults
        else:
            default_rate = _CBOW_RATE if combine == cbow.MEAN_EXACT else _WORD2VEC_GRADIENT_RATE
            default_rate *= _SHARDED_CBOW_RATES if is_sharded else 1
            shared_negatives = _CBOW_SHARED_NEGATIVES
        if rate is None:
            rate = default_rate
        return options_of(
            cls,
            found,
            is_cbow=architecture == "cbow",
            window_kind=_WINDOW_KINDS[window_weights if found.shrink_windows else "full"],
            shared_negatives=found.shared_negatives or shared_negatives,
            learning_rate=rate,
            min_learning_rate=min(found.min_learning_rate, rate),
            combine=combine,
            deterministic=found.mode == "deterministic",
            half_exchange=found.exchange == "float16",
            common_components=getattr(found, "common_components", 0),  # FastText has none
            seed=found.random_state,
        )
