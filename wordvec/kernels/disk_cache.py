"""The cache folder of compiled kernels: Numba's, or one of our own if that is not writable."""

from __future__ import annotations

import os
import stat
import tempfile
import warnings
from pathlib import Path

import numba


def can_cache() -> bool:
    """Return whether compiled kernels can be cached on disk, after choosing a folder for them if necessary.

    Numba keeps them next to the source, or in the home folder. In a container where both are read-only, it would refuse
    to define a cached function; then they are kept in a subfolder of the temporary folder that nobody else may write
    to, and a warning says so.
    """
    if _numba_finds_a_place():
        return True
    folder = _private_folder()
    if folder is not None:
        numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
        os.environ["NUMBA_CACHE_DIR"] = str(folder)  # for processes that this one starts
        if _numba_finds_a_place():
            _warn(f"They are kept in {str(folder)!r} instead")
            return True
    _warn("They are compiled anew in each process, which takes about 10 s")
    return False


def _numba_finds_a_place() -> bool:
    try:
        numba.njit(cache=True)(_probe)
    except RuntimeError:
        return False
    return True


def _probe() -> int:
    """Return a number; Numba looks for a cache folder when a function is declared, without compiling it."""
    return 0


def _private_folder() -> Path | None:
    """Return a folder that only this user can write to, because the code in it is executed."""
    name = f"wordvec-kernels-{os.getuid()}" if hasattr(os, "getuid") else "wordvec-kernels"
    folder = Path(tempfile.gettempdir(), name)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_ours = stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or found.st_uid == os.getuid())
    return folder if is_ours and not found.st_mode & 0o022 else None


def _warn(what_happens: str) -> None:
    warnings.warn(
        f"Compiled kernels can be kept neither beside the package nor in the home folder. {what_happens}; set "
        "NUMBA_CACHE_DIR to a folder of yours.",
        stacklevel=4,
    )
