"""Paths of a corpus: what is no file is named, and no folder is skipped in silence."""

import os

import pytest

from wordvec import LineCorpus
from wordvec._io import text_files


def test_a_pipe_cannot_be_read_twice(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe' is a pipe or a device.*Write it to a file"):
        LineCorpus(tmp_path / "pipe")
    (tmp_path / "a.txt").write_text("a b\n")
    assert list(LineCorpus(tmp_path)) == [["a", "b"]]


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    def walk(folder, onerror):
        onerror(PermissionError(13, "Permission denied", f"{folder}/closed"))
        return iter(())

    monkeypatch.setattr(text_files.os, "walk", walk)
    with pytest.raises(PermissionError) as caught:
        LineCorpus(tmp_path)
    assert caught.value.filename == f"{tmp_path}/closed"
