"""Answer: a span of a passage that answers a question; checks of questions and passages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted
from wordvec.text.lists import check_strings

__all__ = ["Answer", "check_questions"]


@dataclass(frozen=True)
class Answer:
    """An answer to a question, as a span of a passage.

    Attributes
    ----------
    text : str
        ``passage[start:end]``; empty where there is no answer.
    start, end : int
        Offsets in characters (code points) of the passage as given; 0 and 0 where there is no answer.
    score : float
        Higher is better; only scores of the same model are comparable.
    passage : int
        The index of the passage, where a question is asked of several.
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


def check_questions(questions: Any, passages: Any, owner: str) -> tuple[list[str], list[str]]:
    """Return the questions, and the passage of each; a single passage serves all questions.

    Raises
    ------
    TypeError
        If a question or a passage is not a str.
    ValueError
        If a question is empty, or there is not one passage for each.
    """
    asked = check_strings(questions, owner, "questions", "question")
    for row, question in enumerate(asked):
        if not question.strip():
            raise ValueError(f"Question {row} of {owner} is empty. Leave it out, or write one.")
    if isinstance(passages, str):
        return asked, [passages] * len(asked)
    read = check_strings(passages, owner, "passages", "passage")
    if len(read) != len(asked):
        rule = f"be one text, or one for each of the {counted(len(asked), 'question')}"
        raise ParameterError("passages", owner, rule, f"{len(read)} texts")
    return asked, read
