"""The parameters of `CRFTagger`: their rules, checks that involve several of them, and the options of training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import (
    Boolean,
    Choice,
    Integer,
    Real,
    Rule,
    Seed,
    Threads,
    check_parameters,
)
from wordvec.schemes.prefixes import SCHEMES
from wordvec.vectors.keyed_vectors import KeyedVectors

from .features.rules import GazetteerNames

if TYPE_CHECKING:
    from .learning.training import FitOptions

OWNER = "CRFTagger"
# Of a penalty. All weights are about 0 long before; from about 1e19 on, squares of gradients overflow float32.
MAX_STRENGTH = 1e12
# Parameters that predictions read, which may be set after training.
PREDICTION_PARAMETERS = ("decoding", "n_jobs", "vectors")


class VectorTables(Rule):
    """The rule for word vectors: KeyedVectors, a list of them, or None; the checked value is a list."""

    description = "KeyedVectors, a list of them, or None"
    fix = "KeyedVectors.load reads a file."

    def _checked(self, value: Any) -> list[KeyedVectors]:
        tables = [] if value is None else [value] if isinstance(value, KeyedVectors) else value
        if not isinstance(tables, (list, tuple)) or not all(isinstance(t, KeyedVectors) for t in tables):
            raise ValueError
        return list(tables)

    def bad_values(self) -> list[Any]:
        """Return a path, the rows of an array, and a list with an item of another type."""
        return ["vectors.bin", [[0.0, 1.0]], [None]]


class ClusterNumbers(Rule):
    """The rule for numbers of clusters: one of at least 2, a list of them, or None; the checked value is a tuple."""

    description = "a number of clusters of at least 2, a list of them, or None"
    typed = "numbers of clusters, each of at least 2, such as 64,256,1024"

    def _checked(self, value: Any) -> tuple[int, ...]:
        numbers = () if value is None else value if isinstance(value, (list, tuple)) else (value,)
        return tuple(Integer(2)._checked(number) for number in numbers)

    def bad_values(self) -> list[Any]:
        """Return numbers below 2, values of other types, and lists that contain them."""
        return [0, 1, True, 64.5, "64", [64, 1], [None], {64: 256}]


# All but `features`, an estimator: reading a file must not import scikit-learn.
CRF_RULES: dict[str, Rule] = {
    "algorithm": Choice("lbfgs", "sgd", "perceptron"),
    "c1": Real(0.0, MAX_STRENGTH),
    "c2": Real(0.0, MAX_STRENGTH),
    "max_iter": Integer(1) | None,
    "vectors": VectorTables(),
    "n_jobs": Threads(),
    "vector_window": Integer(0, 5) | None,
    "n_clusters": ClusterNumbers(),
    "gazetteers": GazetteerNames(),
    "dictionary": Boolean(),
    "min_freq": Real(0.0),
    "all_possible_states": Boolean(),
    "all_possible_transitions": Boolean(),
    "scheme": Choice("auto", *SCHEMES) | None,
    "decoding": Choice("viterbi", "marginal"),
    "tol": Real(0.0),
    "period": Integer(1),
    "learning_rate": Real(0.0, low_open=True),
    "patience": Integer(1) | None,
    "random_state": Seed(),
    "verbose": Boolean() | None,
}


def checked_options(tagger: Any) -> tuple[FitOptions, list[KeyedVectors]]:
    """Check the parameters of a tagger; return the options of training, and the tables of word vectors.

    Parameters
    ----------
    tagger : CRFTagger

    Raises
    ------
    ParameterError
        If a parameter is invalid, or `c1` is set for an algorithm without an L1 penalty.
    """
    from .learning.training import FitOptions  # here, as predictions need none

    found = check_parameters(tagger)
    if found.c1 and found.algorithm != "lbfgs":
        raise ParameterError(
            "c1",
            OWNER,
            'be 0 unless the algorithm is "lbfgs"',
            tagger.c1,
            "Set {c1=0}, or {algorithm='lbfgs'}.",
        )
    _check_clusters(tagger, found)
    options = FitOptions(
        algorithm=found.algorithm,
        c1=found.c1,
        c2=found.c2,
        max_iter=found.max_iter,
        min_freq=found.min_freq,
        tol=found.tol,
        period=found.period,
        learning_rate=found.learning_rate,
        seed=found.random_state,
        n_clusters=found.n_clusters,
        verbose=found.verbose,
    )
    return options, found.vectors


def _check_clusters(tagger: Any, found: Any) -> None:
    """Raise ParameterError if there are no vectors to cluster, or fewer vectors than clusters."""
    if found.n_clusters and not found.vectors:
        fix = "Clusters are of word vectors: set {vectors}, or leave {n_clusters} out."
        raise ParameterError("n_clusters", OWNER, "be left out without vectors", tagger.n_clusters, fix)
    smallest = min(map(len, found.vectors), default=0)
    if found.n_clusters and max(found.n_clusters) > smallest:
        rule = f"be at most {smallest}, the number of words that have a vector"
        raise ParameterError("n_clusters", OWNER, rule, tagger.n_clusters)
    if found.vector_window is None and found.vectors and not found.n_clusters:
        fix = "None leaves the vectors out and their clusters in: set {n_clusters}, too."
        raise ParameterError("vector_window", OWNER, "be a number without clusters", None, fix)


def check_vectors(vectors: Any) -> list[KeyedVectors]:
    """Return the tables of word vectors as a list, or raise ParameterError."""
    return CRF_RULES["vectors"].check("vectors", vectors, OWNER)
