"""Error messages of commands, which name options instead of parameters."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from wordvec._utils.advice import spell_for_python
from wordvec._utils.errors import AdvisedError, AdvisedWarning, ParameterError, SeveralErrors

_QUOTES = "\"'"


class CommandError(ValueError):
    """An error whose message names command line options."""


def in_options(
    command: Callable[..., None], other_names: Mapping[tuple[str, str], str] | None = None
) -> Callable[..., None]:
    """Return a command whose errors name its options instead of parameters.

    Parameters
    ----------
    command : callable
        Its signature gives the names of options: ``n_jobs: Annotated[int, typer.Option("--jobs")]``.
    other_names : mapping of (owner, parameter) to option, optional
        For parameters of other functions whose names differ from the signature.
    """

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        def spelled(error: Exception) -> Exception:
            if not isinstance(error, (ParameterError, AdvisedError)):
                return error
            return CommandError(_message(error, option_flags(command), other_names or {}))

        show = warnings.showwarning

        def show_spelled(message: Any, *rest: Any, **named: Any) -> None:
            if isinstance(message, AdvisedWarning):
                message = UserWarning(_message(message.advised, option_flags(command), other_names or {}))
            show(message, *rest, **named)

        warnings.showwarning = show_spelled
        try:
            command(*args, **kwargs)
        except (ParameterError, AdvisedError) as error:
            raise spelled(error) from error
        except SeveralErrors as error:
            raise SeveralErrors(list(map(spelled, error.errors))) from error
        finally:
            warnings.showwarning = show

    return run


def option_flags(command: Callable[..., None]) -> dict[str, str]:
    """Return the option of each parameter of a command; arguments have none."""
    found = {name: _flag(name, option) for name, option in _parameters(command).items()}
    flags = {name: flag for name, flag in found.items() if flag is not None}
    # `file_format` has the option --format: functions call it `format`, too.
    return {flag[2:].replace("-", "_"): flag for flag in flags.values()} | flags


def _message(
    error: ParameterError | AdvisedError, flags: dict[str, str], other_names: Mapping[tuple[str, str], str]
) -> str:
    def spell(name: str, value: str | None) -> str:
        flag = flags.get(name)
        if flag is None:
            return spell_for_python(name, value)
        if value in (None, "...", "True"):
            return flag
        bare = value.strip(_QUOTES)
        return f"{flag} {bare if bare.replace('-', '').isalnum() else value}"  # the shell wants quotes for others

    if isinstance(error, AdvisedError):
        return error.message(spell, flags.__contains__)
    name, bracket, key = error.name.partition("[")  # a value of a dict: class_weight['good']
    flag = other_names.get((error.owner, name)) or flags.get(name)
    if flag and bracket:
        flag = f"{flag} of {key.removesuffix(']')}"
    return error.message(flag, spell)


def _parameters(command: Callable[..., None]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(command, eval_str=True).parameters


def _flag(name: str, option: inspect.Parameter) -> str | None:
    metadata = getattr(option.annotation, "__metadata__", ())
    if any(type(info).__name__ == "ArgumentInfo" for info in metadata):
        return None
    # Typer stores the first name where the default once stood.
    declared = [text for info in metadata for text in (info.default, *(info.param_decls or ()))]
    names = [text for text in declared if isinstance(text, str) and text.startswith("--")]
    return names[0] if names else f"--{name.rstrip('_').replace('_', '-')}"
