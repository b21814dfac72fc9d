"""Invalidation of compiled kernels on disk when any source that they may inline has changed.

Numba only checks whether the kernel's own file has changed: up to 0.67 by its time, from 0.68 on by its contents. A new
version of the package, installed over an old one, would therefore run old code if the file of a kernel is unchanged but
that of an inlined kernel is not.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from numba.core import caching

_KERNELS = Path(__file__).parent


def stamp_by_all_sources() -> None:
    """Make Numba recompile one of our kernels when any kernel of its folder, or of this one, has changed."""
    locators = _locators()
    if _Locator not in locators:
        locators.insert(0, _Locator)


@cache
def sources_stamp(folder: Path) -> str:
    """Return a hash of the sources of a folder and of this one."""
    digest = hashlib.sha256()
    for path in sorted({*_KERNELS.glob("*.py"), *folder.glob("*.py")}):
        source = path.read_bytes()
        digest.update(f"{path.name} {len(source)}\n".encode())
        digest.update(source)
    return digest.hexdigest()


def _locators() -> list[Any]:
    """Return Numba's list of cache locators; a Numba without one decides by itself."""
    return getattr(getattr(caching, "CacheImpl", None), "_locator_classes", [])


class _Locator:
    """A cache locator, which Numba asks through `from_function` where compiled code is kept and whether it is valid.

    Our kernels, which are recognised by the options that they are declared with, get the answer of Numba's own locators
    with our stamp; other functions get none.
    """

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Return where Numba keeps the code of a function of ours, or None."""
        if "KERNEL_OPTIONS" not in py_func.__globals__:
            return None
        answers = (other.from_function(py_func, py_file) for other in _locators() if other is not cls)
        found = next((answer for answer in answers if answer is not None), None)
        if found is not None:
            stamp = found.get_source_stamp(), sources_stamp(Path(py_file).parent)
            found.get_source_stamp = lambda: stamp
        return found
