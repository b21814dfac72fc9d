"""Errors of PyTorch and its allocators in one line, with the options of the command that help."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import typer

from wordvec._utils.errors import AdvisedError, RunFailedError

from ..errors import CommandError, option_flags

# Parameters that decide how much memory is taken, in the order in which they are named.
_SIZES = (
    "batch_size",
    "block_size",
    "hidden_size",
    "num_layers",
    "max_length",
    "vocab_size",
    "window",
    "max_new_tokens",
)
_MARKS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_cpu",
    "overflow",
    "std::bad_alloc",
)


def in_one_line(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that raises CommandError if PyTorch raises RuntimeError or memory runs out."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (
            typer.Exit,
            typer.Abort,
            RunFailedError,
            AdvisedError,
        ):  # RuntimeErrors that PyTorch does not raise
            raise
        except (RuntimeError, MemoryError) as error:
            text = str(error).strip()
            first = text.splitlines()[0] if text else type(error).__name__
            if isinstance(error, MemoryError) or any(mark in text.lower() for mark in _MARKS):
                flags = option_flags(command)
                smaller = ", ".join(flags[name] for name in _SIZES if name in flags)
                advice = f"Make one of these smaller: {smaller}." if smaller else "Use a smaller model."
                raise CommandError(f"There is not enough memory ({first.rstrip('.')}). {advice}") from error
            raise CommandError(f"PyTorch failed: {first}") from error

    return run
