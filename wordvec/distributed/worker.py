"""The worker on each machine: a replica of the tables, and the shards of the text that it trains."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from wordvec.embeddings.sharded_training import Losses, Replica
from wordvec.embeddings.shards import Shards, Steps, Sums
from wordvec.text.corpus import EncodedCorpus
from wordvec.text.vocabulary import Vocabulary

NO_ROUNDS = -1


@dataclass(frozen=True)
class Plan:
    """The information that a worker needs about a run, apart from the text of its shards."""

    estimator: Any  # Word2Vec or FastText, not fitted
    options: Any  # its options
    vocabulary: Vocabulary
    shards: Shards


@dataclass
class Work:
    """The work that a worker has done so far.

    Attributes
    ----------
    computing, combining : float
        Seconds spent on training shards, and on combining and applying the changes of all workers.
    sent_bytes : int
        Bytes of sums and steps sent to other workers.
    """

    computing: float = 0.0
    combining: float = 0.0
    sent_bytes: int = 0


@dataclass(frozen=True)
class Facts:
    """The information that the driver needs about a run."""

    round_tokens: int
    learning_rate: float
    warnings: list[str]


class ShardWorker:
    """One machine's part of a run; the methods are called in the order of the driver's calls.

    Parameters
    ----------
    plan : Plan
    n_threads : int
    """

    def __init__(self, plan: Plan, n_threads: int) -> None:
        estimator = plan.estimator
        tables = estimator._new_tables(plan.options, plan.vocabulary)
        nothing = EncodedCorpus(np.zeros(0, np.int32), np.zeros(1, np.int64), 0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run = estimator._run_type(
                plan.options, plan.vocabulary, nothing, tables, n_threads, None, plan.shards
            )
        self._replica = Replica(run)
        self._pool = ThreadPoolExecutor(n_threads)
        self._texts: dict[int, EncodedCorpus] = {}
        self._facts = Facts(run.call_tokens, run.learning_rate, [str(each.message) for each in caught])
        self._rounds_done = NO_ROUNDS
        self._work = Work()

    def work(self) -> Work:
        """Return the work done so far."""
        return self._work

    def facts(self) -> Facts:
        """Return the facts that the driver needs."""
        return self._facts

    def rounds_done(self) -> int:
        """Return the number of rounds applied; NO_ROUNDS if the tables are the initial ones.

        For a run resumed from a checkpoint it is initially 0, which is greater.
        """
        return self._rounds_done

    def load(self, shard: int, bounds: list[tuple[int, int]], *pieces: tuple[np.ndarray, np.ndarray]) -> None:
        """Keep the text of a shard: the tokens between bounds of pieces of the text."""
        # A shard has no tokens where there are more shards than tokens.
        ids, starts, n = [np.zeros(0, np.int32)], [np.zeros(1, np.int64)], 0
        for (first, last), (piece_ids, piece_starts) in zip(bounds, pieces):
            ids.append(piece_ids[first:last])
            low, high = (
                np.searchsorted(piece_starts, first, "right"),
                np.searchsorted(piece_starts, last, "right"),
            )
            # A piece ends with a line.
            starts.append(piece_starts[low:high] - first + n)
            n += last - first
        found = np.concatenate(starts)
        if found[-1] != n:
            found = np.append(found, n)
        self._texts[shard] = EncodedCorpus(np.concatenate(ids), found, n)

    def keep(self, shards: list[int]) -> None:
        """Drop the texts of all other shards."""
        self._texts = {shard: text for shard, text in self._texts.items() if shard in shards}

    def held(self) -> list[int]:
        """Return the shards whose texts are held here."""
        return sorted(self._texts)

    def train(self, epoch: int, number: int, own: int, n_parts: int) -> Any:
        """Train a round; return the sums of each part of the rows, for each table, and then the losses of the shards.

        Part `own` is combined by this worker.
        """
        start = time.perf_counter()
        tables = self._replica.tables
        losses: Losses = self._replica.train(self._pool, self._texts, epoch, number)
        trained = time.perf_counter()
        parts = list(
            self._pool.map(lambda part: [table.take(part, n_parts) for table in tables], range(n_parts))
        )
        self._work.computing += trained - start
        self._work.combining += time.perf_counter() - trained
        self._work.sent_bytes += sum(_size_of(sums) for part, sums in enumerate(parts) if part != own)
        return (*parts, losses)

    def combine(self, epoch: int, number: int, part: int, n_parts: int, *found: list[Sums]) -> list[Steps]:
        """Return the steps of a round in one part of the rows, for each table, from the sums of all workers."""
        start = time.perf_counter()
        weight = self._replica.weight(epoch, number)
        steps = [
            table.steps_of(list(sums), part, n_parts, weight)
            for table, *sums in zip(self._replica.tables, *found)
        ]
        self._work.combining += time.perf_counter() - start
        self._work.sent_bytes += (n_parts - 1) * _size_of(steps)
        return steps

    def apply(self, n_done: int, *parts: list[Steps]) -> None:
        """Apply the steps of a round, after which `n_done` rounds are done."""
        start = time.perf_counter()
        for steps in parts:
            for table, found in zip(self._replica.tables, steps):
                table.take_steps(found)
        self._rounds_done = n_done
        self._work.combining += time.perf_counter() - start

    def tables(self) -> list[np.ndarray]:
        """Return the current tables."""
        return [table.table for table in self._replica.tables]

    def set_tables(self, tables: list[np.ndarray], rounds_done: int) -> None:
        """Continue from these tables."""
        self._replica.set_tables(tables)
        self._rounds_done = rounds_done

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tensors of a checkpoint."""
        return self._replica.run.tensors()

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Continue from a checkpoint."""
        run = self._replica.run
        run.set_tensors(tensors)
        self._replica.set_tables(run.replicated())
        self._rounds_done = 0

    def is_finite(self) -> bool:
        """Return whether no table holds NaN or infinity."""
        return self._replica.is_finite()


def _size_of(tables: Sequence[Sums | Steps]) -> int:
    """Return the size of sums or steps in bytes."""
    return sum(array.nbytes for table in tables for array in table)
