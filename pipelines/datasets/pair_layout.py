"""How files of pairs of texts are laid out."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PAIR_FORMATS", "SUMMARIES", "TRANSLATIONS", "PairLayout", "PairSides"]

PAIR_FORMATS = ("tsv", "csv", "jsonl", "json", "parquet", "text")


@dataclass(frozen=True)
class PairSides:
    """What the two texts of a pair are: what their columns are mostly called, and words for messages.

    Attributes
    ----------
    source_names, target_names : tuple of str
        In lower case; the first that there is counts.
    source, target : str
        "sentence" and "translation".
    longer_first : bool
        Whether, of two columns whose names tell nothing, that of the longer texts holds the sources; otherwise it is
        the first.
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
    sides : PairSides
        What the two texts of a pair are.
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
