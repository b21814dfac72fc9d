"""Checks of files: each kind is named, and a changed byte is found, wherever it lies."""

import json
import random

import numpy as np
import pytest

from wordvec import KeyedVectors, Vocabulary, Word2Vec, count_cooccurrences
from wordvec.pipelines import CRFTagger, TextClassifier
from wordvec.pipelines.cli import main
from wordvec.pipelines.workflows import check_files
from wordvec.supervised import EmbeddingClassifier

SENTENCES = [["a", "warm", "film"], ["a", "dull", "film"]] * 8
LABELS = ["good", "bad"] * 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    vectors = KeyedVectors(np.eye(3, dtype=np.float32), ["a", "b", "c"])
    vectors.save(folder / "vectors.safetensors")
    vectors.save(folder / "vectors.vec")
    vectors.save(folder / "vectors.bin")
    Word2Vec(vector_size=4, min_count=1, epochs=1, sample=0).fit(SENTENCES).save(
        folder / "word2vec.safetensors"
    )
    EmbeddingClassifier(vector_size=4, epochs=1, min_count=1, verbose=False).fit(SENTENCES, LABELS).save(
        folder / "embeddings.safetensors"
    )
    TextClassifier(verbose=False).fit([" ".join(each) for each in SENTENCES], LABELS).save(
        folder / "classifier.safetensors"
    )
    CRFTagger(max_iter=3).fit(SENTENCES, [["O", "B-X", "O"]] * 16).save(folder / "tagger.safetensors")
    Vocabulary.from_corpus(SENTENCES, min_count=1).save(folder / "vocabulary.json")
    count_cooccurrences(SENTENCES, min_count=1).save(folder / "counts.safetensors")
    return folder


HOLDS = {
    "vectors.safetensors": "word vectors",
    "word2vec.safetensors": "a wordvec model (Word2Vec)",
    "embeddings.safetensors": "a wordvec classifier",
    "classifier.safetensors": "a classifier of texts",
    "tagger.safetensors": "a tagger",
    "vocabulary.json": "a vocabulary",
    "counts.safetensors": "co-occurrence counts",
}


def test_each_kind_is_named(folder):
    report = check_files([folder])
    assert not report.damaged and report.damaged == []
    assert {file.path.rpartition("/")[2]: file.kind for file in report.files} == HOLDS
    assert {file.how for file in report.files} == {"checksums"}
    foreign = check_files([folder / "vectors.vec", folder / "vectors.bin"])
    assert [file.kind for file in foreign.files] == ["3 word vectors of 3 numbers"] * 2
    assert "no checksums" in foreign.format()


@pytest.mark.parametrize("name", HOLDS)
def test_a_changed_byte_is_found(folder, tmp_path, name):
    whole = (folder / name).read_bytes()
    draw = random.Random(1)
    for _ in range(25):
        content = bytearray(whole)
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        (tmp_path / name).write_bytes(content)
        (found,) = check_files([tmp_path / name]).files
        assert not found.is_whole and name in found.problem
        assert found.kind == "-" or HOLDS[name].startswith(found.kind)


@pytest.mark.parametrize("name", [name for name in HOLDS if name.endswith("s")])
def test_a_file_that_is_cut_off_is_told(folder, tmp_path, name):
    whole = (folder / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) - 9])
    (found,) = check_files([tmp_path / name]).files
    assert found.state == "damaged" and "cut off" in found.problem


def test_files_of_other_programs(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"vocab_size": 3}))
    (tmp_path / "a.txt").write_text("just some text\n")
    (found, unknown) = check_files([tmp_path / "config.json", tmp_path / "a.txt"]).files
    assert found.is_whole and found.kind == "JSON of another program"
    assert unknown.state == "unreadable" and "a.txt' cannot be read as word vectors" in unknown.problem
    with pytest.raises(FileNotFoundError, match="no.bin' does not exist"):
        check_files([tmp_path / "no.bin"])


@pytest.fixture
def run(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return (stop.value.code, *capsys.readouterr())

    return call


def test_the_command(run, folder, tmp_path):
    code, out, err = run("check", folder / "counts.safetensors", folder / "vectors.bin")
    assert (code, err) == (0, "") and "co-occurrence counts" in out
    half = tmp_path / "half.safetensors"
    half.write_bytes((folder / "counts.safetensors").read_bytes()[:-9])
    code, out, err = run("check", half, folder / "vectors.bin", "--json")
    files = json.loads(out)["files"]
    assert code == 2 and [file["is_whole"] for file in files] == [False, True]
    assert [file["state"] for file in files] == ["damaged", "whole"]
    assert err.count("\n") == 1 and "half.safetensors" in err


@pytest.mark.parametrize("bad", ["no.bin", "empty"])
def test_a_path_that_cannot_be_checked_does_not_cost_the_others(tmp_path, capsys, bad):
    (tmp_path / "empty").mkdir()
    path = tmp_path / "good.txt"
    path.write_text("2 2\na 1 2\nb 3 4\n")
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(tmp_path / bad), str(path)])
    found = capsys.readouterr()
    assert stopped.value.code == 2
    assert "2 word vectors of 2 numbers" in found.out
    assert bad in found.err and found.err.count("\n") == 1
