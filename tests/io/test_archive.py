"""Files of every kind of our own: one changed bit anywhere, a cut, another kind and a newer version are noticed."""

import json
import re
import struct

import naive_archive
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from wordvec import (
    Cooccurrence,
    EmbeddingClassifier,
    GloVe,
    KeyedVectors,
    Vocabulary,
    Word2Vec,
    count_cooccurrences,
)
from wordvec._io import checksums, tensors
from wordvec._io.archive import Archive, open_archive, write_archive
from wordvec._io.kinds import COUNTS, KINDS, MODEL
from wordvec.pipelines import CRFTagger, TextClassifier

SENTENCES = [["the", "old", "man"], ["the", "sea", "and", "the", "man"]] * 4
TEXTS = ["a warm and funny film", "a dull story", "funny and warm", "dull and cold"] * 3
LABELS = ["pos", "neg"] * 6
TRAINED = {"vector_size": 3, "min_count": 1, "epochs": 1, "verbose": False, "n_jobs": 1}


def keyed_vectors():
    rng = np.random.default_rng(0)
    return KeyedVectors(rng.normal(size=(5, 3)).astype(np.float32), list("abcde"), np.arange(5, 0, -1))


# What is saved in a file, and what loads it.
KINDS_OF_FILES = {
    "vectors": (keyed_vectors, KeyedVectors.load),
    "word2vec": (lambda: Word2Vec(**TRAINED).fit(SENTENCES), Word2Vec.load),
    "glove": (lambda: GloVe(**TRAINED).fit(SENTENCES), GloVe.load),
    "embedding classifier": (
        lambda: EmbeddingClassifier(epochs=1, vector_size=3, verbose=False, n_jobs=1).fit(TEXTS, LABELS),
        EmbeddingClassifier.load,
    ),
    "text classifier": (lambda: TextClassifier(n_jobs=1).fit(TEXTS, LABELS), TextClassifier.load),
    "tagger": (
        lambda: CRFTagger(verbose=False).fit([["Ada", "reads"]] * 3, [["B-PER", "O"]] * 3),
        CRFTagger.load,
    ),
    "counts": (
        lambda: count_cooccurrences(SENTENCES, min_count=1, verbose=False, n_jobs=1),
        Cooccurrence.load,
    ),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of each kind, by its name."""
    folder = tmp_path_factory.mktemp("files")
    for name, (make, _) in KINDS_OF_FILES.items():
        make().save(folder / f"{name}.safetensors")
    return folder


def places_in(path):
    """Yield the length, the header in steps, its names, both ends of each tensor, and the last byte."""
    data = path.read_bytes()
    (n_bytes,) = struct.unpack("<Q", data[:8])
    yield from (0, 1, 2, 3, 7, 8, 9)
    yield from range(10, 8 + n_bytes, max(1, n_bytes // 25))
    yield 8 + n_bytes - 1
    for name in (b"header_crc32", b"data_crc32", b'"format"', b'"version":"', b"wordvec", b"shape", b"F32"):
        yield data.index(name) if name in data else 8
        yield data.index(name) + len(name) if name in data else 9
    header = json.loads(data[8 : 8 + n_bytes])
    for name, tensor in header.items():
        start, stop = tensor.get("data_offsets", (0, 0)) if name != "__metadata__" else (0, 0)
        if stop > start:
            yield from (8 + n_bytes + start, 8 + n_bytes + stop - 1)
    yield len(data) - 1


@pytest.mark.parametrize("kind", KINDS_OF_FILES)
def test_a_changed_bit_is_damage(files, tmp_path, kind):
    load = KINDS_OF_FILES[kind][1]
    data = (files / f"{kind}.safetensors").read_bytes()
    path = tmp_path / "file.safetensors"
    rng = np.random.default_rng(0)
    for place in sorted(set(places_in(files / f"{kind}.safetensors"))):
        changed = data[place] ^ (1 << int(rng.integers(8)))
        path.write_bytes(data[:place] + bytes([changed]) + data[place + 1 :])
        with pytest.raises(ValueError, match="file.safetensors' cannot be read as .* damaged") as caught:
            load(path)
        assert "\n" not in str(caught.value)
    path.write_bytes(data)
    load(path)


@pytest.mark.parametrize("kind", KINDS_OF_FILES)
def test_a_cut_file_is_damage(files, tmp_path, kind):
    data = (files / f"{kind}.safetensors").read_bytes()
    path = tmp_path / "file.safetensors"
    for n_bytes in (9, 20, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:n_bytes])
        with pytest.raises(
            ValueError, match="file.safetensors' cannot be read as .* damaged or cut off|is cut"
        ):
            KINDS_OF_FILES[kind][1](path)
    path.write_bytes(data + b"\0")
    with pytest.raises(ValueError, match="damaged or cut off: its tensors end at byte"):
        KINDS_OF_FILES[kind][1](path)


@pytest.mark.parametrize("kind", KINDS_OF_FILES)
def test_another_kind_is_called_so(files, kind):
    for other, (_, load) in KINDS_OF_FILES.items():
        if {kind, other} == {"word2vec", "glove"}:
            with pytest.raises(ValueError, match=r"holds a (Word2Vec|GloVe) model. Use \1.load"):
                load(files / f"{kind}.safetensors")
        elif other == "vectors" and kind in ("word2vec", "glove"):
            assert len(load(files / f"{kind}.safetensors"))  # the vectors of a whole model
        elif kind != other:
            with pytest.raises(ValueError, match=r"it holds something else, .*: .*\.load reads it"):
                load(files / f"{kind}.safetensors")


@pytest.mark.parametrize("kind", KINDS_OF_FILES)
def test_newer_versions_and_missing_checksums(files, tmp_path, kind):
    load = KINDS_OF_FILES[kind][1]
    path = tmp_path / "file.safetensors"
    path.write_bytes((files / f"{kind}.safetensors").read_bytes())
    with safe_open(path, "numpy") as file:
        version = int(file.metadata()["version"])
    load(path)
    naive_archive.rewrite(path, {"version": str(version + 1)})
    newer = rf"a newer version of wordvec wrote it \(format {version + 1}\). Update wordvec"
    with pytest.raises(ValueError, match=newer):
        load(path)
    naive_archive.rewrite(path, {"version": str(version), "header_crc32": "12345678"})
    with pytest.raises(ValueError, match="it is damaged: its header does not have the checksum"):
        load(path)
    with safe_open(files / f"{kind}.safetensors", "numpy") as file:
        entries = {name: text for name, text in file.metadata().items() if not name.endswith("crc32")}
    save_file(load_file(files / f"{kind}.safetensors"), path, entries)
    with pytest.raises(ValueError, match="it is damaged: its checksum is missing"):
        load(path)
    # Those of the first version had none.
    save_file(load_file(files / f"{kind}.safetensors"), path, entries | {"version": "1"})
    load(path)


@pytest.mark.parametrize("name", ["v.json", "v.json.gz"])
def test_a_changed_bit_of_a_vocabulary(tmp_path, name):
    vocabulary = Vocabulary(["the", "sea", "\ud800"], [5, 3, 1], 12)
    path = tmp_path / name
    vocabulary.save(path)
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        # Some bits of gzip's own header say nothing of the content.
        try:
            assert Vocabulary.load(path) == vocabulary and name.endswith(".gz") and place < 10
        except ValueError as error:
            assert re.search("cannot be read as a vocabulary: it is damaged", str(error))  # noqa: PT017
    path.write_text(
        '{"format": "wordvec vocabulary 1", "n_total": 12, "words": [\n["the", 5]\n]}', encoding="utf-8"
    )
    assert Vocabulary.load(path).n_total == 12
    path.write_text('{"format": "wordvec vocabulary 3", "n_total": 12, "words": []}', encoding="utf-8")
    with pytest.raises(ValueError, match="a newer version of wordvec wrote it"):
        Vocabulary.load(path)


def test_a_changed_bit_of_the_weights_of_a_transformer(tmp_path):
    transformer = pytest.importorskip("wordvec.transformer", reason="needs torch")
    config = transformer.TransformerConfig(
        kind="encoder", vocab_size=9, hidden_size=8, num_layers=1, num_heads=2, max_length=8
    )
    transformer.EncoderModel(config).save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in sorted(set(places_in(path))):
        path.write_bytes(
            data[:place] + bytes([data[place] ^ (1 << int(rng.integers(8)))]) + data[place + 1 :]
        )
        with pytest.raises(ValueError, match="damaged"):
            transformer.from_pretrained(tmp_path)
    path.write_bytes(data)
    transformer.from_pretrained(tmp_path)
    # What another program writes has no checksums.
    save_file(load_file(path), path, {"format": "pt", "version": "7.1"})
    transformer.from_pretrained(tmp_path)


@pytest.fixture
def small_blocks(monkeypatch):
    for module in (checksums, tensors):
        monkeypatch.setattr(module, "BLOCK_BYTES", 64)


def test_the_first_rows_are_checked_alone(tmp_path, small_blocks):
    kv = KeyedVectors(np.arange(300, dtype=np.float32).reshape(100, 3), [str(k) for k in range(100)])
    path = tmp_path / "v.safetensors"
    kv.save(path)
    data = bytearray(path.read_bytes())
    place = KeyedVectors.load(path, mmap=True).vectors.offset + 90 * 12
    data[place] ^= 1
    path.write_bytes(data)
    for limit in (1, 5, 50, 85):
        np.testing.assert_array_equal(KeyedVectors.load(path, limit=limit).vectors, kv.vectors[:limit])
    for limit in (91, 100, None):
        with pytest.raises(ValueError, match="it is damaged: its data"):
            KeyedVectors.load(path, limit=limit)


@pytest.mark.parametrize("n_bytes", [0, 1, 63, 64, 65, 128, 1000])
def test_checksums_are_those_of_blocks(tmp_path, small_blocks, n_bytes):
    data = np.random.default_rng(0).integers(0, 256, n_bytes, np.uint8)
    expected = "".join(
        naive_archive.block_checksums(data[k : k + 64].tobytes()) for k in range(0, n_bytes, 64)
    )
    assert checksums.checksum_of_array(data) == expected
    (tmp_path / "file").write_bytes(data.tobytes())
    assert checksums.checksum_of_file(tmp_path / "file") == expected


def test_any_array_is_written_and_read(tmp_path, small_blocks):
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(40, 7))
    arrays = {
        "columns": whole[:, 2:5],
        "transposed": whole.T,
        "scalar": np.array(2.5, np.float32),
        "empty": np.empty((0, 3), np.float16),
        "bool": np.array([True, False]),
        "bytes": np.arange(100, dtype=np.uint8),
        "whole": whole,
    }
    path = tmp_path / "file"
    write_archive(
        path, MODEL, arrays, {"text": "naïve\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")}
    )
    with open_archive(path, MODEL) as archive:
        found = archive.read_all()
        archive.verify()
        np.testing.assert_array_equal(archive.map("whole", verify=True), whole)
        assert archive.metadata["text"] == "naïve😀"
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    # The safetensors library finds the same.
    for name, array in load_file(path).items():
        np.testing.assert_array_equal(array, arrays[name])


def test_no_such_file(tmp_path):
    for load in (load for _, load in list(KINDS_OF_FILES.values())[1:]):
        with pytest.raises(FileNotFoundError, match="There is no file .*nothing' with .*. Check the path."):
            load(tmp_path / "nothing")
        with pytest.raises(FileNotFoundError, match="that is a folder"):
            load(tmp_path)


def test_names_of_kinds_are_their_own():
    assert all(name == kind.name for name, kind in KINDS.items())
    assert len({kind.noun for kind in KINDS.values()}) == len(KINDS)


def test_a_block_that_fails_is_the_files_fault_unless_it_says_otherwise(tmp_path):
    path = tmp_path / "file"
    write_archive(path, COUNTS, {"a": np.zeros(3)}, {})

    class Other(ValueError):
        pass

    lacks = "cannot be read as co-occurrence counts: it lacks 'b'. Use a file"
    with pytest.raises(ValueError, match=lacks), open_archive(path, COUNTS) as archive:
        archive.metadata["b"]
    with pytest.raises(Other, match="^mine$"), open_archive(path, COUNTS, passing=(Other,)):
        raise Other("mine")
    lacks = "there is no tensor 'b': it is no file of co-occurrence counts"
    with pytest.raises(ValueError, match=lacks), open_archive(path, COUNTS) as archive:
        archive.read("b")
    with path.open("rb") as file:
        assert Archive(file, COUNTS).names == ["a"] and "b" not in Archive(file, COUNTS)
