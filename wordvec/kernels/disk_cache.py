"""Where compiled kernels are kept: where Numba keeps them, or in a folder of our own if that cannot be written."""

from __future__ import annotations

import os
import stat
import tempfile
import warnings
from pathlib import Path

import numba


def can_cache() -> bool:
    """Return whether compiled kernels can be kept on disk, and see to it that they can.

    Numba keeps them beside the source, or in the home folder. In a container where both are read-only it would
    refuse to define a function that is to be kept: then they go to a folder under the temporary one, which nobody
    else may write, and a warning says so.
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
    """Return a number; Numba looks for a place when a function is declared, and compiles nothing."""
    return 0


def _private_folder() -> Path | None:
    """Return a folder that only this user can write: what lies in it is run."""
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
