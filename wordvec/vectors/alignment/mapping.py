"""`align`: the word vectors of one language, mapped into the space of those of another."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, Instance, Integer, Real, Rule
from wordvec._utils.validation import check_arguments
from wordvec.vectors.alignment.csls import MAX_MEMORY, MIN_MEMORY, corrected_neighbors, mean_similarities
from wordvec.vectors.alignment.dictionaries import known_pairs, pair_rows, pairs_used
from wordvec.vectors.alignment.fitting import Neighborhood, procrustes, rcsls
from wordvec.vectors.keyed_vectors import KeyedVectors
from wordvec.vectors.neighbors import row_blocks

__all__ = ["METHODS", "align"]

_LOGGER = logging.getLogger("wordvec")

METHODS = ("procrustes", "rcsls")
_MIN_PAIRS = 2
_RULES: dict[str, Rule] = {
    "source": Instance(KeyedVectors),
    "target": Instance(KeyedVectors),
    "method": Choice(*METHODS),
    "unit_length": Boolean(),
    "center": Boolean(),
    "n_refinements": Integer(0),
    "n_frequent": Integer(1),
    "n_neighbors": Integer(1),
    "n_iter": Integer(1),
    "learning_rate": Real(0, low_open=True),
    "max_memory": Integer(MIN_MEMORY),
}


def align(
    source: KeyedVectors,
    target: KeyedVectors,
    pairs: Iterable[Sequence[Any]] | str,
    method: str = "procrustes",
    *,
    unit_length: bool = True,
    center: bool = True,
    n_refinements: int = 0,
    n_frequent: int = 20_000,
    n_neighbors: int = 10,
    n_iter: int = 10,
    learning_rate: float = 1.0,
    max_memory: int = MAX_MEMORY,
) -> KeyedVectors:
    """Map word vectors into the space of another language's vectors, by means of a dictionary.

    Sums are float64. On one machine, the result is the same to the bit at any number of threads. The number of pairs
    used, those with both words in the vocabularies, is logged (logger ``wordvec``, level INFO).

    Parameters
    ----------
    source, target : KeyedVectors
        Words by decreasing frequency, vectors of equal size.
    pairs : iterable of (str, str) or (str, str, float), or "identical"
        A source word and its translation; a third field is ignored. "identical" takes the words that both vocabularies
        have.
    method : {"procrustes", "rcsls"}
        "procrustes" is the rotation that maps the words of the pairs nearest to their translations (Schoenemann 1966;
        Xing et al. 2015). "rcsls" starts from it and minimises a loss of CSLS retrieval itself (Joulin et al. 2018);
        its map is not orthogonal.
    unit_length : bool
        Normalise the vectors to unit length, both to learn the map and to apply it, as suits cosine similarity.
    center : bool
        Subtract each table's mean to learn the map. The mean of the target is added to the mapped vectors, so that they
        can be compared with the target as it is.
    n_refinements : int
        How many times the map is learned again from the pairs and, in addition, all words that are mutual nearest
        neighbours by CSLS under the last map (Conneau et al. 2018).
    n_frequent : int
        The number of most frequent words of each side among which the refinements and "rcsls" search for neighbours.
    n_neighbors : int
        Neighbours of a word in CSLS.
    n_iter : int
        Steps of "rcsls".
    learning_rate : float
        Size of the first step of "rcsls".
    max_memory : int
        Bytes that a search for neighbours may use in addition to the tables, 16 MiB or more.

    Returns
    -------
    KeyedVectors
        The words and counts of `source` with mapped vectors, without n-grams; with `unit_length`, their length is near
        1, for comparison with ``target.unit_normed()``.

    Raises
    ------
    ValueError
        If the vectors differ in size, or fewer than two pairs have both words in the vocabularies.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> table, (turn, _) = rng.normal(size=(50, 8)), np.linalg.qr(rng.normal(size=(8, 8)))
    >>> english = KeyedVectors(table.astype(np.float32), [f"word{k}" for k in range(50)])
    >>> german = KeyedVectors((table @ turn).astype(np.float32), [f"Wort{k}" for k in range(50)])
    >>> mapped = align(english, german, [(f"word{k}", f"Wort{k}") for k in range(20)])
    >>> german.similar_by_vector(mapped["word40"], topn=1)[0][0]
    'Wort40'

    References
    ----------
    Conneau, Lample, Ranzato, Denoyer and Jegou (2018), "Word Translation Without Parallel Data", ICLR;
    Xing, Wang, Liu and Lin (2015), "Normalized Word Embedding and Orthogonal Transform for Bilingual Word
    Translation", NAACL.
    """
    given = {name: value for name, value in locals().items() if name in _RULES}
    options = check_arguments(_RULES, "align", given)
    if source.vector_size != target.vector_size:
        fix = "Train both with one vector_size."
        rule = f"have vectors of {source.vector_size} numbers, as source has"
        raise ParameterError("target", "align", rule, target, fix)
    pairs = pairs if isinstance(pairs, str) else list(pairs)
    used = known_pairs(source, target, pairs)
    if len(used) < _MIN_PAIRS:
        raise ValueError(
            f"An alignment needs {_MIN_PAIRS} pairs, better 1,000 or more, and has {pairs_used(len(used), pairs)}. "
            "Are the words of the pairs cased and cut as those of the vectors, and the source's first?"
        )
    _LOGGER.info("align: %s", pairs_used(len(used), pairs))
    with threadpool_limits(limits=1, user_api="blas"):
        spaces = _Space.of(source, unit_length, center), _Space.of(target, unit_length, center)
        rows_N2 = pair_rows(source, target, used)
        matrix_DD = _learned(*spaces, rows_N2, options)
        for _ in range(n_refinements):
            found_M2 = _mutual_neighbors(*spaces, matrix_DD, options)
            both_N2 = np.unique(np.concatenate([rows_N2, found_M2]), axis=0)
            matrix_DD = _learned(*spaces, both_N2, options)
        return KeyedVectors(_mapped(*spaces, matrix_DD), source.index_to_key, source.counts)


@dataclass(frozen=True)
class _Space:
    """A table of word vectors as the map uses it: at unit length or not, minus a mean, which may be 0."""

    table_VD: np.ndarray
    unit_length: bool
    mean_D: np.ndarray  # float64

    @classmethod
    def of(cls, kv: KeyedVectors, unit_length: bool, center: bool) -> _Space:
        space = cls(np.asarray(kv.vectors), unit_length, np.zeros(kv.vector_size))
        if not center:
            return space
        blocks = row_blocks(len(kv), kv.vector_size)
        total_D = sum(space.rows(slice(*block)).sum(axis=0) for block in blocks)
        return cls(space.table_VD, unit_length, total_D / len(kv))

    def rows(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Return rows minus the mean, float64 (n, D)."""
        rows_ND = self.table_VD[chosen].astype(np.float64)
        return (_at_unit_length(rows_ND) if self.unit_length else rows_ND) - self.mean_D

    def learned_rows(self, chosen: slice | np.ndarray) -> np.ndarray:
        """Return rows as the map is learned from them: normalised to unit length again after centring."""
        rows_ND = self.rows(chosen)
        return _at_unit_length(rows_ND) if self.unit_length else rows_ND

    def frequent_rows(self, n_rows: int) -> np.ndarray:
        """Return the first rows at unit length, float32."""
        return _at_unit_length(self.rows(slice(0, n_rows))).astype(np.float32)


