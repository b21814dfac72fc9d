"""Lazy imports of the public names of a package, on first use."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

_IMPORT = re.compile(r"^    from (\S+) import (?:\(([^)]*)\)|(.+))$", re.MULTILINE)


def lazy_names(module: ModuleType) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package (PEP 562).

    The package lists its public names once, as the imports under ``if TYPE_CHECKING:`` in its ``__init__``, which both
    type checkers and this function read.

    Parameters
    ----------
    module : module
        The package, as ``sys.modules[__name__]``.
    """
    source = module.__spec__.loader.get_source(module.__name__)  # type: ignore[union-attr]
    listed = re.split(r"\n(?=\S)", source.partition("\nif TYPE_CHECKING:\n")[2])[0]
    homes = {}
    for origin, block, line in _IMPORT.findall(listed):
        for item in (block or line).split(","):
            if words := item.split():
                homes[words[-1]] = origin
    names = sorted(homes)

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(homes[name], module.__name__), name)

    return get, lambda: sorted({*vars(module), *names}), names
