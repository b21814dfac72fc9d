"""Drift: which words' neighbourhoods changed between two corpora, periods or models.

Axes: S shared words, D floats in a vector, K neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import combinations, product

import numpy as np

from wordvec._utils.errors import AdvisedError, ParameterError
from wordvec._utils.messages import counted
from wordvec._utils.spelling import unknown_word
from wordvec._utils.validation import check_choice, check_float, check_int
from wordvec.vectors.checks import check_words
from wordvec.vectors.drift_evidence import MIN_WORDS, log_odds, p_values, q_values
from wordvec.vectors.drift_report import DriftReport, DriftRow
from wordvec.vectors.keyed_vectors import MIN_MEMORY, KeyedVectors
from wordvec.vectors.neighbors import nearest, row_blocks, row_norms, unit_rows

__all__ = ["DriftReport", "DriftRow", "drift"]

# Queries whose neighbours are Python lists at a time.
QUERY_BATCH = 4096
# Added to shares of the longest distance, so that the float32 noise of equal vectors does not count.
PROCRUSTES_SMOOTHING = 1e-3
# Neighbours that are compared, where there are words enough: 10 to 50 find fewer changes (tests/benchmarks/LOG.md).
N_NEIGHBORS = 100
# Neighbours of a word that a report lists.
N_LISTED = 10

# Distances of all shared words, float64 (S,), in the models of two numbers.
Distances = Callable[[int, int], np.ndarray]


def drift(
    a: KeyedVectors | Sequence[KeyedVectors],
    b: KeyedVectors | Sequence[KeyedVectors],
    *,
    method: str = "neighbors",
    n_neighbors: int | None = None,
    min_count: int = 20,
    restrict_vocab: int | None = None,
    words: Sequence[str] | None = None,
    level: float = 0.05,
    max_memory: int = 1 << 28,
) -> DriftReport:
    """Find the words whose vectors changed more between two sides than is usual for similar words.

    A word's distances between each model of `a` and each of `b` are averaged, and so are those within the sides, where
    a side has several models; the difference of the two means is the word's `score`. Every word's vector moves a little
    from text to text, rare words' vectors more, so the other words show how large a change must be: the log-odds of the
    mean distance (minus those within the sides) are compared with those of words of similar frequency and similar
    steadiness. Their median and 90th percentile define the normal distribution of words that did not change (an
    empirical null, Efron 2004), which yields one-sided p-values and, corrected by Benjamini and Hochberg (1995),
    q-values.

    Assumptions: most words did not change, or all changed in the same way; words that did change are fewer than one in
    ten among similar words (more would mask each other); and log-odds beyond the 90th percentile fall off like those of
    a normal distribution. A change of topic counts as a change: a word that occurs in other documents on one side has
    other neighbours there. That models of one text differ from those of another is no evidence, as any two texts
    differ; hence there is no permutation test that exchanges models between the sides.

    Parameters
    ----------
    a, b : KeyedVectors, or a list of them
        Several models of a side are trained with different seeds, or on different samples of its text, too.
    method : {"neighbors", "procrustes"}
        The distance of a word in two models. "neighbors": the share of its nearest words that are not the same (Gonen
        et al. 2020); the models may have different sizes. "procrustes": 1 - cosine after the orthogonal map that
        brings the shared words' unit vectors nearest (Hamilton et al. 2016).
    n_neighbors : int, optional
        How many nearest words "neighbors" compares, at most a third of the shared words; by default 100, or a tenth of
        the shared words if that is less.
    min_count : int
        Leave out words that either side has seen less often, where the vectors have counts: neighbours of rare words
        are mostly noise.
    restrict_vocab : int, optional
        Take only the first, most frequent words of each model.
    words : list of str, optional
        Report only these words, and correct for their number only; they are still compared with all words.
    level : float
        The q-value up to which a word counts as changed.
    max_memory : int
        Bytes that a search for neighbours may use in addition to the tables, 16 MiB or more. The lists of neighbours
        take 4 bytes per neighbour, word and model.

    Returns
    -------
    DriftReport
        Rows by increasing p-value, ties by decreasing score.

    Raises
    ------
    UnknownWordError
        If one of `words` is not among the words compared.
    ValueError
        If the models share fewer than 100 words, or "procrustes" is given different vector sizes.

    References
    ----------
    Gonen, Jawahar, Seddah and Goldberg (2020), "Simple, Interpretable and Stable Method for Detecting Words with
    Usage Change across Corpora", ACL; Hamilton, Leskovec and Jurafsky (2016), "Diachronic Word Embeddings Reveal
    Statistical Laws of Semantic Change", ACL; Efron (2004), "Large-Scale Simultaneous Hypothesis Testing: The Choice
    of a Null Hypothesis", JASA 99.

    Examples
    --------
    >>> import numpy as np
    >>> from wordvec.vectors import KeyedVectors
    >>> rng = np.random.default_rng(1)
    >>> words = [f"w{row}" for row in range(300)]
    >>> old = rng.normal(size=(300, 20))
    >>> new = old + rng.normal(scale=0.3, size=old.shape)
    >>> new[[5, 8]] = new[[8, 5]]
    >>> report = drift(KeyedVectors(old, words), KeyedVectors(new, words), n_neighbors=20)
    >>> sorted(row.word for row in report.changed)
    ['w5', 'w8']
    """
    sides = (_models("a", a), _models("b", b))
    models = sides[0] + sides[1]
    check_choice("method", method, "drift", ("neighbors", "procrustes"))
    level = check_float("level", level, "drift", 0, 1, low_open=True)
    max_memory = check_int("max_memory", max_memory, "drift", MIN_MEMORY)
    if method == "procrustes":
        _check_sizes(models)
    counts = [_counts_of(side) for side in sides]
    shared = _shared_words(models, counts, min_count, restrict_vocab)
    if n_neighbors is None:
        n_neighbors = min(N_NEIGHBORS, len(shared) // 10)
    n_neighbors = check_int("n_neighbors", n_neighbors, "drift", 1, len(shared) // 3)
    chosen = _rows_among(words, shared)

    n_found = max(n_neighbors, N_LISTED) if method == "neighbors" else N_LISTED
    found = [_neighbors(model, shared, n_found, max_memory) for model in models]
    neighbors = [rows_SK for rows_SK, _ in found]
    distances: Distances
    if method == "neighbors":
        distances, longest, smoothing = partial(_unshared, neighbors, n_neighbors), 1, 0.5 / n_neighbors
    else:
        tables = [unit_rows(model[shared]) for model in models]
        distances, longest, smoothing = partial(_procrustes, tables), 2, PROCRUSTES_SMOOTHING
    of_side = [range(len(sides[0])), range(len(sides[0]), len(models))]
    between_S = _mean(distances, product(of_side[0], of_side[1]))
    within = [pair for places in of_side for pair in combinations(places, 2)]
    within_S = _mean(distances, within) if within else None

    rarity_S = _rarity(models, counts, shared)
    steadiness_S = (
        -within_S if within_S is not None else np.mean([cosines_S for _, cosines_S in found], axis=0)
    )
    odds_S = log_odds(between_S / longest, smoothing)
    if within_S is not None:
        odds_S -= log_odds(within_S / longest, smoothing)
    p_S = p_values(odds_S, rarity_S, steadiness_S)
    scores_S = between_S if within_S is None else between_S - within_S
    order = chosen[np.lexsort((-scores_S[chosen], p_S[chosen]))]
    rows = []
    for row, q_value in zip(order.tolist(), q_values(p_S[order]).tolist()):
        word = shared[row]
        near = [_nearest_words([neighbors[place][row] for place in places], shared) for places in of_side]
        count_a, count_b = (None if known is None else known[word] for known in counts)
        rows.append(
            DriftRow(
                word, float(scores_S[row]), float(p_S[row]), q_value, count_a, count_b, *_compared(*near)
            )
        )
    return DriftReport(tuple(rows), method, level, len(shared), len(sides[0]), len(sides[1]))


def _models(name: str, value: KeyedVectors | Sequence[KeyedVectors]) -> list[KeyedVectors]:
    models = [value] if isinstance(value, KeyedVectors) else value
    if (
        not isinstance(models, (list, tuple))
        or not models
        or not all(isinstance(m, KeyedVectors) for m in models)
    ):
        raise ParameterError(name, "drift", "be KeyedVectors or a list of them that is not empty", value)
    return list(models)


def _check_sizes(models: Sequence[KeyedVectors]) -> None:
    sizes = sorted({model.vector_size for model in models})
    if len(sizes) > 1:
        raise ParameterError(
            "method",
            "drift",
            "be 'neighbors' for vectors of different sizes",
            "procrustes",
            f"The sizes are {' and '.join(map(str, sizes))}.",
        )


def _counts_of(side: Sequence[KeyedVectors]) -> dict[str, int] | None:
    """Return how often words were seen, the rounded mean over a side's models; None if one of them has no counts."""
    if any(model.counts is None for model in side):
        return None
    totals: dict[str, int] = {}
    for model in side:
        for word, count in zip(model.index_to_key, model.counts.tolist()):  # type: ignore[union-attr]
            totals[word] = totals.get(word, 0) + count
    return {word: round(total / len(side)) for word, total in totals.items()}


