"""The built page: it is what its sources give, is small, and asks nobody else for anything."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

EXPLORER = Path(__file__).parents[2] / "pipelines" / "explorer"
FILES = ("index.html", "explorer.js", "explorer.css")
# What names a kind of XML, and is not asked for.
NAMESPACE = "http://www.w3.org/2000/svg"


def read(name):
    return (EXPLORER / "page" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_names_no_other_host(name):
    assert re.findall(r"(?:https?:)?//[\w.]+", read(name).replace(NAMESPACE, "")) == []


def test_has_the_places_that_an_export_fills():
    page = read("index.html")
    for part in ("styles", "scripts"):
        assert len(re.findall(rf"<!-- {part} -->.+?<!-- /{part} -->", page)) == 1
    # The policy of the server allows neither.
    assert "style=" not in page and not re.search(r"<script(?! src=)", page)


def test_is_small():
    assert sum(len(read(name).encode()) for name in FILES) < 110_000


def test_the_lock_names_no_registry():
    lock = (EXPLORER / "typescript" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock


@pytest.mark.slow
@pytest.mark.process
def test_is_what_its_sources_give(tmp_path):
    """Install the tools anew, check and test the sources, and build: the same bytes."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, of Node.js 20 or newer, which brings the page's tools")
    sources = tmp_path / "typescript"
    shutil.copytree(EXPLORER / "typescript", sources, ignore=shutil.ignore_patterns("node_modules", "build"))
    for command in (["ci"], ["run", "check"], ["test"], ["run", "build"]):
        done = subprocess.run([npm, *command], cwd=sources, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    for name in FILES:
        built = (tmp_path / "page" / name).read_text(encoding="utf-8")
        assert built == read(name), f"{name} is not what its sources give: npm run build"
