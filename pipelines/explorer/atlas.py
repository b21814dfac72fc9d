"""A table of what is shown in the columns that Embedding Atlas reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from wordvec._io.atomic import replace_when_whole
from wordvec._utils.validation import import_optional

from .columns import NumberColumn
from .neighborhoods import N_KEPT, neighbor_rows
from .spaces import Space

__all__ = ["write_atlas"]

_OWN = ("text", "x", "y", "neighbors")


def write_atlas(space: Space, points_V2: np.ndarray, folder: Path, name: str) -> Path:
    """Write rows, places, neighbours and columns as Parquet, and return the path.

    Embedding Atlas shows it by: embedding-atlas PATH --text text --x x --y y --neighbors neighbors

    Parameters
    ----------
    space : Space
    points_V2 : float32 (V, 2)
    folder : Path
        Created if need be.
    name : str
        Of the file, without its extension.

    Raises
    ------
    ImportError
        Without pyarrow: pip install "wordvec[parquet]".
    OSError
        If the file cannot be written.
    """
    arrow: Any = import_optional("pyarrow", pip="wordvec[parquet]", purpose="A table for Embedding Atlas")
    parquet: Any = import_optional("pyarrow.parquet", pip="wordvec[parquet]", purpose="Parquet")
    rows, cosines = neighbor_rows(space.vectors, N_KEPT)
    # As its own projection has them: each row first among its neighbours, at the distance 0.
    own = np.arange(len(rows))[:, None]
    ids = np.hstack([own, rows]).astype(np.int64)
    distances = np.hstack([np.zeros(own.shape), np.maximum(0, 1 - cosines.astype(np.float64))])
    neighbors = arrow.StructArray.from_arrays(
        [_lists(arrow, ids), _lists(arrow, distances)], names=["ids", "distances"]
    )
    columns = {
        "text": arrow.array(list(space.labels if space.texts is None else space.texts), arrow.string()),
        "x": arrow.array(points_V2[:, 0].astype(np.float64)),
        "y": arrow.array(points_V2[:, 1].astype(np.float64)),
        "neighbors": neighbors,
    }
    for title in space.column_kinds:
        column = space.column(title)
        if isinstance(column, NumberColumn):
            values = arrow.array(column.numbers, from_pandas=True)
        else:
            known = arrow.array(column.codes, mask=column.codes < 0)
            values = arrow.DictionaryArray.from_arrays(known, column.values).dictionary_decode()
        columns[f"{title}_" if title in _OWN else title] = values
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    with replace_when_whole(path) as file:
        parquet.write_table(arrow.table(columns), file)
    return path


def _lists(arrow: Any, table: np.ndarray) -> Any:
    """Return a row of an array as a list each."""
    offsets = np.arange(len(table) + 1, dtype=np.int32) * table.shape[1]
    return arrow.ListArray.from_arrays(offsets, arrow.array(table.reshape(-1)))
