"""The quickstarts run with wordvec, and differ from the originals (which run.py runs) in at most two lines."""

import json
import runpy
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def runner():
    """The names of run.py, imported as Python imports what stands beside a script."""
    sys.path.insert(0, str(HERE))
    try:
        yield runpy.run_path(str(HERE / "run.py"))
    finally:
        sys.path.remove(str(HERE))
        sys.modules.pop("inputs", None)


NAMES = sorted(path.parent.name for path in HERE.glob("*/ours.py"))


def test_all_folders_are_run(runner):
    assert sorted(case.name for case in runner["QUICKSTARTS"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_at_most_two_lines_are_new(name, runner):
    lines = runner["changed_lines"](
        *((HERE / name / f"{side}.py").read_text("utf-8") for side in ("theirs", "ours"))
    )
    assert 1 <= lines.written <= runner["MAX_LINES"]


def test_lines_are_counted(runner):
    changed = runner["changed_lines"]
    assert str(changed("import a\nx = 1\ny = 2\n", "from b import c\n\nx = 1\ny = 3\n")) == "1"
    assert str(changed("a\nb\nc\nd\n", "a\nx\nd\n")) == "1, 1 fewer"


@pytest.mark.parametrize("name", NAMES)
def test_wordvec_runs(name, runner, tmp_path, monkeypatch, capsys):
    case = next(case for case in runner["QUICKSTARTS"] if case.name == name)
    pytest.importorskip(case.module)
    runner["write_inputs"](tmp_path, 1)
    monkeypatch.chdir(tmp_path)
    if (HERE / name / "prepare.py").exists():
        pytest.importorskip("tokenizers")
        run_script(HERE / name / "prepare.py", monkeypatch)
    theirs = result_of(HERE / name / "theirs.py", monkeypatch, capsys) if case.is_stated else None
    ours = result_of(HERE / name / "ours.py", monkeypatch, capsys)
    assert ours
    if theirs is not None and not case.is_random:
        assert runner["largest_difference"](theirs, ours) <= runner["TOLERANCE"]


def run_script(script, monkeypatch):
    """Run a script as Python runs it; what it imports from its folder is forgotten afterwards."""
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(script.parent))
        patch.setattr(sys, "argv", [str(script), "1"])
        try:
            runpy.run_path(str(script), run_name="__main__")
        finally:
            for path in script.parent.glob("*.py"):
                sys.modules.pop(path.stem, None)


def result_of(script, monkeypatch, capsys):
    """Return what a script prints in JSON."""
    capsys.readouterr()
    run_script(script, monkeypatch)
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])
