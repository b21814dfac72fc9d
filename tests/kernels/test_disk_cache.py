"""Compiled kernels where nothing can be written beside the package or at home."""

import os
import stat

import numba
import pytest
from numba.core import caching

from wordvec.kernels import disk_cache


@pytest.fixture
def no_place(monkeypatch, tmp_path):
    """Make Numba find no place of its own, and the temporary folder `tmp_path`."""
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [caching.UserProvidedCacheLocator])
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.setattr(disk_cache.tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def test_a_place_of_numbas_own_is_left_alone(monkeypatch):
    before = numba.config.CACHE_DIR
    assert disk_cache.can_cache()
    assert before == numba.config.CACHE_DIR


def test_a_private_folder_takes_its_place(no_place):
    with pytest.warns(UserWarning, match="kept in .* instead"):
        assert disk_cache.can_cache()
    (folder,) = no_place.iterdir()
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_others_can_write_is_not_trusted(no_place):
    with pytest.warns(UserWarning):
        disk_cache.can_cache()
    (folder,) = no_place.iterdir()
    folder.chmod(0o777)
    numba.config.CACHE_DIR = ""
    with pytest.warns(UserWarning, match="compiled anew"):
        assert not disk_cache.can_cache()
