"""Columns of text in Parquet files and Arrow data sets, read in place of text files: a row is one or more lines."""

from __future__ import annotations

import contextlib
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from wordvec._io.errors import one_line
from wordvec._io.remote import RemoteFile
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted, listed
from wordvec._utils.validation import import_optional

_BATCH_ROWS = 1024
_BUFFER_BYTES = 1 << 17


class Rows(ABC):
    """A column of text, whole or some rows of it.

    A null is an empty line. What is read is UTF-8.

    Attributes
    ----------
    column : str
    size : int
        Bytes of text, about; 0 if unknown.
    is_cheap : bool
        Whether its first rows can be looked at without preparing the others.
    """

    column: str
    size: int
    is_cheap = True

    @abstractmethod
    def tables(self) -> Iterator[Any]:
        """Yield Arrow tables or record batches that hold the column, in order."""

    @abstractmethod
    def cut(self, part_bytes: int) -> list[Rows]:
        """Return parts of about this many bytes, which together contain all rows."""

    @contextlib.contextmanager
    def open(self) -> Iterator[tuple[io.BufferedReader, BinaryIO]]:
        """Open the text for reading; return its bytes, and an object that shows how many of them were read."""
        reader = _RowsReader(self)
        with io.BufferedReader(reader, _BUFFER_BYTES) as stream:
            yield stream, reader  # type: ignore[misc]  # only its `tell` is used


@dataclass(frozen=True)
class ParquetRows(Rows):
    """Row groups ``first`` to ``last - 1`` of a Parquet file; one group is in memory at a time."""

    file: Path | RemoteFile
    column: str
    first: int
    last: int
    size: int
    n_rows: int  # of the whole file

    def __str__(self) -> str:
        return str(self.file)

    @property
    def name(self) -> str:
        """That of the file."""
        return self.file.name

    @classmethod
    def of(cls, file: Path | RemoteFile, column: str) -> ParquetRows:
        """Return all rows of a file.

        Raises
        ------
        ImportError
            If pyarrow is not installed.
        ValueError
            If it is no Parquet file, or has no such column of text.
        """
        with _parquet(file) as opened:
            _check_column(opened.schema_arrow, column, file)
            sizes = _group_bytes(opened.metadata, column)
            return cls(file, column, 0, len(sizes), sum(sizes), opened.metadata.num_rows)

    def tables(self) -> Iterator[Any]:
        """Yield record batches."""
        with _parquet(self.file) as opened:
            _check_column(opened.schema_arrow, self.column, self.file)
            metadata = opened.metadata
            if metadata.num_rows != self.n_rows or metadata.num_row_groups < self.last:
                raise ValueError(
                    f"{str(self.file)!r} has changed since it was listed. Read it again from the start."
                )
            yield from opened.iter_batches(_BATCH_ROWS, range(self.first, self.last), [self.column])

    def cut(self, part_bytes: int) -> list[Rows]:
        """Return runs of row groups."""
        with _parquet(self.file) as opened:
            sizes = _group_bytes(opened.metadata, self.column)
        parts: list[Rows] = []
        first, size = self.first, 0
        for group in range(self.first, self.last):
            size += sizes[group]
            if size >= part_bytes or group + 1 == self.last:
                parts.append(replace(self, first=first, last=group + 1, size=size))
                first, size = group + 1, 0
        return parts


