"""How many words of changed sense come first in a report of `drift`, and how many are called changed without one.

    python tests/benchmarks/bench_drift.py wiki8.txt --megabytes 20

The first megabytes of the text are cut into lines of 50 words, which are assigned to two halves at random. In a copy of
the second, the two words of each of twenty pairs are exchanged in a share of their uses; the two are about equally
frequent, so that at a share of one half, half of what either is then used for is the other's, and at 1 the two have
changed places. Each text is trained with three seeds.
"""

import argparse
import random
import time
from collections import Counter
from pathlib import Path

from wordvec import Word2Vec
from wordvec.vectors import drift

LINE_WORDS = 50
N_PAIRS = 20
SEEDS = (1, 2, 3)
METHODS = (("neighbors", 100), ("neighbors", 300), ("procrustes", None))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--min-uses", type=int, default=300, help="Uses of the exchanged words in each half.")
    parser.add_argument("--max-uses", type=int, default=3000)
    parser.add_argument("--min-count", type=int, nargs="+", default=[50, 100])
    parser.add_argument("--share", type=float, default=0.5, help="Of the uses that are exchanged.")
    parser.add_argument("--seed", type=int, default=1, help="Of the halves and the pairs.")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    old, new = halves(arguments.text, arguments.megabytes * 1_000_000, draw)
    partners = pairs(old, new, arguments.min_uses, arguments.max_uses, draw)
    changed = [
        [partners[word] if word in partners and draw.random() < arguments.share else word for word in line]
        for line in new
    ]
    models = {
        name: train(text, arguments.jobs) for name, text in (("old", old), ("new", new), ("changed", changed))
    }
    print(f"{'':>12}{'':>10}{'':>7}{'':>6}{'first 40,':>11}{'changed text':>16}{'two halves':>21}")
    print(
        f"{'method':>12}{'min_count':>10}{'models':>7}{'words':>6}{'exchanged':>11}{'called':>8}{'right':>8}"
        f"{'called':>7}{'share':>7}{'p<=.05':>7}{'s':>6}"
    )
    for min_count in arguments.min_count:
        for method, n_neighbors in METHODS:
            for n_seeds in (len(SEEDS), 1):
                sides = {name: kvs[:n_seeds] for name, kvs in models.items()}
                options = {"method": method, "n_neighbors": n_neighbors, "min_count": min_count}
                measure(sides, set(partners), options)


def halves(path, n_bytes, draw):
    with path.open("rb") as file:
        words = file.read(n_bytes).decode("utf-8", "ignore").split()
    lines = [words[start : start + LINE_WORDS] for start in range(0, len(words), LINE_WORDS)]
    draw.shuffle(lines)
    return lines[: len(lines) // 2], lines[len(lines) // 2 :]


def pairs(old, new, low, high, draw):
    """Return a dict of each exchanged word to its partner."""
    counts = [Counter(word for line in text for word in line) for text in (old, new)]
    candidates = sorted(word for word in counts[0] if all(low <= count[word] <= high for count in counts))
    chosen = sorted(draw.sample(candidates, 2 * N_PAIRS), key=counts[1].__getitem__)
    partners = dict(zip(chosen[::2], chosen[1::2]))
    return partners | {second: first for first, second in partners.items()}


def train(text, n_jobs):
    return [Word2Vec(random_state=seed, n_jobs=n_jobs, verbose=False).fit(text).wv_ for seed in SEEDS]


def measure(sides, exchanged, options):
    start = time.perf_counter()
    report = drift(sides["old"], sides["changed"], **options)
    seconds = time.perf_counter() - start
    same = drift(sides["old"], sides["new"], **options)
    n_first = sum(row.word in exchanged for row in report.rows[:40])
    n_right = sum(row.word in exchanged for row in report.changed)
    n_small = sum(row.p_value <= 0.05 for row in same.rows)
    name = f"{options['method']} {options['n_neighbors'] or ''}".strip().replace("neighbors", "nearest")
    print(
        f"{name:>12}{options['min_count']:10}{len(sides['old']):7}{report.n_words:6}{n_first:11}"
        f"{len(report.changed):8}{n_right:8}{len(same.changed):7}{len(same.changed) / same.n_words:7.2%}"
        f"{n_small / same.n_words:7.2%}{seconds:6.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
