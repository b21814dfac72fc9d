"""GloVe on many machines: each keeps stripes of words with their pairs, while stripes of contexts circulate."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.distributed.cluster import gathered, live_nodes, on_node
from wordvec.embeddings.glove_options import GloVeOptions
from wordvec.embeddings.glove_training import CONTEXTS, WORDS, GloVeRun, StripeRows

_ATTEMPTS = 5


class GloVeWorker:
    """A worker with the pairs and vectors of some stripes of words.

    Parameters
    ----------
    options : GloVeOptions
    counts : Cooccurrence; only the rows of its words are used
    n_threads, max_memory : int; see GloVeRun
    stripes : sequence of int
    """

    def __init__(
        self,
        options: GloVeOptions,
        counts: Cooccurrence,
        n_threads: int,
        max_memory: int,
        stripes: Sequence[int],
    ) -> None:
        self._run = GloVeRun(options, counts, n_threads, max_memory, stripes)
        self._stripes = stripes
        self._pool = ThreadPoolExecutor(n_threads)

    def set_words(self, rows: list[StripeRows]) -> None:
        """Continue from these rows of its stripes."""
        for stripe, given in zip(self._stripes, rows):
            self._run.set_rows(WORDS, stripe, given)

    def words(self) -> list[StripeRows]:
        """Return the rows of its stripes."""
        return [self._run.rows(WORDS, stripe) for stripe in self._stripes]

    def train(self, shift: int, key: int, *contexts: StripeRows) -> Any:
        """Train the blocks (I, I + shift); return the changed rows of contexts, then losses and numbers of pairs.

        Parameters
        ----------
        *contexts : rows of the stripe I + shift of contexts, for each of its stripes I
        """
        places = [(stripe + shift) % self._run.n_stripes for stripe in self._stripes]
        for place, given in zip(places, contexts):
            self._run.set_rows(CONTEXTS, place, given)
        found = self._run.train_blocks(self._pool, shift, np.uint64(key))
        return (*(self._run.rows(CONTEXTS, place) for place in places), found)


class ClusterGloVeRun(GloVeRun):
    """One training run whose blocks are trained by workers, one per node.

    The blocks of a round share no row (Gemulla et al. 2011), so that it does not matter which worker trains which
    block. The tables here are those of the last epoch or checkpoint: when a worker is lost, all workers restart from
    there and repeat the rounds since then.

    Parameters
    ----------
    ray : module
    options : GloVeOptions
    counts : Cooccurrence
    n_threads : int or None; threads of a worker, at most one per core; None for all cores
    max_memory : int; memory of a worker, see GloVeRun
    """

    def __init__(
        self, ray: Any, options: GloVeOptions, counts: Cooccurrence, n_threads: int | None, max_memory: int
    ) -> None:
        super().__init__(options, counts, 1, max_memory, stripes=())
        self._ray = ray
        self._counts = ray.put(counts)
        self._most_threads = n_threads
        self._max_memory = max_memory
        self._workers: list[Any] = []
        self._stripes: list[list[int]] = []  # of each worker
        self._contexts: list[Any] = []  # references to the rows of each stripe of contexts
        self._rounds: list[tuple[int, int]] = []  # what the tables here do not have yet

    def train_blocks(self, pool: ThreadPoolExecutor, shift: int, key: np.uint64) -> tuple[np.ndarray, int]:
        """Train on the blocks of a round, recovering from lost workers."""

        def train() -> tuple[np.ndarray, int]:
            found = self._train(shift, int(key))
            self._rounds.append((shift, int(key)))
            return found

        return self._insist(train)

    def tensors(self, *, with_sums: bool) -> dict[str, np.ndarray]:
        """Return the state of the model by word."""
        self._insist(self._fetch)
        return super().tensors(with_sums=with_sums)

    def is_finite(self) -> bool:
        """Return whether no table holds NaN or infinity."""
        self._insist(self._fetch)
        return super().is_finite()

    def close(self) -> None:
        """Stop the workers."""
        for worker in self._workers:
            self._ray.kill(worker)
        self._workers.clear()

    def _insist(self, act: Any) -> Any:
        """Return the result of a function; call it again with new workers if some are lost."""
        errors = self._ray.exceptions
        for _ in range(_ATTEMPTS):
            try:
                if not self._workers:
                    self._start()
                return act()
            except errors.RayError as error:
                if isinstance(error, errors.RayTaskError):
                    raise
                self.close()
                warnings.warn(
                    "Lost a worker. All train the rounds since the last epoch once more, with the same result.",
                    stacklevel=2,
                )
        raise ConnectionError(
            "Nodes of the Ray cluster are lost again and again. Start with those that stay."
        )

    def _start(self) -> None:
        """Start workers with the tables here, and make them repeat the rounds since then."""
        nodes = list(live_nodes(self._ray).items())[: self.n_stripes]
        if not nodes:
            raise ConnectionError("The Ray cluster has no node with a core.")
        n = len(nodes)
        bounds = [k * self.n_stripes // n for k in range(n + 1)]
        self._stripes = [list(range(first, last)) for first, last in zip(bounds, bounds[1:])]
        for (node, n_cores), stripes in zip(nodes, self._stripes):
            n_threads = min(n_cores, self._most_threads or n_cores)
            kind = on_node(self._ray, GloVeWorker, node)
            self._workers.append(
                kind.remote(self.options, self._counts, n_threads, self._max_memory, stripes)
            )
        words = [[self.rows(WORDS, stripe) for stripe in stripes] for stripes in self._stripes]
        given = [worker.set_words.remote(rows) for worker, rows in zip(self._workers, words)]
        self._contexts = [self._ray.put(self.rows(CONTEXTS, stripe)) for stripe in range(self.n_stripes)]
        gathered(self._ray, given)
        for shift, key in self._rounds:
            self._train(shift, key)

    def _train(self, shift: int, key: int) -> tuple[np.ndarray, int]:
        """Train a round; return the losses of its stripes and its number of pairs."""
        found = []
        contexts = list(self._contexts)
        for worker, stripes in zip(self._workers, self._stripes):
            places = [(stripe + shift) % self.n_stripes for stripe in stripes]
            call = worker.train.options(num_returns=len(stripes) + 1)
            *changed, result = call.remote(shift, key, *(self._contexts[place] for place in places))
            found.append(result)
            for place, rows in zip(places, changed):
                contexts[place] = rows
        results = gathered(self._ray, found)
        self._contexts = contexts
        # The losses of a worker are 0 in the stripes of others.
        return np.sum([losses for losses, _ in results], axis=0), sum(n for _, n in results)

    def _fetch(self) -> None:
        """Copy the tables of the workers here."""
        if not self._rounds:
            return
        words = gathered(self._ray, [worker.words.remote() for worker in self._workers])
        contexts = gathered(self._ray, self._contexts)
        # Nothing is changed here before all is here.
        for stripes, rows in zip(self._stripes, words):
            for stripe, given in zip(stripes, rows):
                self.set_rows(WORDS, stripe, given)
        for stripe, given in enumerate(contexts):
            self.set_rows(CONTEXTS, stripe, given)
        self._rounds.clear()
