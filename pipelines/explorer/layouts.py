"""Layouts: places of rows in the plane, by principal components or t-SNE."""

from __future__ import annotations

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from wordvec.vectors.neighbors import row_blocks, unit_rows

__all__ = ["pca_layout", "scaled"]

# Axes are found from so many rows, evenly spaced, and all rows are projected on them.
N_AXIS_ROWS = 50_000
# Points beyond this share of the distances from the centre may lie outside [-1, 1].
_INSIDE = 0.999


def pca_layout(table_VD: Any) -> np.ndarray:
    """Return the first two principal components of the rows at unit length, float32 (V, 2); of one thread's bits.

    Parameters
    ----------
    table_VD : float32 or float16 (V, D), or Int8Table
    """
    n_rows, n_columns = table_VD.shape
    sample = (
        table_VD if n_rows <= N_AXIS_ROWS else table_VD[np.linspace(0, n_rows - 1, N_AXIS_ROWS).astype(int)]
    )
    # Sums of several threads would depend on their number.
    with threadpool_limits(limits=1, user_api="blas"):
        total_D, products_DD = np.zeros(n_columns), np.zeros((n_columns, n_columns))
        for start, stop in row_blocks(*sample.shape):
            unit = unit_rows(np.asarray(sample[start:stop])).astype(np.float64)
            total_D += unit.sum(axis=0)
            products_DD += unit.T @ unit
        mean_D = total_D / len(sample)
        covariance_DD = products_DD / len(sample) - np.outer(mean_D, mean_D)
        axes_DA = np.linalg.eigh(covariance_DD)[1][:, :-3:-1]
        # An axis and its opposite are the same: the largest entry is positive.
        largest = np.abs(axes_DA).argmax(axis=0)
        axes_DA = axes_DA * np.where(axes_DA[largest, np.arange(axes_DA.shape[1])] < 0, -1, 1)
        points = np.zeros((n_rows, 2), np.float32)
        for start, stop in row_blocks(n_rows, n_columns):
            unit = unit_rows(np.asarray(table_VD[start:stop])).astype(np.float64)
            points[start:stop, : axes_DA.shape[1]] = (unit - mean_D) @ axes_DA
    return scaled(points)


def scaled(points_V2: np.ndarray) -> np.ndarray:
    """Return points moved and shrunk alike in both directions, so that all but a few are within [-1, 1], float32."""
    centered = points_V2.astype(np.float64) - np.median(points_V2, axis=0)
    reach = np.quantile(np.abs(centered).max(axis=1), _INSIDE)
    return (centered / (reach or 1.0)).astype(np.float32)
