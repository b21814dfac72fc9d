"""The documentation is true: its code runs, its commands exist, its site builds.

- Python blocks of README and of docs/ run in order, page by page, in an empty folder. A block ``text`` right after
  one is what it prints (``...`` stands for anything); ``<!-- output varies: WHY -->`` above it: for example.
  ``<!-- not run: WHY -->`` above a block leaves it out.
- Lines that begin with ``$ wordvec`` in console blocks, or with four blanks and ``wordvec``, must parse.
- The examples in docstrings run, module by module, in an empty folder, too.
"""

import contextlib
import doctest
import importlib
import importlib.util
import inspect
import io
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from sklearn.base import BaseEstimator

import wordvec
from wordvec.pipelines.cli import app

ROOT = Path(__file__).resolve().parent.parent
GENERATED = {ROOT / "docs" / "architecture-files.md"}
PAGES = [
    ROOT / "README.md",
    *sorted(set((ROOT / "docs").rglob("*.md")) - GENERATED),
]
MODULES = {
    f"{root}.{'.'.join(path.relative_to(ROOT / folder).with_suffix('').parts)}".removesuffix(".__init__")
    for root, folder in (("wordvec", "wordvec"), ("wordvec.pipelines", "pipelines"))
    for path in (ROOT / folder).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
}
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
REMARK = r"(?:<!-- (?P<unless>not run|output varies): .+? -->\n+)?"
FENCE = re.compile(rf"^{REMARK}```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    kind: str
    body: str
    line: int
    output: str | None  # of the block ``text`` right after it
    skipped: bool


def page_name(path):
    """Return the path of a page as the name of its test."""
    return path.relative_to(ROOT).as_posix()


def blocks_of(path):
    """Return the fenced blocks of a page."""
    text = path.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    for match, after in zip(found, [*found[1:], None]):
        line = text.count("\n", 0, match.start("body"))
        is_output = after is not None and after["kind"] == "text" and not after["unless"]
        is_output = is_output and not text[match.end() : after.start()].strip()
        output = after["body"] if is_output else None
        yield Block(match["kind"], match["body"], line, output, match["unless"] is not None)


def run_block(block, path, names):
    """Run a Python block and compare what it prints."""
    code = compile("\n" * block.line + block.body, str(path), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    if block.output is not None:
        same = doctest.OutputChecker().check_output(block.output, printed.getvalue(), OPTIONS)
        assert same, f"{path}:{block.line}: expected\n{block.output}\ngot\n{printed.getvalue()}"


@pytest.mark.parametrize("path", PAGES, ids=page_name)
def test_python_blocks_of_a_page_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in blocks_of(path):
        if block.kind == "python" and not block.skipped:
            run_block(block, path, names)


def commands_of(path):
    """Return the command lines of a page that call wordvec, as lists of arguments."""
    text = path.read_text(encoding="utf-8")
    lines = [line for block in blocks_of(path) if block.kind == "console" for line in block.body.splitlines()]
    lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    lines += [line.strip() for line in re.sub(FENCE, "", text).splitlines() if line.startswith("    ")]
    for line in lines:
        for part in re.split(r" && | \| ", line):
            if part.startswith("wordvec "):
                yield shlex.split(part, comments=True)[1:]


def parse(command, arguments, parent=None, name="wordvec"):
    """Parse `arguments` as the program does, without running the command."""
    context = command.make_context(name, list(arguments), parent=parent)
    if hasattr(command, "resolve_command"):
        rest = [*getattr(context, "_protected_args", ()), *context.args]
        sub_name, sub_command, rest = command.resolve_command(context, rest)
        parse(sub_command, rest, context, sub_name)


@pytest.mark.smoke
@pytest.mark.parametrize("path", PAGES, ids=page_name)
def test_commands_of_a_page_exist(path):
    program = typer.main.get_command(app)
    for arguments in commands_of(path):
        try:
            parse(program, arguments)
        except typer.Exit:
            pass  # --help
        except Exception as error:
            pytest.fail(f"{page_name(path)}: wordvec {shlex.join(arguments)}: {error}")


@pytest.mark.smoke
@pytest.mark.parametrize("name", sorted(MODULES))
def test_examples_of_docstrings(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name.startswith("wordvec.transformer"):
        pytest.importorskip("torch")
    result = doctest.testmod(importlib.import_module(name), optionflags=OPTIONS, verbose=False)
    assert result.attempted > 0
    assert result.failed == 0


def estimators():
    """Return the public estimators, by the path that the reference describes them under."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "docs" / "pages.py")
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    for path in pages.PublicNames().homes():
        package, _, name = path.rpartition(".")
        value = getattr(importlib.import_module(package), name)
        if isinstance(value, type) and issubclass(value, BaseEstimator):
            yield path, value


def test_docstrings_of_estimators_have_their_sections_in_order():
    pytest.importorskip("torch")
    expected = ["Parameters", "Attributes", "Examples", "References"]
    wrong = {}
    for path, estimator in estimators():
        docstring = inspect.getdoc(estimator) or ""
        sections = [title for title in re.findall(r"^(\w+)\n-+$", docstring, re.M) if title in expected]
        # What learns nothing has no attributes.
        if sections not in (expected, [title for title in expected if title != "Attributes"]):
            wrong[path] = sections
        elif "\n>>> " not in docstring or "+SKIP" in docstring:
            wrong[path] = "no example that runs"
    assert wrong == {}


def test_readme_has_the_two_commands():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert '    pip install ".[gensim]" && wordvec demo' in lines
    assert '    pip install ".[test]" && pytest' in lines


def anchors_of(path):
    """Return the anchors of the headings of a Markdown file."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link.partition("#") for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text)]
    assert links
    for path, _, anchor in links:
        assert (ROOT / path).exists(), path
        assert not anchor or anchor in anchors_of(ROOT / path), f"{path}#{anchor}"


def test_version_stands_in_one_place():
    from importlib.metadata import version

    assert version("wordvec") == wordvec.__version__
    assert "version = attr: wordvec.__version__" in (ROOT / "setup.cfg").read_text(encoding="utf-8")


@pytest.mark.slow
def test_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("sphinx", reason='the site needs: pip install ".[docs]"')
    pytest.importorskip("furo", reason='the site needs: pip install ".[docs]"')
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-n",
        "-q",
        "docs",
        str(tmp_path / "site"),
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-5000:]
    page = (tmp_path / "site" / "reference" / "wordvec.Word2Vec.html").read_text(encoding="utf-8")
    assert "most_similar" in (tmp_path / "site" / "reference" / "wordvec.KeyedVectors.html").read_text(
        "utf-8"
    )
    assert "vector_size" in page
