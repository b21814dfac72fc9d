"""Running commands: notes, one-line errors, exit codes."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import typer

from wordvec._utils.assumptions import assumptions_told
from wordvec._utils.errors import RunFailedError, SeveralErrors
from wordvec._utils.loops import interrupt_on_termination
from wordvec._utils.spelling import UnknownWordError

from . import INTERRUPTED
from .commands import make_app, named_in
from .foreign_options import check_foreign_options
from .output import Notes, note, open_closed_streams
from .stdin import with_stdin_named

__all__ = ["run"]

# Typer brought its own copy of click in some versions: the base class of all usage errors, whichever it is.
_ClickException: Any = typer.BadParameter.__mro__[2]
# Errors that the packages raise for bad input, missing libraries and full disks. Anything else is a bug of ours.
_USER_ERRORS = (
    _ClickException,
    FloatingPointError,
    ImportError,
    MemoryError,
    OSError,
    RunFailedError,
    TypeError,
    UnknownWordError,
    ValueError,
)


def run(arguments: Sequence[str]) -> int:
    """Run the program with these arguments and return its exit code."""
    command = typer.main.get_command(make_app(named_in(arguments)))  # `main` answers Ctrl-C meanwhile
    notes = Notes()
    try:
        open_closed_streams()
        interrupt_on_termination()
        with (
            warnings.catch_warnings(),
            assumptions_told(lambda text: notes.add(f"Assumed: {with_stdin_named(text)}.")),
        ):
            warnings.showwarning = lambda message, *_, **__: notes.add(with_stdin_named(str(message)))
            code = _run(command, list(arguments), notes)
        notes.show()
    except KeyboardInterrupt:  # a second one, or one that came just before or after the command
        code = INTERRUPTED
    return code


def _run(command: Any, arguments: list[str], notes: Notes) -> int:
    # Not command.main(), which prints errors and Ctrl-C in its own way.
    try:
        check_foreign_options(arguments, command)
        with command.make_context("wordvec", arguments) as context:
            command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        notes.pop()  # of what did not come about
        note("wordvec: interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone (`wordvec ... | head`): nothing is wrong, and nobody listens.
        sys.stdout = None
        return 0
    except _USER_ERRORS as error:
        # Items that failed by themselves have a line each; what was noted belongs to the last.
        *others, last = error.errors if isinstance(error, SeveralErrors) else [error]
        for other in others:
            note(f"wordvec: {_one_line(other)}")
        note(f"wordvec: {_one_line(last)}{notes.pop()}")
        return 2
    return 0


def _one_line(error: BaseException) -> str:
    if isinstance(error, _ClickException):
        # The message alone: the usage would be more lines.
        text = error.format_message()
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "wordvec"
        return " ".join(f"{text.rstrip('.')}. Try: {path} --help".split())
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return f"The file {str(error.filename)!r} does not exist. Check the path."
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename!r}: " if error.filename is not None else ""
        return " ".join(f"{where}{error.strerror}.".split())
    if isinstance(error, MemoryError):
        return "There is not enough memory. Use fewer words (--limit, --max-vocab-size) or smaller vectors."
    return " ".join(str(error).split())
