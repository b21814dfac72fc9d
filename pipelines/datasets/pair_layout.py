"""Layouts of files of text pairs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PAIR_FORMATS", "SUMMARIES", "TRANSLATIONS", "PairLayout", "PairSides"]

PAIR_FORMATS = ("tsv", "csv", "jsonl", "json", "parquet", "text")


@dataclass(frozen=True)
class PairSides:
    """The two sides of a text pair: common names of their columns, and words for messages.

    Attributes
    ----------
    source_names, target_names : tuple of str
        In lower case; the first one found is used.
    source, target : str
        For example "sentence" and "translation".
    longer_first : bool
        Whether, of two columns with uninformative names, the one with longer texts holds the sources; otherwise the
        first one does.
    has_languages : bool
        Whether a column may name the language of each target.
    """

    source_names: tuple[str, ...]
    target_names: tuple[str, ...]
    source: str
    target: str
    longer_first: bool = False
    has_languages: bool = True


TRANSLATIONS = PairSides(
    ("source", "src", "source_text", "source_sentence", "source text", "原文", "源文"),
    (
        "target", "tgt", "trg", "target_text", "target_sentence", "target text", "translation", "reference", "译文",
    ),
    "sentence",
    "translation",
)  # fmt: skip
SUMMARIES = PairSides(
    (
        "text", "document", "article", "body", "content", "dialogue", "source", "src", "source_text", "input", "正文",
        "文章", "原文", "内容", "abstract",
    ),
    (
        "summary", "highlights", "tldr", "headline", "title", "subject", "abstract", "target", "tgt", "target_text",
        "reference", "output", "摘要", "标题",
    ),
    "text",
    "summary",
    longer_first=True,
    has_languages=False,
)  # fmt: skip


@dataclass(frozen=True)
class PairLayout:
    """The layout of files of sentence pairs.

    Attributes
    ----------
    format : {"tsv", "csv", "jsonl", "json", "parquet", "text"}, optional
        "text" is one sentence per line, in two files. By default it is detected from the extension or else the first
        lines.
    source_column, target_column : str or int, optional
        By name, or by number from 1. By default they are inferred from common names and the content.
    language_column : str or int, optional
        The column with the language of each target, if one model is to learn several.
    header : bool, optional
        Whether the first line names the columns; detected by default.
    delimiter : str, optional
        The separator of the fields of CSV, a comma by default.
    encoding : str
    errors : {"strict", "replace", "ignore"}
        Treatment of bytes that are not valid in `encoding`.
    sides : PairSides
        The sides of a pair.
    """

    format: str | None = None
    source_column: str | int | None = None
    target_column: str | int | None = None
    language_column: str | int | None = None
    header: bool | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"
    errors: str = "strict"
    sides: PairSides = TRANSLATIONS
