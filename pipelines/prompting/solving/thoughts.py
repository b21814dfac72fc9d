"""Solvers with one prompt per answer: plain prompting, chain of thought, and self-consistency."""

from __future__ import annotations

from typing import Any, ClassVar

from wordvec._utils.messages import counted
from wordvec._utils.parameters import Integer, Real, Rule
from wordvec._utils.validation import check_arguments

from .asking import Conversation
from .examples import WorkedExample
from .parsing import same_answer_key, short_answer
from .solution import Solution
from .solver import Solver
from .wording import Wording

__all__ = ["ChainOfThought", "PlainPrompting", "SelfConsistency"]


class PlainPrompting(Solver):
    """Answer a question directly: the prompt shows examples with their short answers, then the question.

    The parameters are those of `Solver`.

    Examples
    --------
    >>> from wordvec.pipelines.prompting import PlainPrompting
    >>> solver = PlainPrompting(lambda prompt: " 4", [{"question": "1 + 1", "answer": "2"}])
    >>> solution = solver.solve("2 + 2")
    >>> print(solution.trace[0].prompt, solution.answer)
    Q: 1 + 1
    A: 2
    <BLANKLINE>
    Q: 2 + 2
    A: 4
    """

    method = "plain"

    def _solve(self, talk: Conversation, examples: list[WorkedExample], wording: Wording) -> Solution:
        shown = [wording.reply(each.question, each.answer) for each in examples if each.answer is not None]
        prompt = "\n\n".join([*shown, wording.ask(talk.question)])
        (text,) = talk.ask("answer", prompt, wording.stop, about="the answer")
        # What stands in the first line is the answer; what follows may be anything.
        answer = (
            wording.find_answer(text)
            or short_answer(text.partition("\n")[0])
            or text.partition("\n")[0].strip()
        )
        if not answer:
            talk.problems.append("the generator wrote no answer")
        return talk.conclude(text, answer or None)


class ChainOfThought(Solver):
    """Answer a question by reasoning step by step before the answer (Wei et al. 2022, arXiv:2201.11903).

    Without examples the answer begins with "Let's think step by step." (Kojima et al. 2022, arXiv:2205.11916). If a
    text marks no answer, a second call asks for it. The parameters are those of `Solver`.

    Examples
    --------
    >>> from wordvec.pipelines.prompting import ChainOfThought
    >>> example = {"question": "1 + 1 + 1", "reasoning": "1 + 1 is 2, and 2 + 1 is 3.", "answer": "3"}
    >>> solver = ChainOfThought(lambda prompt: " 2 + 2 is 4, and 4 + 2 is 6. So the answer is 6.", [example])
    >>> solver.solve("2 + 2 + 2").answer
    '6'
    """

    method = "chain-of-thought"

    def _solve(self, talk: Conversation, examples: list[WorkedExample], wording: Wording) -> Solution:
        prompt = thinking_prompt(talk.question, examples, wording)
        (text,) = talk.ask("answer", prompt, wording.stop, about="the answer")
        answer = self._final_answer(talk, wording, prompt, text, "the answer")
        return talk.conclude(text, answer)


class SelfConsistency(Solver):
    """Answer a question by sampling several chains of thought and taking the most frequent answer.

    This is the method of Wang et al. (2022), arXiv:2203.11171. Texts without an answer do not vote. In a tie the answer
    that was sampled first is taken, and `Solution.problems` says so.

    Parameters
    ----------
    n_samples : int
        Number of chains; each takes one call.
    temperature : float
        The sampling temperature.
    generator, examples, **options
        As for `Solver`.

    Examples
    --------
    >>> import itertools
    >>> from wordvec.pipelines.prompting import SelfConsistency
    >>> texts = itertools.cycle(["So the answer is 6.", "So the answer is 5.", "That is 6: the answer is 6."])
    >>> solution = SelfConsistency(lambda prompt: next(texts), n_samples=3).solve("2 + 2 + 2")
    >>> solution.answer, solution.votes
    ('6', [('6', 2), ('5', 1)])
    """

    method = "self-consistency"
    _parameter_rules: ClassVar[dict[str, Rule]] = {
        **Solver._parameter_rules,
        "n_samples": Integer(1),
        "temperature": Real(0.0, low_open=True),
    }

    def __init__(
        self,
        generator: Any,
        examples: Any = (),
        *,
        n_samples: int = 10,
        temperature: float = 0.7,
        **options: Any,
    ) -> None:
        given = dict(n_samples=n_samples, temperature=temperature)
        values = check_arguments(self._parameter_rules, type(self).__name__, given)
        self.n_samples, self.temperature = values.n_samples, values.temperature
        super().__init__(generator, examples, **options)

    def _solve(self, talk: Conversation, examples: list[WorkedExample], wording: Wording) -> Solution:
        prompt = thinking_prompt(talk.question, examples, wording)
        texts = talk.ask(
            "answer", prompt, wording.stop, n=self.n_samples, temperature=self.temperature, about="the answer"
        )
        found = [wording.find_answer(text) or short_answer(text) for text in texts]
        firsts: dict[str, str] = {}
        counts: dict[str, int] = {}
        for answer in found:
            if answer is not None:
                key = same_answer_key(answer)
                firsts.setdefault(key, answer)
                counts[key] = counts.get(key, 0) + 1
        # The sort keeps the order of draws among those with as many votes.
        votes = [(firsts[key], n) for key, n in sorted(counts.items(), key=lambda vote: -vote[1])]
        if n_without := found.count(None):
            talk.problems.append(
                f"{n_without} of {counted(len(texts), 'text')} marked no answer and did not vote"
            )
        tied = [answer for answer, n in votes if n == votes[0][1]]
        if len(tied) > 1:
            talk.problems.append(
                f"a tie between {', '.join(map(repr, tied))}; the one sampled first is taken"
            )
        chosen = votes[0][0] if votes else None
        text = texts[found.index(chosen)] if votes else texts[0]
        return talk.conclude(text, chosen, votes)


def thinking_prompt(question: str, examples: list[WorkedExample], wording: Wording) -> str:
    """Return a prompt for an answer with its reasoning."""
    shown = [
        wording.reply(each.question, each.thoughts(wording)) for each in examples if each.answer is not None
    ]
    last = wording.ask(question) if shown else wording.reply(question, wording.thinking)
    return "\n\n".join([*shown, last])
