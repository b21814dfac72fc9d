"""Arrays that move to the disk when they pass a limit."""

import errno
import io
import os
import tempfile

import numpy as np
import pytest

from wordvec._io import spill as _spill
from wordvec._io.spill import GrowingArray, empty_array, mapped_file, temporary_file, write_array

PARTS = [np.arange(5, dtype=np.int64), np.empty(0, np.int64), np.arange(100, 103), np.array([7])]


@pytest.mark.parametrize("spill_after", [0, 1, 3, 4, None])
@pytest.mark.parametrize("parts", [PARTS, [], [PARTS[1]]])
def test_parts_make_the_same_array_wherever_they_are(temporary_folder, spill_after, parts):
    growing = GrowingArray(np.int64, "the parts")
    for n, part in enumerate(parts):
        if n == spill_after:
            growing.spill()
            assert growing.nbytes == 0
        growing.append(part)
    if spill_after is not None and spill_after >= len(parts):
        growing.spill()
    growing.spill() if spill_after == 1 else None  # a second time changes nothing
    want = np.concatenate([np.empty(0, np.int64), *parts])
    assert growing.size == len(want)
    found = growing.finish()
    assert type(found) is np.ndarray and found.dtype == np.int64 and found.flags.writeable
    assert found.tolist() == want.tolist()
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize("chunk_items", [1, 2, 4, 5, 200])
@pytest.mark.parametrize("spill_after", [0, 2, 4, None])
def test_parts_are_copied_into_chunks_and_changed_in_place(temporary_folder, spill_after, chunk_items):
    growing = GrowingArray(np.int64, "the parts", chunk_items)
    part = np.empty(0, np.int64)
    for n, part in enumerate(PARTS):
        if n == spill_after:
            growing.spill()
        given = part.copy()
        growing.append(given)
        given[:] = -1
    if spill_after == len(PARTS):
        growing.spill()
    assert growing.is_spilled == (spill_after is not None)
    longest = 0

    def even(chunk):
        nonlocal longest
        longest = max(longest, len(chunk))
        kept = chunk[chunk % 2 == 0]
        chunk[: len(kept)] = kept
        return len(kept)

    want = [item for part in PARTS for item in part.tolist() if item % 2 == 0]
    assert growing.compact(even, len(want)).tolist() == want
    assert longest <= chunk_items
    assert list(temporary_folder.iterdir()) == []


def test_a_part_in_a_file_is_kept_as_it_was(temporary_folder):
    growing, part = GrowingArray(np.int32, "the parts"), np.arange(3, dtype=np.int32)
    growing.spill()
    growing.append(part)
    part[:] = 9
    assert growing.finish().tolist() == [0, 1, 2]


def test_a_mapped_array_outlives_its_file_object(temporary_folder):
    file = temporary_file()
    write_array(file, np.arange(10_000), "the parts")
    array = mapped_file(file, np.int64, 9_000)
    del file
    assert array.sum() == 9_000 * 8_999 // 2
    array[0] = 5
    assert array[0] == 5


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("size", [0, 1, 1 << 18, (1 << 18) + 1])
def test_empty_arrays(temporary_folder, in_memory, size):
    array = empty_array(size, np.float32, in_memory, "the parts")
    assert array.shape == (size,) and array.dtype == np.float32
    array[:] = 1
    assert array.sum() == size
    assert list(temporary_folder.iterdir()) == []


class Disk(io.BytesIO):
    """Takes a few bytes at a time, and fails when it is full."""

    room, number = 100, errno.ENOSPC

    def write(self, data):
        if self.tell() >= self.room:
            raise OSError(self.number, os.strerror(self.number))
        return super().write(data[:7])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_named(temporary_folder, monkeypatch, number):
    monkeypatch.setattr(Disk, "number", number)
    monkeypatch.setattr(_spill, "temporary_file", Disk)
    growing = GrowingArray(np.int64, "the parts")
    growing.append(np.arange(12))
    growing.spill()
    for use in (
        lambda: growing.append(np.arange(12)),
        lambda: empty_array(50, np.int64, False, "the parts"),
    ):
        with pytest.raises(OSError, match="No room for the parts .* raise max_memory") as caught:
            use()
        assert caught.value.errno == number
        assert str(temporary_folder) in str(caught.value)


def test_other_errors_of_the_disk_are_themselves(monkeypatch):
    monkeypatch.setattr(Disk, "number", errno.EIO)
    with pytest.raises(OSError, match="(?i)input/output") as caught:
        write_array(Disk(), np.arange(50), "the parts")
    assert "max_memory" not in str(caught.value)


def test_a_missing_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(OSError, match="folder for temporary files, .*gone.* Set TMPDIR") as caught:
        temporary_file()
    assert caught.value.errno == errno.ENOENT and caught.value.filename is None
