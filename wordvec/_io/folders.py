"""Atomic replacement of a folder: the new folder is written next to it and exchanged when complete."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from wordvec._utils.validation import check_parent_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["replace_folder_when_written"]

# A folder that is written; and one that was moved out of the way, with the name that it had.
_TEMPORARY = re.compile(r"\.wordvec-[0-9a-f]{16}\.new")
_MOVED = re.compile(r"\.wordvec-[0-9a-f]{16}\.old\.(.+)", re.DOTALL)
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)


@contextlib.contextmanager
def replace_folder_when_written(
    folder: str | os.PathLike[str], *, keep_others: bool = True
) -> Iterator[Path]:
    """Yield a new folder whose files replace those of `folder` if the block ends without an error.

    If the file system can exchange two folders (Linux), a killed process leaves either the old files or the new ones,
    never a mixture; elsewhere the folder is first moved out of the way, and restored by the next call. If a folder
    cannot be exchanged, because it is the current one, a mount point, or in a read-only folder, its files are replaced
    one after the other once all are written. A nested block for the same folder writes into the new folder of the outer
    one.

    Parameters
    ----------
    folder : path
    keep_others : bool
        Whether other files in `folder` are kept.

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
    if _TEMPORARY.fullmatch(target.name) and target.is_dir():
        yield target  # the new folder of a block around this one
        return
    for place in (target.parent, target):
        _settle_leftovers(place)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"{str(folder)!r} is a file. A model is a folder: choose another name.")
    is_exchanged = not target.exists() or _can_be_exchanged(target)
    temporary = _temporary_name(target.parent if is_exchanged else target, "new")
    temporary.mkdir()
    try:
        with _locked(temporary):
            yield temporary
            if not is_exchanged:
                _move_files(temporary, target, keep_others)
            elif target.exists():
                if keep_others:
                    _keep_others(target, temporary)
                _copy_owner_and_mode(target, temporary)
                _exchange(temporary, target)
            else:
                temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary_name(home: Path, kind: str) -> Path:
    return home / f".wordvec-{secrets.token_hex(8)}.{kind}"


def _can_be_exchanged(folder: Path) -> bool:
    """Return whether a folder may be renamed; a shell whose current folder it is would be in a deleted one."""
    can_write = os.access(folder.parent, os.W_OK | os.X_OK)
    return can_write and not folder.samefile(os.curdir) and not os.path.ismount(folder)


def _move_files(new: Path, target: Path, keep_others: bool) -> None:
    """Move the entries of a folder within the target to the target itself."""
    entries = sorted(new.iterdir())
    if not keep_others:
        for other in {path.name for path in target.iterdir()} - {path.name for path in [*entries, new]}:
            _remove(target / other)
    for entry in entries:
        old = target / entry.name
        if old.is_dir():
            _remove(old)
        elif old.is_file():
            _copy_owner_and_mode(old, entry)
        entry.replace(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _keep_others(target: Path, temporary: Path) -> None:
    """Give the new folder the modes of the old files, and a link to each file that is not replaced."""
    for entry in target.iterdir():
        new = temporary / entry.name
        if new.exists():
            if entry.is_file():
                _copy_owner_and_mode(entry, new)
        elif entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, new, copy_function=_link, symlinks=True)
        else:
            _link(entry, new)


def _copy_owner_and_mode(source: Path, target: Path) -> None:
    old = source.stat()
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # only root gives files away
            os.chown(target, old.st_uid, old.st_gid)
    with contextlib.suppress(OSError):
        target.chmod(stat.S_IMODE(old.st_mode))


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without links
        shutil.copy2(source, target, follow_symlinks=False)


def _exchange(new: Path, target: Path) -> None:
    """Exchange two folders atomically, or, if the system has no such call, one after the other."""
    if sys.platform == "linux":
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if rename is not None and not rename(_HERE, os.fsencode(new), _HERE, os.fsencode(target), _EXCHANGE):
            return
    old = _temporary_name(target.parent, f"old.{target.name}")
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, which ends with the process: a folder without a lock is a leftover."""
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


def _settle_leftovers(parent: Path) -> None:
    """Remove the folders that processes were writing when they were killed, and put back those they had moved."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError):  # a folder that may be written to but not listed
        for folder in list(parent.iterdir()):
            moved = _MOVED.fullmatch(folder.name)
            with contextlib.suppress(OSError):
                if moved is not None and not (parent / moved[1]).exists():
                    folder.rename(parent / moved[1])
                elif moved is not None or _TEMPORARY.fullmatch(folder.name):
                    _remove_unlocked(folder)


def _remove_unlocked(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