def _learned(source: _Space, target: _Space, rows_N2: np.ndarray, options: Any) -> np.ndarray:
    source_ND, target_ND = source.learned_rows(rows_N2[:, 0]), target.learned_rows(rows_N2[:, 1])
    rotation_DD = procrustes(source_ND, target_ND)
    if options.method == "procrustes":
        return rotation_DD
    near = Neighborhood(
        source.frequent_rows(options.n_frequent),
        target.frequent_rows(options.n_frequent),
        options.n_neighbors,
        options.max_memory,
    )
    return rcsls(
        _at_unit_length(source_ND),
        _at_unit_length(target_ND),
        rotation_DD,
        near,
        options.n_iter,
        options.learning_rate,
    )


def _mutual_neighbors(source: _Space, target: _Space, matrix_DD: np.ndarray, options: Any) -> np.ndarray:
    """Return the rows of frequent words that are mutual nearest neighbours by CSLS, int64 (M, 2)."""
    mapped_SD = _at_unit_length(source.rows(slice(0, options.n_frequent)) @ matrix_DD).astype(np.float32)
    target_VD = target.frequent_rows(options.n_frequent)
    # Not two calls of `csls_neighbors`, as each mean serves both directions: in one it ranks, in the other it shifts.
    search = {"n_neighbors": options.n_neighbors, "max_memory": options.max_memory}
    of_target_V = mean_similarities(target_VD, mapped_SD, **search)
    of_source_S = mean_similarities(mapped_SD, target_VD, **search)
    nearest_S = corrected_neighbors(mapped_SD, target_VD, of_target_V, 1, options.max_memory)[0][:, 0]
    nearest_V = corrected_neighbors(target_VD, mapped_SD, of_source_S, 1, options.max_memory)[0][:, 0]
    rows_S = np.arange(len(nearest_S))
    return np.column_stack([rows_S, nearest_S])[nearest_V[nearest_S] == rows_S]


def _mapped(source: _Space, target: _Space, matrix_DD: np.ndarray) -> np.ndarray:
    mapped_VD = np.empty(source.table_VD.shape, np.float32)
    for start, stop in row_blocks(*source.table_VD.shape):
        mapped_VD[start:stop] = source.rows(slice(start, stop)) @ matrix_DD + target.mean_D
    return mapped_VD


def _at_unit_length(rows_ND: np.ndarray) -> np.ndarray:
    norms_N = np.linalg.norm(rows_ND, axis=1, keepdims=True)
    return rows_ND / np.where(norms_N == 0, 1, norms_N)