@dataclass(frozen=True)
class DatasetRows(Rows):
    """A data set of Hugging Face's library `datasets`, also a streamed one."""

    dataset: Any
    column: str

    def __str__(self) -> str:
        return type(self.dataset).__name__

    @property
    def is_streamed(self) -> bool:
        """Whether it can only be read from its beginning, and its length is unknown."""
        return not hasattr(self.dataset, "__len__")

    @property
    def is_cheap(self) -> bool:  # type: ignore[override]
        """Whether it is already on this machine."""
        return not self.is_streamed

    @property
    def size(self) -> int:  # type: ignore[override]
        """Bytes of its table, all columns included."""
        if self.is_streamed:
            return 0
        table = self.dataset.data
        return int(table.nbytes * len(self.dataset) / max(1, len(table)))

    def tables(self) -> Iterator[Any]:
        """Yield tables."""
        import pyarrow as arrow

        chosen = self.dataset.select_columns([self.column]).with_format("arrow")
        try:
            yield from chosen.iter(batch_size=_BATCH_ROWS)
        except arrow.ArrowInvalid as error:  # a streamed one whose rows are not all alike
            finding = " ".join(str(error).split()).rstrip(".")
            raise ValueError(
                f"The column {self.column!r} of {str(self)!r} cannot be read: {finding}."
            ) from error

    def cut(self, part_bytes: int) -> list[Rows]:
        """Return runs of rows; a streamed data set is not cut."""
        if self.is_streamed:
            return [self]
        n_rows, n = len(self.dataset), max(1, -(-self.size // part_bytes))
        bounds = [k * n_rows // n for k in range(n + 1)]
        return [
            DatasetRows(self.dataset.select(range(first, last)), self.column)
            for first, last in zip(bounds, bounds[1:])
        ]


@dataclass(frozen=True)
class BlockRows(Rows):
    """A data set of Ray Data, in the order of its blocks."""

    dataset: Any
    column: str
    is_cheap = False
    size = 0

    def __str__(self) -> str:
        return "Dataset"

    def tables(self) -> Iterator[Any]:
        """Yield tables."""
        with _ray_told():
            yield from self._chosen().iter_batches(batch_size=None, batch_format="pyarrow")

    def cut(self, part_bytes: int) -> list[Rows]:
        """Return itself; its blocks are where they were made, see `references`."""
        return [self]

    def references(self) -> list[Any]:
        """Return references to the tables of its blocks."""
        with _ray_told():
            return list(self._chosen().to_arrow_refs())

    def _chosen(self) -> Any:
        chosen = self.dataset.select_columns([self.column])
        chosen.context.execution_options.preserve_order = True
        return chosen


def rows_of(dataset: Any, column: str) -> Rows | None:
    """Return a data set's column of text, or None if it is not a known data set.

    Raises
    ------
    ValueError
        If it has no such column, or is a dict of data sets.
    """
    if (
        isinstance(dataset, dict)
        and dataset
        and all(hasattr(each, "with_format") for each in dataset.values())
    ):
        raise ValueError(
            f"{type(dataset).__name__} holds {counted(len(dataset), 'data set')} ({listed(list(map(repr, dataset)))}). "
            "Pass one of them."
        )
    if not is_dataset(dataset):
        return None
    found = BlockRows(dataset, column) if hasattr(dataset, "to_arrow_refs") else DatasetRows(dataset, column)
    if isinstance(found, BlockRows):
        with _ray_told():
            names = dataset.columns()
    else:
        names = dataset.column_names
    if names is not None and column not in names:
        raise _no_column(column, names, found)
    if isinstance(getattr(dataset, "format", None), dict) and dataset.format.get("type") == "custom":
        raise ValueError(
            "The data set has a transform, which is not applied here. Apply it first with its map."
        )
    return found


def is_dataset(value: Any) -> bool:
    """Return whether it is a data set of Hugging Face or of Ray Data."""
    return hasattr(value, "select_columns") and (
        hasattr(value, "to_arrow_refs") or hasattr(value, "with_format")
    )


class _RowsReader(io.RawIOBase):
    """The text of rows as bytes, each row with a line end after it."""

    def __init__(self, rows: Rows) -> None:
        self._blocks = (text for table in rows.tables() for text in _texts(table, rows))
        self._rows = rows
        self._size = rows.size
        self._rest = memoryview(b"")
        self._n_read = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        # A size of packed text is a guess.
        return min(self._n_read, self._size)

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                found = next(self._blocks, None)
            except KeyError as error:  # of a streamed data set whose columns nobody knows
                raise _no_column(self._rows.column, [], self._rows) from error
            if found is None:
                return 0
            self._rest = found
        n = min(len(buffer), len(self._rest))
        buffer[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        self._n_read += n
        return n


def _texts(table: Any, rows: Rows) -> Iterator[memoryview]:
    """Yield the text of a table's column."""
    import pyarrow as arrow
    import pyarrow.compute as compute

    _check_column(table.schema, rows.column, rows)
    column = table.column(rows.column)
    for chunk in column.chunks if isinstance(column, arrow.ChunkedArray) else [column]:
        if len(chunk):
            texts = compute.fill_null(chunk.cast(arrow.large_string()), "")
            line_end = arrow.scalar("\n", arrow.large_string())
            joined = compute.binary_join(arrow.ListArray.from_arrays([0, len(texts)], texts), line_end)
            yield memoryview(joined[0].as_buffer()).cast("B")
            yield memoryview(b"\n")


def _check_column(schema: Any, column: str, source: object) -> None:
    """Raise ValueError unless a schema has this column and it holds text."""
    import pyarrow as arrow

    if column not in schema.names:
        raise _no_column(column, schema.names, source)
    if schema.names.count(column) > 1:
        raise ValueError(f"{str(source)!r} has {schema.names.count(column)} columns {column!r}. Rename them.")
    kind = schema.field(column).type
    kind = kind.value_type if arrow.types.is_dictionary(kind) else kind
    if not (arrow.types.is_string(kind) or arrow.types.is_large_string(kind) or str(kind) == "string_view"):
        raise AdvisedError(
            f"The column {column!r} of {str(source)!r} holds {kind}, not text.", "another {text_column}"
        )


def _no_column(column: str, names: list[str], source: object) -> ValueError:
    if not names:
        return AdvisedError(f"{str(source)!r} has no column {column!r}.", "another {text_column}")
    return AdvisedError(
        f"{str(source)!r} has no column {column!r}; its columns are {listed(list(map(repr, names)))}.",
        "one of them as {text_column}",
    )


@contextlib.contextmanager
def _ray_told() -> Iterator[None]:
    """Convert an error of Ray Data in making rows to one line."""
    try:
        yield
    except Exception as error:
        # The text holds tracebacks, of Ray's own exceptions, too, and advice after them.
        found = re.findall(r"^\s*((?:\w+\.)*\w*(?:Error|Exception)\b.*)$", str(error), re.MULTILINE)
        found = [line for line in found if not line.startswith("ray.")]
        finding = found[-1].rstrip(".") if found else type(error).__name__
        raise ValueError(f"The data set of Ray Data cannot be read: {finding}.") from error


@contextlib.contextmanager
def _parquet(file: Path | RemoteFile) -> Iterator[Any]:
    """Open a Parquet file."""
    parquet = import_optional("pyarrow.parquet", pip="wordvec[parquet]", purpose="Reading Parquet files")
    import pyarrow as arrow

    with file.open("rb") as raw:
        try:
            yield parquet.ParquetFile(raw)
        except (arrow.ArrowInvalid, arrow.ArrowNotImplementedError, OSError) as error:
            if getattr(error, "errno", None) is not None:
                raise
            raise ValueError(f"{str(file)!r} cannot be read as Parquet: {one_line(error)}.") from error


def _group_bytes(metadata: Any, column: str) -> list[int]:
    """Return the unpacked bytes of a column in each row group."""
    groups = [metadata.row_group(k) for k in range(metadata.num_row_groups)]
    return [
        sum(
            group.column(k).total_uncompressed_size
            for k in range(group.num_columns)
            if group.column(k).path_in_schema == column
        )
        for group in groups
    ]
