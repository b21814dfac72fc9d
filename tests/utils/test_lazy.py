"""Faces whose names are imported when they are first used."""

import importlib
import sys

import pytest

INIT = '''"""A package."""
from __future__ import annotations
import sys
from typing import TYPE_CHECKING
from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .one import Alpha as Alpha
    from .two import (
        beta as beta,
        gamma as delta,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "lazy_example"
    folder.mkdir()
    (folder / "__init__.py").write_text(INIT)
    (folder / "one.py").write_text("class Alpha:\n    pass\n")
    (folder / "two.py").write_text("def beta():\n    return 2\n\n\ndelta = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield importlib.import_module("lazy_example")
    for name in [name for name in sys.modules if name.partition(".")[0] == "lazy_example"]:
        del sys.modules[name]


def test_names_are_imported_when_they_are_used(package):
    assert package.__all__ == ["Alpha", "beta", "delta"]
    assert "lazy_example.one" not in sys.modules
    assert package.Alpha.__module__ == "lazy_example.one" and "lazy_example.two" not in sys.modules
    assert package.beta() == 2 and package.delta == 3
    assert {"Alpha", "beta", "delta", "__all__"} <= set(dir(package))


def test_from_import_star(package):
    names = {}
    exec("from lazy_example import *", names)
    assert {"Alpha", "beta", "delta"} <= set(names)


def test_unknown_names(package):
    with pytest.raises(AttributeError, match="module 'lazy_example' has no attribute 'omega'"):
        package.omega  # noqa: B018
