"""The command tree: all of it, or a single command.

A command's module is loaded on demand: loading all of them imports most of both packages and takes twice as long as a
prediction.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Sequence
from typing import Annotated

import typer

from wordvec import __version__

from .errors import in_options
from .ranges import command_class

# In the order of the help.
_COMMANDS = (
    "demo", "train", "neighbors", "analogy", "drift", "explore", "evaluate", "convert", "align", "compare", "segment",
    "summarize", "check", "verify",
)  # fmt: skip
# Where the module of a command lies that is not beside this one.
_ROOMS = {"neighbors": ".vectors", "analogy": ".vectors", "drift": ".vectors", "explore": ".vectors"}
_GROUPS = ("classify", "tag", "lm", "plot")
_ALL = frozenset(_COMMANDS + _GROUPS)


def make_app(names: Collection[str] = _ALL) -> typer.Typer:
    """Return the program with these commands and groups of commands."""
    app = typer.Typer(
        name="wordvec",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in _COMMANDS:
        if name in names:
            module = importlib.import_module(f"{_ROOMS.get(name, '')}.{name}", __package__)
            ranged = command_class(getattr(module, "DECLARED_BY", ()))
            app.command(name, cls=ranged)(in_options(getattr(module, name)))
    for name in _GROUPS:
        if name in names:
            app.add_typer(importlib.import_module(f".{name}", __package__).app, name=name)
    app.callback(invoke_without_command=True)(_wordvec)
    return app


def __getattr__(name: str) -> typer.Typer:
    """Return `app`, the program with all its commands, for documentation that lists them."""
    if name == "app":
        return make_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def named_in(arguments: Sequence[str]) -> Collection[str]:
    """Return the command that the arguments start with; without one, all commands, for the help."""
    first = arguments[0] if arguments else ""
    if list(arguments) == ["--version"]:
        return ()
    return (first,) if first in _ALL else _ALL


def _wordvec(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Word vectors by skip-gram, CBOW or GloVe: train, query, evaluate, convert, compare; classify, tag, generate text.

    To get started: wordvec demo
    """
    if version:
        print(f"wordvec {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
