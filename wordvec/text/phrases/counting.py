"""Counting of pairs of adjacent units in a text, exactly and in bounded memory.

Pairs are grouped by a hash into parts small enough for a processor's cache, which threads count one by one. If the
pairs of the whole text exceed the memory, the text is read again for each group of parts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from wordvec._utils.threads import workers
from wordvec.kernels.hashing import move_slots
from wordvec.kernels.text.phrases import count_keys, count_parts, group_keys, list_pairs
from wordvec.text.encoding import Progress

_CHUNK = 1 << 16  # items that are listed at a time
_PART = 1 << 14  # pairs in a part, about: with its table it stays in a core's cache
_MAX_PARTS = 1 << 12


class PairCounts(NamedTuple):
    """The pairs of a text that are frequent enough, by increasing key; see `wordvec.kernels.text.phrases`."""

    n_distinct: int  # pairs, rare ones included
    nodes: np.ndarray  # int64 (n_pairs,)
    units: np.ndarray  # int64 (n_pairs,)
    counts: np.ndarray  # int64 (n_pairs,)
    run_nodes: np.ndarray  # int64 (n_runs,); the node before the last connector of each run
    run_units: np.ndarray  # int64 (n_runs,); that connector

    def middle_of(self, node: int, n_words: int) -> tuple[int, tuple[int, ...]]:
        """Return the first unit of a node, and the connectors after it."""
        middle: list[int] = []
        while node >= n_words:
            middle.append(int(self.run_units[node - n_words]))
            node = int(self.run_nodes[node - n_words])
        return node, tuple(reversed(middle))

    def starts(self, n_words: int) -> np.ndarray:
        """Return the first unit of each pair, int64 (n_pairs,)."""
        # A run comes after the shorter one that it goes on from.
        first = np.concatenate([np.arange(n_words), np.zeros(len(self.run_nodes), np.int64)])
        for run, node in enumerate(self.run_nodes.tolist()):
            first[n_words + run] = first[node]
        return first[self.nodes]


def count_pairs(
    items: np.ndarray,
    is_connector: np.ndarray,
    min_count: int,
    max_memory: int,
    n_threads: int,
    progress: Progress | None = None,
) -> PairCounts:
    """Count the pairs of a text.

    Parameters
    ----------
    items : int32 (n,)
        Units and LINE_END.
    is_connector : bool (n_units,)
        Units that may occur within a pair, but neither begin nor end one.
    min_count : int
        Rarer pairs enter only the number of distinct pairs.
    max_memory : int
        Bytes for pairs; in addition, each run of connectors takes at most 32 bytes.
    n_threads : int
    progress : callable, optional
        Called as ``progress(done, total)``, in items.
    """
    log_parts = max(1, min(_MAX_PARTS, len(items) // _PART)).bit_length()
    shift = 64 - log_parts
    sizes = np.zeros(1 << log_parts, np.int64)
    lister = _Lister(items, is_connector)
    for keys in lister:
        count_parts(keys, shift, sizes)
    found: list[tuple[int, np.ndarray, np.ndarray]] = []
    groups = _groups(sizes, max_memory // (8 + 16 // min_count + 16))
    for number, (first, last) in enumerate(groups):
        ends = np.concatenate([[0], np.cumsum(sizes[first:last])])
        grouped = np.empty(ends[-1], np.uint64)
        places = ends[:-1].copy()
        for keys in lister:
            group_keys(keys, shift, first, last, places, grouped)
        found += _count_parts(grouped, ends, min_count, n_threads)
        if progress is not None:
            progress((number + 1) * len(items) // len(groups), len(items))
    keys = np.concatenate([each[1] for each in found])
    order = np.argsort(keys)
    keys, counts = keys[order], np.concatenate([each[2] for each in found])[order]
    runs = lister.runs()
    return PairCounts(
        sum(each[0] for each in found),
        (keys >> np.uint64(32)).astype(np.int64),
        (keys & np.uint64(0xFFFFFFFF)).astype(np.int64),
        counts,
        (runs >> np.uint64(32)).astype(np.int64),
        (runs & np.uint64(0xFFFFFFFF)).astype(np.int64),
    )


class _Lister:
    """The keys of a text's pairs, chunk by chunk; the runs of connectors are numbered when they are first seen."""

    def __init__(self, items: np.ndarray, is_connector: np.ndarray) -> None:
        self._items = items
        self._is_connector = is_connector
        self._slots = np.zeros((4 * _CHUNK, 2), np.uint64)
        self._n_runs = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        keys = np.empty(_CHUNK, np.uint64)
        node = -1
        for first in range(0, len(self._items), _CHUNK):
            if 2 * (self._n_runs + _CHUNK) > len(self._slots):
                larger = np.zeros((2 * len(self._slots), 2), np.uint64)
                move_slots(self._slots, larger)
                self._slots = larger
            chunk = self._items[first : first + _CHUNK]
            n_keys, node, self._n_runs = list_pairs(
                chunk, node, self._is_connector, self._slots, self._n_runs, keys
            )
            yield keys[:n_keys]

    def runs(self) -> np.ndarray:
        """Return the key of each run, uint64 (n_runs,)."""
        used = self._slots[self._slots[:, 1] > 0]
        runs = np.empty(self._n_runs, np.uint64)
        runs[used[:, 1].astype(np.int64) - 1] = used[:, 0]
        return runs


def _groups(sizes: np.ndarray, most: int) -> list[tuple[int, int]]:
    """Group parts into ranges of at most `most` pairs, or of one part."""
    groups, first, n = [], 0, 0
    for part, size in enumerate(sizes.tolist()):
        if n and n + size > most:
            groups.append((first, part))
            first, n = part, 0
        n += size
    return [*groups, (first, len(sizes))]


def _count_parts(
    grouped: np.ndarray, ends: np.ndarray, min_count: int, n_threads: int
) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Return the number of distinct keys of each part, and the frequent keys with their counts."""
    largest = int(np.diff(ends).max())
    scratch = deque(np.empty((_table_size(largest), 2), np.uint64) for _ in range(n_threads))

    def count(part: int) -> tuple[int, np.ndarray, np.ndarray]:
        slots = scratch.pop()
        keys = grouped[ends[part] : ends[part + 1]]
        kept_keys = np.empty(len(keys) // min_count, np.uint64)
        kept_counts = np.empty(len(keys) // min_count, np.int64)
        n_distinct, n_kept = count_keys(
            keys, slots[: _table_size(len(keys))], min_count, kept_keys, kept_counts
        )
        scratch.append(slots)
        return n_distinct, kept_keys[:n_kept].copy(), kept_counts[:n_kept].copy()

    with workers(n_threads) as pool:
        return pool.map(count, range(len(ends) - 1))


def _table_size(n_keys: int) -> int:
    return 1 << max(4, (2 * n_keys).bit_length())
