"""Texts classified after 1,000 labelled ones: static encoders against TF-IDF and uSIF, on eight sets.

    python tests/benchmarks/bench_few_shot.py [--sets NAME ...] [--seeds 3] [--texts 1000]

Needs the data sets under WORDVEC_DATA. All training texts of a set are read without labels: on them skip-gram vectors
of 128 floats are trained, about 20 million words in all, at most 40 epochs and at least 5. Then 1,000 of them are
drawn with their labels, anew for each seed. Rows:

TF-IDF
    Of words and pairs of words, with logarithmic counts, from the 1,000 texts.
uSIF
    `EmbeddingVectorizer(pooling="usif")` with the vectors.
encoder
    `StaticEncoder.from_vectors`, as it is, with SIF's weights, whose a is .001 or .01.
contrastive
    The same, trained with the labels of the 1,000 texts; its learning rate is 3, 10 or 30.

On top of each stands logistic regression with C of .1, 1, 10 or 100. C, a and the learning rate are chosen by
cross-validation in three parts of the 1,000 texts, in which the encoder is trained anew; the test texts are met once.
English is cut into lower-cased words, Chinese by rjieba, but for the encoders, which cut it themselves.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from wordvec import KeyedVectors, Word2Vec
from wordvec.encoders import StaticEncoder
from wordvec.pipelines import EmbeddingVectorizer
from wordvec.pipelines.datasets.loading import load_dataset
from wordvec.text.tokenizers import resolve_tokenizer

CHINESE = ("chnsenticorp", "tnews-zh")
SETS = ("rt-polarity", "sst-sentences", "trec-qc", "ag-news", *CHINESE, "imdb", "20news-bydate")
WORDS = 20_000_000
PENALTIES = (0.1, 1.0, 10.0, 100.0)
SIF = (1e-3, 1e-2)
RATES = (3.0, 10.0, 30.0)
FOLDS = 3


def trained_vectors(tokens: list[list[str]]) -> KeyedVectors:
    """Return vectors of the words of texts."""
    n_words = sum(map(len, tokens))
    epochs = int(np.clip(WORDS // n_words, 5, 40))
    model = Word2Vec(
        "skipgram", vector_size=128, min_count=2, epochs=epochs, n_jobs=2, random_state=1, verbose=False
    )
    return model.fit(tokens).wv_


def systems_for(
    vectors: KeyedVectors, tokenize: Any, is_chinese: bool
) -> dict[str, tuple[tuple[Any, ...], Callable[[Any], Any]]]:
    """Return by name the settings of each system, and what makes its transformer of one."""

    kind = "zh" if is_chinese else "word"
    bases = {a: StaticEncoder.from_vectors(vectors, tokenizer=kind, lowercase=True, a=a) for a in SIF}

    def tf_idf(_: Any) -> TfidfVectorizer:
        return TfidfVectorizer(
            tokenizer=tokenize, token_pattern=None, lowercase=False, ngram_range=(1, 2), sublinear_tf=True
        )

    return {
        "TF-IDF": ((None,), tf_idf),
        "uSIF": ((None,), lambda _: EmbeddingVectorizer(vectors, pooling="usif", tokenizer=tokenize)),
        "encoder": (SIF, lambda a: StaticEncoder(bases[a].model, objective=None)),
        "contrastive": (
            tuple(itertools.product(SIF, RATES)),
            lambda chosen: StaticEncoder(bases[chosen[0]].model, objective="labels", learning_rate=chosen[1]),
        ),
    }


def accuracy(settings: Any, make: Any, train: Any, test: Any) -> tuple[float, Any, float]:
    """Return the accuracy on the test texts, what was chosen by cross-validation, and the seconds of the last fit."""
    texts, labels = train
    right: dict[tuple[Any, float], int] = {}
    for kept, held in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels):
        for setting in settings:
            transformer = make(setting)
            inside = transformer.fit_transform([texts[k] for k in kept], labels[kept])
            outside = transformer.transform([texts[k] for k in held])
            for C in PENALTIES:
                model = LogisticRegression(C=C, max_iter=1000).fit(inside, labels[kept])
                found = int((model.predict(outside) == labels[held]).sum())
                right[setting, C] = right.get((setting, C), 0) + found
    setting, C = max(right, key=lambda key: right[key])
    start = time.perf_counter()
    transformer = make(setting)
    model = LogisticRegression(C=C, max_iter=1000).fit(transformer.fit_transform(texts, labels), labels)
    seconds = time.perf_counter() - start
    return float(model.score(transformer.transform(test[0]), test[1])), (setting, C), seconds


def main() -> None:
    """Train, choose, test and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--texts", type=int, default=1000)
    arguments = parser.parse_args()
    # A class of which fewer texts than parts were drawn.
    warnings.filterwarnings("ignore", message="The least populated class")
    table = []
    for name in arguments.sets:
        tokenize = resolve_tokenizer("zh" if name in CHINESE else "word", lowercase=True)
        train, test = load_dataset(name, "train"), load_dataset(name, "test")
        labels = np.array([str(label) for label in train.labels])
        wanted = np.array([str(label) for label in test.labels])
        vectors = trained_vectors([tokenize(text) for text in train.texts])
        systems = systems_for(vectors, tokenize, name in CHINESE)
        scores = np.zeros((arguments.seeds, len(systems)))
        for seed in range(arguments.seeds):
            rows = np.random.default_rng(seed).permutation(len(labels))[: arguments.texts]
            few = [train.texts[row] for row in rows], labels[rows]
            for column, (system, (settings, make)) in enumerate(systems.items()):
                scores[seed, column], chosen, seconds = accuracy(settings, make, few, (test.texts, wanted))
                print(
                    f"{name:14} seed {seed} {system:12} {scores[seed, column]:.4f} {chosen} {seconds:.1f} s",
                    flush=True,
                )
        table.append(scores.mean(axis=0))
        print(f"| {name} | " + " | ".join(f"{score:.3f}" for score in table[-1]) + " |", flush=True)
    print("\n| set | " + " | ".join(systems) + " |\n|---|" + "---|" * len(systems))
    for name, row in zip([*arguments.sets, f"mean of {len(table)}"], [*table, np.mean(table, axis=0)]):
        print(f"| {name} | " + " | ".join(f"{score:.3f}" for score in row) + " |")


if __name__ == "__main__":
    main()
