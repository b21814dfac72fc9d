"""An answer to a question, as a span of a passage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Answer"]


@dataclass(frozen=True)
class Answer:
    """An answer to a question, as a span of a passage.

    Attributes
    ----------
    text : str
        ``passage[start:end]``; empty where there is no answer.
    start, end : int
        Characters (code points) of the passage as it was given; 0 and 0 where there is no answer.
    score : float
        The higher, the better; only scores of one model compare.
    passage : int
        The number of the passage, where a question is asked of several.
    """

    text: str
    start: int
    end: int
    score: float
    passage: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the entries of JSON output: answer, start, end, score and passage."""
        return {
            "answer": self.text,
            "start": self.start,
            "end": self.end,
            "score": self.score,
            "passage": self.passage,
        }
