"""Mutation test: which small errors in kernels and checks do the tests notice?

Draws mutations by a seed (a comparison moved or negated, an integer one more or less, two arguments swapped), makes
each in a copy of the tree, runs the tests that reach the module, and prints whether it was killed, ran out of time,
or survived. Survivors are tests to write, or changes that change nothing.

Usage: python tests/benchmarks/mutate.py [-n 60] [--seed 1] [--only blocks.py] [--limit 300] [--list]
"""

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPARISONS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==",
    "in": "not in", "not in": "in", "is": "is not", "is not": "is",
}  # fmt: skip
OPERATORS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip

MOST_FOLDERS = 4  # of tests; checks of parameters are called from everywhere


@dataclass(frozen=True)
class Mutation:
    """One change of one module: characters `start` to `end` become `text`."""

    path: str
    line: int
    start: int
    end: int
    text: str
    what: str


def targets():
    """Return the modules that hold kernels or checks."""
    for folder in ("wordvec", "pipelines"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            is_kernel = "kernels" in path.parts or path.stem.endswith("kernels")
            if path.name != "__init__.py" and (
                is_kernel or re.search("check|validation|parameters", path.stem)
            ):
                yield path


def mutations_of(path):
    """Yield all mutations of a module; signatures, subscripts of types, decorators and strings stay."""
    source = path.read_text(encoding="utf-8")
    line_starts = [0]
    for line in source.splitlines(keepends=True):
        line_starts.append(line_starts[-1] + len(line))

    def place(line, column):
        text = source[line_starts[line - 1] : line_starts[line]]
        return line_starts[line - 1] + len(text.encode()[:column].decode())

    def span(node):
        return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)

    def mutation(node, start, end, text):
        what = f"{' '.join(source[start:end].split())} -> {' '.join(text.split())}"
        return Mutation(str(path.relative_to(ROOT)), node.lineno, start, end, text, what)

    bodies = [n for f in ast.walk(ast.parse(source)) if isinstance(f, ast.FunctionDef) for n in f.body]
    seen = set()
    for node in (n for body in bodies for n in ast.walk(body)):
        if id(node) in seen or not hasattr(node, "lineno"):
            continue
        seen.add(id(node))
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, operator, right in zip(sides, node.ops, sides[1:]):
                start, end = span(left)[1], span(right)[0]
                old = OPERATORS[type(operator)]
                if (k := source.find(old, start, end)) >= 0:
                    yield mutation(node, k, k + len(old), COMPARISONS[old])
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            start, end = span(node)
            if source[start - 1] not in "\"'{":
                yield mutation(node, start, end, f"({source[start:end]} + 1)")
                yield mutation(node, start, end, f"({source[start:end]} - 1)")
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            for first, second in zip(node.args, node.args[1:]):
                (a, b), (c, d) = span(first), span(second)
                if source[a:b] != source[c:d] and not isinstance(first, ast.Starred):
                    yield mutation(node, a, d, source[c:d] + source[b:c] + source[a:b])


def needs_compiler(path):
    """Whether a kernel, or one that it imports, is made of machine instructions, which Python cannot run."""
    text = path.read_text(encoding="utf-8")
    others = re.findall(r"from wordvec\.kernels\.(\w+) import|from wordvec\.kernels import (.+)", text)
    names = {word for pair in others for part in pair for word in re.findall(r"\w+", part)}
    paths = [ROOT / "wordvec" / "kernels" / f"{name}.py" for name in names]
    return "@intrinsic" in text or any(needs_compiler(p) for p in paths if p.exists() and p != path)


