"""The conversation of a solver with a generator about one question: recorded calls, retries and budgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wordvec._utils.errors import AdvisedError
from wordvec._utils.messages import shown

from ..generators.completions import Completion, Generator
from ..generators.functions import FunctionGenerator
from .errors import SolvingError
from .solution import Call, Solution, Step, Trace

__all__ = ["Budget", "Conversation"]

# What another attempt does not change; an endpoint has tried again by itself.
_LASTING = (TypeError, ValueError)


@dataclass(frozen=True)
class Budget:
    """Limits on the calls for one question.

    Attributes
    ----------
    max_calls : int
        Maximum number of completions.
    max_tokens : int
        Maximum number of new tokens of each.
    max_total_tokens : int or None
        Maximum number of tokens read and written by all of them.
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
        As for `Solution`.
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
        """Return n texts that the generator writes after a prompt, without surrounding white space.

        Parameters
        ----------
        purpose : str
            As for `Call`.
        about : str
            What is asked, for messages: "step 2".
        attempt : int
            The number of earlier attempts with the same prompt, on which the seed of the samples depends.

        Raises
        ------
        SolvingError
            If the generator fails more often than allowed, or a budget is used up.
        """
        about = about or purpose
        if self.n_left() < n:
            raise self.ended(
                f"The budget of {self.budget.max_calls} calls is too small for {about} of {shown(self.question)}: "
                f"{len(self.calls)} were made, and {n} more are needed.",
                "a larger {max_calls}",
            )
        # A function gains nothing from several prompts at a time, and what it wrote before it failed is kept; a budget
        # of tokens is kept only if each call is counted before the next.
        is_single = isinstance(self.generator, FunctionGenerator) or self.budget.max_total_tokens is not None
        texts = []
        for number, size in enumerate([1] * n if is_single else [n]):
            max_tokens = self._max_tokens(prompt, about)
            options = dict(max_tokens=max_tokens, stop=stop, temperature=temperature)
            seed = (self.seed + attempt + number) % 2**63
            for each in self._completions([prompt] * size, about, seed=seed, **options):
                self.calls.append(
                    Call(
                        purpose,
                        prompt,
                        each.text,
                        each.n_prompt_tokens,
                        each.n_new_tokens,
                        each.finish_reason,
                    )
                )
                if each.finish_reason == "length":
                    self.problems.append(f"the text of {about} was cut at {max_tokens} tokens")
                texts.append(each.text.strip())
        return texts

    def conclude(self, text: str, answer: str | None, votes: list[tuple[str, int]] | None = None) -> Solution:
        """Add the question itself with its text as the last step, and return the solution."""
        self.steps.append(Step(self.question, text, answer))
        return self.solution(answer, votes)

    def solution(self, answer: str | None = None, votes: list[tuple[str, int]] | None = None) -> Solution:
        """Return the solution so far."""
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
        """Return the error for a question whose generator raised an error."""
        finding, ways = (error.finding, error.ways) if isinstance(error, AdvisedError) else (str(error), ())
        told = " ".join(finding.split())
        if not told or not isinstance(error, (OSError, *_LASTING)):  # "KeyError: 'x'" says more than "'x'"
            told = f"{type(error).__name__}: {told}".removesuffix(": ")
        return self.ended(f"The generator failed at {about} of {shown(self.question)}: {told}", *ways)

    def ended(self, finding: str, *ways: str) -> SolvingError:
        """Return an error that carries the solution so far."""
        error = SolvingError(finding, *ways)
        error.solution = self.solution()
        return error

    def n_left(self) -> int:
        """Return how many calls the budget has left."""
        return self.budget.max_calls - len(self.calls)

    def _max_tokens(self, prompt: str, about: str) -> int:
        """Return how many tokens the next call may write, or raise SolvingError if a budget is used up."""
        most = self.budget.max_total_tokens
        if most is None:
            return self.budget.max_tokens
        used = Trace(tuple(self.calls)).n_tokens
        if used is None:
            raise self.ended(
                f"{type(self.generator).__name__} does not count tokens, so a budget of {most} cannot be enforced.",
                "no {max_total_tokens}",
                "a generator that counts tokens",
            )
        # An endpoint tells how long a prompt was when it has read it.
        count = getattr(self.generator, "count_tokens", None)
        n_prompt = count(prompt) if callable(count) else 0
        if used + n_prompt >= most:
            told = f", and {n_prompt} are to be read" if n_prompt else ""
            raise self.ended(
                f"The budget of {most} tokens is used up before {about} of {shown(self.question)}: {used} were read "
                f"and written{told}.",
                "a larger {max_total_tokens}",
            )
        return min(self.budget.max_tokens, most - used - n_prompt)

    def _completions(self, prompts: list[str], about: str, **options: Any) -> list[Completion]:
        """Return the generator's completions of some prompts, with as many attempts as are allowed."""
        for failure in range(self.retries + 1):
            try:
                found = self.generator.generate(prompts, **options)
                break
            except Exception as error:
                if failure == self.retries or isinstance(error, _LASTING):
                    raise self.failed(error, about) from error
        is_list = isinstance(found, list) and len(found) == len(prompts)
        if not is_list or not all(isinstance(getattr(each, "text", None), str) for each in found):
            raise self.ended(
                f"The generator {type(self.generator).__name__} must return a list of {len(prompts)} completions with "
                f"a text each. At {about} of {shown(self.question)} it returned {shown(found)}."
            )
        return found
