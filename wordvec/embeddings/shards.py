"""Shards of a text: where they are cut, and how their changes to the same tables are combined.

In a *round* each shard trains on a segment of its text, starting from the same tables. Its changes are added to integer
sums, which are the same in any order, so that the result depends on the number of shards alone, wherever they are
trained. The sum of each row is scaled and added to the tables.

How sums are scaled: if k shards touched a row, the sum of their steps is the right step as long as each shard moves the
row only a small part of the way to its optimum; if each moves it all the way, the mean is right. Near the optimum the
gradient is linear: after pairs of total weight p at a learning rate r, exp(-c r p) of the way is left. So the sum is
multiplied by

    (1 - exp(-k x)) / (k (1 - exp(-x))),    x = c r p,

which is 1 for rare words and 1 / k for the most frequent ones. However many shards there are, a row takes not much more
than 1 / c full steps at once: training diverges at 30 steps, with 64 shards at 5, and is stable at 2
(tests/benchmarks/LOG.md, with other rules).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from wordvec.kernels import changes, rng
from wordvec.text.corpus import EncodedCorpus

# The rounds of an epoch, as long as a shard trains from 4,096 to 65,536 tokens in one.
_ROUNDS = 128
_ROUND_TOKENS = 1 << 12, 1 << 16
_CURVATURE = 0.5
# The largest step of an element of a row by a shard in a round.
_LARGEST_STEP = 2.0


class Shards(NamedTuple):
    """The division of a text into shards, each of the same number of tokens, or one more."""

    n_tokens: int  # of the text
    n: int

    @property
    def longest(self) -> int:
        """The number of tokens in the longest shard."""
        return -(-self.n_tokens // self.n)

    @property
    def round_tokens(self) -> int:
        """The approximate number of tokens of a shard that are trained in a round."""
        low, high = _ROUND_TOKENS
        return max(low, min(high, self.longest // _ROUNDS))

    def bounds(self, shard: int) -> tuple[int, int]:
        """Return where a shard starts and ends; a sentence may be cut in two."""
        return shard * self.n_tokens // self.n, (shard + 1) * self.n_tokens // self.n

    def n_tokens_after(self, n_rounds: int, round_tokens: int) -> int:
        """Return how many tokens of an epoch are done after some rounds of `round_tokens` tokens per shard."""
        bounds = [self.bounds(shard) for shard in range(self.n)]
        return sum(min(n_rounds * round_tokens, last - first) for first, last in bounds)


def cut_tokens(encoded: EncodedCorpus, first: int, last: int) -> EncodedCorpus:
    """Return tokens first..last - 1 of a text; ids are not copied."""
    low, high = np.searchsorted(encoded.starts, first, "right"), np.searchsorted(encoded.starts, last, "left")
    starts = np.concatenate([[first], encoded.starts[low:high], [last]]).astype(np.int64) - first
    return EncodedCorpus(encoded.token_ids[first:last], starts, last - first)


def shard_seed(seed: int, shard: int) -> int:
    """Return the seed of a shard's random draws."""
    return int(rng.stream_key(seed, rng.SHARD, shard)) >> 1


class Sums(NamedTuple):
    """The summed changes of some shards to some rows of a table."""

    rows: np.ndarray  # int32 (n,), ascending
    steps: np.ndarray  # int32 (n, size), in units; or float16, those of one shard
    counts: np.ndarray  # int32 (n,); the shards that touched each row


class Steps(NamedTuple):
    """The steps to take in some rows of a table."""

    rows: np.ndarray  # int32 (n,), ascending
    steps: np.ndarray  # float32 or float16 (n, size)


