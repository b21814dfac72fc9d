"""Compressed files: what is written is read, the content tells the compression, and damage is noticed."""

import bz2
import gzip
import lzma

import pytest

from wordvec._io.compression import COMPRESSIONS, compressed, decompressed, split_compression
from wordvec._io.errors import DamagedFileError

zstandard = pytest.importorskip("zstandard")
DATA = b"".join(b"%d of the words\n" % k for k in range(20_000))
FOREIGN = {
    ".gz": gzip.compress(DATA),
    ".bz2": bz2.compress(DATA),
    ".xz": lzma.compress(DATA),
    ".zst": zstandard.ZstdCompressor().compress(DATA),
}


def read(path, **options):
    with decompressed(path, **options) as (stream, _):
        return stream.read()


@pytest.mark.parametrize("suffix", ["", *COMPRESSIONS])
def test_what_is_written_is_read_whatever_its_name(tmp_path, suffix):
    path = tmp_path / "file"
    with path.open("wb") as file:
        with compressed(file, suffix) as packed:
            for first in range(0, len(DATA), 1000):
                packed.write(DATA[first : first + 1000])
        assert not file.closed
    assert read(path) == read(path, by_name=True) == DATA
    assert path.stat().st_size < len(DATA) or not suffix
    path.rename(tmp_path / "other.gz")
    assert read(tmp_path / "other.gz") == DATA
    if suffix:
        path.write_bytes(FOREIGN[suffix])
        assert read(path) == DATA


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_damage(tmp_path, suffix):
    path = tmp_path / f"file{suffix}"
    for data in (FOREIGN[suffix][:-5], FOREIGN[suffix][: len(FOREIGN[suffix]) // 2]):
        path.write_bytes(data)
        with pytest.raises(DamagedFileError, match="the compressed data is cut off or damaged"):
            read(path)
    path.write_bytes(b"not compressed" * 9)
    assert read(path) == b"not compressed" * 9
    with pytest.raises(DamagedFileError, match="the compressed data is cut off or damaged"):
        read(path, by_name=True)


def test_a_changed_bit_of_a_zst_file_of_ours(tmp_path):
    path = tmp_path / "file"
    with path.open("wb") as file, compressed(file, ".zst") as packed:
        packed.write(DATA)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match="checksum"):
        read(path)


def test_frames_that_are_skipped(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + FOREIGN[".zst"])
    assert read(path) == DATA


def test_an_error_of_the_block_or_the_disk_stays_what_it_is(tmp_path):
    path = tmp_path / "file.gz"
    path.write_bytes(FOREIGN[".gz"])
    with pytest.raises(OSError, match="full") as caught, decompressed(path):
        raise OSError(28, "full")
    assert caught.value.errno == 28
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing")


def test_names():
    assert split_compression("A.TXT.ZST") == ("a.txt", ".zst")
    assert split_compression("a.txt") == ("a.txt", "")
