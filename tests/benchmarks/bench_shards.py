"""Shards: quality by rule and number, and speed of a cluster of two nodes on this machine.

    python tests/benchmarks/bench_shards.py CORPUS --rules [--shards 4 16 64] [--seeds 1] --evaluation FOLDER
    python tests/benchmarks/bench_shards.py CORPUS --speed [--shards 16]
    python tests/benchmarks/bench_shards.py CORPUS --model [--shards 16] [--times 1]

`--rules` trains five epochs with each rule by which changes of a row are put together: the sum, the mean of all
shards, the mean of those that touched the row, and ours (`wordvec.embeddings.shards`). EVALUATION as for
bench_quality.py.

`--speed` trains two epochs racing with two threads, deterministic with two threads, in shards in one process, and
with two Ray nodes of one core each; words are those of the text. Twice as many epochs tell what starting costs.

`--model` predicts words per second of 2 to 64 machines of 16 cores, from the rows that a round touches (by the counts
of words) and from what is measured here on one core: seconds to train a token, and to add up and take a row. It
assumes that the cores of a machine train at 80 % of the speed of as many single ones, that rows are added at 4 times
the rate of one core, that a machine sends and receives at the full rate of its network, and that each of the three
calls of a round takes 5 ms. `--speed` compares the same formula with the two nodes here, at the rate at which Ray moves
an array of the size of a round's sums from one of them to the other, both ways at once.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from bench_quality import scores, shown

from wordvec import LineCorpus, Word2Vec
from wordvec.distributed import train
from wordvec.distributed.cluster import live_nodes, on_node
from wordvec.embeddings.sharded_training import Replica
from wordvec.embeddings.shards import Shards, TableSums, cut_tokens
from wordvec.embeddings.word2vec_options import Word2VecOptions
from wordvec.embeddings.word2vec_training import Word2VecRun, new_tables
from wordvec.text.corpus import encode_corpus

Scales = Callable[[TableSums, np.ndarray, np.ndarray, float], np.ndarray]
OURS: Scales = TableSums._scales


def scaled_by(share: Callable[[np.ndarray], np.ndarray]) -> Scales:
    """Return the scales of a rule that knows the number of shards that touched a row."""

    def scales(table: TableSums, rows: np.ndarray, counts: np.ndarray, weight: float) -> np.ndarray:
        return (share(counts) / table._per_unit).astype(np.float32)

    return scales


def compare_rules(corpus: LineCorpus, folder: Path, numbers: list[int], n_seeds: int) -> None:
    """Print the quality of each rule."""
    for n_shards in [1, *numbers]:
        rules: dict[str, Scales] = {
            "ours": OURS,
            "touched": scaled_by(lambda counts: 1 / counts),
            "mean": scaled_by(lambda counts, n=n_shards: np.full(len(counts), 1 / n)),
            "sum": scaled_by(lambda counts: np.ones(len(counts))),
        }
        for rule, scales in list(rules.items())[: 1 if n_shards == 1 else None]:
            TableSums._scales = scales  # type: ignore[method-assign]
            for seed in range(1, n_seeds + 1):
                try:
                    model = Word2Vec(n_shards=n_shards, random_state=seed).fit(corpus)
                    found = shown(scores(model.wv_, folder)) + f"  loss {model.loss_curve_[-1]:.3f}"
                except FloatingPointError:
                    found = "diverges"
                print(f"{n_shards:3} shards  {rule:8} seed {seed}  {found}", flush=True)


def measure_speed(corpus: LineCorpus, n_shards: int) -> None:
    """Print words per second, and what a cluster does with its time."""
    import ray
    from ray.cluster_utils import Cluster

    def show(name: str, model: Word2Vec) -> float:
        times, n = model.fit_times_, model.vocabulary_.n_total * model.n_iter_
        print(
            f"{name:32} {n / times['training'] / 1e3:7,.0f} k words/s  {times['training']:.1f} s", flush=True
        )
        return float(times["training"])

    for name, changes in (
        ("racing, two threads", {"mode": "racing"}),
        ("deterministic, two threads", {}),
        (f"{n_shards} shards, one process", {"n_shards": n_shards}),
    ):
        for _ in range(2):
            model = Word2Vec(epochs=2, n_jobs=2, **changes).fit(corpus)
        show(name, model)
    node = dict(num_cpus=1, object_store_memory=600 << 20)
    cluster = Cluster(initialize_head=True, head_node_args=node)
    cluster.add_node(**node)
    ray.init(cluster.address, log_to_driver=False, logging_level="CRITICAL")
    train(Word2Vec(epochs=1, n_shards=n_shards), corpus)
    short, long = (train(Word2Vec(epochs=epochs, n_shards=n_shards), corpus) for epochs in (2, 4))
    seconds = show("two nodes, two epochs", short), show("two nodes, four epochs", long)
    n_words = 2 * short.vocabulary_.n_total
    steady = seconds[1] - seconds[0]
    work = {name: long.fit_times_[name] - short.fit_times_[name] for name in ("computing", "combining")}
    print(f"two nodes without the start: {n_words / steady / 1e3:,.0f} k words/s; of {steady:.1f} s", end=" ")
    print(f"{work['computing']:.1f} computing, {work['combining']:.1f} combining,", end=" ")
    print(f"{steady - sum(work.values()):.1f} waiting and moving", end="; ")
    print(f"{(long.sent_bytes_ - short.sent_bytes_) / n_words:.0f} bytes sent a word")
    costs = RoundCosts(corpus, n_shards)
    rate = moved_bytes_per_s(int(costs.sent_bytes(2) / 2))
    parts = costs.seconds(2, 1.0, 1.0, rate)
    found = costs.words_per_s(sum(parts) + 0.015)
    print(
        f"Ray moves {rate / 1e6:,.0f} MB/s from each to the other; predicted: {found / 1e3:,.0f} k words/s,",
        end=" ",
    )
    print(f"{found * steady / n_words:.2f} of what was measured; a round", end=" ")
    print("computing {:.0f}, adding {:.0f}, sending {:.0f} ms".format(*(1e3 * part for part in parts)))
    ray.shutdown()
    cluster.shutdown()


class RoundCosts:
    """What a round costs, from the counts of words and from a few rounds on one core."""

    def __init__(self, corpus: LineCorpus, n_shards: int, times: int = 1) -> None:
        vocabulary, encoded = encode_corpus(corpus)
        shards = Shards(times * len(encoded.token_ids), n_shards)
        options = Word2VecOptions.of(Word2Vec(n_shards=n_shards))
        tables = new_tables(len(vocabulary), options.vector_size, options.seed)
        run = Word2VecRun(options, vocabulary, encoded, tables, 1, shards=shards)
        replica = Replica(run)
        (table,) = replica.tables
        half = len(encoded.token_ids) // 2
        texts = {shard: cut_tokens(encoded, shard * half, (shard + 1) * half) for shard in range(2)}
        spent = np.zeros(3)
        n_rows = n_changed = 0
        with ThreadPoolExecutor(1) as pool:
            for number in range(6):
                for shard, text in texts.items():
                    start = time.perf_counter()
                    run.run_call(pool, number, 0, text, shard)
                    trained = time.perf_counter()
                    (rows,) = run.touched_rows()
                    table.add(pool, 1, rows)
                    n_rows += len(rows)
                    spent[:2] += (trained - start, time.perf_counter() - trained) if number else 0
                start = time.perf_counter()
                steps = table.steps_of([table.take(0, 1)], 0, 1, replica.weight(0, number))
                table.take_steps(steps)
                n_changed += len(steps.rows)
                spent[2] += time.perf_counter() - start if number else 0
                n_rows, n_changed = (n_rows, n_changed) if number else (0, 0)
        self.n_shards = n_shards
        self.round_tokens = run.call_tokens
        self.per_token = spent[0] / (10 * self.round_tokens)
        self.per_sum, self.per_step = spent[1] / n_rows, spent[2] / n_changed
        self.words_per_token = vocabulary.n_total / len(encoded.token_ids)
        self.row_bytes = 4 * table.table.shape[1] + 8
        # Rows are touched independently of each other, by as many words as there are pairs for them in the mean.
        self._pairs = run.crowding()[0] * run.kept_share / options.window / (1 + options.negative)
        print(f"one core: {1e6 * self.per_token:.2f} us a token,", end=" ")
        print(
            f"{1e6 * self.per_sum:.2f} us to add a row, {1e6 * self.per_step:.2f} us to take its step;",
            end=" ",
        )
        print(f"a shard touches {n_rows / 10:,.0f} rows a round of {self.round_tokens:,} tokens", end=" ")
        print(f"({self.touched(self.round_tokens):,.0f} by the counts)")

    def touched(self, n_tokens: int) -> float:
        """Return the rows that so many tokens touch."""
        return float(-np.expm1(-self._pairs * n_tokens).sum())

    def sent_bytes(self, n_machines: int) -> float:
        """Return what a machine sends in a round."""
        own = self.touched(int(self.n_shards / n_machines * self.round_tokens))
        share = (n_machines - 1) / n_machines
        return self.row_bytes * share * (own + self.touched(self.n_shards * self.round_tokens))

    def seconds(
        self, n_machines: int, train_rate: float, add_rate: float, bytes_per_s: float
    ) -> tuple[float, float, float]:
        """Return the seconds of a round for computing, adding and sending; rates are in those of one core."""
        n_own = self.n_shards / n_machines
        all_rows = self.touched(self.n_shards * self.round_tokens)
        computing = n_own * self.round_tokens * self.per_token / train_rate
        adding = (
            self.per_sum * n_own * self.touched(self.round_tokens) + self.per_step * all_rows
        ) / add_rate
        return computing, adding, self.sent_bytes(n_machines) / bytes_per_s

    def words_per_s(self, seconds: float) -> float:
        """Return the words of the text a second, for rounds that take so long."""
        return self.n_shards * self.round_tokens * self.words_per_token / seconds


def predict(corpus: LineCorpus, n_shards: int, times: int) -> None:
    """Print the words per second of clusters that do not exist, with `times` as much text."""
    costs = RoundCosts(corpus, n_shards, times)
    print(f"one machine without shards: {12.8 / costs.per_token / 1e6:.1f} M tokens/s")
    for gigabits in (10, 25):
        for n_machines in (2, 4, 8, 16, 32, 64):
            if n_machines > n_shards:
                continue
            parts = costs.seconds(n_machines, 12.8, 4.0, gigabits * 1.25e8)
            seconds = sum(parts) + 0.015
            computing, adding, sending = (1e3 * part for part in parts)
            print(
                f"{gigabits} Gbit/s, {n_machines:2} machines: {costs.words_per_s(seconds) / 1e6:6.1f} M words/s; "
                f"a round {1e3 * seconds:.0f} ms: computing {computing:.0f}, adding {adding:.0f}, "
                f"sending {costs.sent_bytes(n_machines) / 1e6:.0f} MB {sending:.0f}"
            )


class Mover:
    """A worker that gives an array and takes one."""

    def __init__(self, n_bytes: int) -> None:
        self._array = np.ones(n_bytes, np.uint8)

    def give(self) -> np.ndarray:
        """Return the array."""
        return self._array

    def take(self, array: np.ndarray) -> int:
        """Return the length of an array."""
        return len(array)


def moved_bytes_per_s(n_bytes: int) -> float:
    """Return the rate at which arrays go from one node to the other and back at once, calls included."""
    import ray

    movers = [on_node(ray, Mover, node).remote(n_bytes) for node in live_nodes(ray)]
    rates = []
    for _ in range(12):
        start = time.perf_counter()
        given = [mover.give.remote() for mover in movers]
        ray.get([mover.take.remote(array) for mover, array in zip(movers, reversed(given))])
        rates.append(n_bytes / (time.perf_counter() - start))
    for mover in movers:
        ray.kill(mover)
    return float(np.median(rates[2:]))


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus")
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--model", action="store_true")
    parser.add_argument("--shards", type=int, nargs="+", default=[16])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--times", type=int, default=1, help="--model: of a text so many times as long")
    parser.add_argument("--evaluation", type=Path)
    arguments = parser.parse_args()
    corpus = LineCorpus(arguments.corpus)
    if arguments.rules:
        compare_rules(corpus, arguments.evaluation, arguments.shards, arguments.seeds)
    if arguments.speed:
        measure_speed(corpus, arguments.shards[0])
    if arguments.model:
        predict(corpus, arguments.shards[0], arguments.times)


if __name__ == "__main__":
    main()
