"""Damaged files, words and paths that cannot be written: one clear error, and the old file stays."""

import bz2
import gzip
import lzma
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from wordvec.vectors.keyed_vectors import KeyedVectors

from .support import make, names_in, same

# ---------------------------------------------------------------- damaged files


def binary(header=b"2 2\n", rows=((b"a", 1.0, 2.0), (b"b", 3.0, 4.0)), after=b""):
    return header + b"".join(word + b" " + struct.pack("<ff", *row) for word, *row in rows) + after


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"\n\n", "neither a word2vec header"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "neither a word2vec header"),
        (b"just a line of text\nand another\n", "neither a word2vec header"),
        (b"3 2\na 1 2\nb 3 4\n", "line 1 declares 3 rows, the file ends after 2"),
        (b"3 2\n", "line 1 declares 3 rows, the file ends after 0"),
        (b"1 2\na 1 2\nb 3 4\n", "line 3 comes after the 1 rows that line 1 declares"),
        (b"1000000000000 2\na 1 2\nb 3 4\n", "declares 1000000000000 rows, the file ends after 2"),
        (b"1 1000000000000\na 1 2\n", "line 1 declares 1 rows of 1000000000000 numbers"),
        (b"0 2\n", "line 1 declares 0 rows of 2"),
        (b"2 0\na 1\nb 2\n", "line 1 declares 2 rows of 0"),
        (b"2 3\na 1 2 3\nb 3 4\n", "line 3 has 2 numbers, not 3"),
        (b"2 2\na 1 2\nb 3 4 5\n", "line 3 has more than 2 numbers"),
        (b"2 3\na 1 2\nb 3 4\n", "line 2 has 2 numbers, not 3"),
        (b"2 2\na 1 2\nb 3 x4\n", "line 3 holds b'x4', which is not a number"),
        (b"2 2\na 1 2\nb 3 1_0\n", "line 3 holds b'1_0', which is not a number"),
        (b"2 2\na 1 2\nb nan 4\n", "line 3 holds b'nan', not a finite float32"),
        (b"2 2\na 1 2\nb 3 -inf\n", "line 3 holds b'-inf', not a finite float32"),
        (b"2 2\na 1 2\nb 3 1e39\n", "line 3 holds b'1e39', not a finite float32"),
        (b"2 2\na 1 2\n\nb 3 4\n", "line 3 is blank"),
        (b"2 2\na 1 2\n 3 4\n", "line 3 starts with a space"),
        (b"2 2\na 1 2\n\xff\xfe 3 4\n", "line 3 is not valid utf-8"),
        (b"a 1 2\nb 3 4 5\n", "line 2 has more than 2 numbers"),
        (b"a 1 2\nb 3\n", "line 2 has 1 numbers, not 2"),
        (b"a 1 2\nb nan 4\n", "line 2 holds b'nan'"),
        (binary(b"3 2\n"), "declares 3 rows of 2 numbers, the file ends in row 3"),
        (binary()[:-1], "the file ends in row 2"),
        (binary(b"1 2\n"), "data follows the 1 rows"),
        (binary(after=b"\x00"), "data follows the 2 rows"),
        (binary(b"1000000000000 2\n"), "the file ends in row 3"),
        (binary(rows=((b"a", 1.0, 2.0), (b"b", float("nan"), 4.0))), "row 2, the vector of 'b', holds NaN"),
        (binary(rows=((b"a", 1.0, 2.0), (b"\xff", 3.0, 4.0))), "row 2 is not valid utf-8"),
        (binary(rows=((b"a", 1.0, 2.0), (b"", 3.0, 4.0))), "row 2 has no word"),
        (b"2 2\na \x00\x00\x80?\x00\x00\x80?" + b"b" * 70_000, "row 2 starts with a word of more than"),
        (gzip.compress(b"1 2\na 1 2\n", mtime=0)[:-4], "compressed data is cut off"),
        (
            gzip.compress(b"1 2\na 1 2\n", mtime=0)[:-9] + b"123456789",
            "compressed data is cut off or damaged",
        ),
        (bz2.compress(b"1 2\na 1 2\n")[:-4], "compressed data is cut off"),
        (lzma.compress(b"1 2\na 1 2\n")[:-4], "compressed data is cut off"),
        (gzip.compress(b"1 2\na 1 x\n", mtime=0), "which is not a number"),
    ],
)
def test_a_damaged_file_is_one_error_that_says_where(tmp_path, content, message):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=rf"damaged' cannot be read as word vectors: .*({message})"
    ) as caught:
        KeyedVectors.load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        KeyedVectors.load(tmp_path / "none.txt")
    with pytest.raises(IsADirectoryError):
        KeyedVectors.load(tmp_path)


