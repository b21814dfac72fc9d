"""Summaries: chosen sentences with scores and offsets, and the joined text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Summary", "SummarySentence", "join_sentences"]

_LINE_END = re.compile(r"\s*[\n\r\f\v\x85\u2028\u2029]\s*")


@dataclass(frozen=True)
class SummarySentence:
    """A sentence of a summary.

    Attributes
    ----------
    text : str
        As in the document, line ends included.
    start, end : int
        Offsets in characters (code points) of the document: ``document[start:end]``.
    place : int
        Its index among the document's sentences, from 0.
    score : float
        Higher is more central to the document; comparable only within a document.
    """

    text: str
    start: int
    end: int
    place: int
    score: float


@dataclass(frozen=True)
class Summary:
    """The summary of a document.

    Attributes
    ----------
    text : str
        The chosen sentences in document order; empty if the document has no sentence.
    sentences : list of SummarySentence
        The same sentences, one by one.
    n_sentences : int
        Number of sentences in the document.
    """

    text: str
    sentences: list[SummarySentence]
    n_sentences: int

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """Return all values as JSON types."""
        return asdict(self)


def join_sentences(sentences: Sequence[str]) -> str:
    r"""Return sentences as one line of text, without spaces between Chinese ones.

    >>> join_sentences(["One line", "and\nanother."]), join_sentences(["他说：“好的。”", "然后走了！", "Bye."])
    ('One line and another.', '他说：“好的。”然后走了！ Bye.')
    """
    return _joined([_joined(_LINE_END.split(sentence.strip())) for sentence in sentences])


def _joined(parts: Sequence[str]) -> str:
    text = ""
    for part in filter(None, parts):
        text += part if not text or (_ends_wide(text) and _is_wide(part[0])) else f" {part}"
    return text


def _ends_wide(text: str) -> bool:
    # A closing quote is as wide as what stands before it.
    bare = text.rstrip("”’…")
    return bool(bare) and _is_wide(bare[-1])


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" or character in "“‘"
