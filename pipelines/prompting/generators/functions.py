"""`FunctionGenerator`: a function from a prompt to a text as a generator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from wordvec._utils.errors import ParameterError
from wordvec._utils.messages import shown

from .base import CheckedGenerator
from .completions import Completion, Request, cut_at_stop

__all__ = ["FunctionGenerator"]

_OWNER = "FunctionGenerator"
_OPTIONS = ("max_tokens", "stop", "temperature", "seed")


class FunctionGenerator(CheckedGenerator):
    """A function from a prompt to a text, as a generator.

    Parameters
    ----------
    function : callable
        Called with one prompt, and with those of max_tokens, stop, temperature and seed that it has as parameters. Its
        text is cut at the first stop string.
    count_tokens : callable, optional
        Returns the number of tokens of a text; without it, completions have no token counts.

    Examples
    --------
    >>> from wordvec.pipelines.prompting import FunctionGenerator
    >>> generator = FunctionGenerator(lambda prompt: prompt.upper() + "; more", count_tokens=len)
    >>> generator.generate(["hello"], stop=";")
    [Completion(text='HELLO', n_prompt_tokens=5, n_new_tokens=5, finish_reason='stop')]
    """

    def __init__(
        self, function: Callable[..., str], *, count_tokens: Callable[[str], int] | None = None
    ) -> None:
        for name, value in (("function", function), ("count_tokens", count_tokens)):
            if not callable(value) and not (value is None and name == "count_tokens"):
                raise ParameterError(name, _OWNER, "be a callable", value)
        self.function, self.count_tokens = function, count_tokens
        self._taken = _parameters_of(function)

    def _complete(self, request: Request) -> list[Completion]:
        """Return completions; raise what the function raises, or TypeError if it does not return text."""
        found = []
        for prompt, row_seed in zip(request.prompts, request.row_seeds(), strict=True):
            options = dict(
                max_tokens=request.max_tokens,
                stop=request.stop,
                temperature=request.temperature,
                seed=row_seed,
            )
            text = self.function(prompt, **{name: options[name] for name in self._taken})
            found.append(self._completion(prompt, text, request.stop))
        return found

    def _completion(self, prompt: str, text: Any, stop: tuple[str, ...]) -> Completion:
        if not isinstance(text, str):
            name = getattr(self.function, "__name__", type(self.function).__name__)
            raise TypeError(
                f"The generator {name!r} must return a text. For the prompt that ends in {prompt[-40:]!r} it returned "
                f"{shown(text)}."
            )
        text, is_cut = cut_at_stop(text, stop)
        count = self.count_tokens
        n_prompt, n_new = (None, None) if count is None else (count(prompt), count(text))
        return Completion(text, n_prompt, n_new, "stop" if is_cut else None)

    def __repr__(self) -> str:
        return f"{_OWNER}({getattr(self.function, '__name__', self.function)!r})"


def _parameters_of(function: Callable[..., Any]) -> list[str]:
    """Return which of the options a function has as parameters, besides the prompt, which comes first."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # functions written in C need not have a signature
        return []
    named = {p.name for p in parameters[1:] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    named |= {p.name for p in parameters[:1] if p.kind is p.KEYWORD_ONLY}
    return [name for name in _OPTIONS if name in named]
