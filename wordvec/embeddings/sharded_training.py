"""Training of a text in shards: what a machine does with those it has, and all of it in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from wordvec.embeddings.shards import (
    Changes,
    Node,
    Shards,
    cut_tokens,
    merge_all,
    merge_nodes,
    scaled,
    shard_seed,
    take_changes,
)
from wordvec.embeddings.training_loop import Chunk, TrainingRun
from wordvec.embeddings.word2vec_training import Word2VecRun, Word2VecState
from wordvec.kernels import changes
from wordvec.text.corpus import EncodedCorpus

# The changes of each table.
TableChanges = list[Changes]
# The nodes of each table.
TableNodes = list[list[Node]]


class Replica:
    """The tables of a run as they were before a round, beside those that its shards train.

    Parameters
    ----------
    run : Word2VecRun
        With `shards`. Its tables are needed a second time.
    """

    def __init__(self, run: Word2VecRun) -> None:
        assert run.shards is not None
        self.run = run
        self.shards: Shards = run.shards
        self.tables = [table.copy() for table in run.replicated()]
        self._crowding = run.crowding()
        self._dtype: Any = np.float16 if run.options.half_exchange else np.float32

    def train(
        self, pool: ThreadPoolExecutor, texts: dict[int, EncodedCorpus], epoch: int, number: int, n_parts: int
    ) -> tuple[list[TableNodes], dict[int, tuple[float, float]]]:
        """Train the stretches of some shards in a round.

        Parameters
        ----------
        pool : ThreadPoolExecutor
            Of as many threads as the run has.
        texts : dict of int to EncodedCorpus
            Shards.
        epoch, number : int
            Which round of which epoch.
        n_parts : int
            The changes are returned in so many parts; row r is in part r % n_parts.

        Returns
        -------
        nodes : list of TableNodes
            For each part.
        losses : dict of int to tuple
            The summed loss and pair weights of each shard.
        """
        parts: list[TableNodes] = [[[] for _ in self.tables] for _ in range(n_parts)]
        losses = {}
        for shard, text in sorted(texts.items()):
            if number * self.run.call_tokens >= len(text.token_ids):
                continue
            seed = shard_seed(self.run.options.seed, shard)
            losses[shard] = self.run.run_call(pool, number, epoch, text, seed)
            touched = self.run.touched_rows()

            def take(part: int, shard: int = shard, touched: list[np.ndarray] = touched) -> None:
                pairs = zip(parts[part], self.tables, self.run.replicated(), touched)
                for nodes, table, trained, rows in pairs:
                    found = take_changes(table, trained, rows[rows % n_parts == part], self._dtype)
                    nodes[:] = merge_nodes([*nodes, Node(shard, 0, found)])

            list(pool.map(take, range(n_parts)))
        return parts, losses

    def combine(self, parts: list[TableNodes], epoch: int, number: int) -> TableChanges:
        """Return the steps of a round from the nodes of all its shards."""
        settings, n_tokens = self.run.settings, self.run.call_tokens
        share = (epoch * self.shards.longest + number * n_tokens) / settings.n_planned
        rate = settings.rate_first + (settings.rate_last - settings.rate_first) * share
        n_kept = min(n_tokens, self.shards.longest - number * n_tokens) * self.run.kept_share
        return [
            scaled(merge_all(chain.from_iterable(nodes)), crowding * (rate * n_kept))
            for crowding, *nodes in zip(self._crowding, *parts)
        ]

    def apply(self, steps: TableChanges) -> None:
        """Take the steps of a round."""
        for table, trained, found in zip(self.tables, self.run.replicated(), steps):
            changes.apply_steps(table, trained, found.rows, found.steps.astype(np.float32, copy=False))

    def set_tables(self, tables: list[np.ndarray]) -> None:
        """Go on from these tables."""
        for table, trained, source in zip(self.tables, self.run.replicated(), tables):
            table[:] = trained[:] = source


class ShardedRun(TrainingRun):
    """One training run in which all shards are trained one after the other.

    Parameters
    ----------
    run : Word2VecRun
        With `shards`.
    encoded : EncodedCorpus
        The whole text.
    """

    def __init__(self, run: Word2VecRun, encoded: EncodedCorpus) -> None:
        super().__init__(run.options, run.state, len(encoded.token_ids), run.n_threads)
        self.run = run
        self._replica = Replica(run)
        shards = self._replica.shards
        self._texts = {shard: cut_tokens(encoded, *shards.bounds(shard)) for shard in range(shards.n)}

    @property
    def learning_rate(self) -> float:
        """The learning rate at the start, lowered where the text needs it."""
        return self.run.learning_rate

    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train the rounds that remain of the epoch."""
        return rounds(self.state, self._replica.shards, self.run.call_tokens, partial(self._train, pool))

    def _train(self, pool: ThreadPoolExecutor, epoch: int, number: int) -> dict[int, tuple[float, float]]:
        replica = self._replica
        parts, losses = replica.train(pool, self._texts, epoch, number, self.n_threads)
        list(pool.map(lambda part: replica.apply(replica.combine([part], epoch, number)), parts))
        return losses

    def end_epoch(self) -> None:
        """Reset the sums of the epoch; warn if the first one had nothing to learn from."""
        self.state.end_epoch(stacklevel=7)

    def checked_arrays(self) -> list[np.ndarray]:
        """Return the tables."""
        return self.run.checked_arrays()

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tensors of a checkpoint."""
        return self.run.tensors()

    def finished_tensors(self) -> dict[str, np.ndarray]:
        """Return the same; the tables are no more afterwards."""
        return self.run.finished_tensors()

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Bring the tables into the state that `tensors` returned."""
        self.run.set_tensors(tensors)
        self._replica.set_tables(self.run.replicated())

    def loss(self, encoded: EncodedCorpus) -> float:
        """Return the loss on other text with the tables as they are; NaN if there is no pair in it."""
        return self.run.loss(encoded)


def rounds(
    state: Word2VecState,
    shards: Shards,
    round_tokens: int,
    train: Callable[[int, int], dict[int, tuple[float, float]]],
) -> Iterator[Chunk]:
    """Train the rounds that remain of an epoch; `train` does one, given epoch and number, and returns losses."""
    for number in range(-(-shards.longest // round_tokens)):
        n_done = shards.n_tokens_after(number + 1, round_tokens)
        if n_done <= state.n_tokens_done:
            continue
        # Summed in the order of shards, whoever trained them.
        for _, (loss_sum, loss_weight) in sorted(train(state.epoch, number).items()):
            state.loss_sum += loss_sum
            state.loss_weight += loss_weight
        state.n_tokens_done = n_done
        yield Chunk(number + 1, n_done, state.loss_sum, state.loss_weight, n_done == shards.n_tokens)
