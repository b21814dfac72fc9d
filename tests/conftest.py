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


@pytest.fixture(autouse=True)
def one_torch_thread():
    """Small models take longer with more threads, above all when tests run beside other work."""
    if (torch := sys.modules.get("torch")) is not None and hasattr(torch, "set_num_threads"):
        torch.set_num_threads(1)
