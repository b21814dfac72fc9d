"""Counting of the co-occurrences in a text: parameters, and the allocation of the memory budget."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import scipy.sparse

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Instance, Integer, Rule, Threads
from wordvec._utils.progress import ReadingBar
from wordvec._utils.threads import n_threads_for
from wordvec._utils.validation import check_arguments
from wordvec.counts.cooccurrence import MAX_MULTIPLE, Cooccurrence
from wordvec.counts.pair_counter import ENTRY_BYTES, PairCounter, Plan, Progress
from wordvec.kernels import cooccurrence as kernels
from wordvec.text.corpus import (
    DEFAULT_MAX_MEMORY,
    MIN_MAX_MEMORY,
    EncodedCorpus,
    LineCorpus,
    encode_corpus,
)
from wordvec.text.vocabulary import LIMIT_RULES, Vocabulary

MAX_WINDOW = 100
# The parameters of `count_cooccurrences`, which the estimators that count have, too.
COUNTING_RULES: dict[str, Rule] = {
    "window": Integer(1, MAX_WINDOW),
    "symmetric": Boolean(),
    "distance_weighting": Boolean(),
    **LIMIT_RULES,
    "max_memory": Integer(MIN_MAX_MEMORY),
    "n_jobs": Threads(),
    "verbose": Boolean() | None,
}
# 1 / distance is exact up to a window of 22; beyond, weights are rounded to multiples of 2**-28.
_MAX_UNIT = 1 << 28
_BLOCK_ENTRIES = 1 << 19
_MIN_CHUNK_TOKENS = 1 << 16
_MAX_CHUNK_TOKENS = 1 << 30
_TOKEN_BYTES = 12  # its id, its place, and the end of its sentence, if that is short


def pair_weights(window: int, distance_weighting: bool) -> tuple[int, np.ndarray]:
    """Return `unit` and the weight of a pair by distance, in multiples of 1 / unit: int64 (window + 1,)."""
    weights = np.ones(window + 1, np.int64)
    weights[0] = 0
    if not distance_weighting:
        return 1, weights
    unit = min(math.lcm(*range(1, window + 1)), _MAX_UNIT)
    weights[1:] = np.rint(unit / np.arange(1, window + 1))
    return unit, weights


def count_cooccurrences(
    corpus: LineCorpus | Iterable[Iterable[str]],
    *,
    vocabulary: Vocabulary | None = None,
    window: int = 10,
    symmetric: bool = True,
    distance_weighting: bool = True,
    min_count: int = 5,
    max_vocab_size: int | None = None,
    max_memory: int = DEFAULT_MAX_MEMORY,
    n_jobs: int | None = -1,
    verbose: bool | None = None,
) -> Cooccurrence:
    """Count how often words stand near each other in the same sentence.

    Parameters
    ----------
    corpus : LineCorpus or iterable of sentences (lists of str) that can be read more than once
    vocabulary : Vocabulary, optional
        Count these words; `min_count` and `max_vocab_size` are then ignored.
    window : int
        Largest distance of a pair, counted in words of the vocabulary; at most 100. Beyond 22, weights 1 / distance
        are rounded to multiples of 2**-28.
    symmetric : bool
        Whether a pair counts for both words: the matrix is then symmetric, and a word next to itself counts
        twice. Otherwise rows are words and columns are words to their left.
    distance_weighting : bool
        Whether a pair at distance d counts as 1 / d; otherwise as 1.
    min_count : int
        Rarer words are left out.
    max_vocab_size : int, optional
        Keep only this many words, the most frequent ones; all by default.
    max_memory : int
        Bytes for the encoded text, and as many for counting it, the counts included; beyond it they are written to
        unnamed files in `tempfile.gettempdir()` and mapped. The counts take 12 bytes per pair. At least 1 MiB, and
        about 70 bytes for each word of the vocabulary.
    n_jobs : int, optional
        Threads, at most one per core; -1 for all cores. The result does not depend on it.
    verbose : bool, optional
        Whether to show progress on stderr. By default only on a terminal.

    Returns
    -------
    Cooccurrence

    Raises
    ------
    TypeError, ValueError
        If a parameter or the corpus is invalid, or `max_memory` is too small for the vocabulary.
    OSError
        If a file cannot be read, or the disk for temporary files is full.
    """
    parameters = {
        "window": window,
        "symmetric": symmetric,
        "distance_weighting": distance_weighting,
        "min_count": min_count,
        "max_vocab_size": max_vocab_size,
        "max_memory": max_memory,
        "n_jobs": n_jobs,
        "verbose": verbose,
    }
    return _count(corpus, "count_cooccurrences", vocabulary, parameters)


def count_for(estimator: Any, corpus: LineCorpus | Iterable[Iterable[str]], owner: str) -> Cooccurrence:
    """Count co-occurrences with the parameters of an estimator, which messages call `owner`."""
    return _count(corpus, owner, None, {name: getattr(estimator, name) for name in COUNTING_RULES})


def _count(
    corpus: LineCorpus | Iterable[Iterable[str]],
    owner: str,
    vocabulary: Vocabulary | None,
    parameters: dict[str, Any],
) -> Cooccurrence:
    options = check_arguments(COUNTING_RULES, owner, parameters)
    (Instance(Vocabulary) | None).check("vocabulary", vocabulary, owner)
    if isinstance(corpus, Cooccurrence) or scipy.sparse.issparse(corpus):
        raise TypeError(
            f"{owner} counts a text. Got {type(corpus).__name__} instead. Existing counts are for "
            "the method fit_cooccurrence of GloVe and PPMISVD."
        )
    with ReadingBar(options.verbose) as bar:
        vocabulary, encoded = encode_corpus(
            corpus,
            vocabulary=vocabulary,
            min_count=options.min_count,
            max_vocab_size=options.max_vocab_size,
            max_memory=options.max_memory,
            progress=bar.update_to,
        )
    with ReadingBar(options.verbose, "Counting pairs", "word") as bar:
        return count_encoded(
            vocabulary,
            encoded,
            window=options.window,
            symmetric=options.symmetric,
            distance_weighting=options.distance_weighting,
            max_memory=options.max_memory,
            n_threads=n_threads_for(options.n_jobs),
            progress=bar.update_to,
            owner=owner,
        )


def count_encoded(
    vocabulary: Vocabulary,
    encoded: EncodedCorpus,
    *,
    window: int,
    symmetric: bool,
    distance_weighting: bool,
    max_memory: int,
    n_threads: int,
    progress: Progress | None = None,
    owner: str = "count_cooccurrences",
) -> Cooccurrence:
    """Count the co-occurrences in a text encoded with the ids of `vocabulary`.

    Parameters
    ----------
    n_threads : int
        May be more than there are cores.
    progress : callable, optional
        Called as ``progress(done, total)``, in tokens.
    owner : str
        Whom the message names if `max_memory` is too small.
    """
    unit, weights = pair_weights(window, distance_weighting)
    check_multiples(vocabulary, weights)
    plan = plan_for(len(vocabulary), len(encoded.token_ids), max_memory, n_threads, owner)
    with PairCounter(encoded, len(vocabulary), weights, symmetric, plan) as counter:
        multiples, col, ends = counter.count(progress)
    how = {"window": window, "symmetric": symmetric, "distance_weighting": distance_weighting}
    return counts_of(multiples, col, ends, unit, vocabulary, **how)


def check_multiples(vocabulary: Vocabulary, weights: np.ndarray) -> None:
    """Raise ValueError if the counts of a word might exceed 64 bits."""
    if 2 * int(vocabulary.counts.max()) * int(weights.sum()) >= 2**63:
        most, window = vocabulary.counts.max(), len(weights) - 1
        raise ValueError(
            f"Counts of {most} occurrences of a word in a window of {window} pass 64 bits. "
            "Choose a smaller window, or count parts of the text and merge them."
        )


def counts_of(
    multiples: np.ndarray, col: np.ndarray, ends: np.ndarray, unit: int, vocabulary: Vocabulary, **how: Any
) -> Cooccurrence:
    """Return the counts, given as multiples of 1 / unit, int64 (n,), which are overwritten.

    Parameters
    ----------
    col : int32 (n,)
    ends : int64 (V,); where each row ends
    **how : `window`, `symmetric` and `distance_weighting` of a Cooccurrence
    """
    starts = np.zeros(len(vocabulary) + 1, np.int64)
    starts[1:] = ends
    value = multiples.view(np.float64)
    largest = kernels.to_float(multiples, unit, value)
    return Cooccurrence(starts, col, value, vocabulary, unit=unit if largest <= MAX_MULTIPLE else 0, **how)


def least_memory(n_words: int) -> int:
    """Return the number of bytes that counting a vocabulary needs."""
    return 32 * (n_words + 1) + (12 + 2 * ENTRY_BYTES) * n_words + _TOKEN_BYTES * _MIN_CHUNK_TOKENS


def plan_for(
    n_words: int, n_tokens: int, max_memory: int, n_threads: int, owner: str = "count_cooccurrences"
) -> Plan:
    """Return how `max_memory` is allocated.

    Raises
    ------
    ValueError
        If it is less than `least_memory`.
    """
    thread_bytes = (12 + 2 * ENTRY_BYTES) * n_words
    needed = least_memory(n_words)
    if max_memory < needed:
        rule = f"be at least {needed} bytes for a vocabulary of {n_words} words"
        raise ParameterError(
            "max_memory", owner, rule, max_memory, "Raise it, or drop rare words with a greater {min_count}."
        )
    spare = max_memory - needed
    n_threads = int(min(n_threads, 1 + spare // 2 // thread_bytes))
    spare -= (n_threads - 1) * thread_bytes
    wanted = max(0, _BLOCK_ENTRIES - n_words)
    extra = int(min(wanted, spare // 4 // (2 * ENTRY_BYTES * n_threads)))
    spare -= 2 * ENTRY_BYTES * n_threads * extra
    more_tokens = spare // 2 // _TOKEN_BYTES
    chunk_tokens = int(min(n_tokens, _MIN_CHUNK_TOKENS + more_tokens, _MAX_CHUNK_TOKENS))
    spare -= _TOKEN_BYTES * max(0, chunk_tokens - _MIN_CHUNK_TOKENS)
    return Plan(n_threads, n_words + extra, chunk_tokens, int(spare))
