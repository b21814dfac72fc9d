"""Running a command, and files for it."""

import pytest

from wordvec.pipelines.cli import main

from .support import ENGLISH, SMALL


@pytest.fixture
def run(capsys):
    """Run a command; return exit code, stdout, stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return stop.value.code or 0, out, err

    return call


@pytest.fixture
def write(tmp_path):
    """Write a text to a new file; return its path."""

    def call(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return call


@pytest.fixture(scope="session")
def vectors(tmp_path_factory):
    """Train small vectors once; return their file, which no test changes."""
    path = tmp_path_factory.mktemp("vectors") / "v.bin"
    with pytest.raises(SystemExit) as stop:
        main(["train", ENGLISH, "-o", str(path), *SMALL])
    assert not stop.value.code
    return path
