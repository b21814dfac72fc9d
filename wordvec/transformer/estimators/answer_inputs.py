"""Checks of the answers passed to `AnswerExtractor`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import counted

__all__ = ["check_answers"]


def check_answers(answers: Any, passages: list[str], owner: str) -> list[tuple[int, int] | None]:
    """Return the character span of each answer in its passage, or None where there is no answer.

    Parameters
    ----------
    answers : iterable
        For each question: the text of the answer, whose first occurrence is used; the pair (text, start); an object
        with "text" and "answer_start", as in SQuAD; or None or an empty text if there is no answer.
    passages : list of str
    owner : str

    Raises
    ------
    TypeError
        If an answer is of another type.
    ValueError
        If there is not one answer for each passage, or an answer is not in its passage.
    """
    if isinstance(answers, (str, bytes)) or not isinstance(answers, Iterable):
        raise ParameterError("answers", owner, "be a list with an answer for each question", answers)
    listed = list(answers)
    if len(listed) != len(passages):
        rule = f"have an answer for each of the {counted(len(passages), 'question')}"
        raise ParameterError("answers", owner, rule, f"{len(listed)} answers")
    found: list[tuple[int, int] | None] = []
    n_several = 0
    for row, (answer, passage) in enumerate(zip(listed, passages)):
        text, start = _text_and_start(answer, row, owner)
        if not text:
            found.append(None)
            continue
        if start is None:
            start = passage.find(text)
            n_several += start >= 0 and passage.find(text, start + 1) >= 0
        if start < 0 or not passage.startswith(text, start):
            raise ValueError(
                f"Answer {row} of {owner} is {text!r:.60}, which is not in its passage at character {start}. "
                "Pass the text exactly as in the passage, and where it begins."
                if start >= 0
                else f"Answer {row} of {owner} is {text!r:.60}, which is not in its passage. "
                "Pass the text exactly as in the passage, or None if there is no answer."
            )
        found.append((start, start + len(text)))
    if n_several:
        assume(f"{counted(n_several, 'answer')} that a passage holds more than once: where it stands first")
    return found


def _text_and_start(answer: Any, row: int, owner: str) -> tuple[str, int | None]:
    """Return the text of an answer, empty for none, and its start if given."""
    if answer is None or isinstance(answer, str):
        return answer or "", None
    if isinstance(answer, dict) and {"text", "answer_start"} <= answer.keys():
        answer = (answer["text"], answer["answer_start"])
        if all(isinstance(part, (list, tuple)) or hasattr(part, "tolist") for part in answer):
            if not len(answer[0]):
                return "", None
            answer = tuple(part[0] for part in answer)
    if isinstance(answer, (tuple, list)) and len(answer) == 2:
        text, start = answer
        if isinstance(text, str) and not isinstance(start, bool) and hasattr(start, "__index__"):
            return text, start.__index__()
    raise TypeError(
        f"Answer {row} of {owner} must be a text, a pair of a text and the character where it begins, or None. "
        f"Got {answer!r:.60} ({type(answer).__name__}) instead."
    )
