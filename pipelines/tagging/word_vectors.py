"""Word vectors as features of tokens: lookup of the row of each token in a table of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec.vectors.keyed_vectors import KeyedVectors

from .features.encoding import number_words
from .features.lexicon import word_row
from .learning.objective import DenseTable
from .options import OWNER

CHANGED_VECTORS = "the vectors were changed after fit"
_ROWS = 4096


def check_dense(dense_OEL: np.ndarray, tables: list[KeyedVectors], window: int | None, problem: str) -> None:
    """Raise ValueError unless the weights of vectors fit these tables and the window."""
    n_offsets, size, _ = dense_OEL.shape
    expected = 0 if window is None else sum(table.vector_size for table in tables)
    if size != expected or (window is not None and size and n_offsets != 2 * window + 1):
        raise ValueError(
            f"A tagger whose weights are for {size} floats at {n_offsets} places cannot have vectors of {expected} "
            f"floats and vector_window={window}: {problem}."
        )


def look_up(X: Sequence[Any], tables: list[KeyedVectors], window: int) -> tuple[np.ndarray, DenseTable]:
    """Return each token's row of a table of vectors, and that table with one row for each word type.

    A word that a table does not contain is looked up in lower case; if that is not found either, its vector is zero.

    Returns
    -------
    dense_ids : int32 (T,); -1 for words that no table has
    table : DenseTable
    """
    words = number_words(X)
    found = np.array(
        [[word_row(table.key_to_index, word) for word in words.types] for table in tables], np.int64
    )
    found = found.reshape(len(tables), len(words.types))
    if len(tables) == 1 and (whole := _usable_whole(tables[0], found[0])) is not None:
        return found[0].astype(np.int32)[words.type_ids], DenseTable(whole, window)
    is_known = (found >= 0).any(axis=0)
    rows = np.where(is_known, np.cumsum(is_known) - 1, -1).astype(np.int32)
    sizes = np.cumsum([0, *(table.vector_size for table in tables)])
    vectors = np.zeros((int(is_known.sum()), int(sizes[-1])), np.float32)
    for table, ids, begin, end in zip(tables, found[:, is_known], sizes, sizes[1:]):
        has = np.flatnonzero(ids >= 0)
        for low in range(0, len(has), _ROWS):  # in parts: gathering copies
            part = has[low : low + _ROWS]
            vectors[part, begin:end] = np.asarray(table.vectors)[ids[part]]
    with np.errstate(over="ignore"):  # values too large to be summed are too large for a score
        finite = np.isfinite(vectors.sum(axis=1))
    if not finite.all():
        word = np.array(words.types, object)[is_known][int(np.argmin(finite))]
        row = vectors[int(np.argmin(finite))]
        rule = f"have no NaN, infinite or too large numbers for the word {word!r}"
        fix = "Train the vectors again, or leave that word out."
        raise ParameterError("vectors", OWNER, rule, float(row[np.abs(row).argmax()]), fix)
    return rows[words.type_ids], DenseTable(vectors, window)


def _usable_whole(table: KeyedVectors, rows: np.ndarray) -> np.ndarray | None:
    """Return all vectors of a table without a copy if most of them are needed; else None."""
    vectors = np.asarray(table.vectors)
    is_as_kernels_read = vectors.dtype == np.float32 and vectors.flags.c_contiguous and vectors.flags.aligned
    if not is_as_kernels_read or 2 * len(np.unique(rows[rows >= 0])) < len(vectors):
        return None
    # Values that are not finite may be in rows that no word needs; the copy leaves those out.
    with np.errstate(over="ignore"):
        return vectors if np.isfinite(vectors.sum(axis=1)).all() else None
