"""One package under two names: `pipelines` of a checkout is `wordvec.pipelines`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


def become(name: str, alias: str, init: str) -> None:
    """Let imports of `alias`, and of modules below it, give the modules of the package `name`.

    Modules that were loaded twice would be two classes of each name, and Numba's cache, which is kept by file,
    would hold kernels whose module only one of the two names can import.

    Parameters
    ----------
    name, alias : str
    init : str
        The package's ``__init__`` file, for a checkout that is not installed and so has no package `name`.
    """
    if name not in sys.modules and importlib.util.find_spec(name) is None:
        folder = str(Path(init).parent)
        spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=[folder])
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        parent, _, last = name.rpartition(".")
        setattr(importlib.import_module(parent), last, module)
    sys.modules[alias] = importlib.import_module(name)
    sys.meta_path.insert(0, _AliasFinder(name, alias))


class _AliasFinder(MetaPathFinder, Loader):
    def __init__(self, name: str, alias: str) -> None:
        self._name = name
        self._alias = alias

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find modules below the alias."""
        return ModuleSpec(fullname, self) if fullname.startswith(f"{self._alias}.") else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module that is known under the other name."""
        module = importlib.import_module(self._name + spec.name.removeprefix(self._alias))
        spec.loader_state = module.__spec__  # the import system is about to write `spec` in its place
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Leave the module as it is: it ran under its own name."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state
