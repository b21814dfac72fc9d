"""Training of a text in shards: the part of one machine, and the same in a single process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from wordvec.embeddings.shards import Shards, TableSums, cut_tokens, shard_seed
from wordvec.embeddings.training_loop import Chunk, TrainingRun
from wordvec.embeddings.word2vec_training import Word2VecRun, Word2VecState
from wordvec.text.corpus import EncodedCorpus

# The summed loss and pair weights of shards.
Losses = dict[int, tuple[float, float]]


class Replica:
    """The tables of a sharded run: as they were before a round, and as a shard changes them.

    Parameters
    ----------
    run : Word2VecRun
        With `shards`.
    """

    def __init__(self, run: Word2VecRun) -> None:
        assert run.shards is not None
        self.run = run
        self.shards: Shards = run.shards
        options = run.options
        self.tables = [
            TableSums(table, crowding, self.shards.n, options.vector_size, options.half_exchange)
            for table, crowding in zip(run.replicated(), run.crowding())
        ]

    def train(
        self, pool: ThreadPoolExecutor, texts: dict[int, EncodedCorpus], epoch: int, number: int
    ) -> Losses:
        """Train the segments of some shards in a round, and add up their changes.

        Parameters
        ----------
        pool : ThreadPoolExecutor
            With as many threads as the run has.
        texts : dict of int to EncodedCorpus
            The shards by number.
        epoch, number : int
            The epoch, and the round in it.
        """
        run, losses = self.run, {}
        for shard, text in texts.items():
            if number * run.call_tokens < len(text.token_ids):
                losses[shard] = run.run_call(pool, number, epoch, text, shard_seed(run.options.seed, shard))
                for table, rows in zip(self.tables, run.touched_rows()):
                    table.add(pool, run.n_threads, rows)
        return losses

    def weight(self, epoch: int, number: int) -> float:
        """Return the learning rate times the kept positions of a shard in a round."""
        settings, n_tokens = self.run.settings, self.run.call_tokens
        share = (epoch * self.shards.longest + number * n_tokens) / settings.n_planned
        rate = settings.rate_first + (settings.rate_last - settings.rate_first) * share
        return rate * min(n_tokens, self.shards.longest - number * n_tokens) * self.run.kept_share

    def is_finite(self) -> bool:
        """Return whether all values of the tables and the shards are finite."""
        return self.run.is_finite() and all(table.is_finite for table in self.tables)

    def set_tables(self, tables: list[np.ndarray]) -> None:
        """Continue from these tables."""
        for table, source in zip(self.tables, tables):
            table.table[:] = table.copy[:] = source


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
        """The initial learning rate, lowered if the text requires it."""
        return self.run.learning_rate

    def run_chunks(self, pool: ThreadPoolExecutor) -> Iterator[Chunk]:
        """Train the rounds that remain of the epoch."""
        return rounds(self.state, self._replica.shards, self.run.call_tokens, partial(self._train, pool))

    def _train(self, pool: ThreadPoolExecutor, epoch: int, number: int) -> Losses:
        replica = self._replica
        losses = replica.train(pool, self._texts, epoch, number)
        for table in replica.tables:
            table.apply(pool, self.n_threads, replica.weight(epoch, number))
        return losses

    def is_finite(self) -> bool:
        """Return whether all values of the tables and the shards are finite."""
        return self._replica.is_finite()

    def end_epoch(self) -> None:
        """Reset the sums of the epoch; warn if the first epoch had nothing to learn from."""
        self.state.end_epoch(stacklevel=7)

    def checked_arrays(self) -> list[np.ndarray]:
        """Return the tables."""
        return self.run.checked_arrays()

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tensors of a checkpoint."""
        return self.run.tensors()

    def finished_tensors(self) -> dict[str, np.ndarray]:
        """Return the same; the tables must not be used afterwards."""
        return self.run.finished_tensors()

    def set_tensors(self, tensors: dict[str, np.ndarray]) -> None:
        """Restore the tables from what `tensors` returned."""
        self.run.set_tensors(tensors)
        self._replica.set_tables(self.run.replicated())

    def loss(self, encoded: EncodedCorpus) -> float:
        """Return the loss on held-out text with the current tables; NaN if it has no pair."""
        return self.run.loss(encoded)


def rounds(
    state: Word2VecState,
    shards: Shards,
    round_tokens: int,
    train: Callable[[int, int], Losses],
) -> Iterator[Chunk]:
    """Train the remaining rounds of an epoch; `train` runs one, given the epoch and its number, and returns losses."""
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
