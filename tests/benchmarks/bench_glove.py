"""GloVe: counting, the factoriser and what bounds it, from text to saved vectors.

    python tests/benchmarks/bench_glove.py CORPUS [--parts counting speed bounds whole]

CORPUS is a text file. Window 10, 100 floats a vector, x_max 10. Everything is compiled before the clock starts.
Figures that are compared are taken in turn; each is the median of three.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from wordvec import LineCorpus
from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.counts.counting import count_encoded
from wordvec.embeddings.glove import GloVe
from wordvec.embeddings.glove_options import GloVeOptions
from wordvec.embeddings.glove_training import PAIR_BYTES, GloVeRun, GloVeState
from wordvec.kernels import glove
from wordvec.kernels.tiles import aligned_zeros, padded_width
from wordvec.text.corpus import DEFAULT_MAX_MEMORY, encode_corpus

SETTINGS = {"vector_size": 100, "window": 10, "x_max": 10.0, "epochs": 15}
COUNTING = {"window": 10, "symmetric": True, "distance_weighting": True}
ROUNDS = 3
BUDGETS = {"64 MiB": 64 << 20, "2 GiB": DEFAULT_MAX_MEMORY}
FIRST_LEVEL_WORDS = 12
SECOND_LEVEL_COLUMNS = 500
BOUND_PAIRS = 4_000_000


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median seconds of each, measured one after the other ROUNDS times."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            times[name].append(seconds(work))
    return {name: statistics.median(values) for name, values in times.items()}


def digest(*arrays: np.ndarray) -> str:
    """SHA-256 of the arrays' bytes."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def bench_counting(vocabulary, encoded) -> Cooccurrence:
    """Print seconds by threads and budget; return the counts."""
    hashes = set()
    for budget, max_memory in BUDGETS.items():
        for n_threads in (1, 2):
            start = time.perf_counter()
            counts = count_encoded(
                vocabulary, encoded, max_memory=max_memory, n_threads=n_threads, **COUNTING
            )
            passed = time.perf_counter() - start
            hashes.add(digest(counts.starts, counts.col, counts.value))
            print(f"counting, {budget}, {n_threads} threads: {passed:5.1f} s, {counts.nnz} pairs", flush=True)
    print(f"counts: {'the same bits' if len(hashes) == 1 else 'DIFFERENT BITS'}\n")
    return counts


def epoch_of(run: GloVeRun) -> Callable[[], object]:
    """Return a function that trains one more epoch."""

    def train() -> None:
        run.state = GloVeState()
        run.train()

    return train


def new_run(counts: Cooccurrence, n_threads: int) -> GloVeRun:
    """A run of one epoch, its pairs in memory."""
    options = GloVeOptions.of(GloVe(**{**SETTINGS, "epochs": 1}))
    return GloVeRun(options, counts, n_threads, PAIR_BYTES * counts.nnz)


def bench_speed(counts: Cooccurrence) -> None:
    """Print pairs/s by threads, and that the result is the same."""
    runs = {n_threads: new_run(counts, n_threads) for n_threads in (1, 2)}
    times = in_turn({str(n): epoch_of(run) for n, run in runs.items()})
    hashes = {digest(*run.model) for run in runs.values()}
    for n_threads, passed in times.items():
        print(
            f"factoriser, {n_threads} threads: {counts.nnz / passed / 1e6:5.2f} M pairs/s, {passed:.2f} s an epoch"
        )
    print(f"factoriser: two threads {times['1'] / times['2']:.2f} x one, ", end="")
    print("the same bits\n" if len(hashes) == 1 else "DIFFERENT BITS\n", flush=True)


def copy_rate(n_threads: int) -> float:
    """GB/s, read and written, of a copy of 256 MiB a thread."""
    arrays = [(np.ones(1 << 25), np.ones(1 << 25)) for _ in range(n_threads)]
    with ThreadPoolExecutor(n_threads) as pool:
        times = [
            seconds(lambda: list(pool.map(lambda pair: np.copyto(*pair), arrays))) for _ in range(2 * ROUNDS)
        ]
    return n_threads * 2 * arrays[0][0].nbytes / min(times) / 1e9


class Order:
    """Pairs in some order, one model for each thread, and no stripes: the kernel as it is."""

    def __init__(self, n_words: int, rows: np.ndarray, cols: np.ndarray, seed: int) -> None:
        n = len(rows)
        random = np.random.default_rng(seed)
        self.pairs = glove.Pairs(
            rows.astype(np.uint16),
            cols.astype(np.uint16),
            random.normal(size=n).astype(np.float32),
            random.uniform(0.1, 1, size=n).astype(np.float32),
        )
        width = padded_width(SETTINGS["vector_size"])
        tables = [aligned_zeros((n_words, 2 * width), np.float32) for _ in range(2)]
        for table in tables:
            table[:, :width] = random.normal(0, 0.1, size=(n_words, width))
            table[:, width:] = 1
        self.model = glove.Model(*tables, *(np.ones((n_words, 2), np.float32) for _ in range(2)))
        self.table_bytes = sum(table.nbytes for table in tables)

    def train(self) -> None:
        """Work off all pairs."""
        glove.train_pairs(self.pairs, 0, len(self.pairs.row), self.model, 0, 0, np.float32(0.05))


