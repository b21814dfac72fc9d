"""Import aliases: in a checkout, the folder `pipelines` is importable as `wordvec.pipelines` and as `pipelines`.

In an installation, the folder is inside the package `wordvec`. In a checkout, it is next to that package, where the
import system does not look for it; Python started in a checkout imports the `wordvec` of the checkout, installed or
not.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType


def find_beside(name: str, init: Path) -> None:
    """Let the import system find a package by its ``__init__`` file, wherever that is."""
    sys.meta_path.append(_FolderFinder(name, init))


def become(name: str, alias: str) -> None:
    """Let imports of `alias` and its modules return the modules of the package `name`.

    If modules were loaded twice, there would be two classes of each name, and Numba's cache, which is kept by file,
    would contain kernels whose module can be imported under only one of the two names.
    """
    sys.modules[alias] = importlib.import_module(name)
    sys.meta_path.insert(0, _AliasFinder(name, alias))


class _FolderFinder(MetaPathFinder):
    def __init__(self, name: str, init: Path) -> None:
        self._name = name
        self._init = init

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the package itself; modules below it are found in its folder."""
        if fullname != self._name:
            return None
        folder = [str(self._init.parent)]
        return spec_from_file_location(fullname, self._init, submodule_search_locations=folder)


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
