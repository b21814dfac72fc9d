"""Standard input and pipes as temporary files, for readers that read their input twice."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wordvec._utils.errors import AdvisedError, ParameterError, SeveralErrors

from .errors import CommandError
from .options import STDIN
from .output import note

# What messages call the temporary files.
_NAMES: dict[Path, str] = {}


@contextlib.contextmanager
def as_file(source: str, what: str) -> Iterator[Path]:
    """Yield the path of `source`, or of a temporary file with the content of a pipe or, for "-", of standard input.

    Errors name the source, not the temporary file. On a terminal a note says how to enter `what` and how to end.
    """
    if source != STDIN and not Path(source).is_fifo():
        yield Path(source)
        return
    if source == STDIN and sys.stdin.isatty():
        note(f"Type {what}, and end with Ctrl-D (Ctrl-Z and Enter on Windows).")
    with tempfile.TemporaryDirectory(prefix="wordvec-") as folder:
        path = Path(folder) / "stdin"
        with (
            contextlib.nullcontext(sys.stdin.buffer)
            if source == STDIN
            else Path(source).open("rb") as stream,
            path.open("wb") as file,
        ):
            shutil.copyfileobj(stream, file)
        _NAMES[path] = "the standard input" if source == STDIN else repr(source)
        try:
            yield path
        except SeveralErrors as error:
            raise SeveralErrors([_renamed(each, path) for each in error.errors]) from error
        except ValueError as error:
            renamed = _renamed(error, path)
            if renamed is error:
                raise
            raise renamed from error


def stdin_text() -> str:
    """Return the text of the standard input, without a byte order mark and carriage returns.

    Raises
    ------
    CommandError
        If it is not text in UTF-8.
    """
    raw = sys.stdin.buffer.read()
    for number, line in enumerate(raw.split(b"\n"), 1):
        check_stdin_line(line, number)
    return raw.decode("utf-8-sig").replace("\r\n", "\n")


def check_stdin_line(line: bytes, number: int) -> None:
    """Raise CommandError if a line of the standard input is not text in UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        raise CommandError(f"The standard input is not UTF-8 (line {number}). Convert it.") from error
    if b"\0" in line:
        raise CommandError(
            f"The standard input holds null characters (line {number}): it is not text. Check the source."
        )


def with_stdin_named(text: str) -> str:
    """Return a text in which the temporary file of standard input, or of a pipe, is named as such."""
    for path, name in _NAMES.items():
        text = text.replace(repr(str(path)), name)
    return text


def _renamed(error: Exception, path: Path) -> Exception:
    """Return an error that names its source; the same error if its fields carry more than its text."""
    if isinstance(error, AdvisedError):
        error.finding = _named(error.finding, path)
    elif isinstance(error, ValueError) and not isinstance(error, ParameterError):
        return ValueError(_named(str(error), path))
    return error


def _named(text: str, path: Path) -> str:
    name = _NAMES[path]
    return text.replace(repr(str(path)), name[0].upper() + name[1:])
