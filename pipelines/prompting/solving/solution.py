"""The solution of a question: its answer, the steps, and every call of the generator."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from wordvec._utils.messages import counted, shown
from wordvec._utils.reports import Report

__all__ = ["Call", "Solution", "Step", "Trace"]


@dataclass(frozen=True)
class Call:
    """A prompt and the text that the generator wrote.

    Attributes
    ----------
    purpose : {"decompose", "solve", "answer", "extract"}
        To find the sub-questions, to answer one of them, to answer the question itself, or to extract the answer from a
        text that did not mark it.
    prompt, text : str
    n_prompt_tokens, n_new_tokens, finish_reason
        As for `Completion`.
    """

    purpose: str
    prompt: str
    text: str
    n_prompt_tokens: int | None = None
    n_new_tokens: int | None = None
    finish_reason: str | None = None


@dataclass(frozen=True)
class Trace(Report):
    """The calls of a generator, in order; a sequence of `Call`."""

    calls: Sequence[Call] = ()

    def __len__(self) -> int:
        return len(self.calls)

    def __getitem__(self, place: int) -> Call:
        return self.calls[place]

    @property
    def n_tokens(self) -> int | None:
        """Number of tokens read and written by all calls; None if one did not count them."""
        total = 0
        for call in self.calls:
            if call.n_prompt_tokens is None or call.n_new_tokens is None:
                return None
            total += call.n_prompt_tokens + call.n_new_tokens
        return total

    def to_dict(self) -> dict[str, Any]:
        """Return the calls as a list of dicts of their attributes."""
        return {"calls": [asdict(call) for call in self.calls]}

    def to_json_lines(self) -> str:
        """Return JSON lines, one for each call."""
        return "".join(f"{json.dumps(asdict(call), ensure_ascii=False)}\n" for call in self.calls)

    def format(self) -> str:
        """Return all prompts, each followed by the generated text."""
        parts = []
        for number, call in enumerate(self.calls, start=1):
            counts = [] if call.n_new_tokens is None else [counted(call.n_new_tokens, "new token")]
            told = ", ".join([call.purpose, *counts, *filter(None, [call.finish_reason])])
            prompt, text = (
                textwrap.indent(each, mark, lambda _: True)
                for each, mark in ((call.prompt, "  "), (call.text, "> "))
            )
            parts.append(f"call {number} ({told})\n{prompt}\n{text}")
        return "\n\n".join(parts)


@dataclass(frozen=True)
class Step:
    """A sub-question on the way to the answer.

    Attributes
    ----------
    question : str
    text : str
        The text that the generator wrote, which is part of the prompts of later steps.
    answer : str or None
        The answer in that text, if it is marked.
    """

    question: str
    text: str
    answer: str | None = None


@dataclass(frozen=True)
class Solution(Report):
    """The answer to a question, and how it was found.

    Attributes
    ----------
    question : str
    answer : str or None
        None if no answer was found; `problems` say why.
    method : str
        "least-to-most", "chain-of-thought", "self-consistency" or "plain".
    steps : list of Step
        In the order in which they were solved; the last is the question itself.
    trace : Trace
    problems : list of str
        Descriptions of what could not be parsed, was truncated, or ended in a tie.
    votes : list of (str, int), optional
        For self-consistency: each answer with the number of chains that end in it, the most frequent first.
    """

    question: str
    answer: str | None
    method: str
    steps: list[Step] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    problems: list[str] = field(default_factory=list)
    votes: list[tuple[str, int]] | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Solution:
        """Return a solution from the dict that `to_dict` returned.

        Raises
        ------
        KeyError, TypeError
            If a value is missing, unknown or of the wrong type.
        """
        for name, kinds in (("question", str), ("answer", (str, type(None))), ("method", str)):
            if not isinstance(values[name], kinds):
                raise TypeError(f"The {name} of a solution must be a text. Got {shown(values[name])}.")
        votes = values.get("votes")
        return cls(
            question=values["question"],
            answer=values["answer"],
            method=values["method"],
            steps=[Step(**step) for step in values["steps"]],
            trace=Trace(tuple(Call(**call) for call in values["trace"])),
            problems=list(values["problems"]),
            votes=None if votes is None else [(answer, n) for answer, n in votes],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes as a dict, the trace as a list of calls."""
        values: dict[str, Any] = {
            "question": self.question,
            "answer": self.answer,
            "method": self.method,
            "steps": [asdict(step) for step in self.steps],
            "problems": self.problems,
            "n_calls": len(self.trace),
            "n_tokens": self.trace.n_tokens,
            "trace": self.trace.to_dict()["calls"],
        }
        if self.votes is not None:
            values["votes"] = [list(vote) for vote in self.votes]
        return values

    def format(self) -> str:
        """Return question, steps, votes, problems and answer as text; `trace.format` shows the calls."""
        lines = [f"question: {self.question}"]
        for number, step in enumerate(self.steps, start=1):
            lines.append(f"step {number}: {step.question}")
            lines.append(textwrap.indent(step.text, "    ", lambda _: True))
        if self.votes is not None:
            lines.append("votes: " + ", ".join(f"{answer} ({n})" for answer, n in self.votes))
        lines += [f"note: {problem}" for problem in self.problems]
        lines.append(f"answer: {'none found' if self.answer is None else self.answer}")
        n_tokens = self.trace.n_tokens
        tokens = "" if n_tokens is None else f", {counted(n_tokens, 'token')}"
        lines.append(f"method: {self.method}, {counted(len(self.trace), 'call')}{tokens}")
        return "\n".join(lines)
