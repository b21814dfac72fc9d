"""How files of sentence pairs are laid out."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PAIR_FORMATS", "PairLayout"]

PAIR_FORMATS = ("tsv", "csv", "jsonl", "json", "parquet", "text")


@dataclass(frozen=True)
class PairLayout:
    """How files of sentence pairs are laid out.

    Attributes
    ----------
    format : {"tsv", "csv", "jsonl", "json", "parquet", "text"}, optional
        "text" is a sentence a line, in two files. Without it, the extension decides, or else the first lines.
    source_column, target_column : str or int, optional
        By name, or by number from 1. Without them, by what columns are mostly called and by what they hold.
    language_column : str or int, optional
        The column with the language of each target, where one model is to learn several.
    header : bool, optional
        Whether the first line names the columns. Without it, the file is looked at.
    delimiter : str, optional
        What separates the fields of CSV, a comma by default.
    encoding : str
    errors : {"strict", "replace", "ignore"}
        What happens to bytes that are not valid in `encoding`.
    """

    format: str | None = None
    source_column: str | int | None = None
    target_column: str | int | None = None
    language_column: str | int | None = None
    header: bool | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"
    errors: str = "strict"
