"""Document features: texts a second for each pooling, on one thread.

    python tests/benchmarks/bench_features.py [--texts 50000] [--tokens 20] [--size 100] [--words 50000] [--rounds 5]

Three figures for each pooling: from word numbers ("ids"), from lists of tokens, where each token takes a look-up
in a dict ("lists"), and from raw texts split at white space ("texts"). Beside them, the mean as a product of
SciPy's sparse matrix of texts x words with the table, and as a loop of NumPy over texts. Words follow Zipf's law.
All are interleaved; the figures are medians. Kernels are compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import scipy.sparse

from wordvec.pipelines.features.pooling import POOLINGS
from wordvec.pipelines.features.vectorizer import EmbeddingVectorizer
from wordvec.text.tokenized_texts import EncodedTexts
from wordvec.vectors.keyed_vectors import KeyedVectors


def sparse_means(encoded: EncodedTexts, table: np.ndarray) -> np.ndarray:
    """Return the mean vectors through a product of matrices."""
    lengths = np.diff(encoded.starts)
    ones = np.ones(len(encoded.ids), np.float32)
    matrix = scipy.sparse.csr_array((ones, encoded.ids, encoded.starts), shape=(len(encoded), len(table)))
    return (matrix @ table) / lengths[:, None].astype(np.float32)


def loop_means(encoded: EncodedTexts, table: np.ndarray) -> np.ndarray:
    """Return the mean vectors as most people write it."""
    bounds = encoded.starts.tolist()
    return np.array([table[encoded.ids[a:b]].mean(axis=0) for a, b in zip(bounds, bounds[1:])])


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("texts", 50_000), ("tokens", 20), ("size", 100), ("words", 50_000), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()

    rng = np.random.default_rng(1)
    p = 1 / np.arange(1, args.words + 1)
    ids = rng.choice(args.words, args.texts * args.tokens, p=p / p.sum()).astype(np.int32)
    encoded = EncodedTexts(ids, np.arange(args.texts + 1) * args.tokens)
    words = [f"word{k}" for k in range(args.words)]
    counts = np.bincount(ids, minlength=args.words)
    vectors = KeyedVectors(rng.normal(size=(args.words, args.size)), words, counts)
    lists = [[words[k] for k in row] for row in ids.reshape(args.texts, args.tokens).tolist()]
    texts = [" ".join(tokens) for tokens in lists]

    work: dict[str, Callable[[], object]] = {}
    for pooling in POOLINGS:
        model = EmbeddingVectorizer(vectors, pooling=pooling, tokenizer="whitespace").fit(lists)
        work[f"{pooling}, ids"] = lambda model=model: model.pooling_.apply(encoded, vectors)
        work[f"{pooling}, lists"] = lambda model=model: model.transform(lists)
        work[f"{pooling}, texts"] = lambda model=model: model.transform(texts)
        work[f"{pooling}, fit on lists"] = lambda model=model: model.fit(lists)
    work["mean, ids, sparse matrix"] = lambda: sparse_means(encoded, vectors.vectors)
    work["mean, ids, loop of NumPy"] = lambda: loop_means(encoded, vectors.vectors)
    times: dict[str, list[float]] = {name: [] for name in work}
    for function in work.values():
        function()
    for _ in range(args.rounds):
        for name, function in work.items():
            times[name].append(seconds(function))
    print(f"{args.texts} texts of {args.tokens} tokens, D={args.size}, {args.words} words")
    for name, values in times.items():
        print(f"{name:26s} {args.texts / statistics.median(values) / 1e3:8.0f} k texts/s")


if __name__ == "__main__":
    main()
