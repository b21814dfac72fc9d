"""WEAT and SEAT: association tests for words and sentences, with permutation tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.parameters import Boolean, Choice, Integer, Rule, Seed
from wordvec._utils.tables import format_table
from wordvec._utils.validation import check_arguments, check_instance
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..features.vectorizer import EmbeddingVectorizer
from ..metrics.scores import Scores
from .permutations import count_all, count_sampled
from .sets import WordSet, check_disjoint, checked_words, left_out_lines, look_up, settled, unit

__all__ = ["TEMPLATES", "AssociationTest", "seat", "weat"]

TEMPLATES = {
    "en": (
        "This is {}",
        "That is {}",
        "Here is {}",
        "It is about {}",
        "They said {}",
        "The word is {}",
    ),
    "zh": ("这是{}", "那是{}", "这里是{}", "这与{}有关", "人们说到{}", "这个词是{}"),
}
# Cosines of float32 vectors are exact to about 1e-7: less than this is no difference between words.
_ROUNDING = 1e-6
_RULES: dict[str, Rule] = {
    "alternative": Choice("greater", "less", "two-sided"),
    "ignore_missing": Boolean(),
    "ddof": Integer(0, 1),
    "max_exact": Integer(0, 24),
    "n_samples": Integer(1),
    "random_state": Seed(),
}


@dataclass(frozen=True)
class AssociationTest(Scores):
    """The result of an association test; ``print`` it for a text.

    Attributes
    ----------
    measure : str
        "WEAT" or "SEAT".
    effect_size : float
        Difference of the mean associations of X and Y in standard deviations, from -2 to 2; 0 if all associations are
        equal up to float32 rounding.
    statistic : float
        Sum of the associations of X minus that of Y.
    p_value : float
        Share of partitions whose statistic is at least as extreme as this one.
    alternative : str
    method : str
        "exact" if every partition was counted, "sampled" if a random sample was.
    n_partitions : int
        The number of partitions counted or sampled.
    seed : int or None
        Seed of the sample.
    associations : dict of dict of float
        For "X" and "Y", the association s(w, A, B) of each word or sentence w.
    left_out : dict of list of str
        For "X", "Y", "A" and "B", the items without a vector.
    """

    measure: str
    effect_size: float
    statistic: float
    p_value: float
    alternative: str
    method: str
    n_partitions: int
    seed: int | None
    associations: dict[str, dict[str, float]]
    left_out: dict[str, list[str]]

    def format(self) -> str:
        """Return the effect size, the p-value and its method, the mean associations, and what was left out."""
        partitions = counted(self.n_partitions, "partition")
        how = f"all {partitions}" if self.method == "exact" else f"{partitions} drawn with seed {self.seed}"
        rows = [
            [name, str(len(values)), f"{sum(values.values()) / len(values):+.4f}"]
            for name, values in self.associations.items()
        ]
        return "\n".join(
            [
                f"{self.measure}: effect size {self.effect_size:+.4f}, statistic {self.statistic:+.4f}",
                f"p = {self.p_value:.3g} ({self.alternative}; {self.method}: {how})",
                format_table(rows, ["set", "items", "mean association"]),
                *left_out_lines(self.left_out),
            ]
        )


def weat(
    vectors: KeyedVectors,
    X: Sequence[str],
    Y: Sequence[str],
    A: Sequence[str],
    B: Sequence[str],
    *,
    alternative: str = "greater",
    ignore_missing: bool = False,
    ddof: int = 0,
    max_exact: int = 20,
    n_samples: int = 100_000,
    random_state: Any = 1,
) -> AssociationTest:
    """Test whether the words X are closer to A than to B, relative to the words Y (Caliskan et al. 2017).

    The association of a word is s(w, A, B) = mean cos(w, a) - mean cos(w, b).

    Parameters
    ----------
    vectors : KeyedVectors
    X, Y : list of str
        Target words: disjoint sets of equal size, at least two words each.
    A, B : list of str
        Attribute words: disjoint sets.
    alternative : {"greater", "less", "two-sided"}
        Which partitions of X and Y together into halves count as extreme: those with a statistic at least as large as
        the observed one, at least as small, or at least as far from 0. The paper uses "greater" but excludes ties, and
        with them the observed partition itself, so its p-value can be 0; this one cannot.
    ignore_missing : bool
        Leave words without a vector out, and name them in the result, instead of raising.
    ddof : int
        Standard deviations divide by the number of target words minus this: 0 as in the package wefe, 1 as in the SEAT
        paper's code.
    max_exact : int
        For sets of up to this size, at most 24, all partitions are counted (20 takes about a second), for larger ones a
        sample.
    n_samples : int
        Number of partitions to sample; the p-value is then (extreme + 1) / (n_samples + 1) (Phipson and Smyth 2010).
    random_state : int, RandomState or None

    Returns
    -------
    AssociationTest

    Raises
    ------
    ParameterError
        If a set is empty or too small, repeats or shares words, words are unknown, or X and Y differ in size, possibly
        after leaving words out.

    References
    ----------
    Caliskan, Bryson and Narayanan (2017), "Semantics derived automatically from language corpora contain
    human-like biases", Science 356; Phipson and Smyth (2010), "Permutation P-values Should Never Be Zero",
    Statistical Applications in Genetics and Molecular Biology 9.

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec import KeyedVectors
    >>> table = [[9, 1], [8, 2], [1, 9], [3, 8], [1, 0], [0, 1]]
    >>> vectors = KeyedVectors(np.float32(table), ["rose", "lily", "wasp", "flea", "lovely", "nasty"])
    >>> print(weat(vectors, ["rose", "lily"], ["wasp", "flea"], ["lovely"], ["nasty"]))
    WEAT: effect size +1.9765, statistic +3.0797
    p = 0.167 (greater; exact: all 6 partitions)
    set  items  mean association
    ---  -----  ----------------
    X        2           +0.8055
    Y        2           -0.7343
    """
    check_instance("vectors", vectors, "weat", KeyedVectors)
    options = _options(
        "weat", alternative=alternative, ignore_missing=ignore_missing, ddof=ddof, max_exact=max_exact,
        n_samples=n_samples, random_state=random_state,
    )  # fmt: skip
    sets = {
        name: look_up(vectors, name, words, "weat", ignore_missing=options.ignore_missing)
        for name, words in zip("XYAB", (X, Y, A, B))
    }
    return _tested("WEAT", sets, "weat", options)


def seat(
    encoder: Any,
    X: Sequence[str],
    Y: Sequence[str],
    A: Sequence[str],
    B: Sequence[str],
    *,
    templates: Sequence[str] | None = TEMPLATES["en"],
    alternative: str = "greater",
    ignore_missing: bool = False,
    ddof: int = 0,
    max_exact: int = 20,
    n_samples: int = 100_000,
    random_state: Any = 1,
) -> AssociationTest:
    """Run `weat` on sentences: every word in every template (May et al. 2019).

    Parameters
    ----------
    encoder : StaticEncoder, KeyedVectors or callable
        The source of text vectors: an object with a method ``encode``, word vectors (averaged by
        `EmbeddingVectorizer`), or a function from a list of texts to an array (n, D). A text whose vector is all zeros
        counts as missing.
    X, Y, A, B : list of str
        Words, or sentences if `templates` is None.
    templates : list of str, or None
        Each with one ``{}`` for the word; `TEMPLATES` has bland ones for "en" and "zh".
    alternative, ignore_missing, ddof, max_exact, n_samples, random_state
        As in `weat`.

    Returns
    -------
    AssociationTest

    Raises
    ------
    ParameterError
        As for `weat`, applied to sentences.
    ValueError
        If the encoder does not return a table of finite numbers with a row for each text.

    References
    ----------
    May, Wang, Bordia, Bowman and Rudinger (2019), "On Measuring Social Biases in Sentence Encoders", NAACL.
    """
    options = _options(
        "seat", alternative=alternative, ignore_missing=ignore_missing, ddof=ddof, max_exact=max_exact,
        n_samples=n_samples, random_state=random_state,
    )  # fmt: skip
    if templates is not None:
        templates = checked_words("templates", templates, "seat")
        if wrong := [text for text in templates if text.count("{}") != 1]:
            raise ParameterError("templates", "seat", "hold {} once in each text, for the word", wrong[0])
    texts = {}
    for name, words in zip("XYAB", (X, Y, A, B)):
        words = checked_words(name, words, "seat")
        texts[name] = (
            words if templates is None else [t.replace("{}", word) for word in words for t in templates]
        )
    table = _encoded(encoder, sum(texts.values(), []))
    sets, start = {}, 0
    for name, rows in texts.items():
        vectors = table[start : start + len(rows)]
        start += len(rows)
        known = np.asarray(vectors.any(axis=1))
        found = WordSet(
            [text for text, is_known in zip(rows, known.tolist()) if is_known],
            vectors[known],
            [text for text, is_known in zip(rows, known.tolist()) if not is_known],
        )
        sets[name] = settled(found, name, "seat", options.ignore_missing)
    return _tested("SEAT", sets, "seat", options)


def _options(owner: str, **values: Any) -> Any:
    return check_arguments(_RULES, owner, values)


def _encoded(encoder: Any, texts: list[str]) -> np.ndarray:
    """Return the vectors of texts, float64 (n, D)."""
    encode: Callable[[list[str]], Any]
    if isinstance(encoder, KeyedVectors):
        encode = EmbeddingVectorizer(encoder).fit(texts).transform
    elif hasattr(encoder, "encode"):
        encode = encoder.encode
    elif callable(encoder):
        encode = encoder
    else:
        rule = "be KeyedVectors, a function of a list of texts, or have a method encode"
        raise ParameterError("encoder", "seat", rule, encoder)
    table = np.asarray(encode(texts), np.float64)
    if table.ndim != 2 or len(table) != len(texts) or not np.isfinite(table).all():
        raise ValueError(
            f"The encoder of seat must return finite numbers with a row for each of the {len(texts)} texts. "
            f"It returned the shape {table.shape}{'' if np.isfinite(table).all() else ' with NaN or infinity'}."
        )
    return table


def _tested(measure: str, sets: dict[str, WordSet], owner: str, options: Any) -> AssociationTest:
    X, Y, A, B = sets.values()
    for name in "XY":
        settled(sets[name], name, owner, options.ignore_missing, at_least=2)
    check_disjoint(("X", "Y"), (X, Y), owner)
    check_disjoint(("A", "B"), (A, B), owner)
    if len(X.words) != len(Y.words):
        left = sum(len(found.left_out) for found in (X, Y))
        found = f"X holds {len(X.words)}, Y {len(Y.words)}" + (" that have a vector" if left else "")
        rule = "have as many items as X, as partitions into halves need"
        raise ParameterError("Y", owner, rule, Y.words, f"{found}: take some out of the larger set.")
    targets_ND = unit(np.concatenate([X.vectors, Y.vectors]))
    # The mean of cosines is the product with the mean unit vector.
    scores_N = targets_ND @ (unit(A.vectors).mean(axis=0) - unit(B.vectors).mean(axis=0))
    spread = float(scores_N.std(ddof=options.ddof))
    if spread < _ROUNDING:
        scores_N[:], spread = scores_N.mean(), 1.0
    half = len(X.words)
    difference = float(scores_N[:half].mean() - scores_N[half:].mean()) if np.ptp(scores_N) else 0.0
    statistic = difference * half
    if half <= options.max_exact:
        n_extreme, n_partitions = count_all(scores_N, statistic, options.alternative)
        p_value = n_extreme / n_partitions
    else:
        n_partitions = options.n_samples
        n_extreme = count_sampled(
            scores_N, statistic, options.alternative, n_partitions, options.random_state
        )
        p_value = (n_extreme + 1) / (n_partitions + 1)
    return AssociationTest(
        measure=measure,
        effect_size=difference / spread,
        statistic=statistic,
        p_value=p_value,
        alternative=options.alternative,
        method="exact" if half <= options.max_exact else "sampled",
        n_partitions=n_partitions,
        seed=None if half <= options.max_exact else options.random_state,
        associations={
            "X": dict(zip(X.words, scores_N[:half].tolist())),
            "Y": dict(zip(Y.words, scores_N[half:].tolist())),
        },
        left_out={name: found.left_out for name, found in sets.items()},
    )