def _shared_words(
    models: Sequence[KeyedVectors],
    counts: Sequence[dict[str, int] | None],
    min_count: int,
    restrict_vocab: int | None,
) -> list[str]:
    """Return the words of all models that are frequent enough, in the order of the first model."""
    min_count = check_int("min_count", min_count, "drift", 0)
    if restrict_vocab is not None:
        restrict_vocab = check_int("restrict_vocab", restrict_vocab, "drift", 1)
    others = [set(model.index_to_key[:restrict_vocab]) for model in models[1:]]
    in_all = [
        word for word in models[0].index_to_key[:restrict_vocab] if all(word in other for other in others)
    ]
    known = [side for side in counts if side is not None]
    shared = [word for word in in_all if all(side[word] >= min_count for side in known)]
    if len(shared) < MIN_WORDS:
        finding = f"The models share {counted(len(in_all), 'word')}"
        if len(shared) < len(in_all):
            finding += f", of which {len(shared)} have a count of at least {min_count} on each side"
        raise AdvisedError(
            f"{finding}; to tell change from noise takes {MIN_WORDS}, with which a word is compared.",
            *(["a smaller {min_count}"] if len(in_all) >= MIN_WORDS else []),
            *(["a larger {restrict_vocab}"] if restrict_vocab is not None else []),
            "vectors of the same language with more words",
        )
    return shared


