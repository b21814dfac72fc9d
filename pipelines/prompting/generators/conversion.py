"""`as_generator`: conversion of functions, pipelines and model folders to generators."""

from __future__ import annotations

import inspect
import os
from typing import Any

from wordvec._utils.messages import shown

from .completions import Generator
from .decoder import DecoderGenerator
from .functions import FunctionGenerator
from .pipelines import PipelineGenerator, is_text_pipeline

__all__ = ["as_generator"]


def as_generator(value: Any) -> Generator:
    """Return a generator for a value.

    Parameters
    ----------
    value : generator, folder, pipeline or callable
        An object with the protocol's method `generate` (see `Generator`), which is returned unchanged; the path of a
        folder with one of our causal models; a text generation pipeline of transformers; or a function from a prompt to
        a text, which becomes a `FunctionGenerator`.

    Raises
    ------
    TypeError
        If it is none of these. The message says what to pass for a bare model.
    FileNotFoundError, ValueError
        As for `DecoderGenerator.load`.

    Examples
    --------
    >>> from wordvec.pipelines.prompting import as_generator
    >>> as_generator(str.upper).generate(["hello"])[0].text
    'HELLO'
    """
    if isinstance(value, (str, os.PathLike)):
        if str(value).startswith(("http://", "https://")):
            raise TypeError(
                f"{value!r} is not a folder. For an endpoint, pass HTTPGenerator({value!r}, model=...)."
            )
        return DecoderGenerator.load(value)
    if is_text_pipeline(value):
        return PipelineGenerator(value)
    if isinstance(value, type):
        raise TypeError(f"{value.__name__} is a class. Pass an instance of it.")
    if _is_generator(value):
        found: Generator = value
        return found
    if callable(getattr(value, "generate", None)) or hasattr(value, "parameters"):
        raise TypeError(
            f"A {type(value).__name__} alone generates no text from text. Pass DecoderGenerator(model, tokenizer), or "
            'for a model of transformers pipeline("text-generation", model=model, tokenizer=tokenizer).'
        )
    if callable(value):
        return FunctionGenerator(value)
    raise TypeError(
        "A generator must be an object with generate(prompts, max_tokens=...), a callable from a prompt to a text, a "
        f"pipeline of transformers, or a folder with a model. Got {shown(value)}."
    )


def _is_generator(value: Any) -> bool:
    """Return whether `generate` follows the protocol, rather than that of a model, which takes token ids."""
    method = getattr(value, "generate", None)
    if not callable(method):
        return False
    try:
        parameters = inspect.signature(method).parameters
    except (TypeError, ValueError):
        return False
    return "max_tokens" in parameters or next(iter(parameters), None) == "prompts"
