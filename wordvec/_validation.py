"""Every parameter check and its message: the parameter, its owner, the rule, the value given, the fix."""

from __future__ import annotations

import importlib
import math
import numbers
import os
from collections.abc import Collection
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

_T = TypeVar("_T")


def check_int(name: str, value: Any, owner: str, low: int, high: int | None = None) -> int:
    """Return `value` as an int in [low, high], or raise.

    Raises
    ------
    TypeError
        If `value` is not an integer (booleans are refused too).
    ValueError
        If it lies outside the range.
    """
    rule = f"an integer of at least {low}" if high is None else f"an integer from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"The {name} parameter of {owner} must be {rule}. Got {value!r} instead.")
    number = int(value)
    if number < low or (high is not None and number > high):
        raise ValueError(f"The {name} parameter of {owner} must be {rule}. Got {value!r} instead.")
    return number


def check_float(
    name: str,
    value: Any,
    owner: str,
    low: float,
    high: float = math.inf,
    *,
    low_open: bool = False,
) -> float:
    """Return `value` as a finite float in [low, high] (or (low, high]), or raise.

    Raises
    ------
    TypeError
        If `value` is not a real number.
    ValueError
        If it is NaN, infinite or outside the range.
    """
    left = f"greater than {low:g}" if low_open else f"of at least {low:g}"
    rule = f"a number {left}" + ("" if high == math.inf else f" and at most {high:g}")
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"The {name} parameter of {owner} must be {rule}. Got {value!r} instead.")
    number = float(value)
    too_low = number <= low if low_open else number < low
    if not math.isfinite(number) or too_low or number > high:
        raise ValueError(f"The {name} parameter of {owner} must be {rule}. Got {value!r} instead.")
    return number


def check_bool(name: str, value: Any, owner: str) -> bool:
    """Return `value` if it is True or False, or raise TypeError."""
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise TypeError(f"The {name} parameter of {owner} must be True or False. Got {value!r} instead.")


def check_choice(name: str, value: Any, owner: str, choices: Collection[str]) -> str:
    """Return `value` if it is one of `choices`, or raise ValueError."""
    if value not in choices:
        options = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"The {name} parameter of {owner} must be one of {options}. Got {value!r} instead.")
    return str(value)


def check_seed(value: Any, owner: str) -> int:
    """Return the seed that a `random_state` stands for: itself, or a draw from it; None draws a new one.

    Raises
    ------
    TypeError
        If it is no number, RandomState or None.
    ValueError
        If it is negative, or 2**63 or more.
    """
    # The command line loads this module for its messages, and should not wait for these.
    import numpy as np
    from sklearn.utils import check_random_state

    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return check_int("random_state", value, owner, 0, 2**63 - 1)
    if value is not None and not isinstance(value, np.random.RandomState):
        raise TypeError(
            f"The random_state parameter of {owner} must be a number of at least 0, a RandomState or None. "
            f"Got {value!r} instead."
        )
    return int(check_random_state(value).randint(2**31 - 1))


def check_instance(name: str, value: Any, owner: str, kind: type[_T]) -> _T:
    """Return `value` if it is a `kind`, or raise TypeError."""
    if isinstance(value, kind):
        return value
    given = type(value).__name__
    raise TypeError(f"The {name} parameter of {owner} must be a {kind.__name__}. Got {given} instead.")


def check_path(name: str, value: Any, owner: str) -> Path:
    """Return a path as a Path, or raise TypeError; bytes are a path to the system, but not to pathlib."""
    path = os.fspath(value) if isinstance(value, (str, os.PathLike)) else value
    if isinstance(path, str) and path:
        return Path(path)
    raise TypeError(f"The {name} parameter of {owner} must be a path. Got {value!r:.60} instead.")


def check_parent_folder(path: Path) -> Path:
    """Return `path` if the folder that is to hold it exists, or raise FileNotFoundError."""
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"The folder {str(folder)!r} does not exist, so {path.name!r} cannot be written there. "
            "Create the folder first, or choose another path."
        )
    return path


def import_optional(module: str, *, pip: str, purpose: str) -> ModuleType:
    """Import an optional library, or raise ImportError with the pip command that brings it.

    Parameters
    ----------
    module : str
        What to import, e.g. ``"rjieba"``.
    pip : str
        What to install, e.g. ``"wordvec[nlp]"``.
    purpose : str
        What needs it, e.g. ``'tokenizer="zh"'``.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs the package {module.partition('.')[0]!r}, which could not be imported "
            f'({error}). Install it with: pip install "{pip}"'
        ) from error
