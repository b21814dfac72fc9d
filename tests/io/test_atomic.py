"""Files that are written whole or not at all."""

import errno
from pathlib import Path

import pytest

from wordvec._io.atomic import check_writable, replace_when_whole


def write(path):
    with replace_when_whole(path) as file:
        file.write(b"new")


@pytest.mark.parametrize("use", [write, check_writable])
def test_errors_name_the_path_that_was_given(tmp_path, read_only, monkeypatch, use):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(read_only)
    for path in ("read-only/v.bin", Path("link/v.bin"), str(read_only / "v.bin")):
        with pytest.raises(OSError, match="(?i)read-only file system; nothing was written") as caught:
            use(path)
        assert caught.value.filename == str(path) and ".tmp" not in str(caught.value)
        assert caught.value.errno == errno.EROFS
    for path, message in (
        (tmp_path, "is a folder"),
        ("/dev/null", "a device"),
        ("no/v.bin", "does not exist"),
    ):
        with pytest.raises(OSError, match=message) as caught:
            use(path)
        assert ".tmp" not in str(caught.value)
    assert list(read_only.iterdir()) == []


def test_checking_changes_nothing(tmp_path):
    path, link, dangling = tmp_path / "v.bin", tmp_path / "link", tmp_path / "dangling"
    path.write_bytes(b"old")
    link.symlink_to(path)
    dangling.symlink_to(tmp_path / "no" / "v.bin")
    for each in (path, link, tmp_path / "new"):
        check_writable(each)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        check_writable(dangling)
    assert path.read_bytes() == b"old"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dangling", "link", "v.bin"]


def test_a_file_is_replaced_when_whole(tmp_path):
    path, link = tmp_path / "v.bin", tmp_path / "link"
    path.write_bytes(b"old")
    link.symlink_to(path)
    with pytest.raises(RuntimeError), replace_when_whole(link) as file:
        file.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    write(link)
    assert path.read_bytes() == b"new" and link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "v.bin"]


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path):
    path = tmp_path / "v.bin"
    for mode in (0o600, 0o640, 0o755):
        path.write_bytes(b"old")
        path.chmod(mode)
        write(path)
        assert path.read_bytes() == b"new" and path.stat().st_mode & 0o777 == mode


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    left = tmp_path / f".wordvec-{'0' * 16}.tmp"
    others = [".wordvec-1.tmp", ".0123456789abcdef.tmp", f"wordvec-{'0' * 16}.tmp"]
    for name in others:
        (tmp_path / name).touch()
    left.write_bytes(b"half")
    write(tmp_path / "v.bin")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([*others, "v.bin"])


def test_what_is_being_written_is_not_taken_for_abandoned(tmp_path):
    with replace_when_whole(tmp_path / "a.bin") as file:
        file.write(b"new")
        write(tmp_path / "b.bin")
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 2
