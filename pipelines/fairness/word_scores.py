"""RND, RIPA and RNSB: bias scores of words against groups, pairs or a sentiment lexicon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from wordvec._utils.messages import counted
from wordvec._utils.parameters import Boolean
from wordvec._utils.tables import format_table, one_line
from wordvec._utils.validation import check_arguments, check_instance, check_int, check_seed
from wordvec.vectors.keyed_vectors import KeyedVectors

from ..metrics.scores import Scores
from .sets import check_disjoint, differences, known_pairs, left_out_lines, look_up, unit

__all__ = ["RIPAScores", "RNSBScores", "WordScores", "ripa", "rnd", "rnsb"]

_N_SHOWN = 5


@dataclass(frozen=True)
class WordScores(Scores):
    """The score of a set of words, and of each word; ``print`` it for a text.

    Attributes
    ----------
    measure : str
        "RND", "RIPA" or "RNSB".
    score : float
    by_word : dict of float
    left_out : dict of list of str
        Words without a vector, by parameter name.
    """

    measure: str
    score: float
    by_word: dict[str, float]
    left_out: dict[str, list[str]]

    def format(self) -> str:
        """Return the score, the words with the largest and the smallest scores, and what was left out."""
        ranked = sorted(self.by_word.items(), key=lambda item: -item[1])
        if len(ranked) > 2 * _N_SHOWN:
            ranked = ranked[:_N_SHOWN] + ranked[-_N_SHOWN:]
        table = format_table([[one_line(word), f"{value:+.4f}"] for word, value in ranked], ["word", "score"])
        return "\n".join([self._headline(), table, *left_out_lines(self.left_out)])

    def _headline(self) -> str:
        return f"{self.measure}: {self.score:+.4f} over {counted(len(self.by_word), 'word')}"


@dataclass(frozen=True)
class RIPAScores(WordScores):
    """Scores of `ripa`.

    Attributes
    ----------
    std_by_word : dict of float
        Standard deviation over the pairs, which shows how much the choice of pairs matters.
    n_pairs : int
    """

    std_by_word: dict[str, float]
    n_pairs: int

    def _headline(self) -> str:
        return f"{super()._headline()} and {counted(self.n_pairs, 'pair')}"


@dataclass(frozen=True)
class RNSBScores(WordScores):
    """Scores of `rnsb`.

    Attributes
    ----------
    score_std : float or None
        Standard deviation of the score over `n_splits` random splits that each leave out a fifth of the lexicon.
    accuracy : float or None
        Mean accuracy of the classifier on the held-out words; if it is near 0.5, the score is meaningless.
    """

    score_std: float | None
    accuracy: float | None

    def _headline(self) -> str:
        known = "" if self.score_std is None else f" ± {self.score_std:.4f}, accuracy {self.accuracy:.2f}"
        return f"{self.measure}: {self.score:.4f}{known} over {counted(len(self.by_word), 'word')}"


def rnd(
    vectors: KeyedVectors,
    X: Sequence[str],
    Y: Sequence[str],
    words: Sequence[str],
    *,
    normalize: bool = True,
    ignore_missing: bool = False,
) -> WordScores:
    """Relative norm distance: how much farther words are from the mean of X than from the mean of Y (Garg et al. 2018).

    Negative means closer to X. The paper sums over words; this is the mean, which does not grow with their number.

    Parameters
    ----------
    vectors : KeyedVectors
    X, Y : list of str
        The groups, of any sizes.
    words : list of str
        Words that should be equally close to both groups.
    normalize : bool
        Normalise all vectors to unit length first, as in the paper.
    ignore_missing : bool
        Leave words without a vector out, and name them in the result, instead of raising.

    Raises
    ------
    ParameterError
        If a set is empty, repeats words, or holds unknown ones.

    References
    ----------
    Garg, Schiebinger, Jurafsky and Zou (2018), "Word embeddings quantify 100 years of gender and ethnic
    stereotypes", PNAS 115.

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec import KeyedVectors
    >>> vectors = KeyedVectors(np.float32([[1, 0], [0, 1], [3, 4]]), ["she", "he", "doctor"])
    >>> print(rnd(vectors, ["she"], ["he"], ["doctor"]))
    RND: +0.2620 over 1 word
    word     score
    ------  -------
    doctor  +0.2620
    """
    options = _flags("rnd", vectors, normalize=normalize, ignore_missing=ignore_missing)
    sets = {
        name: look_up(vectors, name, given, "rnd", ignore_missing=options.ignore_missing)
        for name, given in (("X", X), ("Y", Y), ("words", words))
    }
    first, second, neutral = (unit(s.vectors) if options.normalize else s.vectors for s in sets.values())
    distances = [np.linalg.norm(neutral - group.mean(axis=0), axis=1) for group in (first, second)]
    scores = distances[0] - distances[1]
    by_word = dict(zip(sets["words"].words, scores.tolist()))
    return WordScores("RND", float(scores.mean()), by_word, {name: s.left_out for name, s in sets.items()})


def ripa(
    vectors: KeyedVectors,
    words: Sequence[str],
    pairs: Sequence[Sequence[str]],
    *,
    ignore_missing: bool = False,
) -> RIPAScores:
    """Relational inner product association of words with pairs (Ethayarajh et al. 2019).

    The inner product of a word's vector, not normalised, with the unit-length difference of a pair's vectors, averaged
    over pairs. Positive means towards the first words.

    Parameters
    ----------
    vectors : KeyedVectors
    words : list of str
    pairs : list of (str, str)
        For example ("she", "he").
    ignore_missing : bool
        Leave out words without a vector and pairs with such a word, and name them in the result, instead of raising.

    Raises
    ------
    ParameterError
        If there are no words or pairs, words are repeated or unknown, or those of a pair have equal vectors.

    References
    ----------
    Ethayarajh, Duvenaud and Hirst (2019), "Understanding Undesirable Word Embedding Associations", ACL.

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec import KeyedVectors
    >>> vectors = KeyedVectors(np.float32([[1, 0], [0, 1], [3, 4]]), ["she", "he", "doctor"])
    >>> round(ripa(vectors, ["doctor"], [("she", "he")]).score, 4)
    -0.7071
    """
    options = _flags("ripa", vectors, ignore_missing=ignore_missing)
    found = look_up(vectors, "words", words, "ripa", ignore_missing=options.ignore_missing)
    kept, unknown = known_pairs(vectors, "pairs", pairs, "ripa", ignore_missing=options.ignore_missing)
    scores_WP = found.vectors @ differences(vectors, "pairs", kept, "ripa").T
    return RIPAScores(
        measure="RIPA",
        score=float(scores_WP.mean()),
        by_word=dict(zip(found.words, scores_WP.mean(axis=1).tolist())),
        left_out={"words": found.left_out, "pairs": unknown},
        std_by_word=dict(zip(found.words, scores_WP.std(axis=1).tolist())),
        n_pairs=len(kept),
    )


def rnsb(
    vectors: KeyedVectors,
    words: Sequence[str],
    positive: Sequence[str],
    negative: Sequence[str],
    *,
    n_splits: int = 10,
    ignore_missing: bool = False,
    random_state: Any = 1,
) -> RNSBScores:
    """Relative negative sentiment bias of words for groups (Sweeney and Najafian 2019).

    A logistic regression is trained on a sentiment lexicon. Its probabilities of negative sentiment for the words are
    divided by their sum; the score is the Kullback-Leibler divergence of these shares, `by_word`, from the uniform
    distribution, in nats: 0 if no word is rated worse than another.

    Parameters
    ----------
    vectors : KeyedVectors
    words : list of str
        At least two words that should be equal in sentiment.
    positive, negative : list of str
        The lexicon, at least five words each.
    n_splits : int
        Number of random splits that hold out a fifth of the lexicon, to estimate the spread of the score and the
        accuracy; 0 for none.
    ignore_missing : bool
        Leave words without a vector out, and name them in the result, instead of raising.
    random_state : int, RandomState or None
        Seed of the splits; the score does not depend on it.

    Raises
    ------
    ParameterError
        If a set is too small, repeats or shares words, or holds unknown ones.

    References
    ----------
    Sweeney and Najafian (2019), "A Transparent Framework for Evaluating Unintended Demographic Bias in Word
    Embeddings", ACL.
    """
    options = _flags("rnsb", vectors, ignore_missing=ignore_missing)
    n_splits = check_int("n_splits", n_splits, "rnsb", 0)
    seed = check_seed(random_state, "rnsb")
    targets, good, bad = (
        look_up(vectors, name, given, "rnsb", ignore_missing=options.ignore_missing, at_least=least)
        for name, given, least in (("words", words, 2), ("positive", positive, 5), ("negative", negative, 5))
    )
    check_disjoint(("positive", "negative"), (good, bad), "rnsb")
    lexicon = np.concatenate([good.vectors, bad.vectors])
    is_negative = np.repeat([False, True], [len(good.words), len(bad.words)])
    shares = _negative_shares(_sentiment(lexicon, is_negative), targets.vectors)
    random = np.random.default_rng(seed)
    scores, accuracies = [], []
    for _ in range(n_splits):
        held_out = np.concatenate(
            [random.permutation(np.flatnonzero(is_negative == k))[: max(1, n // 5)]
             for k, n in ((False, len(good.words)), (True, len(bad.words)))]
        )  # fmt: skip
        kept = np.setdiff1d(np.arange(len(lexicon)), held_out)
        model = _sentiment(lexicon[kept], is_negative[kept])
        scores.append(_divergence(_negative_shares(model, targets.vectors)))
        accuracies.append(model.score(lexicon[held_out], is_negative[held_out]))
    return RNSBScores(
        measure="RNSB",
        score=_divergence(shares),
        by_word=dict(zip(targets.words, shares.tolist())),
        left_out={"words": targets.left_out, "positive": good.left_out, "negative": bad.left_out},
        score_std=float(np.std(scores)) if scores else None,
        accuracy=float(np.mean(accuracies)) if accuracies else None,
    )


def _sentiment(vectors_ND: np.ndarray, is_negative_N: np.ndarray) -> LogisticRegression:
    return LogisticRegression(max_iter=10_000).fit(vectors_ND, is_negative_N)


def _negative_shares(model: LogisticRegression, vectors_ND: np.ndarray) -> np.ndarray:
    probabilities_N = model.predict_proba(vectors_ND)[:, 1]
    return probabilities_N / probabilities_N.sum()


def _divergence(shares_N: np.ndarray) -> float:
    """Return the Kullback-Leibler divergence of shares from the uniform distribution, in nats."""
    positive_N = shares_N[shares_N > 0]
    return float((positive_N * np.log(positive_N * len(shares_N))).sum())


def _flags(owner: str, vectors: Any, **flags: Any) -> Any:
    check_instance("vectors", vectors, owner, KeyedVectors)
    return check_arguments(dict.fromkeys(flags, Boolean()), owner, flags)
