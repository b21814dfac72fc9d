"""Space: the words or texts shown as points, with their vectors, columns and neighbours."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wordvec._utils.errors import ParameterError
from wordvec._utils.tables import cut_text, one_line
from wordvec.vectors.keyed_vectors import KeyedVectors

from .clusters import cluster_rows
from .columns import CategoryColumn, Column, NumberColumn

__all__ = ["Space"]

# Columns of a text on the page; all of it is asked for by its row.
_TEXT_WIDTH = 100


class Space:
    """Words or texts with their vectors.

    Parameters
    ----------
    name : str
    vectors : KeyedVectors
        For texts, the keys are the row numbers.
    columns : mapping of str to Column
        Values for colouring, in addition to `frequency` and `cluster`.
    texts : sequence of str, optional
        The text of each row; without them the rows are words.
    path : Path, optional
        The file next to which the map is saved.
    is_part : bool
        Whether the file may have more rows, of which these are the first: their map is saved under its own name.
    seed : int
        Seed of the clusters.

    Attributes
    ----------
    kind : {"words", "texts"}
    labels : list of str
        Words, or the beginnings of texts in one line.
    column_kinds : dict of str to {"number", "category"}

    Raises
    ------
    ParameterError
        If there are no rows.
    """

    def __init__(
        self,
        name: str,
        vectors: KeyedVectors,
        columns: Mapping[str, Column] | None = None,
        *,
        texts: Sequence[str] | None = None,
        path: Path | None = None,
        is_part: bool = False,
        seed: int = 0,
    ) -> None:
        if not len(vectors):
            fix = "A table of n-grams alone, as floret's, has no words to show."
            raise ParameterError("vectors", "explore", "hold words or texts", vectors, fix)
        self.name, self.vectors, self.texts = name, vectors, texts
        self.path, self.is_part = path, is_part
        self.kind = "words" if texts is None else "texts"
        self.labels = (
            vectors.index_to_key
            if texts is None
            else [cut_text(one_line(text), _TEXT_WIDTH) for text in texts]
        )
        self._columns = dict(columns or {})
        if vectors.counts is not None and texts is None:
            self._columns = {"frequency": NumberColumn(vectors.counts.astype(np.float32)), **self._columns}
        self._seed = seed
        self._cluster: CategoryColumn | None = None
        self._lock = threading.Lock()

    @property
    def table(self) -> Any:
        """What the vectors hold: an array (V, D), or an Int8Table, which gives rows as arrays."""
        return self.vectors.quantized or np.asarray(self.vectors.vectors)

    @property
    def column_kinds(self) -> dict[str, str]:
        """The kind of each column."""
        kinds = {name: column.kind for name, column in self._columns.items()}
        kinds.setdefault("cluster", "category")
        return kinds

    def column(self, name: str) -> Column:
        """Return a column; clusters are computed when first needed.

        Raises
        ------
        ParameterError
            If there is no such column.
        """
        if name in self._columns:
            return self._columns[name]
        if name != "cluster":
            rule = f"be one of {', '.join(self.column_kinds)}"
            raise ParameterError("name", "explore", rule, name)
        with self._lock:
            if self._cluster is None:
                self._cluster = cluster_rows(self.table, self._seed)
        return self._cluster

    def values(self, row: int) -> dict[str, float | str | None]:
        """Return what the columns say of a row."""
        return {name: self.column(name).value(row) for name in self.column_kinds}

    def text(self, row: int) -> str:
        """Return the text of a row, or its word."""
        return (self.labels if self.texts is None else self.texts)[row]

    def neighbors(
        self, positive: Sequence[str], negative: Sequence[str], topn: int
    ) -> list[dict[str, int | str | float]]:
        """Return the rows nearest to one word, to the mean of several, or to what an analogy asks for.

        Parameters
        ----------
        positive, negative : lists of words; of texts, the numbers of their rows
        topn : int

        Returns
        -------
        list of {"row", "word", "similarity"}, descending; see `KeyedVectors.most_similar`
        """
        found = self.vectors.most_similar(list(positive), list(negative), topn=topn)
        rows = [self.vectors.key_to_index[word] for word, _ in found]
        return [
            {"row": row, "word": self.labels[row], "similarity": float(score)}
            for row, (_, score) in zip(rows, found)
        ]
