"""The wording of prompts in English and Chinese: how questions, answers and steps are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from wordvec._utils.assumptions import assume
from wordvec._utils.errors import ParameterError
from wordvec.text.language import majority_language

from .parsing import find_answer

__all__ = ["CHINESE", "ENGLISH", "Wording", "wording_for"]


@dataclass(frozen=True)
class Wording:
    """The words around questions and answers in a prompt.

    Attributes
    ----------
    problem : str
        The text that precedes the steps of a question, which ``{question}`` stands for.
    question : str
        The line of a question.
    answer : str
        The beginning of the line with its answer.
    decomposition : str
        The beginning of the answer that lists sub-questions.
    instruction : str
        The instruction that asks for sub-questions if no example shows how.
    final : str
        The sentence that marks an answer; ``{answer}`` stands for it.
    extraction : str
        The beginning of such a sentence.
    thinking : str
        The beginning of an answer with its reasoning, if no example shows one (Kojima et al. 2022,
        arXiv:2205.11916).
    join : str
        The text between two sentences.
    """

    problem: str = "Problem: {question}"
    question: str = "Q: {question}"
    answer: str = "A:"
    decomposition: str = "To answer this question, we first answer:"
    instruction: str = (
        "List the simpler questions that are to be answered first, the simplest first, each with a number in a line "
        "of its own. Do not answer them."
    )
    final: str = "So the answer is {answer}."
    extraction: str = "So the answer is"
    thinking: str = "Let's think step by step."
    join: str = " "

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not isinstance(value, str):
                raise ParameterError(each.name, "Wording", "be a text", value)
            mark = {"problem": "{question}", "question": "{question}", "final": "{answer}"}.get(each.name, "")
            if mark not in value:
                raise ParameterError(each.name, "Wording", f"hold {mark}, written with its braces", value)

    @property
    def stop(self) -> list[str]:
        """Stop strings, which end an answer: the beginnings of another question or problem."""
        heads = [text.partition("{question}")[0].rstrip() for text in (self.question, self.problem)]
        return [f"\n{head}" for head in heads if head]

    def ask(self, question: str) -> str:
        """Return the line of a question, and the beginning of the line with its answer."""
        return f"{self.pose(question)}\n{self.answer}"

    def pose(self, question: str) -> str:
        """Return the line of a question, whose braces are literal."""
        return self.question.replace("{question}", question)

    def introduce(self, question: str) -> str:
        """Return the line with the problem that the following questions are about."""
        return self.problem.replace("{question}", question)

    def conclude(self, answer: str) -> str:
        """Return the sentence that marks an answer."""
        return self.final.replace("{answer}", answer)

    def find_answer(self, text: str) -> str | None:
        """Return the answer that a text marks, as `final` does or in another common way; None if it marks none."""
        mark = self.final.partition("{answer}")[0].strip()
        if mark and mark in text:
            line = text.rpartition(mark)[2].strip().partition("\n")[0]
            return find_answer(f"answer: {line}")
        return find_answer(text)

    def reply(self, question: str, text: str) -> str:
        """Return a question with its answer."""
        return f"{self.ask(question)} {text}"


ENGLISH = Wording()
CHINESE = Wording(
    problem="题目：{question}",
    question="问：{question}",
    answer="答：",
    decomposition="要回答这个问题，需要先回答：",
    instruction="请按由易到难的顺序列出需要先回答的较简单的问题，每行一个，并编号，不要作答。",
    final="所以答案是{answer}。",
    extraction="所以答案是",
    thinking="让我们一步一步地思考。",
    join="",
)
_NAMED = {"en": ENGLISH, "zh": CHINESE}


def wording_for(wording: Any, texts: Sequence[str], owner: str) -> Wording:
    """Return a `Wording` as it is, or that of a language; "auto" is the language of most of the texts.

    Raises
    ------
    ParameterError
        If it is not one of these.
    """
    if isinstance(wording, Wording):
        return wording
    if wording == "auto":
        language = majority_language(texts)
        if language == "zh":
            assume("prompts are written in Chinese, as the examples or questions are")
        return _NAMED[language]
    if not isinstance(wording, str) or wording not in _NAMED:
        raise ParameterError("wording", owner, "be 'auto', 'en', 'zh' or a Wording", wording)
    return _NAMED[wording]
