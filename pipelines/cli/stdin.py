"""Standard input as a temporary file, for readers that read their input twice."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wordvec._utils.errors import AdvisedError, ParameterError, SeveralErrors

from .options import STDIN
from .output import note

_TEMPORARY: list[Path] = []


@contextlib.contextmanager
def as_file(source: str, what: str) -> Iterator[Path]:
    """Give the path of `source`, or of a temporary file with the standard input if that is "-".

    Errors name the standard input, not the file. On a terminal a note says how to type `what`, and to end.
    """
    if source != STDIN:
        yield Path(source)
        return
    if sys.stdin.isatty():
        note(f"Type {what}, and end with Ctrl-D (Ctrl-Z and Enter on Windows).")
    with tempfile.TemporaryDirectory(prefix="wordvec-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        _TEMPORARY.append(path)
        try:
            yield path
        except SeveralErrors as error:
            raise SeveralErrors([_renamed(each, path) for each in error.errors]) from error
        except ValueError as error:
            renamed = _renamed(error, path)
            if renamed is error:
                raise
            raise renamed from error


def with_stdin_named(text: str) -> str:
    """Return a text in which the file that stands for the standard input is called that."""
    for path in _TEMPORARY:
        text = text.replace(repr(str(path)), "the standard input")
    return text


def _renamed(error: Exception, path: Path) -> Exception:
    """Return an error that names the standard input; where its fields say more than its text, the same one."""
    if isinstance(error, AdvisedError):
        error.finding = _named(error.finding, path)
    elif isinstance(error, ValueError) and not isinstance(error, ParameterError):
        return ValueError(_named(str(error), path))
    return error


def _named(text: str, path: Path) -> str:
    return text.replace(repr(str(path)), "The standard input")
