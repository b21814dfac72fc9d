"""When compiled kernels on disk are out of date: when any source that they may inline has changed.

Numba asks only whether the kernel's own file has changed. Until 0.67 it compared times, from 0.68 on it compares
contents; then a new version of the package, installed over an old one, would run old code wherever the file of a kernel
is the same and that of a kernel inside it is not.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

try:
    from numba.core.caching import CacheImpl
except ImportError:  # a Numba that keeps code in another way judges by itself
    CacheImpl = None

_KERNELS = Path(__file__).parent


def stamp_by_all_sources() -> None:
    """Tell Numba to compile a kernel of ours anew when any kernel of its folder, or of this one, has changed."""
    locators = getattr(CacheImpl, "_locator_classes", None)
    if locators is not None and _Locator not in locators:
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


class _Locator:
    """Whom Numba asks where the code of a function is kept and whether it is still good: `from_function` is its call.

    Kernels of ours, told by the options that they are declared with, get the answer of Numba's own locators, with our
    stamp; other functions none.
    """

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        if "KERNEL_OPTIONS" not in py_func.__globals__:
            return None
        for other in CacheImpl._locator_classes:
            found = None if other is cls else other.from_function(py_func, py_file)
            if found is not None:
                stamp = found.get_source_stamp(), sources_stamp(Path(py_file).parent)
                found.get_source_stamp = lambda: stamp
                return found
        return None
