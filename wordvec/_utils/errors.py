"""Errors of parameters and runs, which the command line shows on one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wordvec._utils.advice import Spelling, named_parameters, spell_for_python, spell_parameters
from wordvec._utils.messages import shown


class RunFailedError(RuntimeError):
    """A training run in a separate process failed."""


class SeveralErrors(ValueError):
    """Several independent items (files, words, texts) failed; the others were processed.

    Parameters
    ----------
    errors : list of Exception
        One for each failed item, in order; the command line prints each on its own line.
    """

    def __init__(self, errors: list[Exception]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


class AdvisedError(ValueError):
    """An error whose advice names parameters, which the command line shows as its options.

    Parameters
    ----------
    finding : str
        The problem, one or more sentences.
    *ways : str
        The remedies, each after "Pass", with parameters marked as ``{name}`` or ``{name=value}``.
    advice : str
        Further sentences, with parameters marked in the same way.

    Examples
    --------
    >>> error = AdvisedError("Line 3 is not UTF-8.", "{errors='replace'} to go on", "the right {encoding}")
    >>> print(error)
    Line 3 is not UTF-8. Pass errors='replace' to go on, or the right encoding.
    >>> error.message(lambda name, value: f"--{name}", known={"encoding"}.__contains__)
    'Line 3 is not UTF-8. Pass the right --encoding.'
    """

    def __init__(self, finding: str, *ways: str, advice: str = "") -> None:
        super().__init__(finding, *ways)
        self.finding, self.ways, self.advice = finding, ways, advice

    def message(self, spell: Spelling = spell_for_python, known: Callable[[str], bool] | None = None) -> str:
        """Return the text with parameters spelt by `spell`, without remedies that need one that is not `known`."""
        ways = [way for way in self.ways if known is None or all(map(known, named_parameters(way)))]
        pass_one = f"Pass {', or '.join(ways)}." if ways else ""
        # What was found may quote braces of a file, which mark nothing.
        advice = [spell_parameters(text, spell) for text in (pass_one, self.advice) if text]
        return " ".join([self.finding, *advice])

    def __str__(self) -> str:
        return self.message()


class AdvisedWarning(UserWarning):
    """A warning whose advice names parameters, which the command line shows as its options.

    Parameters
    ----------
    advised : AdvisedError
        The text.
    """

    def __init__(self, advised: AdvisedError) -> None:
        super().__init__(advised)
        self.advised = advised

    def __str__(self) -> str:
        return str(self.advised)


class ParameterError(ValueError, TypeError):
    """A parameter's value is invalid; the fields `name`, `owner`, `rule`, `value` and `fix` describe the problem.

    It is a ValueError and a TypeError, as scikit-learn's ``InvalidParameterError`` is.

    Parameters
    ----------
    name : str
        The parameter.
    owner : str
        The class or function that has it.
    rule : str
        The rule, after "must": ``"be an integer of at least 1"``.
    value : object
        The value passed.
    fix : str
        The remedy, one or more sentences; optional. Other parameters are marked as ``{name}`` or ``{name=value}``.
    typed_rule : str
        The rule on a command line, without values that only exist in Python; by default `rule`.
    """

    def __init__(
        self, name: str, owner: str, rule: str, value: Any, fix: str = "", typed_rule: str = ""
    ) -> None:
        super().__init__(name, owner, rule, value, fix, typed_rule)
        self.name, self.owner, self.rule, self.value, self.fix = name, owner, rule, value, fix
        self.typed_rule = typed_rule or rule

    def message(self, option: str | None = None, spell: Spelling = spell_for_python) -> str:
        """Return the sentence; it names the command's option (``"--epochs"``) if one sets the parameter."""
        subject = f"The option {option}" if option else f"The {self.name} parameter of {self.owner}"
        texts = (self.typed_rule if option else self.rule, self.fix)
        rule, fix = (spell_parameters(text, spell) for text in texts)
        if option and self.value is True and rule.startswith("be False"):  # a flag
            return f"{subject} must be left out{rule.removeprefix('be False')}. {fix}".rstrip()
        return f"{subject} must {rule}. Got {shown(self.value)} instead. {fix}".rstrip()

    def __str__(self) -> str:
        return self.message()