def synthetic_orders(n_words: int, seed: int) -> dict[str, Order]:
    """Orders between the best and the worst there can be."""
    random = np.random.default_rng(seed)
    n = BOUND_PAIRS
    n_words = min(n_words, 1 << 16)
    n_rows = n // SECOND_LEVEL_COLUMNS
    return {
        "rows in the first-level cache": Order(
            FIRST_LEVEL_WORDS, *random.integers(0, FIRST_LEVEL_WORDS, (2, n)), seed
        ),
        "columns in the second-level cache": Order(
            min(n_rows, n_words),
            np.repeat(np.arange(n_rows) % n_words, SECOND_LEVEL_COLUMNS),
            np.tile(random.permutation(SECOND_LEVEL_COLUMNS), n_rows),
            seed,
        ),
        "random": Order(n_words, *random.integers(0, n_words, (2, n)), seed),
    }


def real_random_order(counts: Cooccurrence, seed: int) -> Order:
    """Pairs of the counts, drawn at random: frequent words come often, as they do."""
    drawn = np.random.default_rng(seed).integers(0, counts.nnz, BOUND_PAIRS)
    rows = np.searchsorted(counts.starts, drawn, side="right") - 1
    kept = (rows < 1 << 16) & (counts.col[drawn] < 1 << 16)  # the kernel's numbers have 16 bits
    n_words = min(len(counts.vocabulary), 1 << 16)
    return Order(n_words, rows[kept], counts.col[drawn][kept], seed)


def bench_bounds(counts: Cooccurrence) -> None:
    """Print pairs/s by order, and what memory could do."""
    row_bytes = new_run(counts, 1).model.word_table.shape[1] * 4
    pair_bytes = 2 * (2 * row_bytes + 2 * 8) + PAIR_BYTES
    print(f"one pair reads and writes {pair_bytes} bytes: two rows of {row_bytes} and two biases, both ways")
    copies = {n_threads: copy_rate(n_threads) for n_threads in (1, 2)}
    for n_threads, rate in copies.items():
        print(
            f"copying, {n_threads} threads: {rate:.1f} GB/s, enough for "
            f"{rate * 1e3 / pair_bytes:.1f} M pairs/s if every row came from memory"
        )
    print(f"\n{'order of pairs':36}{'tables':>10}{'1 thread':>10}{'2 threads':>11}{'ratio':>7}{'GB/s, 1':>9}")
    orders = {}
    for seed in (0, 1):
        found = {
            **synthetic_orders(len(counts.vocabulary), seed),
            "random, as frequent as in the text": real_random_order(counts, seed),
        }
        for name, order in found.items():
            orders.setdefault(name, []).append(order)
    runs = {n_threads: new_run(counts, n_threads) for n_threads in (1, 2)}
    with ThreadPoolExecutor(2) as pool:
        works: dict[str, Callable[[], object]] = {}
        for name, (one, other) in orders.items():
            works[f"{name} 1"] = one.train
            works[f"{name} 2"] = lambda one=one, other=other: list(
                pool.map(lambda order: order.train(), (one, other))
            )
        for n_threads, run in runs.items():
            works[f"blocks, as trained {n_threads}"] = epoch_of(run)
        times = in_turn(works)
    sizes = {name: (len(o[0].pairs.row), o[0].table_bytes) for name, o in orders.items()}
    tables = sum(table.nbytes for table in runs[1].model[:2])
    sizes["blocks, as trained"] = (counts.nnz, tables)
    for name, (n, n_bytes) in sizes.items():
        # Two threads do the same work together with the blocks, twice the work with a model each.
        one = n / times[f"{name} 1"] / 1e6
        two = (1 if name.startswith("blocks") else 2) * n / times[f"{name} 2"] / 1e6
        print(
            f"{name:36}{n_bytes / 2**20:7.1f} MB{one:10.2f}{two:11.2f}{two / one:7.2f}"
            f"{one * pair_bytes / 1e3:9.1f}"
        )
    print("in M pairs/s\n", flush=True)


def bench_whole(path: str) -> None:
    """Print the seconds from text to saved vectors."""
    start = time.perf_counter()
    model = GloVe(**SETTINGS).fit(LineCorpus(path))
    with tempfile.TemporaryDirectory() as folder:
        model.wv_.save(Path(folder) / "vectors.bin")
    passed = time.perf_counter() - start
    losses = f"{model.loss_curve_[0]:.4f} to {model.loss_curve_[-1]:.4f}"
    print(f"text to saved vectors, {SETTINGS}: {passed:.1f} s, loss {losses}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus")
    parts = ["counting", "speed", "bounds", "whole"]
    parser.add_argument("--parts", nargs="+", default=parts, choices=parts)
    arguments = parser.parse_args()
    # So little memory that runs are merged, too.
    first = GloVe(epochs=1, max_memory=1 << 20)
    compile_seconds = seconds(lambda: first.fit([["a", "b", "c"]] * 40_000))
    print(f"{os.cpu_count()} cores; first fit, with compilation or loading: {compile_seconds:.1f} s\n")
    if {"counting", "speed", "bounds"} & set(arguments.parts):
        vocabulary, encoded = encode_corpus(LineCorpus(arguments.corpus))
        if "counting" in arguments.parts:
            counts = bench_counting(vocabulary, encoded)
        else:
            counts = count_encoded(
                vocabulary, encoded, max_memory=DEFAULT_MAX_MEMORY, n_threads=2, **COUNTING
            )
        if "speed" in arguments.parts:
            bench_speed(counts)
        if "bounds" in arguments.parts:
            bench_bounds(counts)
        del counts
    if "whole" in arguments.parts:
        bench_whole(arguments.corpus)


if __name__ == "__main__":
    main()
