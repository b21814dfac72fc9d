"""Layouts of files of texts: formats, columns, and common column names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wordvec._utils.errors import ParameterError

__all__ = ["DEFAULT_TABLE", "FORMATS", "TableLayout"]

FORMATS = ("csv", "tsv", "jsonl", "json", "fasttext", "parquet", "text")
SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet",
}  # fmt: skip
# What columns are mostly called; the first that a file has counts.
TEXT_NAMES = (
    "text", "sentence", "review", "comment", "content", "document", "question", "query", "body", "message", "tweet",
    "reviewtext", "review_text", "comment_text", "tweet_text", "text_a", "utterance", "post", "article",
    "title", "headline", "description", "文本", "内容", "评论", "句子", "标题",
)  # fmt: skip
LABEL_NAMES = (
    "label", "labels", "class", "category", "sentiment", "topic", "target", "polarity", "tag", "intent", "rating",
    "stars", "overall", "score", "标签", "类别", "分类", "情感",
)  # fmt: skip
# Columns that number the rows.
ROW_NAMES = ("", "id", "idx", "index", "number", "编号")
FASTTEXT = "__label__"
DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','"}


@dataclass(frozen=True)
class TableLayout:
    """The layout of a file of texts.

    Attributes
    ----------
    format : one of FORMATS, optional
        By default it is detected from the extension or else the first lines. "jsonl" is one object per line, "json" an
        array of objects; each is also read as the other if the content shows it.
    text_column, label_column : str, int or sequence of them, optional
        Columns by name, or by number from 1. Several texts are joined by a space; several label columns hold 0 or 1
        each, and a text has the labels whose column holds 1. A str may hold several names separated by commas. By
        default they are recognised by common names.
    columns : sequence of str
        Names of the columns of a CSV or TSV file whose first line is not a header.
    delimiter : str, optional
        The separator of the fields of CSV, a comma by default.
    encoding : str
    errors : {"strict", "replace", "ignore"}
        Treatment of bytes that are not valid in `encoding`.
    header : bool, optional
        Whether the first line of CSV or TSV names the columns; detected by default.
    label_separator : str, optional
        The separator of several labels in one field; by default a field is one label.
    """

    format: str | None = None
    text_column: str | int | Sequence[str | int] | None = None
    label_column: str | int | Sequence[str | int] | None = None
    columns: Sequence[str] = ()
    delimiter: str | None = None
    encoding: str = "utf-8"
    errors: str = "strict"
    header: bool | None = None
    label_separator: str | None = None

    def delimiter_of(self, kind: str) -> str:
        """Return the field separator of a "csv" or "tsv" file.

        Raises
        ------
        ParameterError
            If `delimiter` is not one character.
        """
        if kind == "tsv" or self.delimiter in ("tab", "\\t"):
            return "\t"
        delimiter = "," if self.delimiter is None else self.delimiter
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise ParameterError("delimiter", "TableLayout", "be one character, or 'tab'", delimiter)
        return delimiter


# Everything as extensions, headers and customary names say.
DEFAULT_TABLE = TableLayout()