class TableSums:
    """A table, the copy that shards train, and the sums of their changes in a round.

    Parameters
    ----------
    copy : float32 (R, D)
        The table is copied from it; table, copy and sums take 12 * R * D bytes.
    crowding : float64 (R,)
        The expected pair weight of each row per kept position.
    n_shards : int
    size : int
        Floats in a vector; the padding after them stays zero.
    half : bool
        Whether steps are rounded to float16.
    """

    def __init__(self, copy: np.ndarray, crowding: np.ndarray, n_shards: int, size: int, half: bool) -> None:
        self.copy = copy
        self.table = copy.copy()
        self._crowding = crowding
        self._size = size
        self._half = half
        self._sums = np.zeros(copy.shape, np.int32)
        self._counts = np.zeros(len(copy), np.int32)
        # So many that no sum leaves the range of int32.
        bits = 30 - int(np.ceil(np.log2(n_shards * _LARGEST_STEP)))
        self._per_unit = np.float32(2.0**bits)
        self.is_finite = True

    def add(self, pool: ThreadPoolExecutor, n_threads: int, rows: np.ndarray) -> None:
        """Add a shard's changes to some rows of the copy, int32, ascending, and reset these rows."""
        self.is_finite &= all(pool.map(self._add, np.array_split(rows, n_threads)))

    def apply(self, pool: ThreadPoolExecutor, n_threads: int, weight: float) -> None:
        """Apply the steps of a round; `weight` is the learning rate times the kept positions of a shard in it."""
        rows = np.flatnonzero(self._counts).astype(np.int32)
        list(pool.map(lambda part: self._apply(part, weight), np.array_split(rows, n_threads)))

    def take(self, part: int, n_parts: int) -> Sums:
        """Return the sums of rows part, part + n_parts, ..., and reset them to zero."""
        rows = (np.flatnonzero(self._counts[part::n_parts]) * n_parts + part).astype(np.int32)
        steps = np.empty((len(rows), self._size), np.int32)
        counts = np.empty(len(rows), np.int32)
        changes.take_sums(self._sums, self._counts, rows, steps, counts)
        if self._half and counts.max(initial=0) <= 1:
            # The steps of single shards are what float16 holds.
            return Sums(rows, (steps.astype(np.float32) / self._per_unit).astype(np.float16), counts)
        return Sums(rows, steps, counts)

    def steps_of(self, found: list[Sums], part: int, n_parts: int, weight: float) -> Steps:
        """Return the steps of rows part, part + n_parts, ... from the sums of all workers."""
        for rows, steps, counts in found:
            if steps.dtype == np.float16:
                steps = (steps.astype(np.float32) * self._per_unit).astype(np.int32)
            changes.add_sums(rows, steps, counts, self._sums, self._counts)
        rows = (np.flatnonzero(self._counts[part::n_parts]) * n_parts + part).astype(np.int32)
        return self._steps(rows, weight)

    def take_steps(self, found: Steps) -> None:
        """Apply the steps of some rows."""
        changes.apply_steps(found.rows, found.steps.astype(np.float32, copy=False), self.table, self.copy)

    def _scales(self, rows: np.ndarray, counts: np.ndarray, weight: float) -> np.ndarray:
        """Return the factors of the rows' sums, see above, float32."""
        x = np.maximum(_CURVATURE * weight * self._crowding[rows], 1e-9)
        return (np.expm1(-counts * x) / (counts * np.expm1(-x)) / self._per_unit).astype(np.float32)

    def _add(self, rows: np.ndarray) -> bool:
        limit = np.float32(_LARGEST_STEP)
        if not self._half:
            tables = self.table, self.copy
            return changes.add_changes(*tables, rows, self._per_unit, limit, self._sums, self._counts)
        steps = self.copy[rows] - self.table[rows]
        self.copy[rows] = self.table[rows]
        is_finite = bool(np.isfinite(steps).all())
        rounded = np.nan_to_num(steps).clip(-limit, limit).astype(np.float16).astype(np.float32)
        self._sums[rows] += (rounded * self._per_unit).astype(np.int32)
        self._counts[rows] += 1
        return is_finite

    def _steps(self, rows: np.ndarray, weight: float) -> Steps:
        scaled = np.empty((len(rows), self._size), np.float32)
        scales = self._scales(rows, self._counts[rows], weight)
        changes.take_scaled(self._sums, self._counts, rows, scales, scaled)
        return Steps(rows, scaled.astype(np.float16) if self._half else scaled)

    def _apply(self, rows: np.ndarray, weight: float) -> None:
        if self._half:
            self.take_steps(self._steps(rows, weight))
        else:
            scales = self._scales(rows, self._counts[rows], weight)
            changes.apply_sums(self._sums, self._counts, rows, scales, self.table, self.copy)
