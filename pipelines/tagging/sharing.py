"""What tokens have in common, found once, so that training does not compute it again for every token.

The score of a token is the sum of the weights of its attributes, and most of these come in bundles: the word,
its prefixes and its suffixes at the same distance are the same for every occurrence of the word. Two exact
rewritings of the token-attribute matrix X make use of that:

- Attributes that occur in the same tokens become one *column*. Their gradients are equal, so are their
  weights; k of them act as one whose value is sqrt(k), and both penalties keep their values (see `model`).
- X = M C, where a row of C is a *bundle*, a set of columns, and a row of M says which disjoint bundles make up
  a token. M has about five times fewer entries than X on text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.tagging import sharing_kernels as kernels
from pipelines.tagging.sparse_kernels import Lists

# Tokens of a column that are compared to find what always comes with it. A few are enough: the split is exact
# whatever bundles are proposed.
N_COMPARED = 12
_NO_VALUES = np.empty(0, np.float32)


@dataclass(frozen=True)
class SharedMatrix:
    """The token-attribute matrix as a product of two sparse ones. A tokens, T; bundles, B; columns, C.

    Attributes
    ----------
    tokens : Lists
        The bundles of each token that other tokens have, too.
    values : float32, one to an item of `tokens`; empty if all are one
    own : Lists
        The columns of each token that are in no such bundle.
    bundles : Lists
        The columns of each bundle.
    leaders : int64 (C,)
        An attribute of each column.
    attribute_columns : int32 (A,)
        The column of each attribute; -1 for an attribute without a token.
    n_merged : int64 (C,)
        Attributes that each column stands for.
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
    overwrite: bool = False,
) -> SharedMatrix:
    """Factor a token-attribute matrix.

    Parameters
    ----------
    indptr : int64 (T + 1,)
    indices : int32 (nnz,); no attribute twice in a token
    values : float32 (nnz,), or None if all are one
    n_attributes : int
    overwrite : bool
        Whether `indices` and `values` may be overwritten.
    """
    given = _NO_VALUES if values is None else values
    if not overwrite:
        indices, given = indices.copy(), given.copy()
    is_numeric = np.zeros(n_attributes, bool)
    is_numeric[indices[: len(given)][given != 1]] = True
    (starts, tokens), _ = transpose(indptr, indices, n_attributes)
    leaders = kernels.find_leaders(starts, tokens, is_numeric)
    ids = np.flatnonzero(leaders == np.arange(n_attributes))
    column_of = np.full(n_attributes + 1, -1, np.int32)
    column_of[ids] = np.arange(len(ids))
    attribute_columns = column_of[leaders]
    row_indptr = kernels.keep_leaders(indptr, indices, given, column_of)
    row_columns, row_values = indices[: row_indptr[-1]], given[: row_indptr[-1]]
    closure_indptr, closures = kernels.close_columns(
        row_indptr, row_columns, starts, tokens, ids, is_numeric[ids], N_COMPARED
    )
    counts = np.diff(starts)[ids]
    del starts, tokens
    m_indptr, bundles, m_values, bundle_indptr, columns = kernels.split_rows(
        row_indptr, row_columns, row_values, closure_indptr, closures, counts, is_numeric[ids]
    )
    return SharedMatrix(
        *_detach(Lists(m_indptr, bundles), m_values, Lists(bundle_indptr, columns)),
        ids,
        attribute_columns,
        np.bincount(attribute_columns[attribute_columns >= 0], minlength=len(ids)),
    )


def _detach(tokens: Lists, values: np.ndarray, bundles: Lists) -> tuple[Lists, np.ndarray, Lists, Lists]:
    """Give the columns of a bundle that one token has to that token, if its value there is one."""
    n_bundles = len(bundles.indptr) - 1
    n_uses = np.bincount(tokens.items, minlength=n_bundles)
    is_own = n_uses == 1
    if len(values):
        is_own[tokens.items[values != 1]] = False
    kept = np.flatnonzero(~is_own)
    # Frequent bundles stand together, which keeps them in the cache.
    kept = kept[np.argsort(-n_uses[kept], kind="stable")]
    new_ids = np.full(n_bundles, -1, np.int32)
    new_ids[kept] = np.arange(len(kept))
    entry_is_own = is_own[tokens.items]
    sizes = np.diff(bundles.indptr)

    token_of = np.repeat(np.arange(len(tokens.indptr) - 1), np.diff(tokens.indptr))
    own = kernels.gather_lists(bundles.indptr, bundles.items, tokens.items[entry_is_own])
    own_counts = np.bincount(
        token_of[entry_is_own], weights=sizes[tokens.items[entry_is_own]], minlength=len(tokens.indptr) - 1
    ).astype(np.int64)
    shared_counts = np.bincount(token_of[~entry_is_own], minlength=len(tokens.indptr) - 1)
    return (
        Lists(_starts(shared_counts), new_ids[tokens.items[~entry_is_own]]),
        values[~entry_is_own] if len(values) else values,
        Lists(_starts(own_counts), own),
        Lists(_starts(sizes[kept]), kernels.gather_lists(bundles.indptr, bundles.items, kept)),
    )


def _starts(counts: np.ndarray) -> np.ndarray:
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def transpose(
    indptr: np.ndarray, indices: np.ndarray, n_columns: int, values: np.ndarray | None = None
) -> tuple[Lists, np.ndarray]:
    """Return the rows that hold each column, rising, and the values in that order.

    Returns
    -------
    rows : Lists
    values : float32 (nnz,); empty if none were given
    """
    starts = _starts(np.bincount(indices, minlength=n_columns))
    old = _NO_VALUES if values is None else values
    rows, new = np.empty(len(indices), np.int32), np.empty(len(old), np.float32)
    kernels.fill_transpose(indptr, indices, old, starts[:-1].copy(), rows, new)
    return Lists(starts, rows), new
