"""Replacement of a folder of several files as a whole: written beside it, exchanged when it is whole."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from wordvec._utils.validation import check_parent_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["replace_folder_when_written"]

_TEMPORARY = re.compile(r"\.wordvec-[0-9a-f]{16}\.new")
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)


@contextlib.contextmanager
def replace_folder_when_written(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a new folder whose files are those of `folder` when the block ends without an error.

    What `folder` held beside them stays. A process that is killed leaves the old files or the new ones, never some of
    each, where the file system can exchange two folders (Linux); elsewhere the folder is moved out of the way first.

    Raises
    ------
    FileNotFoundError
        If the parent of `folder` does not exist.
    NotADirectoryError
        If it is a file.
    OSError
        If the disk is full or read-only.
    """
    target = Path(os.path.realpath(folder))
    check_parent_folder(target)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"{str(folder)!r} is a file. A model is a folder: choose another name.")
    _remove_leftovers(target.parent)
    temporary = target.with_name(f".wordvec-{secrets.token_hex(8)}.new")
    temporary.mkdir()
    try:
        with _locked(temporary):
            yield temporary
            if not target.exists():
                temporary.rename(target)
            elif target.samefile(os.curdir):
                # A shell that stands in the folder would stand in one that is gone.
                for file in temporary.iterdir():
                    file.replace(target / file.name)
            else:
                _keep_others(target, temporary)
                _exchange(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _keep_others(target: Path, temporary: Path) -> None:
    """Give the new folder the mode of the old one, and a link to each file that is not replaced."""
    shutil.copymode(target, temporary)
    for entry in target.iterdir():
        new = temporary / entry.name
        if new.exists():
            if entry.is_file():
                shutil.copymode(entry, new)
        elif entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, new, copy_function=_link, symlinks=True)
        else:
            _link(entry, new)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without links
        shutil.copy2(source, target, follow_symlinks=False)


def _exchange(new: Path, target: Path) -> None:
    """Exchange two folders in one step, or, where there is no such call, one after the other."""
    if sys.platform == "linux":
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if rename is not None and not rename(_HERE, os.fsencode(new), _HERE, os.fsencode(target), _EXCHANGE):
            return
    old = target.with_name(f".wordvec-{secrets.token_hex(8)}.new")
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, which ends with the process: what nobody holds is a leftover."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not every file system has locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _remove_leftovers(parent: Path) -> None:
    """Remove the folders of processes that were killed."""
    if fcntl is None:
        return
    for folder in parent.iterdir():
        if not _TEMPORARY.fullmatch(folder.name):
            continue
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)
