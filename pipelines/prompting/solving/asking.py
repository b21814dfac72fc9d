"""One question's conversation with a generator: every call is kept, and budgets hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import shown

from ..generators.completions import Completion, Generator
from .errors import SolvingError
from .solution import Call, Solution, Step, Trace

__all__ = ["Budget", "Conversation"]

# What another attempt does not change; an endpoint has tried again by itself.
_LASTING = (TypeError, ValueError)


@dataclass(frozen=True)
class Budget:
    """What the calls for one question may take.

    Attributes
    ----------
    max_calls : int
        Completions.
    max_tokens : int
        New tokens of each.
    max_total_tokens : int or None
        Tokens read and written by all of them.
    """

    max_calls: int
    max_tokens: int
    max_total_tokens: int | None


@dataclass
class Conversation:
    """The calls for one question so far.

    Attributes
    ----------
    calls, steps, problems
        As of `Solution`.
    """

    question: str
    method: str
    generator: Generator
    budget: Budget
    retries: int
    seed: int
    calls: list[Call] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def ask(
        self,
        purpose: str,
        prompt: str,
        stop: list[str],
        *,
        n: int = 1,
        temperature: float = 0.0,
        attempt: int = 0,
        about: str = "",
    ) -> list[str]:
        """Return n texts that the generator writes after a prompt, without white space around them.

        Parameters
        ----------
        purpose : str
            As of `Call`.
        about : str
            What is asked, for messages: "step 2".
        attempt : int
            Of a prompt that is asked again: draws then differ.

        Raises
        ------
        SolvingError
            If the generator fails more often than it may, or a budget is used up.
        """
        max_tokens = self._checked_budget(n, about or purpose)
        for failure in range(self.retries + 1):
            try:
                found = self.generator.generate(
                    [prompt] * n,
                    max_tokens=max_tokens,
                    stop=stop,
                    temperature=temperature,
                    seed=(self.seed + attempt) % 2**63,
                )
                break
            except Exception as error:
                if failure == self.retries or isinstance(error, _LASTING):
                    raise self.failed(error, about or purpose) from error
        completions = self._checked(found, n, about or purpose)
        for each in completions:
            self.calls.append(
                Call(purpose, prompt, each.text, each.n_prompt_tokens, each.n_new_tokens, each.finish_reason)
            )
            if each.finish_reason == "length":
                self.problems.append(f"the text of {about or purpose} was cut at {max_tokens} tokens")
        return [each.text.strip() for each in completions]

    def solution(self, answer: str | None = None, votes: list[tuple[str, int]] | None = None) -> Solution:
        """Return what there is so far, with an answer if there is one."""
        return Solution(
            self.question,
            answer,
            self.method,
            list(self.steps),
            Trace(tuple(self.calls)),
            list(self.problems),
            votes,
        )

    def failed(self, error: Exception, about: str) -> SolvingError:
        """Return the error of a question whose generator raised another."""
        finding, ways = (error.finding, error.ways) if isinstance(error, AdvisedError) else (str(error), ())
        told = " ".join(finding.split())
        if not told or not isinstance(error, (OSError, *_LASTING)):  # "KeyError: 'x'" says more than "'x'"
            told = f"{type(error).__name__}: {told}".removesuffix(": ")
        return self.ended(f"The generator failed at {about} of {shown(self.question)}: {told}", *ways)

    def ended(self, finding: str, *ways: str) -> SolvingError:
        """Return an error that carries what there is so far."""
        error = SolvingError(finding, *ways)
        error.solution = self.solution()
        return error

    def n_left(self) -> int:
        """Return how many calls the budget has left."""
        return self.budget.max_calls - len(self.calls)

    def _checked_budget(self, n: int, about: str) -> int:
        """Return how many tokens the next call may write, or raise SolvingError."""
        if self.n_left() < n:
            raise self.ended(
                f"The budget of {self.budget.max_calls} calls does not suffice for {about} of {shown(self.question)}: "
                f"{len(self.calls)} were made, and {n} more are needed.",
                "a larger {max_calls}",
            )
        most = self.budget.max_total_tokens
        if most is None:
            return self.budget.max_tokens
        used = Trace(tuple(self.calls)).n_tokens
        if used is None:
            raise self.ended(
                f"{type(self.generator).__name__} does not count tokens, so that a budget of {most} cannot be kept.",
                "no {max_total_tokens}",
                "a generator that counts",
            )
        if used >= most:
            raise self.ended(
                f"The budget of {most} tokens is used up before {about} of {shown(self.question)}: {used} were read "
                "and written.",
                "a larger {max_total_tokens}",
            )
        return min(self.budget.max_tokens, most - used)

    def _checked(self, found: Any, n: int, about: str) -> list[Completion]:
        name = type(self.generator).__name__
        is_list = isinstance(found, list) and len(found) == n
        if not is_list or not all(isinstance(getattr(each, "text", None), str) for each in found):
            raise self.ended(
                f"The generator {name} must return a list of {n} completions with a text each. At {about} of "
                f"{shown(self.question)} it returned {shown(found)}."
            )
        completions: list[Completion] = found
        return completions
