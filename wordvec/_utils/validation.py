"""Checks of function arguments, paths and optional libraries."""

from __future__ import annotations

import importlib
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar

from wordvec._utils.errors import ParameterError
from wordvec._utils.parameters import Boolean, Choice, FilePath, Instance, Integer, Real, Rule, Seed

_T = TypeVar("_T")


def check_arguments(rules: Mapping[str, Rule], owner: str, values: Mapping[str, Any]) -> Any:
    """Check arguments of a function by declared rules, as `check_parameters` checks those of an instance."""
    return SimpleNamespace(**{name: rules[name].check(name, value, owner) for name, value in values.items()})


def check_int(name: str, value: Any, owner: str, low: int, high: int | None = None) -> int:
    """Return `value` as an int in [low, high], or raise ParameterError (booleans are refused, too)."""
    return Integer(low, high).check(name, value, owner)


def check_float(
    name: str,
    value: Any,
    owner: str,
    low: float,
    high: float = math.inf,
    *,
    low_open: bool = False,
) -> float:
    """Return `value` as a finite float in [low, high] (or (low, high]), or raise ParameterError."""
    return Real(low, high, low_open=low_open).check(name, value, owner)


def check_bool(name: str, value: Any, owner: str) -> bool:
    """Return `value` if it is True or False, or raise ParameterError."""
    return Boolean().check(name, value, owner)


def check_choice(name: str, value: Any, owner: str, choices: Collection[str]) -> str:
    """Return `value` if it is one of `choices`, or raise ParameterError."""
    return Choice(*choices).check(name, value, owner)


def check_seed(value: Any, owner: str, name: str = "random_state") -> int:
    """Return the seed of a `random_state`: the number itself, or a number drawn from it; for None, a random one.

    Raises
    ------
    ParameterError
        If it is no number from 0 to 2**63 - 1, no RandomState and not None.
    """
    return Seed().check(name, value, owner)


def check_instance(name: str, value: Any, owner: str, kind: type[_T]) -> _T:
    """Return `value` if it is a `kind`, or raise ParameterError."""
    found: _T = Instance(kind).check(name, value, owner)
    return found


def check_path(name: str, value: Any, owner: str) -> Path:
    """Return a path as a Path, or raise ParameterError; bytes are refused, because pathlib does not support them."""
    path: Path = FilePath().check(name, value, owner)
    return path


def check_folder(name: str, value: Any, owner: str) -> Path:
    """Return the path of a folder, which need not exist.

    Raises
    ------
    ParameterError
        If it is no path.
    NotADirectoryError
        If it is a file.
    """
    path = check_path(name, value, owner)
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(
            f"The {name} parameter of {owner} must be a folder. {str(path)!r} is a file."
        )
    return path


def check_checkpoint_folder(name: str, value: Any, resume: Any, owner: str) -> Path | None:
    """Return the folder for the checkpoints of a run, created if necessary; None for no checkpoints.

    Raises
    ------
    ParameterError
        If `value` is neither a path nor None, `resume` is neither True nor False, or it is True without a folder.
    NotADirectoryError
        If `value` is a file.
    """
    if value is None:
        if check_bool("resume", resume, owner):
            fix = f"Pass the folder of one as {{{name}=...}}."
            raise ParameterError("resume", owner, "be False where there is no checkpoint", resume, fix)
        return None
    check_bool("resume", resume, owner)
    folder = check_folder(name, value, owner)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_parent_folder(path: Path) -> Path:
    """Return `path` if its parent folder exists, or raise FileNotFoundError."""
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"The folder {str(folder)!r} does not exist, so {path.name!r} cannot be written there. "
            "Create the folder first, or choose another path."
        )
    return path


def import_optional(module: str, *, pip: str, purpose: str) -> ModuleType:
    """Import an optional library, or raise ImportError with the pip command that installs it.

    Parameters
    ----------
    module : str
        The module to import, e.g. ``"rjieba"``.
    pip : str
        The package to install, e.g. ``"wordvec[nlp]"``.
    purpose : str
        The feature that needs it, e.g. ``'tokenizer="zh"'``.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs the package {module.partition('.')[0]!r}, which could not be imported "
            f'({error}). Install it with: pip install "{pip}"'
        ) from error
