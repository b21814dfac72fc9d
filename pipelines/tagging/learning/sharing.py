"""Factoring the token-attribute matrix, so that what tokens have in common is computed once.

The score of a token is the sum of the weights of its attributes, and most of these come in bundles: the word,
its prefixes and its suffixes at the same distance are the same for every occurrence of the word. Two exact
rewritings of the token-attribute matrix X make use of that:

- Attributes that occur in the same tokens become one *column*. Their gradients are equal, so are their
  weights; k of them act as one whose value is sqrt(k), and both penalties keep their values (see `objective`).
- X = M C, where a row of C is a *bundle*, a set of columns, and a row of M says which disjoint bundles make up
  a token. M has about five times fewer entries than X on text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kernels import lists as list_kernels, sharing as kernels
from ..kernels.sparse import ChunkLists, Lists

# Tokens of a column that are compared to find the columns that always occur with it. A few are enough: the split is
# exact whatever bundles are proposed.
N_COMPARED = 12
# Bundles of at most this number of tokens are taken apart where that saves memory.
_FEW_USES = 8
_NO_VALUES = np.empty(0, np.float32)


@dataclass(frozen=True)
class SharedMatrix:
    """The token-attribute matrix as a product of two sparse ones. A tokens, T; bundles, B; columns, C.

    Attributes
    ----------
    tokens : Lists
        The bundles of each token that it shares with other tokens.
    values : float32, one to an item of `tokens`; empty if all are one
    own : Lists
        The columns of each token that are in no such bundle.
    bundles : Lists
        The columns of each bundle.
    leaders : int32 (C,)
        An attribute of each column.
    attribute_columns : int32 (A,)
        The column of each attribute; -1 for an attribute without a token.
    n_merged : int32 (C,)
        Attributes of each column.
    """

    tokens: Lists
    values: np.ndarray
    own: Lists
    bundles: Lists
    leaders: np.ndarray
    attribute_columns: np.ndarray
    n_merged: np.ndarray


def share(
    indptr: np.ndarray,
    indices: np.ndarray,
    values: np.ndarray | None,
    n_attributes: int,
    *,
    row_bytes: int = 0,
    overwrite: bool = False,
) -> SharedMatrix:
    """Factor a token-attribute matrix.

    Parameters
    ----------
    indptr : int64 (T + 1,)
    indices : int32 (nnz,); no attribute twice in a token
    values : float32 (nnz,), or None if all are one
    n_attributes : int
    row_bytes : int
        Memory of a bundle in addition to its lists; bundles of few tokens are taken apart if that is cheaper.
    overwrite : bool
        Whether `indices` and `values` may be overwritten; they are empty then, which frees their memory.
    """
    given = _NO_VALUES if values is None else values
    if not overwrite:
        indices, given = indices.copy(), given.copy()
    is_numeric = np.zeros(n_attributes, bool)
    is_numeric[indices[: len(given)][given != 1]] = True
    leaders, counts = kernels.find_leaders(indptr, indices, n_attributes, is_numeric)
    ids = np.flatnonzero(leaders == np.arange(n_attributes, dtype=np.int32)).astype(np.int32)
    column_of = np.full(n_attributes + 1, -1, np.int32)
    column_of[ids] = np.arange(len(ids))
    attribute_columns = column_of[leaders]
    counts, is_numeric = counts[ids], is_numeric[ids]
    new_indptr = np.empty(len(indptr), np.int32 if len(indices) < 1 << 31 else np.int64)
    kernels.keep_leaders(indptr, indices, given, column_of, new_indptr)
    indptr = new_indptr
    del leaders, column_of
    _shorten(indices, indptr[-1])
    _shorten(given, indptr[-1])
    closures = Lists(*kernels.close_columns(indptr, indices, counts, is_numeric, N_COMPARED))
    tokens, m_values, bundles = _split(indptr, indices, given, closures, counts, is_numeric)
    del closures, indptr
    _shorten(indices, 0)
    _shorten(given, 0)
    return SharedMatrix(
        *_detach(tokens, m_values, bundles, row_bytes),
        ids,
        attribute_columns,
        list_kernels.count_items(attribute_columns[attribute_columns >= 0], len(ids)).astype(np.int32),
    )


def _shorten(array: np.ndarray, size: int) -> None:
    """Free the memory after the first numbers of an array that owns it."""
    if len(array) > size and array.flags.owndata:
        array.resize(size, refcheck=False)


def _split(
    indptr: np.ndarray,
    indices: np.ndarray,
    values: np.ndarray,
    closures: Lists,
    counts: np.ndarray,
    is_numeric: np.ndarray,
) -> tuple[Lists, np.ndarray, Lists]:
    # Pages that are never written are never allocated.
    bundle_indptr = np.empty(len(indices) + 1, indptr.dtype)
    m_indptr = np.empty_like(indptr)
    items, m_values, n_bundles, columns = kernels.split_rows(
        indptr, indices, values, *closures, counts, is_numeric, m_indptr, bundle_indptr
    )
    return Lists(m_indptr, items), m_values, Lists(bundle_indptr[: n_bundles + 1], columns)


def _detach(
    tokens: Lists, values: np.ndarray, bundles: Lists, row_bytes: int
) -> tuple[Lists, np.ndarray, Lists, Lists]:
    """Give the columns of a bundle that one token has to that token, if its value there is one.

    The same goes for bundles of a few tokens, if the ids of their columns in all those lists take less memory.
    """
    n_bundles = len(bundles.indptr) - 1
    n_uses, sizes = list_kernels.count_items(tokens.items, n_bundles), np.diff(bundles.indptr)
    # Columns are listed by token and by column, and so are bundles.
    bytes_apart, bytes_together = 8 * n_uses * sizes, 8 * (n_uses + sizes) + 8 + row_bytes
    is_own = (n_uses == 1) | ((n_uses <= _FEW_USES) & (bytes_apart < bytes_together))
    if len(values):
        is_own[tokens.items[values != 1]] = False
    kept = np.flatnonzero(~is_own)
    # Frequent bundles stand together, which keeps them in the cache.
    kept = kept[np.argsort(-n_uses[kept], kind="stable")]
    new_ids = np.full(n_bundles, -1, np.int32)
    new_ids[kept] = np.arange(len(kept))
    own_counts, shared_counts = list_kernels.count_apart(*tokens, bundles.indptr, new_ids)
    own = Lists(list_starts(own_counts), np.empty(own_counts.sum(), np.int32))
    shared = Lists(list_starts(shared_counts), np.empty(shared_counts.sum(), np.int32))
    shared_values = np.empty(len(shared.items) if len(values) else 0, np.float32)
    list_kernels.take_apart(*tokens, values, *bundles, new_ids, own.items, shared.items, shared_values)
    kept_bundles = Lists(list_starts(sizes[kept]), list_kernels.gather_lists(*bundles, kept))
    return shared, shared_values, own, kept_bundles


def list_starts(counts: np.ndarray) -> np.ndarray:
    """Return where lists of these lengths start, one after the other: int32 (n + 1,) if that is enough, or int64."""
    starts = np.zeros(len(counts) + 1, np.int32 if counts.sum() < 1 << 31 else np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def transpose(
    indptr: np.ndarray, indices: np.ndarray, n_columns: int, values: np.ndarray | None = None
) -> tuple[Lists, np.ndarray]:
    """Return the rows that contain each column, ascending, and the values in that order.

    Returns
    -------
    rows : Lists
    values : float32 (nnz,); empty if none were given
    """
    starts = list_starts(list_kernels.count_items(indices, n_columns))
    old = _NO_VALUES if values is None else values
    rows, new = np.empty(len(indices), np.int32), np.empty(len(old), np.float32)
    list_kernels.fill_transpose(indptr, indices, old, starts[:-1].copy(), rows, new)
    return Lists(starts, rows), new


def transpose_chunks(
    indptr: np.ndarray,
    indices: np.ndarray,
    bounds: np.ndarray,
    n_columns: int,
    values: np.ndarray | None = None,
) -> ChunkLists:
    """Return the rows that contain each column, one chunk of rows after the other.

    Parameters
    ----------
    indptr, indices, values : the matrix by rows; no values if all are one
    bounds : int64 (n_chunks + 1,)
        The rows of each chunk; at most 127 chunks.
    n_columns : int
    """
    counts = list_kernels.count_in_chunks(indptr, indices, bounds, n_columns)
    chunks = np.concatenate([[0], np.cumsum(counts)])
    old = _NO_VALUES if values is None else values
    owners, new_indptr = np.empty(chunks[-1], np.int32), np.empty(chunks[-1] + 1, indptr.dtype)
    rows, new = np.empty(len(indices), np.int32), np.empty(len(old), np.float32)
    list_kernels.fill_chunks(indptr, indices, old, bounds, n_columns, owners, new_indptr, rows, new)
    return ChunkLists(chunks, owners, new_indptr, rows, new)
