"""The base class of all solvers: parameters, selection of examples, and budgets."""

from __future__ import annotations

import abc
import functools
from collections.abc import Sequence
from typing import Any, ClassVar

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import shown
from wordvec._utils.parameters import Integer, Rule
from wordvec._utils.validation import check_arguments

from ..generators.completions import MAX_TOKENS
from ..generators.conversion import as_generator
from .asking import Budget, Conversation
from .examples import WorkedExample, check_examples
from .parsing import short_answer
from .solution import Solution
from .wording import Wording, wording_for

__all__ = ["Solver"]


class Solver(abc.ABC):
    """The base class of solvers, which answer questions with a generator.

    Parameters
    ----------
    generator : generator, folder, pipeline or callable
        Any argument that `as_generator` accepts.
    examples : list of WorkedExample or mappings
        Shown in each prompt; may be empty.
    selector : object with select(queries, k), optional
        Chooses the examples for each question, e.g. a `DemonstrationSelector`; it returns indices into `examples`. A
        selector that is not fitted is cloned and fitted on their questions.
    n_examples : int, optional
        The number of examples that it chooses; by default the selector's own number, if it has one.
    wording : {"auto", "en", "zh"} or Wording
        The words around questions and answers. "auto" means Chinese if half of the examples, or the question, are
        Chinese.
    max_tokens : int
        Maximum number of new tokens of each call.
    max_calls : int
        Maximum number of calls for a question.
    max_total_tokens : int, optional
        Maximum number of tokens read and written for a question; the generator must count them. With an endpoint, which
        counts a prompt only after reading it, the last call may exceed the limit.
    retries : int
        How often a call is repeated after a transient error of the generator, or a text that could not be parsed.
    seed : int
        The seed of sampling.
    """

    method: ClassVar[str]
    _parameter_rules: ClassVar[dict[str, Rule]] = {
        "max_tokens": Integer(1),
        "max_calls": Integer(1),
        "max_total_tokens": Integer(1) | None,
        "retries": Integer(0),
        "seed": Integer(0, 2**63 - 1),
        "n_examples": Integer(1) | None,
    }

    def __init__(
        self,
        generator: Any,
        examples: Sequence[Any] = (),
        *,
        selector: Any = None,
        n_examples: int | None = None,
        wording: str | Wording = "auto",
        max_tokens: int = MAX_TOKENS,
        max_calls: int = 32,
        max_total_tokens: int | None = None,
        retries: int = 1,
        seed: int = 0,
    ) -> None:
        owner = type(self).__name__
        numbers = check_arguments(
            Solver._parameter_rules,
            owner,
            dict(
                max_tokens=max_tokens,
                max_calls=max_calls,
                max_total_tokens=max_total_tokens,
                retries=retries,
                seed=seed,
                n_examples=n_examples,
            ),
        )
        self.generator = as_generator(generator)
        self.examples = check_examples(examples, owner)
        wording_for(wording, [], owner)
        self.wording, self.retries, self.seed = wording, numbers.retries, numbers.seed
        self.budget = Budget(numbers.max_calls, numbers.max_tokens, numbers.max_total_tokens)
        self.selector, self.n_examples = self._checked_selector(selector), numbers.n_examples
        if n_examples is not None and selector is None:
            raise ParameterError("n_examples", owner, "be None without {selector}", n_examples)

    def solve(self, question: str) -> Solution:
        """Return the solution of a question.

        Raises
        ------
        SolvingError
            If the generator fails, or a budget is used up; its attribute `solution` contains the trace so far.
        TypeError, ValueError
            If the question is not a str, or is empty.
        """
        owner = type(self).__name__
        if not isinstance(question, str):
            raise TypeError(f"The question of {owner}.solve must be a str. Got {shown(question)}.")
        if not question.strip():
            raise ValueError(f"The question of {owner}.solve is empty.")
        question = question.strip()
        talk = Conversation(question, self.method, self.generator, self.budget, self.retries, self.seed)
        examples = self._examples_for(question)
        return self._solve(talk, examples, self._wording_for(question))

    @abc.abstractmethod
    def _solve(self, talk: Conversation, examples: list[WorkedExample], wording: Wording) -> Solution:
        """Return the solution of the question of a conversation."""

    def _final_answer(
        self, talk: Conversation, wording: Wording, prompt: str, text: str, about: str
    ) -> str | None:
        """Return the answer marked in the last text, or else ask for it (Kojima et al. 2022, arXiv:2205.11916)."""
        answer = wording.find_answer(text) or short_answer(text)
        if answer is None and self.retries and talk.n_left() > 0:
            talk.problems.append(
                f"the text of {about} marks no answer, so the answer was asked for: {shown(text)}"
            )
            again = f"{prompt} {text}\n{wording.extraction}"
            (reply,) = talk.ask("extract", again, ["\n"], about="the extraction of the answer")
            answer = wording.find_answer(f"{wording.extraction} {reply}") or short_answer(reply)
        if answer is None:
            talk.problems.append(f"no answer was found in the text of {about}: {shown(text)}")
        return answer

    def _wording_for(self, question: str) -> Wording:
        return (
            self._example_wording
            if self.examples
            else wording_for(self.wording, [question], type(self).__name__)
        )

    @functools.cached_property
    def _example_wording(self) -> Wording:
        return wording_for(self.wording, [each.question for each in self.examples], type(self).__name__)

    def _examples_for(self, question: str) -> list[WorkedExample]:
        if self.selector is None:
            return self.examples
        chosen = self.selector.select([question], *([] if self.n_examples is None else [self.n_examples]))
        try:
            (places,) = chosen
            return [self.examples[place] for place in places]
        except (TypeError, ValueError, IndexError) as error:
            raise ValueError(
                f"The selector must choose indices of {len(self.examples)} examples for one question. It chose "
                f"{shown(chosen)}. Fit it on their questions."
            ) from error

    def _checked_selector(self, selector: Any) -> Any:
        """Return a selector, fitted on the questions of the examples if it was not fitted before."""
        owner = type(self).__name__
        if selector is None:
            return None
        if isinstance(selector, type) or not callable(getattr(selector, "select", None)):
            raise ParameterError("selector", owner, "be an object with select(queries, k), or None", selector)
        if not self.examples:
            raise ParameterError("selector", owner, "be None if there are no {examples}", selector)
        if callable(getattr(selector, "fit", None)):
            from sklearn.base import clone
            from sklearn.exceptions import NotFittedError
            from sklearn.utils.validation import check_is_fitted

            try:
                check_is_fitted(selector)
            except (NotFittedError, TypeError):
                return clone(selector).fit([each.question for each in self.examples])
        return selector

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.generator!r}, {len(self.examples)} examples)"
