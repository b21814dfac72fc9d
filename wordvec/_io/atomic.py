"""Atomic replacement of files, which are written under a temporary name and renamed when complete."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from wordvec._utils.validation import check_parent_folder

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed
    fcntl = None  # type: ignore[assignment]

_TEMPORARY = re.compile(r"\.wordvec-[0-9a-f]{16}\.tmp")


@contextlib.contextmanager
def replace_when_whole(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a new binary file that gets the name `path` only if the block ends without an error.

    The data is written to a temporary file in the same folder, which is flushed to disk and renamed. On any error the
    temporary file is removed, and an existing file at `path` is left unchanged. The new file gets the mode of the
    replaced one and, where permitted, its owner. Temporary files of killed processes are removed.

    Raises
    ------
    FileNotFoundError
        If the folder of `path` does not exist.
    OSError
        If `path` is a folder or a device, or the disk is full or read-only; the message names `path`.
    """
    with _temporary_beside(path) as (temporary, target):
        with _created(temporary, target) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if fcntl is not None:  # renamed while it is locked: nobody takes it for a dead process's
                temporary.replace(target)
        if fcntl is None:
            temporary.replace(target)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise any error that `replace_when_whole` would raise for `path`, before there is anything to write.

    Raises
    ------
    FileNotFoundError, OSError
        As for `replace_when_whole`.
    """
    with _temporary_beside(path) as (temporary, target):
        with _created(temporary, target):
            pass
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
    _remove_abandoned(target.parent)
    temporary = target.with_name(f".wordvec-{secrets.token_hex(8)}.tmp")
    try:
        yield temporary, target
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and error.errno is not None:
            reason = f"{error.strerror}; nothing was written under this name"
            raise OSError(error.errno, reason, str(path)) from error
        raise


def _created(temporary: Path, target: Path) -> BinaryIO:
    """Create a temporary file, lock it, and give it the mode and the owner of the file that it will replace."""
    while True:
        file = temporary.open("xb")
        try:
            if fcntl is not None:
                with contextlib.suppress(OSError):  # some network file systems have no locks
                    fcntl.flock(file, fcntl.LOCK_EX)
            if temporary.exists():
                _copy_mode(file, target)
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # another process took it for abandoned before it was locked


def _copy_mode(file: BinaryIO, target: Path) -> None:
    if not (hasattr(os, "fchown") and target.exists()):
        return
    old = target.stat()
    with contextlib.suppress(OSError):  # only root gives files away
        os.fchown(file.fileno(), old.st_uid, old.st_gid)
    with contextlib.suppress(OSError):
        os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))


def _remove_abandoned(folder: Path) -> None:
    """Remove abandoned temporary files in `folder`, i.e. those without a lock."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if _TEMPORARY.fullmatch(entry.name)]
        for name in names:
            with contextlib.suppress(OSError):
                _remove_unlocked(folder / name)


def _remove_unlocked(path: Path) -> None:
    if fcntl is None:
        path.unlink()
        return
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
