"""Effect of edited copies of training texts on accuracy: each kind of edit, by rate and by size of training set.

    python tests/benchmarks/bench_augmentation.py --vectors en.safetensors --vectors-zh zh.safetensors \
        [--sets NAME ...] [--sizes 500 2000 all] [--arms NAME ...] [--copies 4] [--splits 10]

Only training splits are used: texts are drawn from one, as many as a size says, a fifth of the split is held out,
and this is repeated. All arms get the same texts. Shown are the accuracy without copies and the difference of each arm
from it, in points, with its standard error over the repetitions.

"duplicates" are copies without an edit: they weaken regularisation, which is no merit of the edits. For the same
reason the linear classifier (TF-IDF of words and bigrams, logistic regression) is trained with three values of C in
each arm, and the best one counts: it is as favourable to one arm as to another.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit

from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.pipelines.preprocessing.augmentation import EDA
from wordvec.supervised.classifier import EmbeddingClassifier
from wordvec.text.tokenizers import resolve_tokenizer
from wordvec.vectors.keyed_vectors import KeyedVectors

SETS = ("rt-polarity", "sst-sentences", "trec-qc", "chnsenticorp")
CHINESE = ("chnsenticorp",)
KINDS = ("replace", "insert", "swap", "delete")
RATES = (0.05, 0.1, 0.2, 0.4)
ARMS = (
    "duplicates",
    *(f"{kind} {rate}" for kind in KINDS for rate in RATES),
    *(f"all {rate}" for rate in RATES),
)
REGULARISATION = (1.0, 5.0, 25.0)
HELD_OUT = 0.2

Tokens = list[list[str]]


def eda_of(arm: str, synonyms: dict[str, list[str]], seed: int) -> EDA:
    """Return what an arm such as "swap 0.1" stands for."""
    kind, _, rate = arm.partition(" ")
    rates = {f"{name}_rate": float(rate) if kind in (name, "all") else 0.0 for name in KINDS}
    return EDA(synonyms, **rates, stop_words=None, random_state=seed)


def training_texts(
    arm: str, texts: Tokens, labels: np.ndarray, synonyms: dict[str, list[str]], n_copies: int, seed: int
) -> tuple[Tokens, np.ndarray]:
    """Return texts and labels with the copies of an arm."""
    if arm == "none":
        return texts, labels
    if arm == "duplicates":
        return texts * (1 + n_copies), np.tile(labels, 1 + n_copies)
    return eda_of(arm, synonyms, seed).augment(texts, labels, n_copies=n_copies)


def words_and_bigrams(tokens: list[str]) -> list[str]:
    return tokens + [" ".join(pair) for pair in zip(tokens, tokens[1:])]


def linear_scores(train: Tokens, y_train: np.ndarray, test: Tokens, y_test: np.ndarray) -> list[float]:
    """Return the accuracy of TF-IDF with logistic regression for each C."""
    vectorizer = TfidfVectorizer(analyzer=words_and_bigrams, sublinear_tf=True)
    X_train, X_test = vectorizer.fit_transform(train), vectorizer.transform(test)
    models = [LogisticRegression(C=C, max_iter=300) for C in REGULARISATION]
    return [float(model.fit(X_train, y_train).score(X_test, y_test)) for model in models]


def embedding_scores(train: Tokens, y_train: np.ndarray, test: Tokens, y_test: np.ndarray) -> list[float]:
    """Return the accuracy of EmbeddingClassifier with its defaults."""
    model = EmbeddingClassifier(n_jobs=1, verbose=False).fit(train, y_train)
    return [float(model.score(test, y_test))]


CLASSIFIERS: dict[str, Callable[..., list[float]]] = {"linear": linear_scores, "embedding": embedding_scores}


def run_set(
    texts: Tokens, labels: np.ndarray, synonyms: dict[str, list[str]], size: str, args: Any
) -> dict[str, dict[str, np.ndarray]]:
    """Return accuracies (n_splits, n_settings) of each classifier and arm."""
    room = int(len(texts) * (1 - HELD_OUT))
    n_train = room if size == "all" else int(size)
    splitter = StratifiedShuffleSplit(args.splits, train_size=n_train, test_size=HELD_OUT, random_state=1)
    found: dict[str, dict[str, list[list[float]]]] = {
        name: {arm: [] for arm in ("none", *args.arms)} for name in args.classifiers
    }
    for seed, (train, test) in enumerate(splitter.split(np.zeros(len(texts)), labels)):
        held_out = [texts[row] for row in test], labels[test]
        for arm in ("none", *args.arms):
            drawn = training_texts(
                arm, [texts[row] for row in train], labels[train], synonyms, args.copies, seed
            )
            for name in args.classifiers:
                found[name][arm].append(CLASSIFIERS[name](*drawn, *held_out))
    return {name: {arm: np.array(rows) for arm, rows in arms.items()} for name, arms in found.items()}


def at_best(scores: np.ndarray) -> np.ndarray:
    """Return the accuracies (n_splits,) of the setting with the best mean."""
    return scores[:, scores.mean(axis=0).argmax()]


def report(heading: str, arms: dict[str, np.ndarray]) -> None:
    base = at_best(arms["none"])
    print(f"{heading:44s} none {100 * base.mean():6.2f}", flush=True)
    for arm, scores in arms.items():
        if arm != "none":
            difference = 100 * (at_best(scores) - base)
            error = difference.std(ddof=1) / len(difference) ** 0.5 if len(difference) > 1 else float("nan")
            print(f"{heading:44s} {arm:14s} {difference.mean():+6.2f} ± {error:.2f}", flush=True)


def load_tokens(name: str) -> tuple[Tokens, np.ndarray]:
    split = load_dataset(name, "train")
    tokenize = resolve_tokenizer("zh" if name in CHINESE else "word", lowercase=True)
    return [tokenize(text) for text in split.texts], np.array(split.labels)


def arguments() -> Any:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--vectors-zh", type=Path)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--sizes", nargs="+", default=("500", "2000", "all"))
    parser.add_argument("--arms", nargs="+", default=ARMS)
    parser.add_argument("--classifiers", nargs="+", default=tuple(CLASSIFIERS), choices=tuple(CLASSIFIERS))
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--neighbors", type=int, default=10)
    parser.add_argument("--min-similarity", type=float, default=0.5)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    for name in args.sets:
        texts, labels = load_tokens(name)
        path = args.vectors_zh if name in CHINESE else args.vectors
        finder = EDA(KeyedVectors.load(path), n_neighbors=args.neighbors, min_similarity=args.min_similarity)
        synonyms = finder.find_synonyms(texts)
        for size in args.sizes:
            start = time.perf_counter()
            found = run_set(texts, labels, synonyms, size, args)
            seconds = time.perf_counter() - start
            for classifier, arms in found.items():
                report(f"{name}, {size}, {args.copies} copies, {classifier}", arms)
            print(f"{name}, {size}: {seconds:.0f} s, {args.splits} splits", flush=True)


if __name__ == "__main__":
    main()
