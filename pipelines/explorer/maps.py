"""LiveMap: the map of a space, by principal components at once, by a better layout once that is made."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from .layouts import pca_layout
from .neighborhoods import neighbors_kept, sampled_neighbors
from .spaces import Space

__all__ = ["LiveMap"]


class LiveMap:
    """The map of a space.

    Parameters
    ----------
    space : Space
    seed : int
    """

    def __init__(self, space: Space, seed: int) -> None:
        self._space, self._seed = space, seed
        self._points, self._method = pca_layout(space.table), "pca"
        self._kept: float | None = None
        self._pending: str | None = None
        self._progress: float | None = None
        self._lock = threading.Lock()

    def points(self) -> tuple[np.ndarray, str]:
        """Return the points of the map as it is now, float32 (V, 2), and its method."""
        with self._lock:
            return self._points, self._method

    def state(self) -> dict[str, Any]:
        """Return method, share of neighbours kept (None until it is known), and what is being made."""
        with self._lock:
            return {
                "method": self._method,
                "kept": self._kept,
                "pending": self._pending,
                "progress": self._progress,
            }

    def improve(self) -> None:
        """Find out how many neighbours the map keeps."""
        rows, true = sampled_neighbors(self._space.vectors, self._seed)
        kept = neighbors_kept(self._points, rows, true)
        with self._lock:
            self._kept = kept
