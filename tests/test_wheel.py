"""The wheel holds every module and data file of the tree, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A folder of the tree, and where the wheel has it.
PLACES = {"wordvec": "wordvec", "pipelines": "wordvec/pipelines", "data": "wordvec_data"}


def files_of_the_tree():
    """Return what the wheel is to have: all but caches and compiled files."""
    for folder, place in PLACES.items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{place}/{path.relative_to(ROOT / folder).as_posix()}"


@pytest.mark.slow
@pytest.mark.process
def test_wheel_is_the_tree(tmp_path):
    source, out = tmp_path / "source", tmp_path / "out"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in (*PLACES, "pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        source.mkdir(exist_ok=True)
        copy(ROOT / name, source / name, **({"ignore": ignored} if (ROOT / name).is_dir() else {}))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        text = archive.read(entry_points).decode()
    assert sorted(names) == sorted(files_of_the_tree())
    assert "wordvec = wordvec.pipelines.cli:main" in text
    assert "wordvec_crf = wordvec.pipelines.tagging.spacy_component:make_component" in text
