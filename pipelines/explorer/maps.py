"""LiveMap: the map of a space, from principal components at first, from t-SNE once it is computed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from wordvec._utils.messages import counted

from .layouts import N_LEAST, has_layouts, pca_layout, tsne_layout
from .neighborhoods import neighbors_kept, sampled_neighbors
from .spaces import Space
from .stored_maps import MapKey, StoredMap, checksum_of_table, map_path, read_map, write_map

__all__ = ["MAX_ROWS", "LiveMap"]

# So many rows take minutes, of which most are the search for neighbours; twice as many take four times as long.
MAX_ROWS = 100_000

Tell = Callable[[str], None]


class _StoppedError(Exception):
    """The map is no longer needed."""


class LiveMap:
    """The map of a space: read from a file, or principal components, which `improve` replaces by t-SNE.

    Parameters
    ----------
    space : Space
    layout : {"auto", "pca", "tsne"}
        "auto" means "tsne" if its library is installed and there are 50 to `MAX_ROWS` rows.
    seed : int
    tell : callable
        Takes messages for the user.
    """

    def __init__(self, space: Space, layout: str, seed: int, tell: Tell) -> None:
        self._space, self._seed, self._tell = space, seed, tell
        self._wanted = _chosen(space, layout, tell)
        self._progress: float | None = None
        self._pending: str | None = None
        self._lock = threading.Lock()
        self._is_stopped = threading.Event()
        stored: StoredMap | None = None
        self._kept: float | None = None
        self._path = None
        if self._wanted != "pca" and space.path is not None:
            n_rows = len(space.vectors)
            self._path = map_path(space.path, n_rows if space.is_part else None)
            self._key = MapKey(checksum_of_table(space.table), self._wanted, seed)
            # That of the whole file is also the map of a part that turned out to be all of it.
            paths = dict.fromkeys((map_path(space.path), self._path))
            found = (read_map(path, self._key, n_rows) for path in paths)
            stored = next((each for each in found if each is not None), None)
        if stored is not None:
            self._points, self._method, self._kept = stored.points, self._wanted, stored.kept
        else:
            self._points, self._method = pca_layout(space.table), "pca"
            self._pending = None if self._wanted == "pca" else self._wanted

    def points(self) -> tuple[np.ndarray, str]:
        """Return the points of the map as it is now, float32 (V, 2), and its method."""
        with self._lock:
            return self._points, self._method

    def state(self) -> dict[str, Any]:
        """Return method, share of neighbours kept (None until it is known), and what is being made, how far."""
        with self._lock:
            return {
                "method": self._method,
                "kept": self._kept,
                "pending": self._pending,
                "progress": self._progress,
            }

    def improve(self, on_progress: Callable[[float], None] | None = None) -> None:
        """Make the map that is wanted, keep it in a file, and find out how many neighbours it keeps.

        Parameters
        ----------
        on_progress : callable, optional
            Takes the share that is done.
        """

        def report(share: float) -> None:
            if self._is_stopped.is_set():
                raise _StoppedError
            self._set(progress=share)
            if on_progress is not None:
                on_progress(share)

        if self._kept is not None:  # stored, or made before
            return
        try:
            rows, true = sampled_neighbors(self._space.vectors, self._seed)
            self._set(kept=neighbors_kept(self._points, rows, true))
            if self._pending is not None:
                points = tsne_layout(self._space.vectors, self._points, self._seed, report)
                kept = neighbors_kept(points, rows, true)
                self._set(points=points, method=self._wanted, kept=kept, pending=None, progress=None)
                self._store(StoredMap(points, kept))
        except _StoppedError:
            pass
        except Exception as error:  # of the library: the map by principal components stays
            self._set(pending=None, progress=None)
            self._tell(f"The map {self._wanted!r} was not made ({type(error).__name__}: {error}).")

    def stop(self) -> None:
        """End `improve` at its next report of progress."""
        self._is_stopped.set()

    def _set(self, **values: Any) -> None:
        with self._lock:
            for name, value in values.items():
                setattr(self, f"_{name}", value)

    def _store(self, found: StoredMap) -> None:
        if self._path is None:
            return
        try:
            write_map(self._path, self._key, found)
        except OSError as error:
            self._tell(
                f"The map is kept in memory alone: {str(self._path)!r} cannot be written ({error.strerror or error})."
            )


def _chosen(space: Space, layout: str, tell: Tell) -> str:
    n_rows = len(space.vectors)
    if layout != "auto":
        return layout if n_rows > 2 else "pca"
    if n_rows < N_LEAST:
        return "pca"
    if not has_layouts():
        tell('The map is by PCA. For one that keeps more neighbours: pip install "wordvec[explorer]"')
        return "pca"
    if n_rows > MAX_ROWS:
        tell(
            f"{space.name}: {counted(n_rows, 'row')}, so the map is by PCA. --limit {MAX_ROWS} takes the first, and "
            "--layout tsne makes one of all of them, in its time."
        )
        return "pca"
    return "tsne"
