"""A change of one kernel's source compiles those that inline it anew."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wordvec.kernels
from wordvec.kernels.cache_stamps import sources_stamp

PROGRAM = """
import numpy as np
from wordvec.kernels.outer import twice
print(twice(np.ones(3, np.float32)), sum(twice.stats.cache_hits.values()))
"""
INNER = """
from numba import njit
from wordvec.kernels import PART_OPTIONS
@njit(**PART_OPTIONS)
def factor():
    return {}
"""
OUTER = """
from numba import njit
from wordvec.kernels import KERNEL_OPTIONS
from wordvec.kernels.inner import factor
@njit(**KERNEL_OPTIONS)
def twice(a):
    return a[0] * factor()
"""


@pytest.fixture
def package(tmp_path):
    """Return a folder with a copy of the kernels, one of which inlines another."""
    source = Path(wordvec.kernels.__file__).parent
    folder = tmp_path / "wordvec" / "kernels"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "wordvec" / "__init__.py").write_text("")
    (folder / "outer.py").write_text(OUTER)
    return tmp_path


def run(package, factor):
    (package / "wordvec" / "kernels" / "inner.py").write_text(INNER.format(factor))
    environment = {**os.environ, "PYTHONPATH": str(package), "NUMBA_CACHE_DIR": str(package / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=package,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_change_of_what_a_kernel_inlines_compiles_it_anew(package):
    assert run(package, 2) == ["2.0", "0"]
    assert run(package, 2) == ["2.0", "1"]
    assert run(package, 3) == ["3.0", "0"]


def test_the_stamp_is_of_all_sources_of_a_folder(tmp_path):
    (tmp_path / "a.py").write_text("a = 1")
    before = sources_stamp(tmp_path)
    sources_stamp.cache_clear()
    (tmp_path / "b.py").write_text("b = 1")
    assert sources_stamp(tmp_path) != before
    sources_stamp.cache_clear()
