"""What word vectors are used for: comparison with other tools, data sets, the command line.

Public names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.comparison import Comparison, Settings, compare

_HOMES = {
    "Comparison": "pipelines.comparison",
    "Settings": "pipelines.comparison",
    "compare": "pipelines.comparison",
}

__all__ = ["Comparison", "Settings", "compare"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pipelines' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
