"""Counting of co-occurrences on the nodes of a cluster, with the same bits as on one machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from wordvec._io.text_files import PathsLike
from wordvec._utils.progress import ReadingBar
from wordvec._utils.validation import check_arguments
from wordvec.counts.blocks import row_blocks
from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.counts.counting import (
    COUNTING_RULES,
    check_multiples,
    counts_of,
    least_memory,
    pair_weights,
    plan_for,
)
from wordvec.counts.pair_counter import PairCounter, merged_runs
from wordvec.distributed.cluster import connected, gathered, live_nodes
from wordvec.distributed.reading import Pieces, read_corpus
from wordvec.text.corpus import EncodedCorpus, LineCorpus
from wordvec.text.vocabulary import Vocabulary

_RULES = {name: rule for name, rule in COUNTING_RULES.items() if name not in ("max_memory", "n_jobs")}
# Of a task that counts; more goes to its temporary files.
_MAX_MEMORY = 128 << 20
# Entries, and parts, that are added up at a time.
_BLOCK_ENTRIES = 1 << 21
_MERGED_PARTS = 4


class Rows(NamedTuple):
    """Counts in some rows."""

    col: np.ndarray  # int32 (n,)
    multiples: np.ndarray  # int64 (n,)
    ends: np.ndarray  # int64; where each row ends


def count_cooccurrences(
    corpus: LineCorpus | PathsLike,
    *,
    window: int = 10,
    symmetric: bool = True,
    distance_weighting: bool = True,
    min_count: int = 5,
    max_vocab_size: int | None = None,
    verbose: bool | None = None,
    address: str = "auto",
) -> Cooccurrence:
    """Count co-occurrences of words on the nodes of a Ray cluster, as `wordvec.count_cooccurrences` does.

    The result is the same to the bit. A task needs 128 MiB, or about 70 bytes for each word of the vocabulary, in
    addition to Ray's object store, which holds the encoded text and the counts of its parts and spills to disk when
    full. This machine needs 24 bytes for each pair of the result.

    Parameters
    ----------
    corpus : LineCorpus, or paths
        See `train`.
    window, symmetric, distance_weighting, min_count, max_vocab_size, verbose
        As for `wordvec.count_cooccurrences`.
    address : str
        Address of the cluster, see `train`.

    Returns
    -------
    Cooccurrence

    Raises
    ------
    ImportError
        If Ray is not installed.
    ConnectionError
        If there is no cluster.
    TypeError, ValueError, OSError
        As for `wordvec.count_cooccurrences`.
    """
    parameters = {
        "window": window,
        "symmetric": symmetric,
        "distance_weighting": distance_weighting,
        "min_count": min_count,
        "max_vocab_size": max_vocab_size,
        "verbose": verbose,
    }
    options = check_arguments(_RULES, "count_cooccurrences", parameters)
    if not isinstance(corpus, LineCorpus):
        corpus = LineCorpus(corpus)
    corpus.warn_of_tokens()
    with connected(address) as ray:
        return count_for(ray, corpus, options)


def count_for(ray: Any, corpus: LineCorpus, options: Any) -> Cooccurrence:
    """Count with the parameters of an estimator, or others with the same names."""
    vocabulary, pieces, _ = read_corpus(
        ray, corpus, options.min_count, options.max_vocab_size, options.verbose
    )
    how = {name: getattr(options, name) for name in ("window", "symmetric", "distance_weighting")}
    unit, weights = pair_weights(how["window"], how["distance_weighting"])
    check_multiples(vocabulary, weights)
    with ReadingBar(options.verbose, "Counting pairs", "part") as bar:
        blocks = _count_pieces(ray, vocabulary, pieces, weights, how["symmetric"], bar)
        rows = [gathered(ray, block) for block in blocks]
    n_before = np.cumsum([0, *(len(each.col) for each in rows)])
    return counts_of(
        np.concatenate([each.multiples for each in rows]),
        np.concatenate([each.col for each in rows]),
        np.concatenate([each.ends + n for each, n in zip(rows, n_before.tolist())]),
        unit,
        vocabulary,
        **how,
    )


def _count_pieces(
    ray: Any, vocabulary: Vocabulary, pieces: Pieces, weights: np.ndarray, symmetric: bool, bar: ReadingBar
) -> list[Any]:
    """Return references to the counts of blocks of rows, in order."""
    most = np.minimum(2 * (len(weights) - 1) * vocabulary.counts, len(vocabulary))
    blocks = list(row_blocks(np.concatenate([[0], np.cumsum(most)]), _BLOCK_ENTRIES))
    count = ray.remote(count_piece).options(num_returns=len(blocks))
    merge = ray.remote(merge_blocks)
    bounds = [0, *(last for _, last in blocks)]
    found: list[list[Any]] = []
    n_steps = len(pieces.refs) + len(blocks)
    most_waiting = 2 * sum(live_nodes(ray).values())
    for number, piece in enumerate(pieces.refs):
        if number >= most_waiting:  # no more pieces under way than there are cores for them
            ray.wait([found[number - most_waiting][-1]], fetch_local=False)
            bar.update_to(number - most_waiting + 1, n_steps)
        parts = count.remote(piece, bounds, weights, symmetric)
        found.append(parts if len(blocks) > 1 else [parts])
    merged = []
    for parts in zip(*found):
        while len(parts) > 1:
            groups = [parts[k : k + _MERGED_PARTS] for k in range(0, len(parts), _MERGED_PARTS)]
            parts = [
                merge.remote(len(vocabulary), *group) if len(group) > 1 else group[0] for group in groups
            ]
        merged.append(parts[0])
    for number, block in enumerate(merged):
        ray.wait([block], fetch_local=False)
        bar.update_to(len(pieces.refs) + number + 1, n_steps)
    return merged


def count_piece(
    piece: tuple[np.ndarray, np.ndarray], bounds: list[int], weights: np.ndarray, symmetric: bool
) -> Iterator[Rows]:
    """Yield the counts of a piece of the text, in blocks of rows ``bounds[k]`` to ``bounds[k + 1] - 1``."""
    ids, starts = map(
        np.array, piece
    )  # what Ray gives cannot be written to, for which kernels would be compiled again
    n_words = bounds[-1]
    memory = max(_MAX_MEMORY, least_memory(n_words))
    plan = plan_for(n_words, len(ids), memory, 1)
    with PairCounter(EncodedCorpus(ids, starts, len(ids)), n_words, weights, symmetric, plan) as counter:
        multiples, col, ends = counter.count(None)
    all_ends = np.concatenate([[0], ends])
    for first, last in zip(bounds, bounds[1:]):
        place = slice(all_ends[first], all_ends[last])
        yield Rows(col[place], multiples[place], all_ends[first + 1 : last + 1] - all_ends[first])


def merge_blocks(n_words: int, *parts: Rows) -> Rows:
    """Return the sums of the counts of the same rows in several parts of a text."""
    bounds = np.zeros((len(parts), len(parts[0].ends) + 1), np.int64)
    n_before = 0
    for bound, part in zip(bounds, parts):
        bound[0] = n_before
        bound[1:] = part.ends + n_before
        n_before += len(part.col)
    col = np.concatenate([part.col for part in parts])
    multiples = np.concatenate([part.multiples for part in parts])
    return Rows(*merged_runs(col, multiples, bounds, n_words))
