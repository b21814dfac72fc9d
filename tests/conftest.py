"""Fixtures of more than one test file."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from wordvec.pipelines.datasets.loading import dataset_info


@pytest.fixture(scope="session")
def data_path():
    """Return the path of a file or folder of the public data sets under WORDVEC_DATA, or skip the test."""

    def find(name):
        folder = os.environ.get("WORDVEC_DATA")
        if not folder:
            pytest.skip("WORDVEC_DATA names no folder with data sets")
        if not Path(folder, name).exists():
            pytest.skip(f"{name} is not under the folder that WORDVEC_DATA names")
        return Path(folder, name)

    return find


@pytest.fixture(scope="session")
def need_data_set(data_path):
    """Skip the test unless all files of a catalogued set are there; those that come with gensim do not count."""

    def need(name):
        info = dataset_info(name)
        for file in info.files:
            if file.gensim is None:
                data_path(f"{info.folder}/{file.name}")

    return need


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what reads the public data sets."""
    for item in items:
        if "data_path" in item.fixturenames:
            item.add_marker(pytest.mark.data)


@pytest.fixture
def temporary_folder(tmp_path, monkeypatch):
    """The folder for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """One thread for PyTorch, before any fixture of any scope.

    Small models take longer with more threads, above all when tests run beside other work, and PyTorch's sums
    differ in their last bits with the number of threads.
    """
    if (torch := sys.modules.get("torch")) is not None and hasattr(torch, "set_num_threads"):
        torch.set_num_threads(1)
