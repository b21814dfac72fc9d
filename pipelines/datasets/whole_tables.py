"""Tables with all their columns, from CSV, TSV, JSON, Parquet, fastText's format or lines of text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted, listed

from ..tagging.files.lines import existing_file
from .table_columns import places_of
from .table_formats import format_of
from .table_layout import DEFAULT_TABLE, TEXT_NAMES, TableLayout
from .table_records import check_names, delimited_rows, json_records, parquet_records
from .tables import read_labelled, read_texts

__all__ = ["read_table", "text_columns_of"]


def read_table(
    path: Path, layout: TableLayout = DEFAULT_TABLE, *, owner: str = "read_table"
) -> dict[str, list[Any]]:
    """Read all columns of a table.

    Parameters
    ----------
    path : Path
        A file of CSV or TSV whose first line names the columns (or `layout` does), of JSON lines, JSON or Parquet; of
        fastText's format, which has the columns text and label; or with a text a line, the column text.
    layout : TableLayout
    owner : str
        What messages call the reader.

    Returns
    -------
    dict of str to list
        Values as the file has them; those of CSV are str. An object of JSON that lacks a key has None.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not what `layout` says, two columns have one name, a row has more or fewer fields than there are
        columns, or there is none.
    """
    file = existing_file(path, owner, layout.encoding, layout.errors)
    kind = format_of(file, layout, owner, with_labels=False).kind
    if kind == "text":
        table: dict[str, list[Any]] = {"text": list(read_texts(file, layout, owner=owner))}
    elif kind == "fasttext":
        found = read_labelled([file], layout, owner=owner)
        labels = [" ".join(label) if isinstance(label, list) else label for label in found.labels]
        table = {"text": found.texts, "label": labels}
    elif kind in ("csv", "tsv"):
        table = _delimited(file, kind, layout)
    else:
        records = parquet_records(file) if kind == "parquet" else json_records(file, layout)
        rows = [record for _, record in records]
        names = dict.fromkeys(itertools.chain.from_iterable(rows))
        table = {name: [row.get(name) for row in rows] for name in names}
    if not any(table.values()):
        raise ValueError(f"{str(path)!r} has no rows. Check the file.")
    return table


def _delimited(path: Path, kind: str, layout: TableLayout) -> dict[str, list[Any]]:
    rows = delimited_rows(path, kind, layout)
    names = list(layout.columns) or [name.strip() for name in next(rows, (0, []))[1]]
    check_names(path, names)
    columns: list[list[Any]] = [[] for _ in names]
    for line, fields in rows:
        if len(fields) != len(names):
            raise AdvisedError(
                f"{str(path)!r}, line {line}: {counted(len(fields), 'field')}, where the columns are {len(names)} "
                f"({listed(list(map(repr, names)), 20)}).",
                advice="Quote fields that hold the separator, or name it with {delimiter}.",
            )
        for column, value in zip(columns, fields):
            column.append(value)
    return dict(zip(names, columns))


def text_columns_of(path: Path, names: Sequence[str], given: str | None = None) -> list[str]:
    """Return the columns of a table's texts: those given by name or number, or one with a common name of such columns.

    Raises
    ------
    AdvisedError
        If there is no such column.
    """
    places = places_of(names, given, TEXT_NAMES)
    if places or (given is None and len(names) == 1):
        return [names[place] for place in places or [0]]
    sought = "column called as texts mostly are" if given is None else f"column {given!r}"
    raise AdvisedError(
        f"{str(path)!r} has no {sought}: its columns are {listed(list(map(repr, names)), 20)}.",
        "one of them as {text_column}",
    )
