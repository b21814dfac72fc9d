"""A lock on a folder, so that two runs do not write into it at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_NAME = ".wordvec-lock"


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder in the block; it is released when the process ends, for whatever reason.

    If the system or the file system does not support locks, there is none.

    Raises
    ------
    ValueError
        If another process, or another block of this one, holds it.
    """
    if fcntl is None:
        yield
        return
    path = folder / _NAME
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(
                f"Another run is writing into the folder {str(folder)!r}. Wait until it ends, or choose another folder."
            ) from error
        except OSError:
            yield
            return
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
