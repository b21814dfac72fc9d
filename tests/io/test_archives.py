"""Archives with one file are read as that file; others are named, with their files; damage is noticed."""

import io
import tarfile
import zipfile

import pytest

from wordvec import KeyedVectors, LineCorpus
from wordvec._io.compression import compressed, decompressed, unpacked_name
from wordvec._io.errors import DamagedFileError, UnreadableFileError

TWO_WORDS = b"king 0.1 0.2\nqueen 0.3 0.4\n"
DATA = TWO_WORDS * 2000
TARS = ["a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.tar.zst"]


def write_zip(path, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(path, files, tar_format=tarfile.PAX_FORMAT):
    suffix = {".tgz": ".gz", ".tar": ""}.get(path.suffix, path.suffix)
    with (
        path.open("wb") as raw,
        compressed(raw, suffix) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tar_format) as archive,
    ):
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            info.size = len(content or b"")
            archive.addfile(info, io.BytesIO(content or b""))
    return path


def read(path):
    with decompressed(path) as (stream, _):
        return stream.read()


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_zip_of_one_file(tmp_path, method):
    path = write_zip(tmp_path / "a.zip", {"folder/": b"", "folder/Words.TXT": DATA}, method)
    assert read(path) == DATA
    assert unpacked_name(path) == "words.txt"


@pytest.mark.parametrize("name", TARS)
@pytest.mark.parametrize("tar_format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_of_one_file(tmp_path, name, tar_format):
    pytest.importorskip("zstandard")
    path = write_tar(tmp_path / name, {"folder": None, "folder/words.txt": DATA}, tar_format)
    assert read(path) == DATA
    assert unpacked_name(path) == "words.txt"


def test_files_of_the_system_do_not_count(tmp_path):
    files = {"words.txt": DATA, "__MACOSX/._words.txt": b"x", ".DS_Store": b"x"}
    assert read(write_zip(tmp_path / "a.zip", files)) == DATA
    assert read(write_tar(tmp_path / "a.tar.gz", files)) == DATA


@pytest.mark.parametrize("write, name", [(write_zip, "a.zip"), (write_tar, "a.tar.gz")])
def test_several_files_are_listed_and_none_is_said(tmp_path, write, name):
    path = write(tmp_path / name, {"b.txt": DATA, "a.txt": DATA})
    for load in (KeyedVectors.load, lambda path: list(LineCorpus(path))):
        with pytest.raises(ValueError, match=rf"{name}.*holds 2 files \(a.txt, b.txt\): unpack it"):
            load(path)
    with pytest.raises(UnreadableFileError, match="holds no file"):
        read(write(path, {}))


@pytest.mark.parametrize("write, name", [(write_zip, "a.zip"), (write_tar, "a.tar.gz"), (write_tar, "a.tar")])
def test_damage_is_noticed(tmp_path, write, name):
    path = write(tmp_path / name, {"words.txt": DATA})
    path.write_bytes(path.read_bytes()[:-11000] if name == "a.tar" else path.read_bytes()[:60])
    with pytest.raises(DamagedFileError, match="cut off or damaged"):
        read(path)


def test_a_changed_byte_of_a_zip(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"words.txt": DATA})
    content = bytearray(path.read_bytes())
    content[70] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedFileError):
        read(path)


def test_an_archive_is_read_wherever_a_packed_file_is(tmp_path):
    for path in (
        write_zip(tmp_path / "a.zip", {"v.txt": TWO_WORDS}),
        write_tar(tmp_path / "a.tgz", {"v.txt": TWO_WORDS}),
    ):
        assert KeyedVectors.load(path).index_to_key == ["king", "queen"]
        assert list(LineCorpus(path)) == [["king", "0.1", "0.2"], ["queen", "0.3", "0.4"]]


@pytest.mark.parametrize(
    "name, unpacked", [("a.txt", "a.txt"), ("A.CSV.gz", "a.csv"), ("a.conllu.xz", "a.conllu")]
)
def test_names_of_other_files(tmp_path, name, unpacked):
    (tmp_path / name).write_bytes(DATA)
    assert unpacked_name(tmp_path / name) == unpacked
