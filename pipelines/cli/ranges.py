"""Ranges of options in --help, from the parameters that estimators declare.

Importing the estimators takes seconds, which help should not: the declarations, `_parameter_rules` of each class, are
read from the source, only for the command whose help is requested.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from typer.core import TyperCommand

from wordvec._utils import parameters
from wordvec._utils.parameters import Integer, Real, Rule

_RULES = "_parameter_rules"
_RULES_MODULE = parameters.__name__


def command_class(declared_by: tuple[str, ...]) -> type[TyperCommand]:
    """Return the class of a command whose help shows ranges.

    Parameters
    ----------
    declared_by : tuple of str
        Classes that declare the parameters set by options, each as ``"module:Class"``; earlier classes take precedence.
    """

    class RangedCommand(TyperCommand):
        def format_options(self, context: Any, formatter: Any) -> None:
            """Write the options, each with the range of its parameter."""
            ranges = option_ranges(declared_by)
            for option in self.params:
                if option.name in ranges and ranges[option.name] not in (option.help or ""):  # type: ignore[attr-defined]
                    option.help = f"{option.help or ''} {ranges[option.name]}".strip()  # type: ignore[attr-defined]
            super().format_options(context, formatter)

    return RangedCommand


def option_ranges(declared_by: tuple[str, ...]) -> dict[str, str]:
    """Return a sentence with the range of each numeric parameter of some classes."""
    found: dict[str, dict[str, str]] = {}
    for owner in declared_by:
        name = owner.partition(":")[2]
        for parameter, rule in declared_rules(owner).items():
            number = getattr(rule, "rule", rule)  # an option is left out where Python passes None
            if isinstance(number, Integer | Real):
                found.setdefault(parameter, {})[name] = number.description
    return {parameter: _sentence(by_class) for parameter, by_class in found.items()}


def declared_rules(owner: str) -> Mapping[str, Rule]:
    """Return the rules that a class declares or inherits, without importing it; empty if there are none."""
    module, _, name = owner.partition(":")
    found = _Source.of(module).rules_of(name)
    return {} if found is None else found


def _sentence(by_class: Mapping[str, str]) -> str:
    (_, first), *others = by_class.items()
    parts = [first, *(f"{name}: {text}" for name, text in others if text != first)]
    return f"{first[0].upper()}{'; '.join(parts)[1:]}."


class _Source:
    """The names of a module, evaluated from its source one by one."""

    def __init__(self, module: str) -> None:
        spec = importlib.util.find_spec(module)
        assert spec is not None and spec.origin is not None
        self.module = module
        self.package = spec.parent or ""
        self.nodes: dict[str, ast.AST] = {}
        for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
            self.nodes.update((name, node) for name in _names_of(node))

    @classmethod
    @functools.cache
    def of(cls, module: str) -> _Source:
        """Return the source of a module, which is read once."""
        return cls(module)

    def rules_of(self, name: str) -> Mapping[str, Rule] | None:
        """Return the declaration of a class of the module, or of its nearest base class that has one."""
        node = self.nodes.get(name)
        if isinstance(node, ast.ImportFrom):
            return self._origin(node).rules_of(_imported(node, name))
        if not isinstance(node, ast.ClassDef):
            return None
        for statement in node.body:
            if _RULES in _names_of(statement):
                value: Mapping[str, Rule] = self._value(statement)
                return value
        above = (self.rules_of(base.id) for base in node.bases if isinstance(base, ast.Name))
        return next((rules for rules in above if rules is not None), None)

    def __getitem__(self, name: str) -> Any:
        """Return the value of a name; for classes and functions other than rules, a placeholder."""
        node = self.nodes.get(name)
        if node is None:
            raise KeyError(name)  # a builtin
        if isinstance(node, ast.ImportFrom):
            origin = self._origin(node)
            if origin.module == _RULES_MODULE:
                return getattr(parameters, _imported(node, name))
            return origin[_imported(node, name)] if origin.module else _stand_in(name)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            return self._value(node)
        if isinstance(node, ast.ClassDef):
            return _stand_in(name, self.rules_of(name))
        return _stand_in(name)

    def _value(self, node: Any) -> Any:
        code = compile(ast.Expression(node.value), self.module, "eval")
        names: Any = self
        return eval(code, {}, names)

    def _origin(self, node: ast.ImportFrom) -> Any:
        name = importlib.util.resolve_name("." * node.level + (node.module or ""), self.package)
        return _Source.of(name) if name.partition(".")[0] == "wordvec" else _Foreign()


class _Unread(Rule):
    """A rule, or a part of one, that is not evaluated because it does not concern a number."""

    description = "something else"

    def __init__(self, *_: Any, **__: Any) -> None:
        pass


def _stand_in(name: str, rules: Mapping[str, Rule] | None = None) -> type[_Unread]:
    return type(name, (_Unread,), {} if rules is None else {_RULES: rules})


class _Foreign:
    """A module of another library, whose declarations are not read."""

    module = ""

    def rules_of(self, _: str) -> None:
        """Return None: it declares nothing."""


def _names_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.ImportFrom | ast.Import):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.If):  # if TYPE_CHECKING
        for statement in node.body:
            yield from _names_of(statement)


def _imported(node: ast.ImportFrom, name: str) -> str:
    return next(alias.name for alias in node.names if (alias.asname or alias.name) == name)
