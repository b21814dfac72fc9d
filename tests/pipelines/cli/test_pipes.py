"""Pipes and devices in the place of files: read once into a temporary file, or named for what they are."""

import os
import threading
from pathlib import Path

import pytest

from .support import ENGLISH, SMALL, fails

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")

TABLE = "text,label\n" + "a good film,pos\na bad film,neg\n" * 4


@pytest.fixture
def pipe(tmp_path):
    """Make a pipe that gives a text once, as <(...) does."""
    writers = []

    def make(text, name="pipe"):
        path = tmp_path / name
        os.mkfifo(path)
        writers.append(threading.Thread(target=path.write_text, args=(text,), daemon=True))
        writers[-1].start()
        return path

    return make


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    from wordvec.pipelines import TextClassifier

    path = tmp_path_factory.mktemp("classifier") / "model.safetensors"
    TextClassifier(verbose=False).fit(["good film", "bad film"] * 4, ["pos", "neg"] * 4).save(path)
    return path


def test_texts_come_from_a_pipe(run, pipe, classifier):
    place = pipe("a good film\na bad film\n")
    code, text, err = run("classify", "predict", classifier, place)
    assert code == 0 and [line.split("\t")[0] for line in text.splitlines()[1:]] == ["pos", "neg"]
    assert repr(str(place)) in err and "stdin" not in err


def test_a_summary_of_a_pipe_names_it(run, pipe):
    code, text, _ = run(
        "summarize", pipe("It rains. The rain falls on the town. Cats sleep."), "--sentences", 1
    )
    assert code == 0 and text.count(".") == 1


def test_vectors_are_trained_on_a_pipe(run, pipe, tmp_path):
    with Path(ENGLISH).open(encoding="utf-8") as file:
        place = pipe(file.read())
    assert run("train", place, "-o", tmp_path / "pipe.bin", *SMALL)[0] == 0
    assert run("train", ENGLISH, "-o", tmp_path / "file.bin", *SMALL)[0] == 0
    assert (tmp_path / "pipe.bin").read_bytes() == (tmp_path / "file.bin").read_bytes()


def test_an_error_names_the_pipe(run, pipe, classifier):
    fails(run("classify", "predict", classifier, pipe("\x00\x01\x02"), "--format", "csv"), "pipe'")


@pytest.mark.parametrize(
    "arguments",
    [
        ["classify", "train", "{}", "-o", "{out}"],
        ["tag", "train", "{}", "-o", "{out}"],
        ["check", "{}"],
        ["evaluate", "{}"],
    ],
)
def test_what_is_read_more_than_once_is_no_pipe(run, pipe, tmp_path, arguments):
    place = pipe(TABLE)
    given = [each.format(place, out=tmp_path / "out") for each in arguments]
    fails(run(*given), repr(str(place)), "is a pipe", "rite it to a file")


def test_a_device_is_no_missing_file(run, classifier):
    fails(run("classify", "predict", classifier, os.devnull), repr(os.devnull), "pipe or a device")
