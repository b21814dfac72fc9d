"""What the tests of the command line share: data that ships, running a command, the form of an error."""

from pathlib import Path

import pytest

from wordvec.pipelines.cli import main

DATA = Path(__file__).parents[2] / "data"
ENGLISH, CHINESE = str(DATA / "sample-en.txt"), str(DATA / "sample-zh.txt")
SMALL = ["--min-count", "2", "--vector-size", "8", "--epochs", "3", "--quiet"]


@pytest.fixture
def run(capsys):
    """Run a command; return exit code, stdout, stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return stop.value.code or 0, out, err

    return call


def fails(result, *parts):
    """Assert exit code 2, an empty stdout and one line on stderr that has all parts."""
    code, out, err = result
    assert (code, out, err.count("\n")) == (2, "", 1), (code, out, err)
    assert err.startswith("wordvec: ")
    for part in parts:
        assert part in err
    return True
