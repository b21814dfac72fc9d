"""Declared parameters of classes: each has a rule by which values are checked, described and tested.

A class lists its parameters in the manner of scikit-learn's constraints:

>>> class Trainer:
...     _parameter_rules = {"epochs": Integer(1), "mode": Choice("fast", "exact"), "top": Integer(1) | None}
...     def __init__(self, epochs=5, mode="fast", top=None):
...         self.epochs, self.mode, self.top = epochs, mode, top
>>> check_parameters(Trainer()).epochs
5
>>> try:
...     check_parameters(Trainer(epochs=0))
... except ParameterError as error:
...     print(error)
The epochs parameter of Trainer must be an integer of at least 1. Got 0 instead.
>>> Trainer._parameter_rules["mode"].description
"one of 'fast', 'exact'"

The command line prints a rule's `description` in its help, and an error with the name of its option.
"""

from __future__ import annotations

import codecs
import contextlib
import math
import numbers
import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from wordvec._utils.errors import ParameterError

_T = TypeVar("_T")


class Rule:
    """The values allowed for a parameter. ``rule | None`` also allows None, ``rule | other`` what either allows.

    Attributes
    ----------
    description : str
        What a value must be, after "must be".
    fix : str
        The advice in errors; empty if the description suffices.
    """

    description: str
    fix: str = ""

    @property
    def typed(self) -> str:
        """What a value must be on a command line, where None and objects cannot be typed; may be empty."""
        return self.description

    def check(self, name: str, value: Any, owner: str) -> Any:
        """Return `value` as its plain Python type, or raise ParameterError."""
        try:
            return self._checked(value)
        except ValueError:
            rules = [f"be {text}" if text else "" for text in (self.description, self.typed)]
            raise ParameterError(name, owner, rules[0], value, self.advice(value), rules[1]) from None

    def advice(self, value: Any) -> str:
        """Return the advice for an error about `value`; empty if the description suffices."""
        return self.fix

    def bad_values(self) -> list[Any]:
        """Return values that break the rule, for tests."""
        raise NotImplementedError

    def _checked(self, value: Any) -> Any:
        """Return `value` as its plain Python type, or raise ValueError."""
        raise NotImplementedError

    def __or__(self, other: Rule | None) -> Rule:
        return _OrNone(self) if other is None else _Either(self, other)


class _OrNone(Rule):
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.description = f"{rule.description}, or None"

    @property
    def typed(self) -> str:
        return self.rule.typed

    def advice(self, value: Any) -> str:
        return self.rule.advice(value)

    def _checked(self, value: Any) -> Any:
        return None if value is None else self.rule._checked(value)

    def bad_values(self) -> list[Any]:
        return [value for value in self.rule.bad_values() if value is not None]


class _Either(Rule):
    def __init__(self, first: Rule, second: Rule) -> None:
        self.first, self.second = first, second
        self.description = f"{first.description}, or {second.description}"

    @property
    def typed(self) -> str:
        return ", or ".join(filter(None, (self.first.typed, self.second.typed)))

    def advice(self, value: Any) -> str:
        return " ".join(filter(None, (self.first.advice(value), self.second.advice(value))))

    def _checked(self, value: Any) -> Any:
        with contextlib.suppress(ValueError):
            return self.first._checked(value)
        return self.second._checked(value)

    def bad_values(self) -> list[Any]:
        found = []
        for value in (*self.first.bad_values(), *self.second.bad_values()):
            try:
                self._checked(value)
            except ValueError:
                found.append(value)
        return found


