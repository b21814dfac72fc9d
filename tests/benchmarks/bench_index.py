"""Approximate neighbours among a million vectors of sentences: recall, questions a second, time and bytes of the index.

    python tests/benchmarks/bench_index.py VECTORS [--sentences 1000000] [--queries 2000] [--expansion 48 96 192]

Sentences are those of the raw Wikipedia and of the reviews (WORDVEC_DATA/wiki-en, imdb), each once; their vectors are
uSIF's of the word vectors given. Recall is against the exact neighbours of `most_similar_batch`.
"""

from __future__ import annotations

import argparse
import lzma
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wordvec.pipelines.datasets import data_file
from wordvec.pipelines.features import EmbeddingVectorizer
from wordvec.text.sentences import split_sentences
from wordvec.vectors.keyed_vectors import KeyedVectors

MIN_CHARACTERS = 10
TOPN = 10


def sentences() -> Iterator[str]:
    """Yield the sentences of both texts."""
    for folder, name in (("wiki-en", "wiki-raw.txt.xz"), ("imdb", "unsup.txt.xz")):
        with lzma.open(data_file(folder) / name, "rt", encoding="utf-8") as file:
            for line in file:
                if not line.startswith(("<doc", "</doc")):
                    yield from split_sentences(line.replace("<br />", " ").strip())


def sentence_vectors(words: KeyedVectors, n: int) -> KeyedVectors:
    """Return the vectors of the first n different sentences that are long enough."""
    found: dict[str, None] = {}
    for sentence in sentences():
        if len(sentence) >= MIN_CHARACTERS:
            found[sentence.lower()] = None
            if len(found) == n:
                break
    table = EmbeddingVectorizer(words, pooling="usif").fit_transform(list(found))
    return KeyedVectors(table.astype(np.float32), [str(row) for row in range(len(table))])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vectors", help="a file of word vectors with counts")
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("--expansion", type=int, nargs="*", default=[48, 96, 192])
    parser.add_argument("--index", help="where the index is kept; by default it is thrown away")
    args = parser.parse_args()

    start = time.perf_counter()
    kv = sentence_vectors(KeyedVectors.load(args.vectors), args.sentences)
    print(f"{len(kv):,} sentences x {kv.vector_size}, {time.perf_counter() - start:.0f} s", flush=True)
    queries = [str(row) for row in np.random.default_rng(1).choice(len(kv), args.queries, replace=False)]
    kv.most_similar_batch(queries[:1])  # compiles
    start = time.perf_counter()
    exact = kv.most_similar_batch(queries, topn=TOPN)
    time_exact = time.perf_counter() - start
    print(f"exact     {args.queries / time_exact:8.0f} questions a second", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(args.index or Path(folder, "index.usearch"))
        start = time.perf_counter()
        kv.index(path=path)
        print(f"index     {time.perf_counter() - start:8.1f} s, {path.stat().st_size:,} bytes", flush=True)
        for expansion in args.expansion:
            start = time.perf_counter()
            index = kv.index(path=path, expansion=expansion)
            time_read = time.perf_counter() - start
            index.most_similar_batch(queries[:10], topn=TOPN)
            start = time.perf_counter()
            found = index.most_similar_batch(queries, topn=TOPN)
            seconds = time.perf_counter() - start
            # Of equal similarities any is right: sentences that differ in unknown words alone have one vector.
            n_found = sum(
                sum(score >= best[-1][1] for _, score in some)
                for some, best in zip(found, exact, strict=True)
            )
            print(
                f"expansion {expansion:4d}: recall@{TOPN} {n_found / (TOPN * len(queries)):.4f}, "
                f"{len(queries) / seconds:,.0f} questions a second, read in {time_read:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
