"""Running a command."""

import pytest

from wordvec.pipelines.cli import main


@pytest.fixture
def run(capsys):
    """Run a command; return exit code, stdout, stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return stop.value.code or 0, out, err

    return call
