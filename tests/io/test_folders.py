"""Folders that are replaced as a whole."""

import os
import signal
import subprocess
import sys

import pytest

from wordvec._io import folders
from wordvec._io.folders import replace_folder_when_written


def write(folder, text, names=("a", "b")):
    with replace_folder_when_written(folder) as new:
        for name in names:
            (new / name).write_text(text)


def content(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("exchanges", [True, False])
def test_files_change_together_and_others_stay(exchanges, tmp_path, monkeypatch):
    if not exchanges:
        monkeypatch.setattr(folders.sys, "platform", "other")
    target = tmp_path / "model"
    write(target, "old")
    target.chmod(0o750)
    (target / "a").chmod(0o600)
    (target / "notes").write_text("mine")
    (target / "sub").mkdir()
    (target / "sub" / "file").write_text("deep")
    write(target, "new")
    assert content(target) == {"a": "new", "b": "new", "notes": "mine"}
    assert (target / "sub" / "file").read_text() == "deep"
    assert target.stat().st_mode & 0o777 == 0o750 and (target / "a").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_error_leaves_what_was_there(tmp_path):
    target = tmp_path / "model"
    write(target, "old")
    for error in (KeyboardInterrupt, OSError, ValueError):
        with pytest.raises(error), replace_folder_when_written(target) as new:
            (new / "a").write_text("new")
            raise error
    assert content(target) == {"a": "old", "b": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_the_folder_that_one_stands_in(tmp_path, monkeypatch):
    target = tmp_path / "model"
    write(target, "old")
    monkeypatch.chdir(target)
    write(".", "new")
    assert content(target) == {"a": "new", "b": "new"} and target.samefile(os.curdir)


def test_links_are_followed_and_bad_places_told(tmp_path):
    write(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link", "new")
    assert content(tmp_path / "real") == {"a": "new", "b": "new"} and (tmp_path / "link").is_symlink()
    with pytest.raises(FileNotFoundError, match="Create the folder first"):
        write(tmp_path / "no" / "model", "x")
    with pytest.raises(NotADirectoryError, match="is a file"):
        write(tmp_path / "real" / "a", "x")


@pytest.mark.process
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_killed_process_leaves_one_of_both(tmp_path):
    """Killed between two files; what it left goes with the next run."""
    target = tmp_path / "model"
    write(target, "old")
    code = (
        "import os, signal, sys\nfrom wordvec._io.folders import replace_folder_when_written as r\n"
        "with r(sys.argv[1]) as new:\n    (new / 'a').write_text('new')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert content(target) == {"a": "old", "b": "old"} and len(list(tmp_path.iterdir())) == 2
    write(target, "new")
    assert content(target) == {"a": "new", "b": "new"} and len(list(tmp_path.iterdir())) == 1


def test_the_folder_of_a_running_process_stays(tmp_path):
    with replace_folder_when_written(tmp_path / "one") as first:
        (first / "a").write_text("1")
        write(tmp_path / "two", "2")
        assert first.is_dir()
    assert content(tmp_path / "one") == {"a": "1"}


def test_a_block_within_another_writes_into_its_folder(tmp_path):
    target = tmp_path / "model"
    write(target, "old", ("a", "b"))
    with replace_folder_when_written(target) as outer:
        write(outer, "new", ("a",))
        assert content(target)["a"] == "old"
        write(outer, "new", ("b",))
    assert content(target) == {"a": "new", "b": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("why", ["mount point", "parent that may not be written to"])
def test_a_folder_that_cannot_be_exchanged_gets_its_files_at_the_end(why, tmp_path, monkeypatch):
    target = tmp_path / "model"
    write(target, "old", ("a", "b", "c"))
    (target / "sub").mkdir()
    if why == "mount point":
        monkeypatch.setattr(folders.os.path, "ismount", lambda path: True)
    else:
        monkeypatch.setattr(folders.os, "access", lambda path, mode: False)
    inode = target.stat().st_ino
    with replace_folder_when_written(target) as new:
        assert new.parent == target
        (new / "a").write_text("new")
        (new / "sub").mkdir()
        (new / "sub" / "file").write_text("deep")
        assert content(target)["a"] == "old"
    assert target.stat().st_ino == inode and (target / "sub" / "file").read_text() == "deep"
    assert content(target) == {"a": "new", "b": "old", "c": "old"}
    with replace_folder_when_written(target, keep_others=False) as new:
        (new / "a").write_text("newest")
    assert [path.name for path in target.iterdir()] == ["a"] and content(target) == {"a": "newest"}


def test_others_can_go(tmp_path):
    write(tmp_path / "corpus", "old", ("a", "b"))
    with replace_folder_when_written(tmp_path / "corpus", keep_others=False) as new:
        (new / "a").write_text("new")
    assert content(tmp_path / "corpus") == {"a": "new"}


@pytest.mark.process
@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_folder_that_was_moved_out_of_the_way_is_put_back(tmp_path):
    """Killed between the two steps that stand for an exchange, where there is none."""
    target = tmp_path / "model"
    write(target, "old")
    code = (
        "import os, signal, sys\nfrom wordvec._io import folders\nfolders.sys.platform = 'other'\n"
        "rename = folders.Path.rename\n"
        "def last(path, new):\n    rename(path, new)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "folders.Path.rename = last\n"
        "with folders.replace_folder_when_written(sys.argv[1]) as new:\n    (new / 'a').write_text('new')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL and not target.exists()
    write(tmp_path / "another", "x")
    assert content(target) == {"a": "old", "b": "old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another", "model"]
