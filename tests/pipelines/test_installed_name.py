"""The package is `wordvec.pipelines`: a user's own folders `pipelines`, `data` and `tests` do not come in its way."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import wordvec

CHECKOUT = Path(__file__).resolve().parents[2]
FOREIGN = 'raise RuntimeError("a folder of the user was imported")\n'


@pytest.fixture
def folder(tmp_path):
    for name in ("pipelines", "data", "tests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(FOREIGN)
    return tmp_path


def called(folder, *arguments, on_path=False):
    """Return what a program prints that is run in a folder, whose modules it finds first if that is `on_path`."""
    environment = os.environ | ({"PYTHONPATH": "."} if on_path else {})
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def script():
    found = shutil.which("wordvec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip("the console script is not installed")
    return found


@pytest.mark.process
@pytest.mark.parametrize("on_path", [False, True])
def test_the_command_line_runs_beside_foreign_folders(folder, on_path):
    expected = f"wordvec {wordvec.__version__}\n"
    module = (sys.executable, "-m", "wordvec.pipelines.cli", "--version")
    assert called(folder, *module, on_path=on_path) == expected
    assert called(folder, script(), "--version", on_path=on_path) == expected
    assert "skip-gram" in called(folder, script(), "train", "--help", on_path=on_path)


@pytest.mark.process
@pytest.mark.parametrize("on_path", [False, True])
def test_imports_beside_foreign_folders(folder, on_path):
    program = (
        "from wordvec.pipelines import TextClassifier\n"
        "from wordvec.pipelines.datasets import list_datasets\n"
        "import wordvec_data\n"
        "print(TextClassifier.__module__, len(list_datasets()) > 0)"
    )
    found = called(folder, sys.executable, "-c", program, on_path=on_path)
    assert found == "wordvec.pipelines.classification.classifier True\n"


@pytest.mark.process
def test_a_foreign_package_of_the_old_name_stays_importable(folder):
    (folder / "pipelines" / "__init__.py").write_text("MINE = 1\n")
    program = "import wordvec.pipelines, pipelines; print(pipelines.MINE)"
    assert called(folder, sys.executable, "-c", program) == "1\n"


@pytest.mark.process
def test_a_checkout_has_the_short_name():
    if not (CHECKOUT / "pipelines" / "__init__.py").exists():
        pytest.skip("not a checkout")
    program = "import pipelines; from pipelines import TextClassifier; print(TextClassifier.__name__)"
    assert called(CHECKOUT, sys.executable, "-c", program) == "TextClassifier\n"


@pytest.mark.process
def test_a_checkout_that_is_not_installed_has_both_names():
    """Python that is started in a checkout takes the `wordvec` that lies there, also where another is installed."""
    if not (CHECKOUT / "pipelines" / "__init__.py").exists():
        pytest.skip("not a checkout")
    program = "import wordvec.pipelines as W, pipelines as P; print(W.__file__); assert W is P"
    # Without the site's hooks, among them that of an editable installation.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [sys.executable, "-S", "-c", program]
    done = subprocess.run(
        arguments, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == str(CHECKOUT / "pipelines" / "__init__.py")


def test_entry_points_have_the_installed_name():
    entries = importlib.metadata.distribution("wordvec").entry_points
    assert {entry.value for entry in entries if entry.name in ("wordvec", "wordvec_crf")} == {
        "wordvec.pipelines.cli:main",
        "wordvec.pipelines.tagging.spacy_component:make_component",
    }


def test_no_message_or_docstring_has_the_name_of_the_folder():
    """Of the modules that are installed; `pipelines/` alone stands for the folder."""
    root = Path(wordvec.__file__).parent
    old = ("from pipelines", "import pipelines", "-m pipelines", "`pipelines.")
    for path in (*root.rglob("*.py"), *(CHECKOUT / "pipelines").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in old if name in text], path
