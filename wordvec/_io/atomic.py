"""Atomic replacement of files: written under a temporary name, renamed when they are whole."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from wordvec._utils.validation import check_parent_folder


@contextlib.contextmanager
def replace_when_whole(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a new binary file that takes the name `path` only when the block ends without an error.

    The data goes to a temporary file in the same folder, reaches the disk, and is renamed. On any error the
    temporary file is removed, and what was at `path` before is still there, untouched.

    Raises
    ------
    FileNotFoundError
        If the folder of `path` does not exist.
    OSError
        If `path` is a folder or a device, or the disk is full or read-only; the message names `path`.
    """
    with _temporary_beside(path) as (temporary, target):
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise what `replace_when_whole` would raise for `path`, before there is anything to write.

    Raises
    ------
    FileNotFoundError, OSError
        As for `replace_when_whole`.
    """
    with _temporary_beside(path) as (temporary, _):
        temporary.touch(exist_ok=False)
        temporary.unlink()


@contextlib.contextmanager
def _temporary_beside(path: str | os.PathLike[str]) -> Iterator[tuple[Path, Path]]:
    """Yield a temporary path beside the file that `path` resolves to, and that file; an error removes the former."""
    target = Path(os.path.realpath(path))
    check_parent_folder(target)
    if target.exists() and not target.is_file():
        raise OSError(
            f"{str(path)!r} is a folder or a device, so no file can take its name. Choose another path."
        )
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        yield temporary, target
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.errno is not None:
            reason = f"{error.strerror}; nothing was written under this name"
            raise OSError(error.errno, reason, str(path)) from error
        raise
