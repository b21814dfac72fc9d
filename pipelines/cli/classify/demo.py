"""The part of `wordvec demo` that trains a classifier."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

DATASET = "rt-polarity-sample"
N_FOLDS = 4
EXAMPLE = "a silly and tedious film"


@dataclass(frozen=True)
class ClassificationDemo:
    """What the demo's classifier learned, and how well it does on sentences held out."""

    n_texts: int
    n_folds: int
    accuracy: float  # of cross-validation
    error: float  # its standard error
    seconds: float  # of training on all texts
    explanation: str  # what the classifier says of an example, and why


def run_classification_demo(out: Path) -> ClassificationDemo:
    """Train a sentiment classifier on the sentences that gensim ships, and write it to `out`.

    Raises
    ------
    FileNotFoundError
        If gensim is not installed.
    OSError
        If `out` cannot be written to.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    from ...classification.classifier import TextClassifier
    from ...datasets.loading import load_dataset

    data = load_dataset(DATASET, "all")
    classifier = TextClassifier("sentiment", verbose=False)
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=1)
    # Folds are of one size, so that the mean of their accuracies is the share of right answers.
    accuracy = float(cross_val_score(classifier, data.texts, data.labels, cv=folds).mean())
    start = time.perf_counter()
    classifier.fit(data.texts, data.labels)
    seconds = time.perf_counter() - start
    classifier.save(out)
    return ClassificationDemo(
        n_texts=len(data),
        n_folds=N_FOLDS,
        accuracy=accuracy,
        error=(accuracy * (1 - accuracy) / len(data)) ** 0.5,
        seconds=seconds,
        explanation=classifier.explain(EXAMPLE).format(),
    )
