"""Fixtures of more than one test file."""

import tempfile

import pytest


@pytest.fixture
def temporary_folder(tmp_path, monkeypatch):
    """The folder for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder
