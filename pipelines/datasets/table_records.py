"""Records of tables: rows of CSV and TSV, and objects of JSON and Parquet, with their locations."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wordvec._io.json_files import json_value
from wordvec._utils.errors import AdvisedError
from wordvec._utils.validation import import_optional

from ..tagging.files.lines import csv_reader, numbered_lines
from .table_layout import TableLayout

_EXAMPLE = 'such as {"column": "value", ...}'


def delimited_rows(path: Path, kind: str, layout: TableLayout) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each row, with the line on which it begins.

    In CSV quotation marks enclose fields, in TSV they are ordinary characters.

    Raises
    ------
    ValueError
        If quotation marks are unbalanced, or the bytes are not text; the message names the line.
    """
    delimiter = layout.delimiter_of(kind)
    lines = (f"{line}\n" for _, line in numbered_lines(path, layout.encoding, layout.errors))
    if kind == "tsv":
        reader = csv_reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv_reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(f"{str(path)!r}, line {line}: {_csv_problem(error, kind)}") from error
        if fields:
            yield line, fields


def _csv_problem(error: csv.Error, kind: str) -> str:
    if "new-line character" in str(error):
        return "there is a carriage return within a line. Convert the line ends of the file to line feeds."
    if kind == "tsv":
        return f"the row cannot be read as TSV ({error}). Correct the line."
    return f"the row cannot be read as CSV ({error}). Check its quotation marks: those within a field are doubled."


def check_names(path: Path, names: Sequence[str]) -> None:
    """Raise an error if two columns of a table have one name, so that one would hide the other."""
    name, n_columns = Counter(names).most_common(1)[0] if names else ("", 0)
    if n_columns > 1:
        called = f"called {name!r}" if name else "without a name"
        raise ValueError(f"{str(path)!r} has {n_columns} columns {called}. Give each a different name.")


def json_records(path: Path, layout: TableLayout) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of JSON lines, of an array, or of an object of columns, each with its location.

    Raises
    ------
    ValueError
        If the text is not JSON, or contains anything other than objects; the message names the location.
    """
    lines = ((n, line) for n, line in numbered_lines(path, layout.encoding, layout.errors) if line.strip())
    start = list(itertools.islice(lines, 2))
    if not start:
        return
    if _is_one_document(start[0][1], has_more=len(start) > 1):
        text = "\n".join(line for _, line in itertools.chain(start, lines))
        yield from _whole_file(text, path, start[0][0])
        return
    for number, line in itertools.chain(start, lines):
        yield f"line {number}", _object(line, path, f"line {number}")


def _is_one_document(line: str, *, has_more: bool) -> bool:
    """Return whether a first line begins an array or an object of several lines, or is a column-wise table."""
    if line.lstrip().startswith("["):
        return True
    try:
        found = json_value(line)
    except ValueError:
        return line.lstrip().startswith("{")
    return not has_more and isinstance(found, dict) and _is_by_columns(found)


def _is_by_columns(found: dict[str, Any]) -> bool:
    """Return whether an object is a column-wise table, as written by pandas: only objects or lists of equal length."""
    kinds = {type(value) for value in found.values()}
    return len(found) > 1 and kinds in ({dict}, {list}) and len({len(v) for v in found.values()}) == 1


def _whole_file(text: str, path: Path, first_line: int) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        found = json_value(text)
    except ValueError as error:
        number = first_line + getattr(error, "lineno", 1) - 1
        detail = getattr(error, "msg", "nested too deeply")
        raise ValueError(
            f"{str(path)!r}, line {number}: not JSON ({detail}). JSON lines hold one object a line, JSON an array of "
            f"objects, {_EXAMPLE}."
        ) from error
    if isinstance(found, dict) and _is_by_columns(found):
        columns = [list(v.values() if isinstance(v, dict) else v) for v in found.values()]
        found = [dict(zip(found, row)) for row in zip(*columns)]
    if not isinstance(found, list):
        raise ValueError(
            f"{str(path)!r} holds a JSON {type(found).__name__} of another form than a table. JSON lines hold one "
            f"object a line, JSON an array of objects, {_EXAMPLE}."
        )
    for number, record in enumerate(found, 1):
        if not isinstance(record, dict):
            raise ValueError(
                f"{str(path)!r}, record {number}: a JSON {type(record).__name__}, where an object was expected, "
                f"{_EXAMPLE}."
            )
        yield f"record {number}", record


def _object(line: str, path: Path, place: str) -> dict[str, Any]:
    try:
        record = json_value(line)
    except ValueError as error:
        raise ValueError(
            f"{str(path)!r}, {place}: not JSON ({error}). JSON lines hold one object a line."
        ) from error
    if not isinstance(record, dict):
        raise ValueError(
            f"{str(path)!r}, {place}: a JSON {type(record).__name__}, where JSON lines hold one object a line, "
            f"{_EXAMPLE}."
        )
    return record


def parquet_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of a Parquet file, each with its location.

    Raises
    ------
    ImportError
        If neither pyarrow nor polars is installed.
    ValueError
        If the file is not Parquet, or damaged.
    """
    try:
        polars: Any = import_optional("polars", pip="wordvec[parquet]", purpose="Parquet")
    except ImportError:
        yield from _arrow_records(path)
        return
    try:
        frame = polars.read_parquet(path)
    except Exception as error:  # of polars' own types
        raise _no_parquet(path, error) from error
    for number, record in enumerate(frame.iter_rows(named=True), 1):
        yield f"row {number}", record


def _arrow_records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    parquet: Any = import_optional(
        "pyarrow.parquet", pip="wordvec[parquet]", purpose=f"Reading Parquet ({str(path)!r})"
    )
    try:
        file = parquet.ParquetFile(path)
        check_names(path, file.schema_arrow.names)
        number = 0
        for batch in file.iter_batches():
            for record in batch.to_pylist():
                number += 1
                yield f"row {number}", record
    except OSError as error:
        raise _no_parquet(path, error) from error
    except ValueError as error:  # ArrowInvalid
        raise _no_parquet(path, error) from error


def _no_parquet(path: Path, error: Exception) -> ValueError:
    detail = str(error).splitlines()[0] if str(error) else type(error).__name__
    return AdvisedError(f"{str(path)!r} cannot be read as Parquet ({detail}). Check the file.")
