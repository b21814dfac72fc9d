"""Fixtures of more than one test file."""

import sys
import tempfile

import pytest


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
