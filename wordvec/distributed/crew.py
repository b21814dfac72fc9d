"""The workers of a run, one on each node: rounds of training, and recovery from lost workers and nodes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from wordvec._utils.messages import counted
from wordvec.distributed.cluster import gathered, live_nodes, on_node
from wordvec.distributed.reading import Pieces
from wordvec.distributed.worker import NO_ROUNDS, Facts, Plan, ShardWorker, Work
from wordvec.embeddings.sharded_training import Losses

_SECONDS_TO_ANSWER = 60.0
_ATTEMPTS = 5


class Crew:
    """The workers of a run, one per node, but not more than there are shards.

    Parameters
    ----------
    ray : module
    plan : Plan
    pieces : Pieces
    n_threads : int or None
        Threads of a worker, at most one per core; None for all cores.
    """

    def __init__(self, ray: Any, plan: Plan, pieces: Pieces, n_threads: int | None) -> None:
        self._ray = ray
        self._shards = plan.shards
        self._plan = ray.put(plan)
        self._pieces = pieces
        self._n_threads = n_threads
        self._workers: dict[str, Any] = {}  # by the node that they are on
        self._rounds_done = NO_ROUNDS
        self._losses: Losses = {}  # of the last round
        self._muster()

    def facts(self) -> Facts:
        """Return the facts about the run that all workers share."""
        return self._ask(lambda worker: worker.facts.remote())

    def train(self, epoch: int, number: int, n_before: int) -> Losses:
        """Train a round, recovering from lost workers; return the losses of the shards.

        Parameters
        ----------
        epoch, number : int
            The epoch, and the round in it.
        n_before : int
            Rounds done before this one, in all epochs.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return self._train(epoch, number, n_before)
            except self._ray.exceptions.RayError as error:
                if isinstance(error, self._ray.exceptions.RayTaskError) or attempt + 1 == _ATTEMPTS:
                    raise
                self._drop_lost(error)
                self._muster()
        raise AssertionError

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tensors of a checkpoint."""
        return self._ask(lambda worker: worker.tensors.remote())

    def is_finite(self) -> bool:
        """Return whether no table holds NaN or infinity."""
        return self._ask(lambda worker: worker.is_finite.remote())

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Make all workers continue from a checkpoint."""
        found = self._ray.put(tensors)
        gathered(self._ray, [each.set_tensors.remote(found) for each in self._workers.values()])
        self._rounds_done = 0

    def work(self) -> list[Work]:
        """Return the work done by each live worker."""
        return gathered(self._ray, [worker.work.remote() for worker in self._workers.values()])

    def close(self) -> None:
        """Stop the workers."""
        for worker in self._workers.values():
            self._ray.kill(worker)
        self._workers.clear()

    def _train(self, epoch: int, number: int, n_before: int) -> Losses:
        if self._rounds_done > n_before:
            return self._losses  # a worker was lost when others had taken the steps of this round
        workers = list(self._workers.values())
        n = len(workers)
        trained = [
            worker.train.options(num_returns=n + 1).remote(epoch, number, own, n)
            for own, worker in enumerate(workers)
        ]
        steps = [
            worker.combine.remote(epoch, number, part, n, *(found[part] for found in trained))
            for part, worker in enumerate(workers)
        ]
        applied = [worker.apply.remote(n_before + 1, *steps) for worker in workers]
        # Before anything else: with the tables of the next round they would be others.
        self._losses = {}
        for found in gathered(self._ray, [found[-1] for found in trained]):
            self._losses |= found
        gathered(self._ray, applied)
        self._rounds_done = n_before + 1
        return self._losses

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        """Return the answer of a worker, or of another one if it is lost."""
        for _ in range(_ATTEMPTS):
            try:
                return gathered(self._ray, question(next(iter(self._workers.values()))))
            except self._ray.exceptions.RayActorError as error:
                self._drop_lost(error)
                self._muster()
        raise ConnectionError(
            "Nodes of the Ray cluster are lost again and again. Start with those that stay."
        )

    def _muster(self) -> None:
        """Bring the crew to full strength: a worker on each node, all with their shards and at the same round."""
        for _ in range(_ATTEMPTS):
            try:
                self._recruit()
                self._distribute()
                self._level()
                return
            except self._ray.exceptions.RayError as error:
                self._drop_lost(error)
        raise ConnectionError(
            "Nodes of the Ray cluster are lost again and again. Start with those that stay."
        )

    def _recruit(self) -> None:
        """Start a worker on each node that has none, up to the number of shards."""
        for node, n_cores in live_nodes(self._ray).items():
            if node not in self._workers and len(self._workers) < self._shards.n:
                n_threads = min(n_cores, self._n_threads or n_cores)
                self._workers[node] = on_node(self._ray, ShardWorker, node).remote(self._plan, n_threads)
        if not self._workers:
            raise ConnectionError("The Ray cluster has no node with a core.")

    def _distribute(self) -> None:
        """Assign each worker the shards that it is to train."""
        workers, n_shards = list(self._workers.values()), self._shards.n
        held = gathered(self._ray, [worker.held.remote() for worker in workers])
        waiting = []
        for k, worker in enumerate(workers):
            shards = list(range(k * n_shards // len(workers), (k + 1) * n_shards // len(workers)))
            waiting.append(worker.keep.remote(shards))
            for shard in sorted(set(shards) - set(held[k])):
                refs, bounds = self._pieces.between(*self._shards.bounds(shard))
                waiting.append(worker.load.remote(shard, bounds, *refs))
        gathered(self._ray, waiting)

    def _level(self) -> None:
        """Bring all workers to the last round that any of them finished."""
        workers = list(self._workers.values())
        done = gathered(self._ray, [worker.rounds_done.remote() for worker in workers])
        self._rounds_done = max(done)
        tables = None
        waiting = []
        for worker, n_done in zip(workers, done):
            if n_done < self._rounds_done:
                tables = tables or workers[done.index(self._rounds_done)].tables.remote()
                waiting.append(worker.set_tables.remote(tables, self._rounds_done))
        gathered(self._ray, waiting)

    def _drop_lost(self, error: Exception) -> None:
        """Drop workers that do not answer; raise ConnectionError if none is left that has the tables."""
        n_before = len(self._workers)
        self._workers = {node: worker for node, worker in self._workers.items() if self._answers(worker)}
        n_lost = n_before - len(self._workers)
        if self._rounds_done != NO_ROUNDS and not self._workers:
            raise ConnectionError(
                "All workers were lost at once, and the tables with them. With a checkpoint, start again with "
                "resume=True to continue from there."
            ) from error
        if n_lost:
            warnings.warn(
                f"Lost {counted(n_lost, 'worker')} of {n_before}. Others train the shards, with the same result.",
                stacklevel=2,
            )

    def _answers(self, worker: Any) -> bool:
        try:
            self._ray.get(worker.rounds_done.remote(), timeout=_SECONDS_TO_ANSWER)
        except (self._ray.exceptions.RayError, TimeoutError):
            return False
        return True
