"""Worked examples: questions with the steps to their answers, and their reader."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from wordvec._io.json_files import check_encodes, json_value
from wordvec._io.text_files import open_source
from wordvec._utils.messages import shown
from wordvec._utils.validation import check_path

from .parsing import same_answer_key, same_question_key
from .wording import Wording

__all__ = ["WorkedExample", "WorkedStep", "check_examples", "json_objects", "read_worked_examples"]

_FORM = '{"question": "...", "steps": [{"question": "...", "answer": "..."}], "reasoning": "...", "answer": "..."}'


@dataclass(frozen=True)
class WorkedStep:
    """A sub-question of a worked example; without an answer it only shows how to decompose."""

    question: str
    answer: str | None = None

    def __post_init__(self) -> None:
        _set_texts(self, "A step", "question", "answer")

    @classmethod
    def of(cls, value: Any) -> WorkedStep:
        """Return a step as it is, or make one of a mapping with "question" and "answer", or of a question."""
        if isinstance(value, WorkedStep):
            return value
        return cls(value) if isinstance(value, str) else cls(**_fields(value, cls, "A step"))


@dataclass(frozen=True)
class WorkedExample:
    """A question with its answer, the steps to it and the reasoning.

    Attributes
    ----------
    question : str
    answer : str or None
        A short answer; a number is converted to text. An example without an answer only shows how to decompose.
    steps : tuple of WorkedStep
        The questions that lead to the answer, in order; the question itself may be the last of them. A step may be
        given as a question, or as a mapping with "question" and "answer".
    reasoning : str or None
        The reasoning that leads to the answer; by default the answers of the steps.

    Raises
    ------
    TypeError, ValueError
        If a text is empty or not a str, or there is neither an answer nor a step.
    """

    question: str
    answer: str | None = None
    steps: tuple[WorkedStep, ...] = ()
    reasoning: str | None = None

    def __post_init__(self) -> None:
        _set_texts(self, "An example", "question", "answer", "reasoning")
        if not isinstance(self.steps, Sequence) or isinstance(self.steps, str):
            raise TypeError(f"The steps of an example must be a list. Got {shown(self.steps)}.")
        object.__setattr__(self, "steps", tuple(map(WorkedStep.of, self.steps)))
        if self.answer is None and not self.steps:
            raise ValueError(f"An example needs an answer, or steps. {shown(self.question)} has neither.")

    @classmethod
    def of(cls, value: Any) -> WorkedExample:
        """Return an example as it is, or make one of a mapping of the attributes.

        Raises
        ------
        TypeError, ValueError
            If it is neither, or a field is unknown.
        """
        return value if isinstance(value, WorkedExample) else cls(**_fields(value, cls, "An example"))

    def sub_questions(self) -> list[str]:
        """Return the questions of the steps, without the question itself at the end."""
        keys = [same_question_key(step.question) for step in self.steps]
        is_last = keys[-1:] == [same_question_key(self.question)]
        return [step.question for step in self.steps[: len(keys) - is_last]]

    def replies(self, wording: Wording) -> list[tuple[str, str]]:
        """Return the questions of all steps and finally the question itself, each with its answer as text.

        Returns
        -------
        list of (str, str)
            Empty unless every question has an answer.
        """
        questions = self.sub_questions()
        answers = [step.answer for step in self.steps[: len(questions)]]
        pairs = [(question, text) for question, text in zip(questions, answers) if text is not None]
        if self.answer is None or len(pairs) < len(questions):
            return []
        own = self.steps[-1].answer if len(self.steps) > len(questions) else None
        return [*pairs, (self.question, self._concluded(own or self.reasoning or "", wording))]

    def thoughts(self, wording: Wording) -> str:
        """Return the reasoning and the marked answer."""
        reasons = self.reasoning
        if reasons is None:
            texts = [step.answer for step in self.steps if step.answer is not None]
            reasons = wording.join.join(texts)
        return self._concluded(reasons, wording)

    def _concluded(self, text: str, wording: Wording) -> str:
        assert self.answer is not None
        found = wording.find_answer(text)
        if found is not None and same_answer_key(found) == same_answer_key(self.answer):
            return text
        return wording.join.join(filter(None, [text, wording.conclude(self.answer)]))


def check_examples(examples: Any, owner: str) -> list[WorkedExample]:
    """Return examples as a list, or raise an error that names the position of an invalid one.

    Parameters
    ----------
    examples : iterable of WorkedExample or mappings
    owner : str
        For messages.
    """
    if isinstance(examples, (str, bytes, Mapping)) or not isinstance(examples, Iterable):
        raise TypeError(
            f"The examples of {owner} must be a list of WorkedExample or mappings. Got {shown(examples)}; "
            "read_worked_examples reads a file."
        )
    found = []
    for number, value in enumerate(examples):
        try:
            found.append(WorkedExample.of(value))
        except (TypeError, ValueError) as error:
            raise type(error)(f"Example {number} of {owner}: {error}") from None
    return found


def read_worked_examples(path: str | os.PathLike[str]) -> list[WorkedExample]:
    """Read worked examples from a JSON file: one object per line, or a list of objects; it may be compressed.

    Parameters
    ----------
    path : path
        A file of objects with "question", "answer", "steps" and "reasoning", the last three optional. A step is a text,
        or an object with "question" and "answer".

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not JSON, has another structure, or contains no example; the message names the line.
    """
    file = check_path("path", path, "read_worked_examples")
    found = []
    for place, value in json_objects(file, _FORM):
        try:
            found.append(WorkedExample.of(value))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{place}: {error} The form is {_FORM}.") from None
    if not found:
        raise ValueError(f"{str(file)!r} holds no example. The form is {_FORM}.")
    return found


def json_objects(file: Path, form: str) -> list[tuple[str, Any]]:
    """Return the values of a JSON file, one per line or in one list, with their positions for messages.

    Raises
    ------
    OSError, ValueError
        As for `read_worked_examples`.
    """
    with open_source(file) as (stream, _):
        data = stream.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{str(file)!r} is not UTF-8 (byte {error.start}), as JSON must be. Convert it."
        ) from None
    if text.lstrip().startswith("["):
        try:
            values = json_value(text)
        except ValueError as error:
            raise ValueError(f"{str(file)!r} is not JSON ({error}). The form is {form}.") from None
        return _whole(
            [(f"{str(file)!r}, item {number}", value) for number, value in enumerate(values, start=1)]
        )
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append((f"{str(file)!r}, line {number}", json_value(line)))
        except ValueError as error:
            raise ValueError(
                f"{str(file)!r}, line {number} is not JSON ({error}). The form is {form}, a line each."
            ) from None
    return _whole(found)


def _whole(found: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the values, or raise ValueError if a text in one contains a lone surrogate."""
    for place, value in found:
        check_encodes(json.dumps(value, ensure_ascii=False), place)
    return found


def _fields(value: Any, kind: type[WorkedExample] | type[WorkedStep], noun: str) -> dict[str, Any]:
    """Return the fields of a mapping that are not None."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{noun} must be a mapping. Got {shown(value)}.")
    known = [each.name for each in fields(kind)]
    unknown = [name for name in value if name not in known]
    if unknown:
        raise ValueError(f"{noun} has the fields {', '.join(known)}. Got {shown(unknown[0])}.")
    if "question" not in value:
        raise ValueError(f"{noun} needs a question.")
    return {name: each for name, each in value.items() if each is not None or name == "question"}


def _set_texts(instance: Any, noun: str, *names: str) -> None:
    """Check the fields that are texts; convert an answer that is a number."""
    for name in names:
        value = getattr(instance, name)
        if name == "answer" and type(value) in (int, float):
            value = str(value)
            object.__setattr__(instance, name, value)
        if value is None and name != "question":
            continue
        if not isinstance(value, str) or not value.strip():
            raise ValueError(
                f"The {name} of {noun.lower()} must be a text that is not empty. Got {shown(value)}."
            )
