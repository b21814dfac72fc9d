"""`tune_classifier`: hyperparameter search for `EmbeddingClassifier` in a given time, like fastText's autotune."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterSampler

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Seed
from wordvec._utils.validation import check_float
from wordvec.supervised.classifier import EmbeddingClassifier
from wordvec.supervised.labels import checked_validation
from wordvec.text.lists import check_texts

_OWNER = "tune_classifier"
_MOST_TRIALS = 500
# What is tried; all values are as likely.
SETTINGS: dict[str, list[Any]] = {
    "vector_size": [16, 32, 50, 100],
    "word_ngrams": [1, 2, 3],
    "epochs": [5, 10, 15, 25, 50],
    "learning_rate": [0.02, 0.05, 0.1, 0.2],
    "dropout": [0.0, 0.1, 0.2, 0.4],
}
# With buckets, instead of min_n and max_n.
NGRAMS = [(3, 0), (2, 4), (3, 6)]


@dataclass(frozen=True)
class Trial:
    """One set of parameters that was tried.

    Attributes
    ----------
    parameters : dict
        The parameters that differ from the classifier's own.
    score : float
        Accuracy on the validation texts.
    seconds : float
        Time for training and scoring.
    """

    parameters: dict[str, Any]
    score: float
    seconds: float


@dataclass(frozen=True)
class Tuning:
    """The result of a search.

    Attributes
    ----------
    classifier : EmbeddingClassifier
        The best classifier, trained; the first in case of a tie.
    trials : list of Trial
        In order; the first has the classifier's own parameters.
    """

    classifier: EmbeddingClassifier
    trials: list[Trial]


def tune_classifier(
    classifier: EmbeddingClassifier,
    X: Any,
    y: Any,
    *,
    validation: tuple[Any, Any],
    seconds: float = 300.0,
    random_state: Any = 1,
) -> Tuning:
    """Train classifiers with random parameters until time is up; return the best one on validation texts.

    The classifier's own parameters are tried first. A trial is started only if one as long as the longest so far would
    end in time, so only the first can exceed the limit. The number of trials depends on the machine, their parameters
    do not. Ctrl-C ends the search with the best classifier so far. Report scores on texts other than the validation
    texts.

    Parameters
    ----------
    classifier : EmbeddingClassifier
        Left unchanged. With `bucket`, character n-grams are tried, too.
    X, y : as for `EmbeddingClassifier.fit`
    validation : tuple of texts and labels
    seconds : float
    random_state : int, RandomState or None

    Raises
    ------
    TypeError, ValueError
        As `EmbeddingClassifier.fit`.
    """
    seconds = check_float("seconds", seconds, _OWNER, 0.0, low_open=True)
    seed = Seed().check("random_state", random_state, _OWNER)
    if not isinstance(classifier, EmbeddingClassifier):
        raise ParameterError("classifier", _OWNER, "be an EmbeddingClassifier", classifier)
    held_texts, held_labels = checked_validation(validation, _OWNER)
    held_texts = check_texts(held_texts, f"{_OWNER}'s validation")
    held = list(held_labels)
    if len(held) != len(held_texts):
        raise ParameterError("validation", _OWNER, "have a label for each text", len(held))
    start = time.monotonic()
    best: EmbeddingClassifier | None = None
    trials: list[Trial] = []
    longest = 0.0
    for parameters in [{}, *_drawn(classifier, seed)]:
        begin = time.monotonic()
        if trials and begin + longest > start + seconds:
            break
        try:
            model = clone(classifier).set_params(**parameters).fit(X, y)
        except KeyboardInterrupt:  # before there is a model
            if best is None:
                raise
            break
        if model.interrupted_ and best is not None:
            break
        found = model.predict(held_texts).tolist()
        score = float(np.mean([_is_right(label, wanted) for label, wanted in zip(found, held)]))
        longest = max(longest, time.monotonic() - begin)
        if best is None or score > max(trial.score for trial in trials):
            best = model
        trials.append(Trial(parameters, score, time.monotonic() - begin))
        if model.interrupted_:
            break
    assert best is not None
    return Tuning(best, trials)


def _drawn(classifier: EmbeddingClassifier, seed: int) -> list[dict[str, Any]]:
    """Return distinct settings in random order."""
    has_buckets = classifier.bucket is not None
    space = {**SETTINGS, **({"ngrams": NGRAMS} if has_buckets else {})}
    found = []
    for drawn in ParameterSampler(space, _MOST_TRIALS, random_state=seed % 2**32):
        min_n, max_n = drawn.pop("ngrams", (None, None))
        found.append({**drawn, "min_n": min_n, "max_n": max_n} if has_buckets else drawn)
    return found


def _is_right(label: Any, wanted: Any) -> bool:
    """Return whether a label is the label of a text, or one of its labels."""
    return bool(label in wanted if isinstance(wanted, (list, tuple, set, frozenset)) else label == wanted)
