"""Messages of `wordvec tag` in the words of its options, not of the Python parameters behind them."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

# A parameter as errors name it, with the function or class that has it.
_PARAMETER = re.compile(r"The (\w+) parameter of (wordvec tag \w+|[\w.]+)(?= )")
_ENCODING_HINT = re.compile(r'Pass errors="replace" to go on, or encoding=\.\.\.')
# Whose options are not called like the parameter.
_OTHER_NAMES = {
    ("TokenFeatures", "columns"): "--extra-columns",
    ("CRFTagger.explain", "topn"): "--top",
    ("CRFTagger.predict_nbest", "k"): "--nbest",
}


def in_words_of_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose errors name its options where they named parameters."""
    flags = {
        name: _flag(name, option)
        for name, option in inspect.signature(command, eval_str=True).parameters.items()
    }
    flags["format"] = "--format"

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (TypeError, ValueError) as error:
            text = _PARAMETER.sub(functools.partial(_renamed, command.__name__, flags), str(error))
            text = _ENCODING_HINT.sub("Set --encoding", text)
            if text == str(error):
                raise
            raise ValueError(text) from error

    return run


def _flag(name: str, option: inspect.Parameter) -> str | None:
    """Return what the option of a parameter is called, None if it is an argument."""
    metadata = getattr(option.annotation, "__metadata__", ())
    # The first name stands where typer.Option once took the default.
    declared = [d for info in metadata for d in (info.default, *(getattr(info, "param_decls", None) or ()))]
    if names := [d for d in declared if isinstance(d, str) and d.startswith("--")]:
        return names[0]
    is_argument = any(type(info).__name__ == "ArgumentInfo" for info in metadata)
    return None if is_argument else f"--{name.replace('_', '-')}"


def _renamed(command: str, flags: dict[str, str | None], match: re.Match[str]) -> str:
    name, owner = match.groups()
    flag = _OTHER_NAMES.get((owner, name)) or flags.get(name)
    return match[0] if flag is None else f"The {flag} parameter of wordvec tag {command}"
