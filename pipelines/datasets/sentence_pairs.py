"""Reading sentence pairs for translation: tables, JSON, or two parallel files; assumptions are reported."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wordvec._io.compression import unpacked_name
from wordvec._io.json_files import check_encodes
from wordvec._utils.assumptions import assume
from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import counted
from wordvec._utils.validation import check_choice

from ..tagging.files.lines import existing_file, numbered_lines
from .pair_columns import PairColumns, choose_pair_columns
from .pair_layout import PAIR_FORMATS, PairLayout
from .table_layout import SUFFIXES, TableLayout
from .table_records import delimited_rows, json_records, parquet_records

__all__ = ["SentencePairs", "read_sentence_pairs"]

_N_LOOKED_AT = 200
_PARQUET_MAGIC = b"PAR1"


@dataclass(frozen=True)
class SentencePairs:
    """Sentences and their translations.

    Attributes
    ----------
    sources, targets : list of str
        Missing sentences are empty.
    languages : list of str, optional
        The language of each target, if the files name it.
    """

    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    languages: list[str] | None = None

    def __len__(self) -> int:
        return len(self.sources)


def read_sentence_pairs(
    paths: Sequence[Path], layout: PairLayout | None = None, *, owner: str = "read_sentence_pairs"
) -> SentencePairs:
    r"""Read sentence pairs from one or more tables, or from two files of parallel lines.

    Parameters
    ----------
    paths : sequence of Path
        TSV, CSV, JSON lines, JSON or Parquet files, may be compressed; or two files of plain text.
    layout : PairLayout, optional
    owner : str
        The name of the reader in messages.

    Returns
    -------
    SentencePairs

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a file is empty or does not match `layout`, the columns cannot be identified, or two files have different
        numbers of lines; the message names the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pairs.tsv"
    ...     _ = path.write_text("good morning\tguten Morgen\nthank you\tdanke\n")
    ...     pairs = read_sentence_pairs([path])
    >>> pairs.sources, pairs.targets
    (['good morning', 'thank you'], ['guten Morgen', 'danke'])
    """
    layout = PairLayout() if layout is None else layout
    if layout.format is not None:
        check_choice("format", layout.format, owner, PAIR_FORMATS)
    files = [existing_file(path, owner, layout.encoding, layout.errors) for path in paths]
    kinds = [_format_of(file, layout) for file in files]
    if "text" in kinds:
        return _parallel_lines(files, kinds, layout)
    parts = [_table_pairs(file, kind, layout) for file, kind in zip(files, kinds)]
    if len({part.languages is None for part in parts}) > 1:
        without = next(str(file) for file, part in zip(files, parts) if part.languages is None)
        raise AdvisedError(
            f"{without!r} names no language of its targets, and others of these files do.",
            advice="Give all of them a {language_column}, or none.",
        )
    languages = [language for part in parts for language in part.languages or []]
    return SentencePairs(
        [text for part in parts for text in part.sources],
        [text for part in parts for text in part.targets],
        languages if parts and parts[0].languages is not None else None,
    )


def _format_of(path: Path, layout: PairLayout) -> str:
    """Return the format of a file: a table, or "text"."""
    if layout.format is not None:
        return "jsonl" if layout.format == "json" else layout.format
    if layout.delimiter is not None:
        return "csv"
    suffix = Path(unpacked_name(path)).suffix
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    with path.open("rb") as file:
        if file.read(4) == _PARQUET_MAGIC:
            return "parquet"
    lines = (line for _, line in numbered_lines(path, layout.encoding, layout.errors) if line.strip())
    first = list(itertools.islice(lines, _N_LOOKED_AT))
    if not first:
        raise ValueError(f"{str(path)!r} is empty. Check the file.")
    if first[0].lstrip("\ufeff \t")[:1] == "{":
        return "jsonl"
    # A sentence seldom holds a tab; that most lines do is no accident.
    return "tsv" if 2 * sum("\t" in line for line in first) > len(first) else "text"


def _parallel_lines(files: Sequence[Path], kinds: Sequence[str], layout: PairLayout) -> SentencePairs:
    if set(kinds) != {"text"} or len(files) != 2:
        text = str(files[kinds.index("text")])
        raise AdvisedError(
            f"{text!r} has no columns: most of its lines hold no tab, and the first is not JSON.",
            advice=f"Give two files of as many lines, with a {layout.sides.source} and its {layout.sides.target}, or "
            "a table with {format} or {delimiter}.",
        )
    sides = [
        [line.removeprefix("\ufeff") for _, line in numbered_lines(file, layout.encoding, layout.errors)]
        for file in files
    ]
    if len(sides[0]) != len(sides[1]):
        raise ValueError(
            f"{str(files[0])!r} has {counted(len(sides[0]), 'line')} and {str(files[1])!r} "
            f"{counted(len(sides[1]), 'line')}, so that their lines are not pairs. "
            "Check both files."
        )
    assume(
        f"{str(files[0])!r}: a {layout.sides.source} a line, its {layout.sides.target} in the same line of "
        f"{str(files[1])!r}"
    )
    return SentencePairs(sides[0], sides[1])


def _table_pairs(path: Path, kind: str, layout: PairLayout) -> SentencePairs:
    table = TableLayout(delimiter=layout.delimiter, encoding=layout.encoding, errors=layout.errors)
    rows: Iterator[tuple[str, Any]]
    if kind in ("tsv", "csv"):
        rows = ((f"line {number}", fields) for number, fields in delimited_rows(path, kind, table))
    else:
        records = parquet_records(path) if kind == "parquet" else json_records(path, table)
        rows = ((place, _flat(record)) for place, record in records)
    sample = list(itertools.islice(rows, _N_LOOKED_AT))
    if not sample:
        raise ValueError(f"{str(path)!r} is empty. Check the file.")
    columns = choose_pair_columns(path, kind, [row for _, row in sample], layout)
    if columns.has_header:
        del sample[0]
    pairs = SentencePairs(languages=None if columns.language is None else [])
    for place, row in itertools.chain(sample, rows):
        _add(pairs, columns, row, f"{str(path)!r}, {place}")
    if not pairs:
        raise ValueError(f"{str(path)!r} holds a header and no pairs. Check the file.")
    return pairs


def _add(pairs: SentencePairs, columns: PairColumns, row: Any, where: str) -> None:
    if isinstance(row, list) and len(row) != columns.width:
        raise ValueError(
            f"{where}: {counted(len(row), 'field')}, where the other lines have {columns.width}. "
            "Correct the line, or drop it."
        )
    pairs.sources.append(_text(columns.value(row, columns.source), where))
    pairs.targets.append(_text(columns.value(row, columns.target), where))
    if columns.language is not None and pairs.languages is not None:
        language = _text(columns.value(row, columns.language), where).strip()
        if not language:
            raise ValueError(f"{where}: the language of the target is missing. Add it, or drop the line.")
        pairs.languages.append(language)


def _text(value: Any, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{where}: {value!r:.40} is not text. Put it in quotation marks.")
    check_encodes(value, where)
    return value


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without the enclosing key, such as "translation", around both sentences."""
    nested = [value for value in record.values() if isinstance(value, dict)]
    if len(nested) == 1 and len(nested[0]) > 1:
        return {**{k: v for k, v in record.items() if not isinstance(v, dict)}, **nested[0]}
    return record