def tests_of(path):
    """Return the folders of tests of a module's package and of the packages that import it."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    package, _, name = module.rpartition(".")
    faces = rf"from (?:{re.escape(package)}|\.+\w*) import .*\b{name}\b"
    pattern = rf"{re.escape(module)}\b|{faces}|from \.+(?:\w+\.)*{name} "
    folders = {path.parent}
    for folder in ("wordvec", "pipelines"):
        for other in (ROOT / folder).rglob("*.py"):
            if other != path and re.search(pattern, other.read_text(encoding="utf-8")):
                folders.add(other.parent)
    found = []
    for folder in sorted(folders, key=lambda f: f != path.parent):
        parts = folder.relative_to(ROOT).parts
        parts = parts[1:] if parts[0] == "wordvec" else parts
        tests = Path("tests", *(part.lstrip("_") for part in parts))
        while not (ROOT / tests).is_dir():
            tests = tests.parent
        if tests not in (Path("tests"), Path("tests/pipelines")) and str(tests) not in found:
            found.append(str(tests))
    found = found or ["tests/utils"]
    found = [t for t in found if not any(t.startswith(f"{other}/") for other in found)]
    return found[:MOST_FOLDERS]


class Copy:
    """A copy of the tree in which tests run, compiled or in plain Python."""

    def __init__(self, folder, limit):
        self.folder, self.limit, self.failing = Path(folder), limit, {}
        for name in ("wordvec", "pipelines", "data", "tests", "pyproject.toml", "setup.cfg", "README.md"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.folder / name)
        # As in the wheel; else an editable installation would lead from the copy to the tree.
        (self.folder / "wordvec" / "pipelines").symlink_to(self.folder / "pipelines")
        code = "import wordvec.pipelines; print(wordvec.pipelines.__file__)"
        command, environment = [sys.executable, "-c", code], self.environment(plain=False)
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        if not done.stdout.startswith(str(self.folder)):
            sys.exit(f"Tests would not run the copy in {self.folder}, but {done.stdout or done.stderr}")

    def environment(self, plain):
        return {
            **os.environ,
            "PYTHONPATH": str(self.folder),
            "NUMBA_CACHE_DIR": str(self.folder / "kernels"),
            "NUMBA_DISABLE_JIT": str(int(plain)),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, tests, plain, *options, limit=None):
        command = [sys.executable, "-m", "pytest", "-n", "0", "--tb=no", "-p", "no:cacheprovider", "-rfE"]
        if plain:  # NumPy warns where unsigned numbers wrap, as hashes and random numbers do on purpose
            command += ["-W", "ignore:overflow:RuntimeWarning"]
        return subprocess.run(
            [*command, *options, *tests],
            cwd=self.folder, env=self.environment(plain), capture_output=True, text=True, timeout=limit,
        )  # fmt: skip

    def result(self, mutation):
        """Make a change, run its tests, and undo it."""
        path = ROOT / mutation.path
        tests = tests_of(path)
        plain = ("kernels" in path.parts or path.stem.endswith("kernels")) and not needs_compiler(path)
        key = (*tests, plain)
        if key not in self.failing:
            done = self.run(tests, plain)
            if done.returncode > 1:  # a module that cannot be imported would count as killed
                sys.exit(f"{' '.join(tests)} cannot be run without a change:\n{done.stdout[-2000:]}")
            found = re.findall(r"^(?:FAILED|ERROR) (\S+\.py\S*(?:\[.*?\])?)(?: - |$)", done.stdout, re.M)
            self.failing[key] = [option for name in found for option in ("--deselect", name)]
        source = path.read_text(encoding="utf-8")
        changed = source[: mutation.start] + mutation.text + source[mutation.end :]
        (self.folder / mutation.path).write_text(changed, encoding="utf-8")
        try:
            done = self.run(tests, plain, "-x", *self.failing[key], limit=self.limit)
        except subprocess.TimeoutExpired:
            return "out of time"
        finally:
            (self.folder / mutation.path).write_text(source, encoding="utf-8")
        return {0: "SURVIVED", 5: "NO TESTS"}.get(done.returncode, "killed")


def main():
    """Draw mutations, run them, and print a line each and a summary."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-n", type=int, default=60, help="how many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the paths of the modules")
    parser.add_argument("--limit", type=float, default=300, help="seconds for the tests of one mutation")
    parser.add_argument("--list", action="store_true", help="print the mutations, run nothing")
    options = parser.parse_args()
    everything = [m for path in targets() if options.only in str(path) for m in mutations_of(path)]
    drawn = random.Random(options.seed).sample(everything, min(options.n, len(everything)))
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = None if options.list else Copy(folder, options.limit)
        for mutation in drawn:
            start = time.perf_counter()
            result = copy.result(mutation) if copy else "drawn"
            counts[result] = counts.get(result, 0) + 1
            seconds = time.perf_counter() - start
            print(
                f"{result:11} {seconds:5.0f} s  {mutation.path}:{mutation.line}: {mutation.what}", flush=True
            )
    print(
        f"{len(everything)} possible, " + ", ".join(f"{n} {result}" for result, n in sorted(counts.items()))
    )


if __name__ == "__main__":
    main()
