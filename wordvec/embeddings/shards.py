"""Shards of a text: where they are cut, and how the changes that each makes to the same tables become one.

In a *round* each shard trains a stretch of its text from the same tables. What it changed are its `Changes`; those of
all shards are added up in a tree whose leaves are the shards, scaled row by row, and added to the tables. The tree
depends on the number of shards alone, and so does the result, wherever the shards are trained.

How steps are scaled. If k shards touched a row, their sum is the right step as long as a shard moves the row but a
little of the way to where its pairs pull it; if each moved it all the way, their mean is. Pulls are linear near that
place: after pairs of weight p at a learning rate r, exp(-c r p) of the way is left. So the sum is multiplied by

    (1 - exp(-k x)) / (k (1 - exp(-x))),    x = c r p,

which is 1 for rare words and 1 / k for the most frequent ones. No row then takes more than 1 / c full steps at once,
the bound that keeps supersteps from diverging, which gives c (tests/benchmarks/LOG.md compares other rules).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from wordvec.kernels import changes, rng
from wordvec.text.corpus import EncodedCorpus

# Of a shard in a round.
ROUND_TOKENS = 1 << 14
_CURVATURE = 0.1


class Shards(NamedTuple):
    """How a text is cut into shards, each of the same number of tokens, or one more."""

    n_tokens: int  # of the text
    n: int

    @property
    def longest(self) -> int:
        """The tokens of the longest shard."""
        return -(-self.n_tokens // self.n)

    def bounds(self, shard: int) -> tuple[int, int]:
        """Return the places where a shard starts and ends; a sentence is cut where need be."""
        return shard * self.n_tokens // self.n, (shard + 1) * self.n_tokens // self.n

    def n_tokens_after(self, n_rounds: int, round_tokens: int) -> int:
        """Return the tokens of an epoch that are done after some rounds, of `round_tokens` tokens of each shard."""
        bounds = [self.bounds(shard) for shard in range(self.n)]
        return sum(min(n_rounds * round_tokens, last - first) for first, last in bounds)


def cut_tokens(encoded: EncodedCorpus, first: int, last: int) -> EncodedCorpus:
    """Return tokens first..last - 1 of a text; ids are not copied."""
    low, high = np.searchsorted(encoded.starts, first, "right"), np.searchsorted(encoded.starts, last, "left")
    starts = np.concatenate([[first], encoded.starts[low:high], [last]]).astype(np.int64) - first
    return EncodedCorpus(encoded.token_ids[first:last], starts, last - first)


def shard_seed(seed: int, shard: int) -> int:
    """Return the seed of the draws of a shard."""
    return int(rng.stream_key(seed, rng.SHARD, shard)) >> 1


class Changes(NamedTuple):
    """What some shards changed in some rows of a table."""

    rows: np.ndarray  # int32 (n,), ascending
    steps: np.ndarray  # float32 or float16 (n, D)
    counts: np.ndarray  # int32 (n,); the shards that touched each row


class Node(NamedTuple):
    """The changes of the shards ``first`` to ``first + 2 ** level - 1``; `first` is a multiple of ``2 ** level``."""

    first: int
    level: int
    changes: Changes


def take_changes(table: np.ndarray, copy: np.ndarray, rows: np.ndarray, dtype: type) -> Changes:
    """Return by what rows of a copy differ from those of the table, and set them back.

    Parameters
    ----------
    table, copy : float32 (R, D)
    rows : int32 (n,)
        Ascending.
    dtype : float32 or float16
        Of the steps.
    """
    steps = np.empty((len(rows), table.shape[1]), np.float32)
    changes.take_steps(table, copy, rows, steps)
    return Changes(rows, steps.astype(dtype, copy=False), np.ones(len(rows), np.int32))


def merge_nodes(nodes: Iterable[Node]) -> list[Node]:
    """Merge nodes, in the order of their shards, that are halves of one in the tree; returns what is left."""
    stack: list[Node] = []
    for node in nodes:
        stack.append(node)
        while len(stack) > 1 and _are_halves(stack[-2], stack[-1]):
            left, right = stack[-2:]
            stack[-2:] = [Node(left.first, left.level + 1, _merged(left.changes, right.changes))]
    return stack


def merge_all(nodes: Iterable[Node]) -> Changes:
    """Return the changes of all shards from their nodes."""
    stack = merge_nodes(sorted(nodes, key=lambda node: node.first))
    found = stack.pop().changes
    while stack:
        found = _merged(stack.pop().changes, found)
    return found


def scaled(found: Changes, pulls: np.ndarray) -> Changes:
    """Return the step that each row is to take; see above.

    Parameters
    ----------
    found : Changes
        Of all shards.
    pulls : float64 (R,)
        Of each row of the table: learning rate times the pair weight that it meets in a shard, in expectation.
    """
    x = np.maximum(_CURVATURE * pulls[found.rows], 1e-9)
    k = found.counts
    scales = np.expm1(-k * x) / (k * np.expm1(-x))
    steps = found.steps.astype(np.float32) * scales.astype(np.float32)[:, None]
    return found._replace(steps=steps.astype(found.steps.dtype, copy=False))


def _are_halves(left: Node, right: Node) -> bool:
    is_next = right.first == left.first + (1 << left.level)
    return is_next and left.level == right.level and left.first % (2 << left.level) == 0


def _merged(left: Changes, right: Changes) -> Changes:
    n = changes.count_union(left.rows, right.rows)
    dtype = left.steps.dtype
    rows, counts = np.empty(n, np.int32), np.empty(n, np.int32)
    steps = np.empty((n, left.steps.shape[1]), np.float32)
    changes.merge(*_single(left), *_single(right), rows, steps, counts)
    return Changes(rows, steps.astype(dtype, copy=False), counts)


def _single(found: Changes) -> Changes:
    """Return changes in float32, in which sums are taken."""
    return found._replace(steps=found.steps.astype(np.float32, copy=False))
