"""What a summary consists of: sentences with scores and offsets, and how they are joined."""

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
    """A sentence that was chosen.

    Attributes
    ----------
    text : str
        As it stands in the document, line ends included.
    start, end : int
        Characters (code points) of the document: ``document[start:end]``.
    place : int
        Its number among the document's sentences, from 0.
    score : float
        The greater, the more it says of the document; comparable within a document alone.
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
        The chosen sentences in the order of the document; empty if it holds no sentence.
    sentences : list of SummarySentence
        The same, each by itself.
    n_sentences : int
        Sentences of the document.
    """

    text: str
    sentences: list[SummarySentence]
    n_sentences: int

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """Return all values as JSON can hold them."""
        return asdict(self)


def join_sentences(sentences: Sequence[str]) -> str:
    r"""Return sentences as one line of text; between Chinese ones there is no blank.

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
