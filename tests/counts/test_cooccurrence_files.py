"""`Cooccurrence` in files: what is saved is loaded, and damage is noticed."""

import json
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings, strategies as st
from safetensors import safe_open

from wordvec._io.kinds import COUNTS
from wordvec.counts.cooccurrence import Cooccurrence
from wordvec.text.vocabulary import Vocabulary

from .support import counted, from_dense, same, text

NAMES = ["counts.safetensors", "counts.npz"]


@pytest.mark.parametrize("name", [*NAMES, "counts.NPZ"])
def test_what_is_saved_is_loaded(tmp_path, name, counts):
    counts.save(tmp_path / name)
    same(Cooccurrence.load(tmp_path / name), counts)
    # The content tells the format.
    same(Cooccurrence.load((tmp_path / name).rename(tmp_path / "odd.dat")), counts)
    exact = counted(text(20, seed=1))
    for each in (exact, from_dense(np.zeros((1, 1)), Vocabulary(["a"], [1]))):
        each.save(tmp_path / name)
        same(Cooccurrence.load(str(tmp_path / name)), each)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "odd.dat"])


@given(
    words=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=1, unique=True),
    data=st.data(),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_and_values_survive(tmp_path, words, data):
    value = data.draw(st.lists(st.floats(5e-324, 1e300), min_size=len(words), max_size=len(words)))
    counts = from_dense(np.diag(value), Vocabulary(words, [1] * len(words)))
    for name in NAMES:
        counts.save(tmp_path / name)
        same(Cooccurrence.load(tmp_path / name), counts)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_counts_make_the_same_bytes(tmp_path, name, counts):
    (tmp_path / "second").mkdir()
    counts.save(tmp_path / name)
    counts.save(tmp_path / "second" / name)
    assert (tmp_path / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_other_libraries_read_the_files(tmp_path, counts):
    for name in NAMES:
        counts.save(tmp_path / name)
    with safe_open(tmp_path / NAMES[0], framework="numpy") as file:
        np.testing.assert_array_equal(file.get_tensor("value"), counts.value)
        np.testing.assert_array_equal(file.get_tensor("col"), counts.col)
    with np.load(tmp_path / NAMES[1], allow_pickle=False) as file:
        matrix = scipy.sparse.csr_array((file["value"], file["col"], file["starts"]))
        np.testing.assert_array_equal(matrix.toarray(), counts.to_scipy().toarray())
    with zipfile.ZipFile(tmp_path / NAMES[1]) as file:
        assert {entry.compress_type for entry in file.infolist()} == {zipfile.ZIP_STORED}


def test_where_it_cannot_be_saved(tmp_path, counts):
    for name in ("counts.txt", "counts", "counts.npz.gz"):
        with pytest.raises(ValueError, match="Use .safetensors or .npz"):
            counts.save(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        counts.save(tmp_path / "nowhere" / "counts.npz")
    odd = from_dense(np.eye(1), Vocabulary(["\ud800"], [1]))
    with pytest.raises(ValueError, match="surrogate"):
        odd.save(tmp_path / "counts.npz")
    for path in (tmp_path / "counts.npz", tmp_path):
        with pytest.raises(FileNotFoundError, match="There is no file .* with co-occurrence counts"):
            Cooccurrence.load(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_off_anywhere_is_refused(tmp_path, name, counts):
    counts.save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    for n_bytes in sorted({*range(0, len(data), 23), *range(20), *range(len(data) - 20, len(data))}):
        (tmp_path / name).write_bytes(data[:n_bytes])
        with pytest.raises(ValueError, match="cannot be read as co-occurrence counts"):
            Cooccurrence.load(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_refused_or_read_but_never_crashes(tmp_path, name, counts):
    counts.save(tmp_path / name)
    data = (tmp_path / name).read_bytes()
    rng = np.random.default_rng(5)
    for _ in range(400):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), int(rng.integers(1, 4))):
            damaged[place] ^= 1 << int(rng.integers(8))
        (tmp_path / name).write_bytes(damaged)
        try:
            Cooccurrence.load(tmp_path / name)
        except ValueError as error:
            assert "cannot be read as co-occurrence counts" in str(error)  # noqa: PT017


def test_no_changed_bit_of_a_safetensors_file_goes_unnoticed(tmp_path, counts):
    path = tmp_path / NAMES[0]
    counts.save(path)
    data = path.read_bytes()
    (n_bytes,) = struct.unpack("<Q", data[:8])
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ValueError, match="cannot be read as co-occurrence counts") as caught:
            Cooccurrence.load(path)
        if place >= 8 + n_bytes:
            assert "checksum" in str(caught.value)
    path.write_bytes(data)
    same(Cooccurrence.load(path), counts)


def test_a_damaged_file_is_called_so(tmp_path, counts):
    for name in NAMES:
        counts.save(tmp_path / name)
        data = bytearray((tmp_path / name).read_bytes())
        data[-len(data) // 3] ^= 1
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match="counts: it is damaged.*count again"):
            Cooccurrence.load(tmp_path / name)


def test_foreign_files_are_refused(tmp_path, counts):
    path = tmp_path / "file"
    np.savez(tmp_path / "other.npz", value=np.arange(3))
    np.savez(tmp_path / "pickle.npz", metadata=np.array([{}], object), allow_pickle=True)
    header = b'{"__metadata__":{"format":"wordvec"}}'
    for data in (
        b"",
        b"the of and",
        b"PK",
        (tmp_path / "other.npz").read_bytes(),
        (tmp_path / "pickle.npz").read_bytes(),
        struct.pack("<Q", len(header)) + header,
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match="cannot be read as co-occurrence counts: .*count again"):
            Cooccurrence.load(path)


@pytest.mark.parametrize("name", NAMES)
def test_files_of_newer_versions_are_refused(tmp_path, name, counts, monkeypatch):
    monkeypatch.setattr("wordvec.counts.files.COUNTS", replace(COUNTS, version=3))
    counts.save(tmp_path / name)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="a newer version of wordvec wrote it \\(format 3\\)"):
        Cooccurrence.load(tmp_path / name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": np.array([-1.0])}, "positive, finite"),
        ({"col": np.array([1], np.int32)}, "col"),
        ({"starts": np.array([0, 2])}, "starts"),
        ({"counts": np.array([0])}, "counts"),
        ({"word_offsets": np.zeros(0, np.int64)}, "word_offsets do not cut"),
        ({"words": np.array([255], np.uint8)}, "UTF-8"),
        ({"settings": {"window": 0}}, "window"),
        ({"settings": {"window": "far"}}, "window"),
        ({"settings": {"unit": 3}}, "multiples of 1/3"),
    ],
)
def test_what_a_file_says_is_checked(tmp_path, changes, message):
    counts = from_dense(np.eye(1) * 0.5, Vocabulary(["a"], [1]), unit=2)
    path = tmp_path / "counts.npz"
    counts.save(path)
    with np.load(path) as file:
        parts = dict(file)
    metadata = json.loads(parts["metadata"].tobytes())
    changes = dict(changes)
    metadata["settings"] = json.dumps({**json.loads(metadata["settings"]), **changes.pop("settings", {})})
    parts |= {"metadata": np.frombuffer(json.dumps(metadata).encode(), np.uint8), **changes}
    np.savez(path, **parts)
    with pytest.raises(ValueError, match=f"cannot be read as co-occurrence counts: .*{message}"):
        Cooccurrence.load(path)
