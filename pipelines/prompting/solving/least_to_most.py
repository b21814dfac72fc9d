"""Least-to-Most prompting: a question is decomposed into sub-questions, which are solved in order."""

from __future__ import annotations

from typing import Any

from wordvec._utils.messages import counted, shown
from wordvec._utils.validation import check_bool

from .asking import Conversation
from .examples import WorkedExample
from .parsing import find_questions, short_answer
from .solution import Solution, Step
from .solver import Solver
from .wording import Wording

__all__ = ["LeastToMost"]

_RETRY_TEMPERATURE = 0.7


class LeastToMost(Solver):
    r"""Solve a question by decomposing it into simpler ones, which are solved from the simplest to the hardest.

    The first call asks for a list of sub-questions, as shown by the steps of the examples [1]_. Each is then asked in a
    prompt that contains the previous questions and answers; the question itself is asked last. If a list cannot be
    parsed, another one is sampled, up to `retries` times; if that does not help, the question is asked on its own, and
    `Solution.problems` says so.

    Parameters
    ----------
    generator : generator, folder, pipeline or callable
        Any argument that `as_generator` accepts.
    examples : list of WorkedExample or mappings
        Examples with steps show how to decompose, those with answers how to solve. Without examples, instructions are
        used.
    with_problem : bool
        Whether the steps of a question are preceded by the question itself, as is needed for word problems, but not for
        self-contained sub-questions.
    **options
        As for `Solver`.

    References
    ----------
    .. [1] Zhou et al. (2022), "Least-to-most prompting enables complex reasoning in large language models",
           arXiv:2205.10625

    Examples
    --------
    >>> from wordvec.pipelines.prompting import LeastToMost
    >>> steps = [{"question": "1 + 2", "answer": "1 + 2 is 3."}, {"question": "3 + 4", "answer": "3 + 4 is 7."}]
    >>> def generator(prompt):
    ...     last = prompt.splitlines()[-2].removeprefix("Q: ")
    ...     replies = {"5 + 6": "5 + 6 is 11.", "11 + 7": "11 + 7 is 18."}
    ...     return replies.get(last, "1. 5 + 6\n2. 11 + 7" if "11" not in prompt else "So the answer is 18.")
    >>> solver = LeastToMost(generator, [{"question": "1 + 2 + 4", "steps": steps, "answer": "7"}])
    >>> print(solver.solve("5 + 6 + 7"))
    question: 5 + 6 + 7
    step 1: 5 + 6
        5 + 6 is 11.
    step 2: 11 + 7
        11 + 7 is 18.
    step 3: 5 + 6 + 7
        So the answer is 18.
    answer: 18
    method: least-to-most, 4 calls
    """

    method = "least-to-most"

    def __init__(
        self, generator: Any, examples: Any = (), *, with_problem: bool = True, **options: Any
    ) -> None:
        self.with_problem = check_bool("with_problem", with_problem, type(self).__name__)
        super().__init__(generator, examples, **options)

    def _solve(self, talk: Conversation, examples: list[WorkedExample], wording: Wording) -> Solution:
        questions = self._decompose(talk, examples, wording)
        n_needed = len(questions) + 1
        if talk.n_left() < n_needed:
            raise talk.ended(
                f"The budget of {self.budget.max_calls} calls is too small for {shown(talk.question)}: it was "
                f"decomposed into {counted(len(questions), 'question')}, so {n_needed} more calls are needed.",
                "a larger {max_calls}",
            )
        head = self._shown_solutions(examples, wording)
        if self.with_problem and questions:
            head.append(wording.introduce(talk.question))
        replies: list[str] = []
        for number, question in enumerate(questions, start=1):
            about = f"step {number} of {n_needed}"
            prompt = "\n\n".join([*head, *replies, wording.ask(question)])
            (text,) = talk.ask("solve", prompt, wording.stop, about=about)
            if not text:
                talk.problems.append(f"the answer to {about} was empty")
            talk.steps.append(Step(question, text, wording.find_answer(text) or short_answer(text)))
            replies.append(wording.reply(question, text))
        about = f"step {n_needed} of {n_needed}"
        prompt = "\n\n".join([*head, *replies, wording.ask(talk.question)])
        (text,) = talk.ask("answer", prompt, wording.stop, about=about)
        return talk.conclude(text, self._final_answer(talk, wording, prompt, text, about))

    def _decompose(self, talk: Conversation, examples: list[WorkedExample], wording: Wording) -> list[str]:
        """Return the sub-questions of the question; if they cannot be parsed, record a problem and return none."""
        prompt = decomposition_prompt(talk.question, examples, wording)
        text = ""
        for attempt in range(self.retries + 1):
            temperature = _RETRY_TEMPERATURE if attempt else 0.0
            (text,) = talk.ask(
                "decompose",
                prompt,
                wording.stop,
                temperature=temperature,
                attempt=attempt,
                about="the decomposition",
            )
            questions = find_questions(text, talk.question)
            if questions is not None:
                return questions
            if talk.n_left() <= 1:  # one is needed for the question itself
                break
        talk.problems.append(
            f"no sub-questions were found, so the question was asked on its own: {shown(text)}"
        )
        return []

    def _shown_solutions(self, examples: list[WorkedExample], wording: Wording) -> list[str]:
        """Return the solutions of examples step by step, each as in the prompt of the last step."""
        found = []
        for each in examples:
            replies = each.replies(wording)
            if self.with_problem and len(replies) > 1:
                found.append(wording.introduce(each.question))
            found += [wording.reply(question, text) for question, text in replies]
        return found


def decomposition_prompt(question: str, examples: list[WorkedExample], wording: Wording) -> str:
    """Return a prompt for the sub-questions of a question."""
    found = []
    for each in examples:
        if questions := each.sub_questions():
            items = "\n".join(f"{number}. {item}" for number, item in enumerate(questions, start=1))
            found.append(wording.reply(each.question, f"{wording.decomposition}\n{items}"))
    if not found:
        return f"{wording.instruction}\n\n{wording.ask(question)}"
    return "\n\n".join([*found, wording.ask(question)])
