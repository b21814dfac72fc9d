"""1,000 neighbour queries at once against a loop of gensim's most_similar.

    python tests/benchmarks/bench_neighbors.py [VECTORS] [--words 68000 400000] [--size 100] [--queries 1000]

Each repeat measures both, one after the other, so that a busy machine slows both. Prints the medians and the
ratio, which is to be 18 or more. Without VECTORS tables are random.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from wordvec.vectors.keyed_vectors import KeyedVectors


def random_vectors(n_words: int, vector_size: int) -> KeyedVectors:
    """Return a random float32 table."""
    table = np.random.default_rng(1).standard_normal((n_words, vector_size), dtype=np.float32)
    return KeyedVectors(table, [f"word{row}" for row in range(n_words)])


def seconds(function) -> tuple[float, object]:
    """Return how long a call takes, and its result."""
    # OpenBLAS's threads go on spinning for a while after their last product. They must not do that on the
    # processors, and in the time, of the other side.
    time.sleep(0.5)
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vectors", nargs="?", help="a vector file")
    parser.add_argument("--words", type=int, nargs="+", default=[68_000, 400_000])
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()

    if args.vectors:
        compare(KeyedVectors.load(args.vectors), args.queries, args.repeats)
    else:
        for n_words in args.words:
            compare(random_vectors(n_words, args.size), args.queries, args.repeats)


def compare(kv: KeyedVectors, n_queries: int, n_repeats: int) -> None:
    """Measure one table and print."""
    other = kv.to_gensim()
    rng = np.random.default_rng(2)
    words = [kv.index_to_key[row] for row in rng.choice(len(kv), n_queries, replace=False)]
    kv.most_similar_batch(words[:10])
    other.most_similar(words[0])

    ours, theirs = [], []
    for _ in range(n_repeats):
        time_ours, batch = seconds(lambda: kv.most_similar_batch(words))
        time_theirs, loop = seconds(lambda: [other.most_similar(word) for word in words])
        ours.append(time_ours)
        theirs.append(time_theirs)
    same = sum([w for w, _ in a] == [w for w, _ in b] for a, b in zip(batch, loop, strict=True))
    print(f"{len(kv)} words x {kv.vector_size}, {len(words)} queries, numpy {np.__version__}")
    print(f"wordvec most_similar_batch    {statistics.median(ours):8.3f} s")
    print(f"gensim most_similar, a loop   {statistics.median(theirs):8.3f} s")
    print(f"ratio                         {statistics.median(theirs) / statistics.median(ours):8.1f}")
    print(f"equal answers, order included {same:6d} of {len(words)}")
    same = sum(kv.most_similar(word) == answer for word, answer in zip(words[:100], batch))
    print(f"the bits of most_similar      {same:6d} of {len(words[:100])}", flush=True)


if __name__ == "__main__":
    main()