def test_options_that_do_not_fit(tmp_path):
    make().save(tmp_path / "v.txt")
    with pytest.raises(ValueError, match="mmap=True needs a .safetensors file"):
        KeyedVectors.load(tmp_path / "v.txt", mmap=True)
    with pytest.raises(ValueError, match="limit parameter of load must be an integer of at least 1"):
        KeyedVectors.load(tmp_path / "v.txt", limit=0)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda n, d, rest: b"%d %d\n" % (n, d) + rest, st.integers(0, 4), st.integers(0, 4), st.binary()
        ),
        st.text("0123456789.e+- \n\tab", max_size=100).map(str.encode),
        st.builds(lambda n, rest: struct.pack("<Q", n) + b"{" + rest, st.integers(0, 300), st.binary()),
    ),
    packer=st.sampled_from([bytes, gzip.compress]),
)
@example(b"1 1\na 1 2\n", bytes)
@example(struct.pack("<Q", 40) + b'{"a":' * 8, bytes)
@example(b"2 1\na b c", bytes)
def test_any_bytes_are_vectors_or_a_value_error(tmp_path, content, packer):
    path = tmp_path / "any"
    path.write_bytes(packer(content))
    for mmap in (False, True):
        try:
            kv = KeyedVectors.load(path, mmap=mmap)
        except ValueError as error:
            assert "any'" in str(error)
        else:
            assert len(kv) == len(kv.vectors) > 0
            assert np.isfinite(kv.norms).all()


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("word", ["New York", "line\nbreak", ""])
@pytest.mark.parametrize("name", ["v.txt", "v.bin", "v.glove"])
def test_a_word_that_a_format_cannot_hold_is_refused(tmp_path, name, word):
    kv = make(words=["a", word])
    with pytest.raises(ValueError, match=r"\(row 1\) holds a space or a line break .* Save as .safetensors"):
        kv.save(tmp_path / name)
    assert names_in(tmp_path) == []


def test_a_word_that_is_not_unicode_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is not valid Unicode"):
        make(words=["a", "\ud800"]).save(tmp_path / "v.safetensors")


@pytest.mark.parametrize("name", ["v", "v.npy", "v.gz", "v.safetensors.gz"])
def test_an_unknown_extension_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"\.bin, \.floret, \.glove\.txt, \.glove|cannot be .gz"):
        make().save(tmp_path / name)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="Create the folder first"):
        make().save(tmp_path / "none" / "v.bin")


def test_devices_and_folders_are_not_replaced(tmp_path):
    (tmp_path / "v.bin").mkdir()
    with pytest.raises(OSError, match="folder or a device"):
        make().save(tmp_path / "v.bin")
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="folder or a device"):
            make().save("/dev/full", format="glove")


@pytest.mark.parametrize("name", ["v.txt", "v.bin", "v.glove.gz", "v.safetensors"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"old")
    kv = make(100, words=[str(row) for row in range(5000)])
    # A limit on the size of files is a disk that fills in the middle of the table.
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(OSError, match=rf"nothing was written under this name: .*{name}"):
            kv.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == [name]


def test_a_failed_rename_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    def refuse(self, target):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "v.bin").write_bytes(b"old")
    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(PermissionError, match="nothing was written"):
        make().save(tmp_path / "v.bin")
    assert (tmp_path / "v.bin").read_bytes() == b"old"
    assert names_in(tmp_path) == ["v.bin"]


def test_a_link_keeps_pointing_at_the_file(tmp_path):
    (tmp_path / "link.bin").symlink_to(tmp_path / "real.bin")
    make().save(tmp_path / "link.bin")
    assert (tmp_path / "link.bin").is_symlink()
    same(KeyedVectors.load(tmp_path / "real.bin"), make())