def _rows_among(words: Sequence[str] | None, shared: Sequence[str]) -> np.ndarray:
    if words is None:
        return np.arange(len(shared))
    check_words(words)
    row_of = {word: row for row, word in enumerate(shared)}
    if not words:
        raise ParameterError("words", "drift", "be a list of words that is not empty, or None", words)
    for word in words:
        if word not in row_of:
            raise unknown_word(word, shared, "only words that all models share, often enough, are compared")
    return np.array([row_of[word] for word in dict.fromkeys(words)])


def _rarity(
    models: Sequence[KeyedVectors], counts: Sequence[dict[str, int] | None], shared: Sequence[str]
) -> np.ndarray:
    """Return numbers that increase with the rarity of words, on the side where they are rarer; (S,).

    Without counts it is the row, as words are in order of decreasing frequency.
    """
    count_a, count_b = counts
    if count_a is not None and count_b is not None:
        return -np.array([min(count_a[word], count_b[word]) for word in shared])
    return np.max([[model.key_to_index[word] for word in shared] for model in models], axis=0)


def _neighbors(
    model: KeyedVectors, shared: Sequence[str], n_neighbors: int, max_memory: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return each shared word's nearest shared words, int32 (S, K), and their mean cosine, float64 (S,)."""
    table_SD = unit_rows(model[shared])
    norms_S = row_norms(table_SD)
    rows_SK = np.empty((len(shared), n_neighbors), np.int32)
    cosines_S = np.empty(len(shared))
    for first in range(0, len(shared), QUERY_BATCH):
        queries = table_SD[first : first + QUERY_BATCH]
        own_rows = np.arange(first, first + len(queries))
        answers = nearest(table_SD, norms_S, queries, own_rows, n_neighbors, max_memory)
        for row, (near, cosines) in zip(own_rows, answers):
            rows_SK[row], cosines_S[row] = near, cosines.mean()
    return rows_SK, cosines_S


def _unshared(neighbors: Sequence[np.ndarray], n_neighbors: int, i: int, j: int) -> np.ndarray:
    """Return the share of each word's `n_neighbors` nearest words in model i that are not among those in model j."""
    shares_S = np.empty(len(neighbors[i]))
    for start, stop in row_blocks(len(shares_S), 2 * n_neighbors):
        both = np.concatenate([neighbors[place][start:stop, :n_neighbors] for place in (i, j)], axis=1)
        both.sort(axis=1)
        shares_S[start:stop] = 1 - (both[:, 1:] == both[:, :-1]).sum(axis=1) / n_neighbors
    return shares_S


def _procrustes(tables: Sequence[np.ndarray], i: int, j: int) -> np.ndarray:
    """Return 1 - cosine of each word's vectors in models i and j after the best orthogonal map.

    Schoenemann (1966), "A Generalized Solution of the Orthogonal Procrustes Problem": with X'Y = U S V', the orthogonal
    R that makes the rows of XR nearest to those of Y is UV'.
    """
    x_SD, y_SD = tables[i], tables[j]
    blocks = row_blocks(*x_SD.shape)
    product_DD = sum(x_SD[start:stop].T.astype(np.float64) @ y_SD[start:stop] for start, stop in blocks)
    left_DD, _, right_DD = np.linalg.svd(product_DD)
    map_DD = left_DD @ right_DD
    distances_S = np.empty(len(x_SD))
    for start, stop in blocks:
        distances_S[start:stop] = 1 - np.einsum("ij,ij->i", x_SD[start:stop] @ map_DD, y_SD[start:stop])
    return np.maximum(distances_S, 0)


def _mean(distances: Distances, pairs: Iterable[tuple[int, int]]) -> np.ndarray:
    return np.mean([distances(i, j) for i, j in pairs], axis=0)


def _nearest_words(rows: Sequence[np.ndarray], shared: Sequence[str]) -> list[str]:
    """Return the nearest words of a word in a side's models: by the votes of their lists, then by the sum of ranks."""
    votes: dict[int, tuple[int, int]] = {}
    for near in rows:
        for place, row in enumerate(near[:N_LISTED].tolist()):
            n_votes, places = votes.get(row, (0, 0))
            votes[row] = (n_votes - 1, places + place)
    return [shared[row] for row in sorted(votes, key=lambda row: (votes[row], row))[:N_LISTED]]


def _compared(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the neighbours gained, lost and kept."""
    came = tuple(word for word in new if word not in old)
    went = tuple(word for word in old if word not in new)
    return came, went, tuple(word for word in old if word in new)