class Integer(Rule):
    """An integer in [low, high]; booleans are refused."""

    def __init__(self, low: int, high: int | None = None, *, multiple_of: int = 1) -> None:
        self.low, self.high, self.multiple_of = low, high, multiple_of
        extent = f"of at least {low}" if high is None else f"from {low} to {high}"
        self.description = (
            f"an integer {extent}" if multiple_of == 1 else f"a multiple of {multiple_of} {extent}"
        )

    def _checked(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise ValueError
        number = int(value)
        if number < self.low or (self.high is not None and number > self.high) or number % self.multiple_of:
            raise ValueError
        return number

    def bad_values(self) -> list[Any]:
        """Return wrong types and the first integers outside the range."""
        beyond = [] if self.high is None else [self.high + 1]
        between = [] if self.multiple_of == 1 else [self.low + 1]
        return [self.low - 1, *beyond, *between, True, float(self.low), str(self.low), None, math.nan]


class Real(Rule):
    """A finite number in [low, high]; `low_open` and `high_open` exclude the ends."""

    def __init__(
        self,
        low: float = -math.inf,
        high: float = math.inf,
        *,
        low_open: bool = False,
        high_open: bool = False,
    ) -> None:
        self.low, self.high, self.low_open, self.high_open = low, high, low_open, high_open
        parts = []
        if low > -math.inf:
            parts.append(f"greater than {low:g}" if low_open else f"of at least {low:g}")
        if high < math.inf:
            parts.append(f"{'less than' if high_open else 'at most'} {high:g}")
        self.description = f"a number {' and '.join(parts)}" if parts else "a finite number"

    def _checked(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise ValueError
        number = float(value)
        too_low = number <= self.low if self.low_open else number < self.low
        too_high = number >= self.high if self.high_open else number > self.high
        if not math.isfinite(number) or too_low or too_high:
            raise ValueError
        return number

    def bad_values(self) -> list[Any]:
        """Return wrong types, non-finite numbers, and numbers just outside the range."""
        step = math.nextafter
        below = [] if math.isinf(self.low) else [self.low if self.low_open else step(self.low, -math.inf)]
        above = [] if math.isinf(self.high) else [self.high if self.high_open else step(self.high, math.inf)]
        return [*below, *above, math.nan, math.inf, -math.inf, True, "0.5", None, 1j]


class Choice(Rule):
    """One of several strings."""

    def __init__(self, *options: str) -> None:
        self.options = options
        listed = ", ".join(map(repr, options))
        self.description = listed if len(options) == 1 else f"one of {listed}"

    def _checked(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise ValueError
        return str(value)

    def bad_values(self) -> list[Any]:
        """Return other strings and other types."""
        return ["", self.options[0].upper() + "?", 1, None, [self.options[0]]]


class Boolean(Rule):
    """True or False, including NumPy's."""

    description = "True or False"

    def _checked(self, value: Any) -> bool:
        if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
            return bool(value)
        raise ValueError

    def bad_values(self) -> list[Any]:
        """Return values that are merely truthy or falsy."""
        return [0, 1, "True", None]


class Instance(Rule):
    """An instance of a class or of a subclass."""

    def __init__(self, kind: type, fix: str = "") -> None:
        self.kind, self.fix = kind, fix
        self.description = f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"

    def _checked(self, value: Any) -> Any:
        if not isinstance(value, self.kind):
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return other types, and the class itself."""
        return [value for value in (None, "", 1, self.kind) if not isinstance(value, self.kind)]


class Having(Rule):
    """An object with certain methods; a class is none."""

    def __init__(self, *methods: str, fix: str = "") -> None:
        self.methods, self.fix = methods, fix
        self.description = f"an object with {' and '.join(methods)}"

    def _checked(self, value: Any) -> Any:
        if isinstance(value, type) or not all(callable(getattr(value, name, None)) for name in self.methods):
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return objects without methods of that name, and a class."""
        return [None, "", 1, dict]


class Function(Rule):
    """Anything that can be called."""

    description = "a callable"
    typed = ""

    def _checked(self, value: Any) -> Any:
        if not callable(value):
            raise ValueError
        return value

    def bad_values(self) -> list[Any]:
        """Return what cannot be called."""
        return [None, "", 1]


class TextEncoding(Rule):
    """The name of a text encoding of Python, ``"utf-8"`` for example."""

    description = "the name of a text encoding of Python"

    def _checked(self, value: Any) -> str:
        try:
            is_text = codecs.lookup(value)._is_text_encoding
        except (LookupError, TypeError):
            is_text = False
        if not is_text:
            raise ValueError
        return str(value)

    def bad_values(self) -> list[Any]:
        """Return what is not a name, and the name of an encoding that is not of text."""
        return ["utf-7.5", "", None, 8, "base64"]


class FilePath(Rule):
    """A path, as a str or an object such as pathlib.Path; bytes are refused."""

    description = "a path"

    def _checked(self, value: Any) -> Path:
        path = os.fspath(value) if isinstance(value, (str, os.PathLike)) else value
        if not isinstance(path, str) or not path:
            raise ValueError
        return Path(path)

    def bad_values(self) -> list[Any]:
        """Return the empty path and other types."""
        return ["", b"model", 1, None]


class Tuple(Rule):
    """A tuple or list of values that each follow one rule, as a tuple."""

    def __init__(self, rule: Rule, length: int) -> None:
        self.rule, self.length = rule, length
        self.description = f"a tuple of {length} values, each {rule.description}"

    def _checked(self, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (tuple, list)) or len(value) != self.length:
            raise ValueError
        return tuple(self.rule._checked(part) for part in value)

    def bad_values(self) -> list[Any]:
        """Return other types, other lengths, and tuples of a value that breaks the rule of the parts."""
        return [None, 1, "", (), *((bad,) * self.length for bad in self.rule.bad_values())]


class Subset(Rule):
    """A tuple or list of some of several strings, each at most once, as a tuple."""

    def __init__(self, *options: str) -> None:
        self.options = options
        self.description = f"a tuple of some of {', '.join(map(repr, options))}"

    def _checked(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, (tuple, list)) or len(set(value)) != len(value):
            raise ValueError
        if not all(isinstance(part, str) and part in self.options for part in value):
            raise ValueError
        return tuple(value)

    def bad_values(self) -> list[Any]:
        """Return other types, other strings, and one string twice."""
        return [1, self.options[0], ("?",), (self.options[0],) * 2, (1,)]


class Threads(Rule):
    """A number of threads, as scikit-learn's `n_jobs`: -1 stands for all cores."""

    description = "a number of threads, -1 for all cores, or None"
    typed = "a number of threads, or -1 for all cores"

    def _checked(self, value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value == 0:
            raise ValueError
        return int(value)

    def bad_values(self) -> list[Any]:
        """Return zero and other types."""
        return [0, True, 1.5, "2"]


class Seed(Rule):
    """A `random_state`; the checked value is a number, which is drawn for None or a RandomState."""

    description = "a number from 0 to 2**63 - 1, a RandomState or None"
    typed = "a number from 0 to 2**63 - 1"

    def _checked(self, value: Any) -> int:
        if isinstance(value, numbers.Integral) and not isinstance(value, bool):
            return Integer(0, 2**63 - 1)._checked(value)
        # Declarations are loaded by the command line, which should not wait for these.
        import numpy as np
        from sklearn.utils import check_random_state

        if value is not None and not isinstance(value, np.random.RandomState):
            raise ValueError
        return int(check_random_state(value).randint(2**31 - 1))

    def bad_values(self) -> list[Any]:
        """Return numbers outside the range and other types."""
        return [-1, 2**63, True, 1.5, "1"]


def check_parameters(instance: Any, *names: str, owner: str | None = None) -> Any:
    """Check an instance's parameters by the rules of its class.

    Parameters
    ----------
    instance : object
        Its class, or a class above it, has `_parameter_rules`, a mapping of names to rules.
    names : str
        The parameters to check; by default all that have a rule.
    owner : str, optional
        The name of the class in messages; its name by default.

    Returns
    -------
    namespace
        The checked values as attributes: plain int, float, bool and str, and the seed drawn from `random_state`.

    Raises
    ------
    ParameterError
        If a value breaks its rule.
    """
    rules: Mapping[str, Rule] = type(instance)._parameter_rules
    owner = owner or type(instance).__name__
    found = {name: rules[name].check(name, getattr(instance, name), owner) for name in names or rules}
    return SimpleNamespace(**found)


def restored(kind: type[_T], parameters: Mapping[str, Any], *unchecked: str) -> _T:
    """Return an estimator with the parameters stored in a file, checked as by `fit`.

    Parameters
    ----------
    kind : class
        With `_parameter_rules`.
    parameters : dict
    *unchecked : str
        Parameters that a file cannot store.

    Raises
    ------
    TypeError
        If the class has no such parameter.
    ParameterError
        If a value breaks its rule.
    """
    instance = kind(**parameters)
    rules: Mapping[str, Rule] = kind._parameter_rules  # type: ignore[attr-defined]
    check_parameters(instance, *(name for name in rules if name not in unchecked))
    return instance
