"""Spark MLlib's Word2Vec and ours in shards on the same text: quality, and words per second of two cores.

    python tests/benchmarks/bench_spark.py CORPUS EVALUATION_FOLDER [--partitions 2 16] [--epochs 5]

pyspark runs as a local session with two threads; its Word2Vec is skip-gram with hierarchical softmax, its partitions
are what shards are here. Seconds are those of fit, with reading and counting; words are those of the text times epochs.
EVALUATION_FOLDER as for bench_quality.py. Needs pyspark, which is not installed with wordvec, and Java.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from bench_quality import scores, shown

from wordvec import KeyedVectors, LineCorpus, Word2Vec


def show(name: str, n_words: int, seconds: float, vectors: KeyedVectors, folder: Path) -> None:
    """Print a line."""
    print(
        f"{name:24} {n_words / seconds / 1e3:7,.0f} k words/s  {shown(scores(vectors, folder))}", flush=True
    )


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--partitions", type=int, nargs="+", default=[2, 16])
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()
    counts = LineCorpus(arguments.corpus).count_words()
    n_words = arguments.epochs * sum(counts.values())
    for n in arguments.partitions:
        start = time.perf_counter()
        model = Word2Vec(epochs=arguments.epochs, n_shards=n, n_jobs=2).fit(LineCorpus(arguments.corpus))
        show(f"wordvec, {n} shards", n_words, time.perf_counter() - start, model.wv_, arguments.folder)

    from pyspark.ml.feature import Word2Vec as SparkWord2Vec
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import split

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "8g")
    session = builder.config("spark.ui.enabled", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    lines = session.read.text(arguments.corpus).select(split("value", " ").alias("words")).cache()
    lines.count()
    for n in arguments.partitions:
        start = time.perf_counter()
        estimator = SparkWord2Vec(
            vectorSize=100, minCount=5, numPartitions=n, maxIter=arguments.epochs, windowSize=5, seed=1,
            inputCol="words", outputCol="vector",
        )  # fmt: skip
        rows = estimator.fit(lines).getVectors().collect()
        seconds = time.perf_counter() - start
        # Analogies are asked among the most frequent words.
        rows.sort(key=lambda row: -counts.get(row.word, 0))
        found = np.array([row.vector.toArray() for row in rows], np.float32)
        n_bad = int((~np.isfinite(found).all(axis=1)).sum())
        vectors = KeyedVectors(np.nan_to_num(found), [row.word for row in rows])
        show(f"Spark MLlib, {n} partitions", n_words, seconds, vectors, arguments.folder)
        print(f"  largest value {np.abs(found).max():.3g}, {n_bad} vectors that are not finite", flush=True)
    session.stop()


if __name__ == "__main__":
    main()
